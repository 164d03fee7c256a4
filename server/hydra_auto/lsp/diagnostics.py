"""Catalog problems -> the editor's diagnostics, at their lines, and away again once they are fixed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lsprotocol import types

from hydra_auto.catalog import Problem

SOURCE = "hydra-auto"

SEVERITY = {"error": types.DiagnosticSeverity.Error, "warning": types.DiagnosticSeverity.Warning}


class DiagnosticsBoard:
    """Knows which files the editor still shows something for. Of a file that is open in the editor the
    buffer's problems are shown, which may be newer than the file's own."""

    def __init__(self, publish: Callable[[types.PublishDiagnosticsParams], None]) -> None:
        self._publish = publish
        self._problems: Mapping[str, list[Problem]] = {}
        self._buffers: set[str] = set()

    def show(self, problems: Sequence[Problem]) -> None:
        """Replaces what is shown: every problem at its file, nothing at files that have none any more. What
        is wrong in settings has no file to be shown at."""
        before, self._problems = self._problems, _by_file(problems)
        for file in sorted({*before, *self._problems} - self._buffers):
            self._show_file(file, _uri(file))

    def show_buffer(self, file: str, params: types.PublishDiagnosticsParams) -> None:
        """Shows a buffer's diagnostics in place of its file's, until `close_buffer`."""
        self._buffers.add(file)
        self._publish(params)

    def close_buffer(self, file: str, uri: str) -> None:
        """The file's own problems count again; `uri` is what the editor called the buffer."""
        self._buffers.discard(file)
        if uri != _uri(file):
            self._publish(types.PublishDiagnosticsParams(uri=uri, diagnostics=[]))
        self._show_file(file, _uri(file))

    def _show_file(self, file: str, uri: str) -> None:
        found = [diagnostic(p) for p in self._problems.get(file, ())]
        self._publish(types.PublishDiagnosticsParams(uri=uri, diagnostics=found))


def _by_file(problems: Sequence[Problem]) -> Mapping[str, list[Problem]]:
    files: dict[str, list[Problem]] = {}
    for problem in problems:
        if Path(problem.file).is_absolute():
            files.setdefault(problem.file, []).append(problem)
    return files


def _uri(file: str) -> str:
    return Path(file).absolute().as_uri()


def diagnostic(problem: Problem) -> types.Diagnostic:
    """From the problem's column to the end of its line."""
    line = problem.line - 1
    return types.Diagnostic(
        range=types.Range(types.Position(line, problem.column - 1), types.Position(line + 1, 0)),
        message=problem.message,
        severity=SEVERITY[problem.severity],
        source=SOURCE,
    )
