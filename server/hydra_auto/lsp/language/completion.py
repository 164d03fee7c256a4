"""Completion: what can be typed at the cursor, ready to be put there, in YAML that is still half typed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

from attrs import evolve
from lsprotocol import types

from hydra_auto.lsp.language.outline import Entry
from hydra_auto.lsp.language.place import Place, place_at
from hydra_auto.lsp.language.source import Source, Span
from hydra_auto.lsp.language.suggestions import Suggestion, names_of_keys, names_of_values
from hydra_auto.lsp.language.view import View
from hydra_auto.lsp.language.vocabulary import is_flat, keys_at, kinds_at, meaning, words_at

TRIGGERS: Final = (" ", ":", '"', "'", "/", "[", "{", ",")

MAX_ITEMS: Final = 200
"""Items in one answer; more are there on typing on."""

_PLAIN: Final = re.compile(r"[A-Za-z0-9_./][^\s#,\[\]{}\"']*")
_NOT_TEXT: Final = re.compile(
    r"[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?|true|false|null|~", re.ASCII | re.IGNORECASE
)


def complete(
    source: Source, root: Entry, position: types.Position, view: View, *, snippets: bool
) -> types.CompletionList:
    """The items at `position`; `snippets`: the client takes them."""
    place = place_at(root, source, source.index(position))
    if place is None:
        return types.CompletionList(is_incomplete=False, items=[])
    place = _on_one_line(place, source, source.index(position))
    items: dict[str, types.CompletionItem] = {}
    whole = True
    for item in _items(place, source, view, snippets):
        if item.label in items or not _fits(place, item.label):
            continue
        if len(items) == MAX_ITEMS:
            whole = False
            break
        items[item.label] = item
    ordered = sorted(items.values(), key=lambda item: not item.label.casefold().startswith(place.wanted))
    for rank, item in enumerate(ordered):
        item.sort_text = f"{rank:04d}"
    return types.CompletionList(is_incomplete=not whole, items=ordered)


def _items(place: Place, source: Source, view: View, snippets: bool) -> Iterator[types.CompletionItem]:
    if place.wants == "item":
        yield from _new_items(place, source, view, snippets)
        return
    if place.wants in ("value", "begin"):
        yield from _values(place, source, view)
    if place.wants == "key" or (place.wants == "begin" and "object" in kinds_at(place.path)):
        yield from _keys(place, source, view, snippets)
    if place.wants == "begin" and place.owner.key is not None and "array" in kinds_at(place.path):
        yield from _new_items(place, source, view, snippets)


def _keys(place: Place, source: Source, view: View, snippets: bool) -> Iterator[types.CompletionItem]:
    taken = place.siblings
    fixed = {k: v for k, v in keys_at(place.path).items() if k not in taken}
    for key in fixed:
        yield _key_item(place, source, Suggestion(key), types.CompletionItemKind.Property, snippets)
    for name in names_of_keys(place.path, view):
        if name.text not in taken and name.text not in fixed and _fits(place, name.text):
            yield _key_item(place, source, name, types.CompletionItemKind.Reference, snippets)


def _key_item(
    place: Place, source: Source, name: Suggestion, kind: types.CompletionItemKind, snippets: bool
) -> types.CompletionItem:
    path = (*place.path, name.text)
    text, snippet = _written(name.text, place), False
    if not place.followed:
        after = _opening(path, place, snippets)
        text, snippet = text + after, "$" in after
    return _item(place, source, name.text, text, kind, name.detail, meaning(path), snippet)


def _opening(path: tuple[str | int, ...], place: Place, snippets: bool) -> str:
    """What follows a key: the colon, and brackets where the value is short enough for them."""
    kinds = kinds_at(path)
    if not kinds & {"object", "array"} or kinds & {"number", "string"}:
        return ": "
    if "array" in kinds and "object" not in kinds and not kinds_at((*path, 0)) & {"object"}:
        return ": [$1]" if snippets else ": "
    if "object" in kinds and (is_flat(path) or place.flow):
        return ": {$1}" if snippets else ": "
    return ": " if place.flow else ":"


def _values(place: Place, source: Source, view: View) -> Iterator[types.CompletionItem]:
    """Fixed words as the schema has them, and names; an item that the list has already is not offered."""
    taken: set[str] = set()
    if place.owner.parent is not None and place.owner.parent.kind == "list":
        taken = {c.text for c in place.owner.parent.children if c is not place.owner}
    elif place.owner.kind == "list":
        taken = {c.text for c in place.owner.children}
    for word in words_at(place.path):
        text = word if isinstance(word, str) else json.dumps(word)
        kind = types.CompletionItemKind.EnumMember
        yield _item(place, source, text, text, kind, "", _tier_meaning(place, text))
    for name in names_of_values(place.path, view):
        if name.text not in taken and _fits(place, name.text):
            text = _written(name.text, place)
            yield _item(place, source, name.text, text, types.CompletionItemKind.Reference, name.detail)


def _tier_meaning(place: Place, word: str) -> str:
    return meaning(("tiers", word)) if place.path[-1:] in (("defaultTier",), ("tier",)) else ""


def _new_items(place: Place, source: Source, view: View, snippets: bool) -> Iterator[types.CompletionItem]:
    """Lines of a list: a dash, with the first key of a mapping or with a whole item."""
    path = (*place.path, len(place.owner.children))
    if "object" not in kinds_at(path):
        inner = evolve(place, path=path, wants="value")
        for item in _values(inner, source, view):
            yield _with_dash(item)
        return
    if tuple(place.path) == ("models",):
        for offer in view.unknown_offers:
            price = "{input: $1, output: $2}" if snippets else "{input: , output: }"
            shown, name = full_glob(offer.vendor, offer.family, offer.id), offer.name or offer.id
            parts = (
                f"id: {_quoted(offer.id, flow=True)}, name: {_quoted(name, flow=True)}, "
                f"vendor: {_quoted(offer.vendor, flow=True)}, match: [{_quoted(shown, flow=True)}], "
            )
            text = f"- {{{_escaped(parts, snippets)}price: {price}}}"
            detail = f"offered by {offer.vendor}, not in the catalog"
            kind = types.CompletionItemKind.Reference
            yield _item(place, source, f"- {offer.id}", text, kind, detail, snippet=snippets)
    first = next(iter(sorted(keys_at(path), key=lambda k: k != "id")))
    yield _item(place, source, f"- {first}", f"- {first}: ", types.CompletionItemKind.Property)


def full_glob(vendor: str, family: str, model_id: str) -> str:
    """The pattern for just this model of the editor's."""
    return f"{vendor}/{family or '*'}/{model_id}"


