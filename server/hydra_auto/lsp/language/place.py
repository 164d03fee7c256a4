"""Where the cursor stands in a catalog, half typed as it may be: by indentation and brackets."""

from __future__ import annotations

from bisect import bisect_right

from attrs import frozen

from hydra_auto.lsp.language.outline import Entry
from hydra_auto.lsp.language.source import Source, Span


@frozen
class Place:
    """What could be typed at the cursor.

    `path` leads to the mapping or list that a key or item would go into (`wants` "key" or "item"), or to
    the value ("value"). `wants` "begin": in a block, where a value may stand or keys may begin.
    `typed` stands already before the cursor, and `replace` is what a completion takes the place of.
    `owner` is the entry at `path`. `followed`: the key's colon is there already; `glued`: the cursor stands
    right behind a colon or dash, so a space must come first.
    """

    path: tuple[str | int, ...]
    wants: str
    typed: str
    replace: Span
    owner: Entry
    flow: bool = False
    followed: bool = False
    glued: bool = False

    @property
    def wanted(self) -> str:
        """`typed` without its quotes and regardless of case, as names are looked up."""
        return self.typed.lstrip("\"'").casefold()

    @property
    def siblings(self) -> frozenset[str]:
        """The keys that `owner` has, but for the one that is being typed."""
        others = (c for c in self.owner.children if c.name != self.replace)
        return frozenset(c.key for c in others if c.key is not None)


def place_at(root: Entry, source: Source, index: int) -> Place | None:
    """The cursor's place at `index`; None where nothing of the catalog's can be typed (a comment, say)."""
    if _in_comment(root, source, index):
        return None
    chain = entries_before(root, index)
    brackets = [e for e in chain if e.flow and e.value.start < index and _open_at(e, source, index)]
    if brackets:
        return _in_brackets(brackets[-1], source, index)
    last = chain[-1]
    if last is not root and source.line_of(last.name.start) == source.line_of(index):
        return _on_line(last, source, index)
    return _on_blank_line(chain, source, index)


def entries_before(root: Entry, index: int) -> list[Entry]:
    """The root and, one in the other, the last entries that begin at or before `index`."""
    chain = [root]
    while children := chain[-1].children:
        after = bisect_right(children, index, key=lambda c: c.name.start)
        if after == 0:
            break
        chain.append(children[after - 1])
    return chain


def entry_at(root: Entry, index: int) -> Entry | None:
    """The entry whose key, dash or value the cursor touches; None: it touches nothing."""
    last = entries_before(root, index)[-1]
    touches = last.name.holds(index) or (last.value.holds(index) and not last.flow)
    return last if touches and last.parent is not None else None


def _open_at(entry: Entry, source: Source, index: int) -> bool:
    closed = source.text[entry.value.end - 1 : entry.value.end] in ("}", "]")
    return index < entry.value.end or (not closed and index == entry.value.end)


def _in_brackets(owner: Entry, source: Source, index: int) -> Place | None:
    before = [c for c in owner.children if c.name.start <= index]
    child = before[-1] if before else None
    if child is None or index > child.end:
        position = len(before)
        if owner.kind == "mapping":
            return Place(owner.path, "key", "", Span(index, index), owner, flow=True)
        return Place((*owner.path, position), "value", "", Span(index, index), owner, flow=True)
    if child.key is not None and index <= child.name.end:
        return _key(child, source, index, flow=True)
    return _value(child, source, index, flow=True)


def _on_line(entry: Entry, source: Source, index: int) -> Place | None:
    if entry.key is not None and index <= entry.name.end:
        return _key(entry, source, index, flow=False)
    if not entry.colon or index < entry.name.end:
        return None
    return _value(entry, source, index, flow=False)


def _key(entry: Entry, source: Source, index: int, *, flow: bool) -> Place:
    owner = entry.parent
    assert owner is not None
    typed = source.text[entry.name.start : index]
    return Place(owner.path, "key", typed, entry.name, owner, flow=flow, followed=entry.colon)


def _value(entry: Entry, source: Source, index: int, *, flow: bool) -> Place | None:
    value = entry.value
    glued = source.text[index - 1 : index] in (":", "-") and index <= value.start
    if entry.kind == "nothing":
        wants = "value" if flow or entry.key is not None else "begin"
        return Place(entry.path, wants, "", Span(index, index), entry, flow=flow, glued=glued)
    if entry.kind != "scalar" or not value.holds(index):
        return None
    # What stands behind a dash may become a key yet.
    wants = "value" if flow or entry.key is not None else "begin"
    return Place(entry.path, wants, source.text[value.start : index], value, entry, flow=flow)


def _on_blank_line(chain: list[Entry], source: Source, index: int) -> Place | None:
    line = source.line_span(source.line_of(index))
    if source.text[line.start : line.end].lstrip("\ufeff").strip():
        return None
    column, here = index - line.start, Span(index, index)
    for entry in reversed(chain):
        if entry.kind == "nothing" and entry.colon and entry.parent and column > entry.column:
            return Place(entry.path, "begin", "", here, entry)
        if entry.inner == column and not entry.flow:
            wants = "item" if entry.kind == "list" else "key"
            return Place(entry.path, wants, "", here, entry)
    return None


def _in_comment(root: Entry, source: Source, index: int) -> bool:
    """Whether a `#` that begins a comment stands before the cursor on its line."""
    line = source.line_span(source.line_of(index))
    before = source.text[line.start : index]
    at = -1
    while (at := before.find("#", at + 1)) >= 0:
        begins = at == 0 or before[at - 1] in " \t"
        value = entries_before(root, line.start + at)[-1].value
        if begins and not value.start <= line.start + at < value.end:
            return True
        if begins and entries_before(root, line.start + at)[-1].flow:
            return True
    return False
