"""A small catalog as the editor has it, and buffers in which `|` marks the cursor."""

from __future__ import annotations

from collections.abc import Mapping

from lsprotocol import types

from hydra_auto.catalog import parse
from hydra_auto.lsp.language.analysis import Stack, analyse
from hydra_auto.lsp.language.completion import complete
from hydra_auto.lsp.language.outline import Entry, outline
from hydra_auto.lsp.language.source import Source
from hydra_auto.lsp.language.view import Shares, View
from hydra_auto.routing import AvailableModel
from hydra_auto.scale import IDENTITY

BASE = """\
tiers:
  efficiency: {tau: .3}
  balance: {tau: .15}
  intelligence: {tau: 0}
benchmarks:
  mind: {low: 0, high: 100, measures: {reasoning: 1}}
  code: {low: 10, high: 90, measures: {code_gen: 1, debugging: .5, tool_use: 1}}
models:
  - {id: tiny, vendor: acme, price: {input: .1, output: .4}, benchmarks: {mind: 10, code: 20}}
  - {id: small, vendor: acme, price: {input: .5, output: 2}, benchmarks: {mind: 40, code: 35}}
  - id: acme:large
    name: Large
    vendor: acme
    family: acme-large
    match: ["*/acme-large/*"]
    price: {input: 3, cachedInput: .3, output: 15}
    limits: {context: 200000}
    supports: {vision: true, tools: true}
    benchmarks: {mind: 80, code: 70}
"""

BASE_FILE = "/etc/base.yaml"
FILE = "/work/.vscode/hydra-catalog.yaml"

OFFERS = (
    AvailableModel("copilot", "large", "acme-large", name="Large"),
    AvailableModel("copilot", "gpt-9", "gpt-9", name="GPT-9 (new)"),
)

LAYERS = Stack("user", (parse(BASE, BASE_FILE),))


def marked(text: str, encoding: str = "utf-16") -> tuple[Source, types.Position]:
    """The text without its `|`, and the position where that stood."""
    at = text.index("|")
    source = Source(text[:at] + text[at + 1 :], encoding)
    return source, source.position(at)


def view_of(text: str = "{}", chosen: Mapping[str, int] | None = None) -> View:
    """What the features know when `text` is the buffer."""
    found = analyse(text, FILE, LAYERS, IDENTITY)
    shares = Shares(chosen, sum(chosen.values())) if chosen else Shares()
    return View(found.pool, found.below, OFFERS, shares)


def completed(text: str, *, snippets: bool = False, encoding: str = "utf-16") -> list[types.CompletionItem]:
    source, position = marked(text, encoding)
    return complete(source, outline(source), position, view_of(), snippets=snippets).items


def labels(text: str) -> list[str]:
    return [item.label for item in completed(text)]


def accepted(text: str, label: str, *, snippets: bool = False, encoding: str = "utf-16") -> str:
    """The buffer after the item was taken."""
    source, _ = marked(text, encoding)
    (item,) = (i for i in completed(text, snippets=snippets, encoding=encoding) if i.label == label)
    assert isinstance(item.text_edit, types.TextEdit)
    return edited(source, item.text_edit)


def edited(source: Source, edit: types.TextEdit) -> str:
    start, end = source.index(edit.range.start), source.index(edit.range.end)
    return source.text[:start] + edit.new_text + source.text[end:]


def shape_of(entry: Entry) -> object:
    """An outline as plain lists and mappings; `...` stands for nothing, a word without a colon for itself."""
    if entry.kind == "mapping":
        return {c.key: shape_of(c) if c.colon else "word" for c in entry.children}
    if entry.kind == "list":
        return [shape_of(c) for c in entry.children]
    return entry.text if entry.kind == "scalar" else ...