def _with_dash(item: types.CompletionItem) -> types.CompletionItem:
    assert isinstance(item.text_edit, types.TextEdit)
    item.text_edit.new_text = f"- {item.text_edit.new_text}"
    return item


def _item(
    place: Place,
    source: Source,
    label: str,
    text: str,
    kind: types.CompletionItemKind,
    detail: str = "",
    documentation: str = "",
    snippet: bool = False,
) -> types.CompletionItem:
    quote = place.typed[:1] if place.typed[:1] in ("'", '"') else ""
    return types.CompletionItem(
        label=label,
        kind=kind,
        detail=detail or None,
        documentation=documentation or None,
        filter_text=quote + label if quote else None,
        insert_text_format=types.InsertTextFormat.Snippet if snippet else types.InsertTextFormat.PlainText,
        text_edit=types.TextEdit(source.range(place.replace), (" " if place.glued else "") + text),
    )


def _on_one_line(place: Place, source: Source, index: int) -> Place:
    """The protocol wants an edit on the cursor's line; a value that goes on below loses its rest."""
    line = source.line_span(source.line_of(index))
    start, end = max(place.replace.start, line.start), min(place.replace.end, line.end)
    return evolve(place, replace=Span(start, max(start, end)))


def _fits(place: Place, label: str) -> bool:
    """Whether what is typed stands in the label in this order: clients rank, the server leaves out."""
    letters = iter(label.casefold())
    return all(c in letters for c in place.wanted)


def _written(text: str, place: Place) -> str:
    """`text` as YAML, quoted where it must be, or where the user has begun so."""
    quote = place.typed[:1]
    if quote == "'":
        return "'" + text.replace("'", "''") + "'"
    if quote == '"':
        return json.dumps(text, ensure_ascii=False)
    # An anchor's level is a number in a catalog's usual writing.
    level = tuple(place.path) == ("anchors",)
    return text if level else _quoted(text, flow=place.flow)


def _quoted(text: str, *, flow: bool) -> str:
    plain = _PLAIN.fullmatch(text) and not text.endswith(":") and not _NOT_TEXT.fullmatch(text)
    spaced = not flow and re.fullmatch(r"[A-Za-z][\w .()-]*\w", text) and not _NOT_TEXT.fullmatch(text)
    return text if plain or spaced else json.dumps(text, ensure_ascii=False)


def _escaped(text: str, snippets: bool) -> str:
    return re.sub(r"([\\$}])", r"\\\1", text) if snippets else text
