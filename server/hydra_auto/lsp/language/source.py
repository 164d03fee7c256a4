"""A buffer's text and its places: character indexes here, lines and columns in the client's units there."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final

from attrs import field, frozen
from lsprotocol import types

_LINE_BREAK: Final = re.compile(r"\r\n|\r|\n")
_BOM: Final = "\ufeff"


@frozen
class Span:
    """Characters `start` up to, but not including, `end`."""

    start: int
    end: int

    def holds(self, index: int) -> bool:
        """Whether the cursor at `index` touches it; both edges count."""
        return self.start <= index <= self.end


@frozen
class Source:
    """`text` as the editor has it; `encoding` is what its columns count: utf-8, utf-16 or utf-32 units.

    Lines end at the line breaks that the protocol knows (`\\n`, `\\r\\n`, `\\r`) and at no others, unlike
    `str.splitlines`.
    """

    text: str
    encoding: str = "utf-16"
    _line_starts: tuple[int, ...] = field(init=False, eq=False, repr=False)

    @_line_starts.default
    def _find_lines(self) -> tuple[int, ...]:
        return (0, *(m.end() for m in _LINE_BREAK.finditer(self.text)))

    @property
    def line_count(self) -> int:
        return len(self._line_starts)

    @property
    def newline(self) -> str:
        """The line break that the text uses first."""
        found = _LINE_BREAK.search(self.text)
        return found.group() if found else "\n"

    def line_of(self, index: int) -> int:
        """The line, counted from 0, that the character at `index` stands on."""
        return bisect_right(self._line_starts, index) - 1

    def line_span(self, line: int) -> Span:
        """Line `line`, counted from 0, without its line break; beyond the last, the end of the text."""
        if line >= len(self._line_starts):
            return Span(len(self.text), len(self.text))
        start = self._line_starts[line]
        end = self._line_starts[line + 1] if line + 1 < len(self._line_starts) else len(self.text)
        return Span(start, start + len(self.text[start:end].rstrip("\r\n")))

    def column_of(self, index: int) -> int:
        """Characters between the line's beginning and `index`."""
        return index - self._line_starts[self.line_of(index)]

    def index(self, position: types.Position) -> int:
        """The character that `position` stands before; beyond a line's end, the end of that line."""
        span = self.line_span(position.line)
        at, units = span.start, 0
        while at < span.end and units < position.character:
            units += self._units(self.text[at])
            at += 1
        return at

    def position(self, index: int) -> types.Position:
        line = self.line_of(index)
        before = self.text[self._line_starts[line] : index]
        return types.Position(line, sum(map(self._units, before)))

    def range(self, span: Span) -> types.Range:
        return types.Range(self.position(span.start), self.position(span.end))

    def at(self, line: int, column: int) -> int:
        """The index of a catalog problem's place: both count from 1, columns in characters, and a byte order
        mark is no character of the file."""
        span = self.line_span(line - 1)
        mark = line == 1 and self.text.startswith(_BOM)
        return min(span.start + column - 1 + mark, span.end)

    def _units(self, character: str) -> int:
        if self.encoding == "utf-32":
            return 1
        if self.encoding == "utf-8":
            return len(character.encode("utf-8", "surrogatepass"))
        return 2 if character > "\uffff" else 1
