"""Catalog problems -> the editor's diagnostics, at their lines, and away again once they are fixed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from lsprotocol import types

from hydra_auto.catalog import Problem

SOURCE = "hydra-auto"

SEVERITY = {"error": types.DiagnosticSeverity.Error, "warning": types.DiagnosticSeverity.Warning}


class DiagnosticsBoard:
    """Knows which files the editor still shows something for."""

    def __init__(self, publish: Callable[[types.PublishDiagnosticsParams], None]) -> None:
        self._publish = publish
        self._shown: set[str] = set()

    def show(self, problems: Sequence[Problem]) -> None:
        """Replaces what is shown: every problem at its file, nothing at files that have none any more. What
        is wrong in settings has no file to be shown at."""
        files = {p.file for p in problems if Path(p.file).is_absolute()}
        for file in sorted(files | self._shown):
            found = [diagnostic(p) for p in problems if p.file == file]
            self._publish(
                types.PublishDiagnosticsParams(uri=Path(file).absolute().as_uri(), diagnostics=found)
            )
        self._shown = files


def diagnostic(problem: Problem) -> types.Diagnostic:
    """From the problem's column to the end of its line."""
    line = problem.line - 1
    return types.Diagnostic(
        range=types.Range(types.Position(line, problem.column - 1), types.Position(line + 1, 0)),
        message=problem.message,
        severity=SEVERITY[problem.severity],
        source=SOURCE,
    )
