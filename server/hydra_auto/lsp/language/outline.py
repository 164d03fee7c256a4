"""Text -> its outline: keys, items and values with their places, from indentation and brackets alone.

Unlike the catalog's own reader it refuses nothing: a buffer is broken most of the time while someone types
in it, and completion is wanted just then. What is broken costs its own entry and leaves the others alone.
Linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal

from attrs import define, field

from hydra_auto.lsp.language.source import Source, Span

Kind = Literal["nothing", "scalar", "mapping", "list"]

_PLAIN_END: Final = re.compile(r":(?=[ \t]|$)|[ \t]#")
_QUOTED: Final = re.compile(r'"(?:\\.|[^"\\\r\n])*"?' + r"|'(?:''|[^'\r\n])*'?")
_COMMENT: Final = re.compile(r"[ \t]#")
_FLOW_PLAIN: Final = re.compile(r"(?:(?![ \t]#|:[ \t,\[\]{}\r\n]|:$)[^,\[\]{}\r\n])+")
_BLOCK_SCALAR: Final = re.compile(r"[|>][-+\d]*[ \t]*(?:#.*)?$")
_DASH: Final = re.compile(r"-(?=[ \t]|$)")
_SPACE: Final = re.compile(r"[ \t]*")

MAX_DEPTH: Final = 100
"""Brackets within each other that are followed."""

NEARBY: Final = 20
"""Entries before a misplaced item among which its list is looked for."""


@define(eq=False)
class Entry:
    """`key: value`, an item of a list (`key` None), or as much of it as is there.

    `name` is the key's span, of an item that of its dash; `value` is the value's span, empty where there
    is none; `end` is where a value could still be typed: the end of its line, or the next comma or bracket.
    `children` stand in the column `inner` (of a block), or in brackets (`flow`).
    """

    parent: Entry | None
    key: str | None
    name: Span
    value: Span
    end: int
    column: int
    colon: bool = True
    kind: Kind = "nothing"
    text: str = ""
    flow: bool = False
    inner: int | None = None
    position: int = 0
    children: list[Entry] = field(factory=list, repr=False)

    @property
    def path(self) -> tuple[str | int, ...]:
        """Keys, and for items their index, from the root to here."""
        steps: list[str | int] = []
        entry = self
        while entry.parent is not None:
            steps.append(entry.position if entry.key is None else entry.key)
            entry = entry.parent
        return tuple(reversed(steps))

    @property
    def whole(self) -> Span:
        """From the key or the dash to the end of the last value inside."""
        last = self
        while last.children and not last.flow:
            last = last.children[-1]
        return Span(self.name.start, max(last.value.end, last.name.end))

    def child(self, key: str) -> Entry | None:
        """The first entry inside with this key."""
        return next((c for c in self.children if c.key == key and c.colon), None)

    def walk(self) -> Iterator[Entry]:
        """All entries inside, in the text's order."""
        waiting = list(reversed(self.children))
        while waiting:
            entry = waiting.pop()
            yield entry
            waiting.extend(reversed(entry.children))


def outline(source: Source) -> Entry:
    """The root, whose children are the top-level keys."""
    root = Entry(None, None, Span(0, 0), Span(0, len(source.text)), len(source.text), -1, kind="mapping")
    root.inner = 0
    _Scanner(source, root).run()
    return root


def unquoted(text: str) -> str:
    """A scalar as it is meant, quotes and escapes of quotes removed."""
    if text[:1] == "'":
        return text[1:].removesuffix("'").replace("''", "'")
    if text[:1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:].removesuffix('"'))
    return text


