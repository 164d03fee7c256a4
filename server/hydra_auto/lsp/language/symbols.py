"""Document symbols: the catalog's sections, and in them its models, tiers, benchmarks and rules."""

from __future__ import annotations

from typing import Final

from lsprotocol import types

from hydra_auto.lsp.language.models import models_in
from hydra_auto.lsp.language.outline import Entry
from hydra_auto.lsp.language.source import Source, Span

_KINDS: Final = {
    "models": types.SymbolKind.Class,
    "tiers": types.SymbolKind.Enum,
    "benchmarks": types.SymbolKind.Interface,
    "rules": types.SymbolKind.Event,
}
"""Sections whose entries are symbols of their own."""


def symbols(source: Source, root: Entry) -> list[types.DocumentSymbol]:
    """The sections in the text's order, half-typed ones left out."""
    return [_section(source, root, entry) for entry in root.children if entry.colon and entry.key]


def _section(source: Source, root: Entry, entry: Entry) -> types.DocumentSymbol:
    kind = _KINDS.get(entry.key or "")
    children: list[types.DocumentSymbol] | None = None
    if entry.key == "models":
        children = [
            _symbol(source, m.id, types.SymbolKind.Class, m.entry, m.named, _name(m.entry))
            for m in models_in(root)
        ]
    elif kind is not None:
        children = [
            _symbol(source, _title(child), kind, child, child.name) for child in entry.children if child.colon
        ]
    shown = entry.text if entry.kind == "scalar" else None
    symbol = _symbol(source, entry.key or "", types.SymbolKind.Namespace, entry, entry.name, shown)
    symbol.children = children
    return symbol


def _symbol(
    source: Source, name: str, kind: types.SymbolKind, entry: Entry, named: Span, detail: str | None = None
) -> types.DocumentSymbol:
    whole = entry.whole
    span = Span(min(whole.start, named.start), max(whole.end, named.end))
    # Clients refuse a name that is empty or nothing but spaces.
    shown = name if name.strip() else "(no name)"
    return types.DocumentSymbol(shown, kind, source.range(span), source.range(named), detail=detail)


def _name(entry: Entry) -> str | None:
    given = entry.child("name")
    return given.text if given and given.text else None


def _title(entry: Entry) -> str:
    if entry.key is not None:
        return entry.key
    given = entry.child("name")
    return given.text if given and given.text else f"{entry.position + 1}"
