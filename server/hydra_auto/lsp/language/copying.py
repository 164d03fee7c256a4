"""A model's entry from one catalog's text into another's, with its comments, whatever way each is written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from attrs import frozen
from lsprotocol import types

from hydra_auto.lsp.language.models import ModelEntry, models_in
from hydra_auto.lsp.language.outline import Entry, outline
from hydra_auto.lsp.language.source import Source, Span

_LEADING_COMMA: Final = re.compile(r"\s*,?\s*")


@frozen
class Copied:
    """A model's text without its id and indentation. `flow`: `lines` are what stands in the braces."""

    id_text: str
    above: tuple[str, ...]
    beside: str
    lines: tuple[str, ...]
    flow: bool

    def as_item(self) -> list[str]:
        """The lines of a list's item, not indented."""
        if self.flow:
            return [*self.above, *self._braces(f"- {{id: {self.id_text}", ", ")]
        return [
            *self.above,
            f"- id: {self.id_text}{self.beside}",
            *(_indented(line, 2) for line in self.lines),
        ]

    def as_value(self) -> list[str]:
        """The lines of a mapping's entry, not indented."""
        if self.flow:
            return [*self.above, *self._braces(f"{self.id_text}: {{", "")]
        return [*self.above, f"{self.id_text}:{self.beside}", *_block(self.lines, 2)]

    def _braces(self, opening: str, between: str) -> list[str]:
        inside = [line for line in self.lines if line.strip()] or [""]
        opening += between if inside[0] else ""
        lines = [opening + inside[0], *_block(inside[1:], 2)]
        lines[-1] += "}" + self.beside
        return lines


def copied(source: Source, model: ModelEntry) -> Copied:
    """The entry's text: the comments right above it, those beside it and those inside."""
    entry = model.entry
    head = source.line_of(entry.name.start)
    above = _comments_above(source, head, entry.column)
    if entry.flow:
        return _copied_from_braces(source, model, above)
    last = source.line_of(max(entry.whole.end - 1, entry.whole.start))
    given = entry.child("id") if entry.key is None else None
    id_line = None if given is None else source.line_of(given.name.start)
    inner = entry.column + 2 if entry.inner is None else entry.inner
    lines, beside = [], ""
    for line in range(head, last + 1):
        span = source.line_span(line)
        text = source.text[span.start : span.end]
        begins = line == head and (not entry.children or source.line_of(entry.children[0].name.start) != head)
        if begins or line == id_line:
            stop = given.value.end if given is not None and line == id_line else entry.name.end + 1
            beside += source.text[stop : span.end].rstrip()
        else:
            # A comment inside may stand further left than the keys; the first line has the dash there.
            lines.append(text[inner:] if not text[:inner].strip(" -") else text.lstrip())
    return Copied(_id_text(source, model), above, beside, tuple(lines), flow=False)


def inserted(target: Source, copy: Copied, model_id: str) -> types.TextEdit | None:
    """The edit that puts the model into `target`'s models; None where it cannot stand there as it is
    written, or is there already."""
    root = outline(target)
    models = root.child("models")
    if any(m.id == model_id for m in models_in(root)):
        return None
    if models is None:
        return None if root.flow else _at_the_end(target, copy)
    if models.flow:
        return _into_brackets(target, models, copy)
    if not models.children:
        return _below_line(target, models.name.end, _block(copy.as_item(), 2))
    lines = copy.as_item() if models.kind == "list" else copy.as_value()
    return _below_line(target, models.whole.end, _block(lines, models.children[0].column))


def _at_the_end(target: Source, copy: Copied) -> types.TextEdit:
    end, text = len(target.text), target.text
    lines = ["models:", *_block(copy.as_item(), 2)]
    before = target.newline if text and not text.endswith(("\n", "\r")) else ""
    return types.TextEdit(target.range(Span(end, end)), before + target.newline.join(lines) + target.newline)


def _below_line(target: Source, index: int, lines: list[str]) -> types.TextEdit:
    end = target.line_span(target.line_of(max(index - 1, 0))).end
    text = "".join(target.newline + line for line in lines)
    return types.TextEdit(target.range(Span(end, end)), text)


def _into_brackets(target: Source, models: Entry, copy: Copied) -> types.TextEdit | None:
    """Into brackets fits only what stands in braces itself; empty ones give way to lines."""
    if not models.children:
        block = "".join(target.newline + line for line in _block(copy.as_item(), models.column + 2))
        return None if models.parent is None or models.parent.flow else _edit(target, models.value, block)
    if not copy.flow or copy.above or copy.beside:
        return None
    lines = copy.as_item() if models.kind == "list" else copy.as_value()
    text = ", " + " ".join(line.strip() for line in lines).removeprefix("- ")
    if any("#" in line for line in lines):
        return None
    end = models.children[-1].whole.end
    return _edit(target, Span(end, end), text)


def _edit(target: Source, span: Span, text: str) -> types.TextEdit:
    # A value gives way with the space before it.
    start = span.start - 1 if span.end > span.start and target.text[span.start - 1] == " " else span.start
    return types.TextEdit(target.range(Span(start, span.end)), text)


def _copied_from_braces(source: Source, model: ModelEntry, above: tuple[str, ...]) -> Copied:
    entry = model.entry
    closed = source.text[entry.value.end - 1] == "}"
    start, end = entry.value.start + 1, entry.value.end - 1 if closed else entry.value.end
    inside = source.text[start:end]
    given = entry.child("id") if entry.key is None else None
    if given is not None:
        before = source.text[start : given.name.start]
        after = source.text[given.value.end : end]
        if before.strip():
            inside = before.rstrip().removesuffix(",") + after
        else:
            inside = after[_LEADING_COMMA.match(after).end() :]  # type: ignore[union-attr]
    lines = [line.rstrip() for line in inside.strip().splitlines()]
    dedented = [lines[0], *(_dedented(line, entry.column + 2) for line in lines[1:])] if lines else []
    rest = source.text[entry.value.end : source.line_span(source.line_of(entry.value.end)).end]
    beside = rest.rstrip() if rest.lstrip().startswith("#") else ""
    return Copied(_id_text(source, model), above, beside, tuple(dedented), flow=True)


def _comments_above(source: Source, line: int, column: int) -> tuple[str, ...]:
    """The comment lines right above, in the entry's own column."""
    found: list[str] = []
    while line > 0:
        line -= 1
        span = source.line_span(line)
        text = source.text[span.start : span.end]
        if not text.startswith(" " * column + "#"):
            break
        found.append(text.strip())
    return tuple(reversed(found))


def _id_text(source: Source, model: ModelEntry) -> str:
    return source.text[model.named.start : model.named.end]


def _block(lines: Sequence[str], column: int) -> list[str]:
    return [_indented(line, column) for line in lines]


def _indented(line: str, column: int) -> str:
    return " " * column + line if line.strip() else ""


def _dedented(line: str, column: int) -> str:
    return line[min(column, len(line) - len(line.lstrip(" "))) :]