@define
class _Scanner:
    """Goes through the lines; `_open` are the block collections that the next line may still belong to."""

    _source: Source
    _root: Entry
    _open: list[Entry] = field(factory=list, init=False)
    _at: int = field(default=0, init=False)

    def run(self) -> None:
        self._open.append(self._root)
        line = 0
        while line < self._source.line_count:
            span = self._source.line_span(line)
            self._at = span.start + (line == 0 and self._source.text.startswith("\ufeff"))
            self._line(span.end)
            # A value in brackets or a block scalar may have gone beyond its line.
            line = max(line, self._source.line_of(self._at)) + 1

    def _line(self, end: int) -> None:
        text = self._source.text
        column = self._skip_space(end)
        if self._at == end or text[self._at] == "#":
            return
        if column == 0 and text[self._at : end].rstrip() in ("---", "..."):
            self._at = end
            return
        while self._at < end and _DASH.match(text, self._at, end):
            item = self._add(None, Span(self._at, self._at + 1), column, end)
            self._at += 1
            column += 1 + self._skip_space(end)
            item.value = Span(self._at, self._at)
            if self._at == end or text[self._at] == "#":
                self._at = end
                return
            if _DASH.match(text, self._at, end) or self._key_end(end) is not None:
                self._open_at(item, column)
            else:
                self._value(item, end)
                return
        self._key_and_value(column, end)

    def _key_and_value(self, column: int, end: int) -> None:
        start, text = self._at, self._source.text
        if text[start] in "{[" and self._innermost(column) is self._root and not self._root.children:
            self._value(self._root, end)  # the whole file is JSON
            return
        colon = self._key_end(end)
        if colon is None:
            if self._continues(column, end):
                return
            stop = _plain_end(text, start, end)
            word = self._add(unquoted(text[start:stop]), Span(start, stop), column, stop)
            word.colon = False
            self._at = end
            return
        stop = start + len(text[start:colon].rstrip())
        entry = self._add(unquoted(text[start:stop]), Span(start, stop), column, end)
        self._at = colon + 1
        self._skip_space(end)
        entry.value = Span(self._at, self._at)
        self._value(entry, end)

    def _key_end(self, end: int) -> int | None:
        """The index of the colon after the key that begins here; None: no key begins here."""
        text = self._source.text
        if text[self._at] in "{[":
            return None
        if text[self._at] in "\"'":
            quoted = _QUOTED.match(text, self._at, end)
            after = _SPACE.match(text, quoted.end(), end) if quoted else None
            colon = after.end() if after else end
            return colon if text[colon : colon + 1] == ":" and colon < end else None
        found = _PLAIN_END.search(text, self._at, end)
        return found.start() if found and found.group() == ":" else None

    def _continues(self, column: int, end: int) -> bool:
        """Whether this line goes on with the plain or quoted text of the line before."""
        owner = self._innermost(column)
        last = owner.children[-1] if owner.children else None
        deeper = last is not None and column > last.column and last.kind == "scalar" and not owner.flow
        if last is None or not deeper:
            return False
        stop = _plain_end(self._source.text, self._at, end)
        last.value = Span(last.value.start, stop)
        last.end = self._at = end
        return True

    def _add(self, key: str | None, name: Span, column: int, end: int) -> Entry:
        """A new entry where the indentation puts it."""
        owner = self._owner(column, is_item=key is None)
        if owner.kind == "nothing" or not owner.children:
            owner.kind = "list" if key is None else "mapping"
        entry = Entry(owner, key, name, Span(name.end, name.end), end, column, position=len(owner.children))
        owner.children.append(entry)
        return entry

    def _owner(self, column: int, *, is_item: bool) -> Entry:
        """The collection that an item or a key in `column` goes into; a line that is a little out of its
        column still belongs to what stands above it."""
        owner = self._innermost(column)
        last = owner.children[-1] if owner.children else None
        if not is_item and owner.kind == "list" and last is not None:
            if column > last.column and last.kind == "mapping" and not last.flow:
                return self._reopened(last)
            # `key:` in the column of a list's dashes ends the list.
            while len(self._open) > 1 and self._open[-1].kind == "list":
                self._open.pop()
            return self._open[-1]
        if last is None:
            return owner
        deeper = column > last.column
        same = is_item and last.key is not None and column == last.column
        if last.kind == "nothing" and last.colon and (deeper or same):
            self._open_at(last, column)
            return last
        if is_item and owner.kind == "mapping":
            lists = [c for c in owner.children[-NEARBY:] if c.kind == "list" and not c.flow]
            fitting = [c for c in lists if c.inner == column or (c is last and deeper)]
            if fitting:
                return self._reopened(fitting[-1])
        return owner

    def _reopened(self, entry: Entry) -> Entry:
        self._open.append(entry)
        return entry

    def _innermost(self, column: int) -> Entry:
        """The collection that a line in `column` belongs to; what is indented deeper ends here."""
        while len(self._open) > 1 and (self._open[-1].inner or 0) > column:
            self._open.pop()
        return self._open[-1]

    def _open_at(self, entry: Entry, column: int) -> None:
        entry.inner = column
        self._open.append(entry)

    def _skip_space(self, end: int) -> int:
        """Goes to what is not a space; how many spaces that were (a tab counts as one)."""
        found = _SPACE.match(self._source.text, self._at, end)
        before, self._at = self._at, found.end() if found else self._at
        return self._at - before

    # --- values ---------------------------------------------------------------------------------------

    def _value(self, entry: Entry, end: int) -> None:
        """The value that begins here, on a line that ends at `end`."""
        text, start = self._source.text, self._at
        if start == end or text[start] == "#":
            self._at = end
        elif text[start] in "{[":
            _Brackets(self._source, entry, start).run()
            self._at = max(entry.value.end, start + 1)
        elif _BLOCK_SCALAR.match(text, start, end):
            self._block_scalar(entry)
        else:
            stop = _scalar_end(text, start, end)
            entry.kind, entry.text, entry.value = "scalar", unquoted(text[start:stop]), Span(start, stop)
            self._at = end

    def _block_scalar(self, entry: Entry) -> None:
        """Everything below that is indented deeper than the entry."""
        source = self._source
        line = source.line_of(self._at)
        start, stop = self._at, source.line_span(line).end
        while (line := line + 1) < source.line_count:
            span = source.line_span(line)
            body = source.text[span.start : span.end]
            if body.strip() and len(body) - len(body.lstrip(" ")) <= entry.column:
                break
            stop = span.end
        entry.kind, entry.text, entry.value = "scalar", source.text[start:stop], Span(start, stop)
        entry.end = self._at = stop


