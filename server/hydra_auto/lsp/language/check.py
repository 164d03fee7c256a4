"""Diagnostics: what the catalog's own reading says of the buffer, in exact ranges; what is superfluous."""

from __future__ import annotations

from collections.abc import Sequence

from lsprotocol import types

from hydra_auto.catalog import Problem
from hydra_auto.catalog.dominance import dominated
from hydra_auto.catalog.idle import idle_rules
from hydra_auto.catalog.problem import quoted
from hydra_auto.lsp.diagnostics import SEVERITY, SOURCE
from hydra_auto.lsp.language.models import models_in
from hydra_auto.lsp.language.outline import Entry
from hydra_auto.lsp.language.place import entries_before
from hydra_auto.lsp.language.source import Source, Span
from hydra_auto.lsp.language.view import View

DOMINATED = "dominated"
IDLE = "idle-rule"


def diagnostics(
    source: Source, root: Entry, file: str, problems: Sequence[Problem], view: View
) -> list[types.Diagnostic]:
    """`problems` are those of the layers with the buffer as the layer `file`; what lies in another file is
    shown at the beginning of this one, for it is what keeps this one from counting."""
    found = [_diagnostic(source, root, file, problem) for problem in problems]
    if not any(p.severity == "error" for p in problems):
        found += [*_superfluous(source, root, view), *_idle(source, root, file, view)]
    return found


def _diagnostic(source: Source, root: Entry, file: str, problem: Problem) -> types.Diagnostic:
    message, span = problem.message, Span(0, 0)
    if problem.file == file:
        span = _span(source, root, source.at(problem.line, problem.column))
    else:
        message = f"{problem.file}:{problem.line}: {message}"
    return types.Diagnostic(source.range(span), message, severity=SEVERITY[problem.severity], source=SOURCE)


def _span(source: Source, root: Entry, index: int) -> Span:
    """The key or the value's line that begins at `index`, else the rest of the line, never nothing."""
    line = source.line_span(source.line_of(index))
    last = entries_before(root, index)[-1]
    for span in (last.value, last.name):
        if span.start == index < span.end:
            return Span(index, min(span.end, line.end))
    return Span(index, line.end) if index < line.end else Span(max(index - 1, line.start), line.end)


def _superfluous(source: Source, root: Entry, view: View) -> list[types.Diagnostic]:
    if view.pool is None:
        return []
    beaten = dominated(view.pool.profiles)
    return [
        types.Diagnostic(
            source.range(model.named),
            f"{quoted(model.id)} is dominated: {quoted(beaten[model.id])} can do all that it can and costs "
            "no more, so it is chosen only where that one is not offered",
            severity=types.DiagnosticSeverity.Information,
            source=SOURCE,
            code=DOMINATED,
        )
        for model in models_in(root)
        if model.id in beaten and not model.removed
    ]


def _idle(source: Source, root: Entry, file: str, view: View) -> list[types.Diagnostic]:
    """Rules of this file that can never change anything."""
    idle = [] if view.pool is None else idle_rules(view.pool.catalog)
    return [
        types.Diagnostic(
            source.range(_span(source, root, source.at(rule.origin.line, rule.origin.column))),
            f"the rule {quoted(rule.name)} can never do anything: {reason}",
            severity=types.DiagnosticSeverity.Warning,
            source=SOURCE,
            code=IDLE,
        )
        for rule, reason in idle
        if rule.origin is not None and rule.origin.file == file
    ]
