"""Code actions: add a model's missing price, copy a model into the workspace's own catalog."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import PurePath

from attrs import frozen
from lsprotocol import types

from hydra_auto.catalog.model import Model, Price
from hydra_auto.lsp.language.card import number
from hydra_auto.lsp.language.copying import copied, inserted
from hydra_auto.lsp.language.models import ModelEntry, models_in
from hydra_auto.lsp.language.outline import Entry
from hydra_auto.lsp.language.source import Source, Span
from hydra_auto.lsp.language.view import View

_PRICE_FOLLOWS = ("id", "name", "vendor", "family", "match")


@frozen
class Target:
    """The workspace's catalog: `source` is its text, None where there is no such file yet; `version` is
    that of an open buffer."""

    uri: str
    source: Source | None
    version: int | None = None


@frozen
class Asked:
    """What the editor asks: where, about which diagnostics, and for which kinds (None: all)."""

    range: types.Range
    diagnostics: Sequence[types.Diagnostic] = ()
    only: Sequence[str] | None = None

    def wants(self, kind: types.CodeActionKind) -> bool:
        """Kinds are dotted paths, and the outer includes the inner."""
        return self.only is None or any(f"{kind.value}.".startswith(f"{o}.") for o in map(_text, self.only))


def actions(
    uri: str, source: Source, root: Entry, asked: Asked, view: View, target: Target | None
) -> list[types.CodeAction]:
    """What can be done about the models that the range touches. `target` None: there is no workspace, or
    this is its catalog."""
    start, end = source.index(asked.range.start), source.index(asked.range.end)
    found: list[types.CodeAction] = []
    for model in models_in(root):
        whole = model.entry.whole
        if whole.start > end or source.line_span(source.line_of(whole.end)).end < start or model.removed:
            continue
        if asked.wants(types.CodeActionKind.QuickFix):
            found += _prices(uri, source, model, asked, view)
        if target is not None and asked.wants(types.CodeActionKind.Refactor) and start == end:
            found += _copies(source, model, target)
    return found


# --- a missing price ---------------------------------------------------------------------------------


def _prices(
    uri: str, source: Source, model: ModelEntry, asked: Asked, view: View
) -> Iterator[types.CodeAction]:
    """To be filled in by hand, and, where a model of the family has one, its price to begin with. Never
    zero: a model that costs nothing is chosen for everything."""
    missing = _missing(model, view)
    if not missing:
        return
    inside = source.range(model.entry.whole)
    about = [d for d in asked.diagnostics if inside.start <= d.range.start <= inside.end]
    relative = _relative(model, view)
    choices: list[tuple[str, Price | None]] = [(f"Add the missing {' and '.join(missing)} price", None)]
    if relative is not None:
        shown = f"{number(relative.price.input)} in, {number(relative.price.output)} out"
        choices.append((f"Add the price of {relative.id} (USD {shown})", relative.price))
    for index, (title, price) in enumerate(choices):
        edit = _price_edit(source, model.entry, missing, price)
        yield types.CodeAction(
            title=title,
            kind=types.CodeActionKind.QuickFix,
            diagnostics=about or None,
            is_preferred=index == 0,
            edit=types.WorkspaceEdit(changes={uri: [edit]}),
        )


def _missing(model: ModelEntry, view: View) -> list[str]:
    """`input` and `output`, as far as neither this entry nor a layer below has them."""
    below = {m.id for m in view.below.models} if view.below else set()
    price = model.entry.child("price")
    written = {c.key for c in price.children if c.kind != "nothing"} if price else set()
    half = {c.key for c in price.children} - written if price else set()
    if model.id in below or "perRequest" in written or half:
        return []
    return [key for key in ("input", "output") if key not in written]


def _price_edit(source: Source, entry: Entry, missing: Sequence[str], price: Price | None) -> types.TextEdit:
    values = {"input": price and number(price.input), "output": price and number(price.output)}
    pairs = [f"{key}: {values[key] or ''}" for key in missing]
    written = entry.child("price")
    if written is not None and written.children:
        return _after(source, written, written.children[-1], pairs)
    text = f"{{{', '.join(pairs)}}}"
    if written is not None:  # `price:` with nothing behind it, or with empty braces
        space = "" if source.text[written.value.start - 1 : written.value.start] == " " else " "
        return types.TextEdit(source.range(written.value), space + text)
    before = [c for c in entry.children if c.key in _PRICE_FOLLOWS] or entry.children
    return _after(source, entry, before[-1] if before else entry, [f"price: {text}"])


def _after(source: Source, owner: Entry, sibling: Entry, texts: Sequence[str]) -> types.TextEdit:
    """`texts` behind `sibling`, in the way that `owner` is written; a comment behind it stays there."""
    end = sibling.whole.end
    if owner.flow:
        return types.TextEdit(source.range(Span(end, end)), "".join(f", {text}" for text in texts))
    end = source.line_span(source.line_of(end)).end
    column = sibling.column if sibling is not owner else owner.column + 2
    lines = "".join(f"{source.newline}{' ' * column}{text}" for text in texts)
    return types.TextEdit(source.range(Span(end, end)), lines)


def _relative(model: ModelEntry, view: View) -> Model | None:
    """The known model with a price per token whose id is nearest: of the same family if there is one."""
    family = model.entry.child("family")
    known = {m.id: m for m in view.models if m.price.per_request is None and m.id != model.id and not m.local}
    same = {i: m for i, m in known.items() if family and m.family == family.text}
    near = get_close_matches(model.id, same or known, n=1, cutoff=0.0 if same else 0.6)
    return known[near[0]] if near else None


# --- a copy for the workspace ------------------------------------------------------------------------


def _copies(source: Source, model: ModelEntry, target: Target) -> Iterator[types.CodeAction]:
    existing = target.source or Source("", source.encoding)
    edit = inserted(existing, copied(source, model), model.id)
    if edit is None:
        return
    document = types.OptionalVersionedTextDocumentIdentifier(uri=target.uri, version=target.version)
    changes: list[types.TextDocumentEdit | types.CreateFile] = [types.TextDocumentEdit(document, [edit])]
    if target.source is None:
        options = types.CreateFileOptions(ignore_if_exists=True)
        changes.insert(0, types.CreateFile(uri=target.uri, options=options))
    yield types.CodeAction(
        title=f"Copy {model.id} to the workspace's {PurePath(target.uri).name}",
        kind=types.CodeActionKind.Refactor,
        edit=types.WorkspaceEdit(document_changes=changes),
    )


def _text(kind: str | types.CodeActionKind) -> str:
    return kind.value if isinstance(kind, types.CodeActionKind) else kind