@define
class _Brackets:
    """Reads `{…}` or `[…]` from `_at` on. One that nobody closes ends where the block goes on: at a line
    that is no deeper than `_owner` and looks like a key or an item."""

    _source: Source
    _owner: Entry
    _at: int
    _open: list[Entry] = field(factory=list, init=False)
    _current: Entry | None = field(default=None, init=False)

    def run(self) -> None:
        self._enter(self._owner)
        text = self._source.text
        while self._open and self._at < len(text):
            character = text[self._at]
            if character in "\r\n":
                if not self._next_line():
                    break
            elif character in " \t":
                self._at += 1
            elif character == "#" and text[self._at - 1] in " \t\r\n":
                self._at = self._source.line_span(self._source.line_of(self._at)).end
            else:
                self._token(character)
        for entry in self._open:
            entry.value = Span(entry.value.start, self._at)
            entry.end = max(entry.end, self._at)
        if self._current is not None:
            self._current.end = max(self._current.end, self._at)

    def _token(self, character: str) -> None:
        if character in "{[":
            self._enter(self._current_or_new())
        elif character in "}]":
            self._leave()
        elif character == ",":
            self._finish()
            self._at += 1
        elif character == ":" and self._current is not None:
            self._current.colon = True
            self._at += 1
            self._current.value = Span(self._at, self._at)
            self._current.end = self._at
        else:
            self._scalar()

    def _enter(self, entry: Entry) -> None:
        entry.flow = True
        entry.kind = "mapping" if self._source.text[self._at] == "{" else "list"
        entry.value = Span(self._at, self._at + 1)
        self._at += 1
        if len(self._open) < MAX_DEPTH:
            self._open.append(entry)
        self._current = None

    def _leave(self) -> None:
        self._finish()
        entry = self._open.pop()
        self._at += 1
        entry.value = Span(entry.value.start, self._at)
        entry.end = self._at
        self._current = entry if self._open and entry is not self._owner else None

    def _finish(self) -> None:
        if self._current is not None:
            self._current.end = self._at
            self._current = None

    def _current_or_new(self) -> Entry:
        return self._current if self._current is not None else self._new(None, Span(self._at, self._at))

    def _new(self, key: str | None, name: Span) -> Entry:
        owner = self._open[-1]
        column = self._source.column_of(name.start)
        entry = Entry(owner, key, name, Span(name.end, name.end), name.end, column)
        entry.position = len(owner.children)
        owner.children.append(entry)
        self._current = entry
        return entry

    def _scalar(self) -> None:
        text, start = self._source.text, self._at
        pattern = _QUOTED if text[start] in "\"'" else _FLOW_PLAIN
        found = pattern.match(text, start)
        stop = start + max(1, len(found.group().rstrip())) if found else start + 1
        span, word = Span(start, stop), unquoted(text[start:stop])
        self._at = stop
        current = self._current
        if current is not None and current.colon and current.kind in ("nothing", "scalar"):
            first = current.value.start if current.kind == "scalar" else start
            current.kind, current.value = "scalar", Span(first, stop)
            current.text, current.end = unquoted(text[first:stop]), stop
        elif self._open[-1].kind == "mapping" and current is None:
            self._new(word, span).colon = False
        elif self._open[-1].kind == "list" and current is None:
            item = self._new(None, Span(start, start))
            item.kind, item.text, item.value, item.end = "scalar", word, span, stop

    def _next_line(self) -> bool:
        """Goes behind the line break; False where the block goes on there."""
        source = self._source
        span = source.line_span(source.line_of(self._at) + 1)
        body = source.text[span.start : span.end]
        indent = len(body) - len(body.lstrip(" "))
        begins_anew = _DASH.match(body, indent) or _looks_like_key(body[indent:])
        if body.strip() and indent <= self._owner.column and begins_anew:
            return False
        self._at = max(span.start, self._at + 1)
        return True


def _looks_like_key(text: str) -> bool:
    found = _PLAIN_END.search(text)
    return text[:1] not in tuple("{}[],#\"'") and found is not None and found.group() == ":"


def _plain_end(text: str, start: int, end: int) -> int:
    """Where the text that begins at `start` ends: before a comment, without trailing spaces."""
    found = _COMMENT.search(text, start, end)
    return start + len(text[start : found.start() if found else end].rstrip())


def _scalar_end(text: str, start: int, end: int) -> int:
    if text[start] in "\"'" and (quoted := _QUOTED.match(text, start, end)):
        return quoted.end()
    return _plain_end(text, start, end)
