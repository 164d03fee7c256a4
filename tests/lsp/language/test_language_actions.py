"""Code actions leave a catalog that is still one, with every comment where it was."""

from __future__ import annotations

import pytest
from language_texts import edited, marked, view_of
from lsprotocol import types

from hydra_auto.catalog import parse
from hydra_auto.catalog.tree import Items, Table
from hydra_auto.lsp.language.actions import Asked, Target, actions
from hydra_auto.lsp.language.copying import copied, inserted
from hydra_auto.lsp.language.models import models_in
from hydra_auto.lsp.language.outline import outline
from hydra_auto.lsp.language.source import Source

URI = "file:///home/me/catalog.yaml"
TARGET = "file:///work/.vscode/hydra-catalog.yaml"


def offered(text: str, target: Target | None = None, only: list[str] | None = None) -> list[types.CodeAction]:
    source, position = marked(text)
    asked = Asked(types.Range(position, position), only=only)
    return actions(URI, source, outline(source), asked, view_of(), target)


def fixed(text: str, which: int = 0) -> str:
    edit = offered(text)[which].edit
    assert edit is not None
    assert edit.changes is not None
    (change,) = edit.changes[URI]
    return edited(marked(text)[0], change)


@pytest.mark.parametrize(
    ("text", "done"),
    [
        (
            "models:\n  - id: x|\n    vendor: v # 😀 who\n    tokenFactor: 1\n",
            "models:\n  - id: x\n    vendor: v # 😀 who\n    price: {input: , output: "
            "}\n    tokenFactor: 1\n",
        ),
        ("models:\r\n  - id: x|\r\n", "models:\r\n  - id: x\r\n    price: {input: , output: }\r\n"),
        ("models: [{id: x|, tools: 1}]", "models: [{id: x, price: {input: , output: }, tools: 1}]"),
        ("models:\n  x|:\n    vendor: v\n", "models:\n  x:\n    vendor: v\n    price: {input: , output: }\n"),
        ("models: {x|: {price: {input: 1}}}", "models: {x: {price: {input: 1, output: }}}"),
        (
            "models:\n  x|:\n    price:\n      output: 2 # out\n",
            "models:\n  x:\n    price:\n      output: 2 # out\n      input: \n",
        ),
        ("models: {x|: {price: {}}}", "models: {x: {price: {input: , output: }}}"),
    ],
)
def test_a_missing_price_is_put_where_it_belongs_for_the_user_to_fill_in(text: str, done: str) -> None:
    assert fixed(text) == done


def test_a_relative_lends_its_price() -> None:
    text = "models:\n  - id: acme:larger|\n    vendor: acme\n"
    assert fixed(text, 1).endswith("    price: {input: 3, output: 15}\n")
    assert offered(text)[1].title == "Add the price of acme:large (USD 3 in, 15 out)"


@pytest.mark.parametrize(
    "text",
    [
        "models: [{id: tiny|}]",
        "models: {tiny|: null}",
        "models: {x|: {price: {perRequest: 1}}}",
        "models: {x|: {price: {input: 1, output: 1}}}",
        "models: {x|: {price: {input: , output: }}}",
        "deny: [x|]\nmodels: [{id: x}]",
    ],
)
def test_a_price_that_is_not_missing_is_not_added(text: str) -> None:
    assert offered(text) == []


def test_only_the_kinds_asked_for_are_offered() -> None:
    text, target = "models: [{id: x|}]", Target(TARGET, None)
    assert [a.kind for a in offered(text, target)] == ["quickfix", "refactor"]
    assert [a.kind for a in offered(text, target, ["quickfix"])] == ["quickfix"]
    assert [a.kind for a in offered(text, target, ["refactor.extract"])] == []
    assert offered(text, target, ["source"]) == []


def test_the_diagnostic_that_is_fixed_is_named() -> None:
    source, position = marked("models: [{id: x|}]")
    inside = types.Diagnostic(types.Range(position, position), "no price")
    outside = types.Diagnostic(types.Range(types.Position(0, 0), types.Position(0, 1)), "other")
    asked = Asked(types.Range(position, position), [inside, outside])
    (found,) = actions(URI, source, outline(source), asked, view_of(), None)
    assert found.diagnostics == [inside]


# --- copies ------------------------------------------------------------------------------------------

SOURCES = {
    "block": "# top\nmodels:\n  - id: y\n\n  # 😀 about x\n  - id: x # beside\n    # "
    "inside\n    vendor: ü # v\n"
    "    price:\n      # deep\n      input: 1\n      output: 2 # end\n    match: ['*/x']\n\n  - id: z\n",
    "id later": "models:\n- name: N\n  id: x  # beside\n  vendor: v\n",
    "braces": "models:\n  - {name: N, id: x, vendor: v} # c\n",
    "braces over lines": "models:\n  - {id: x, vendor: v,\n     price: {input: 1,\n   "
    "          output: 2}}\n",
    "mapping": "models:\n    x:   # beside\n        vendor: v\n        price: {input: 1}\n    y: null\n",
    "mapping of braces": "models:\r\n  x: {vendor: v}\r\n",
    "empty braces": "models: [{id: x}]",
}

TARGETS = {
    "empty": "",
    "no models": "deny: []",
    "list": "models:\n  - id: a # c\n    vendor: q # last\n# end\ndeny: []\n",
    "flat list": "models:\n- id: a\ndeny: []\n",
    "mapping": "models:\n  a: {vendor: q} # qq\n",
    "crlf": "models:\r\n  - id: a\r\ndeny: []\r\n",
    "empty list": "models: []\ndeny: []\n",
    "nothing": "models:\n",
}


def model_of(text: str, name: str) -> object:
    """The entry's content as the catalog's reader has it."""
    models = parse(text, "f").root.values["models"]
    if isinstance(models, Table):
        return plain(models.values[name])
    assert isinstance(models, Items)
    entries = [plain(item) for item in models.nodes]
    (found,) = (e for e in entries if isinstance(e, dict) and e.pop("id") == name)
    return found


def plain(node: object) -> object:
    if isinstance(node, Table):
        return {key: plain(value) for key, value in node.values.items()}
    return [plain(n) for n in node.nodes] if isinstance(node, Items) else getattr(node, "value", None)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", SOURCES)
def test_a_copy_says_the_same_with_the_same_comments_and_leaves_the_rest_as_it_was(
    name: str, target: str
) -> None:
    source, into = Source(SOURCES[name]), Source(TARGETS[target])
    model = next(m for m in models_in(outline(source)) if m.id == "x")
    edit = inserted(into, copied(source, model), "x")
    assert edit is not None
    done = edited(into, edit)
    assert model_of(done, "x") == model_of(source.text, "x")
    whole = source.text[source.line_span(max(source.line_of(model.entry.name.start) - 1, 0)).start :]
    comments = [
        c for c in ("# 😀 about x", "# beside", "# inside", "# v", "# deep", "# end", "# c") if c in whole
    ]
    assert all(c in done for c in comments)
    for line in into.text.split(into.newline):
        assert line.removesuffix(" []") in done
    assert ("\r\n" in done) == ("\r\n" in into.text)
    if "id: a" in into.text or "a:" in into.text:
        assert model_of(done, "a") == model_of(into.text, "a")


def test_into_brackets_goes_only_what_stands_in_brackets() -> None:
    braces, block = Source(SOURCES["mapping of braces"]), Source(SOURCES["block"])
    into = Source("models: [{id: a}]\n")
    (small,) = models_in(outline(braces))
    large = next(m for m in models_in(outline(block)) if m.id == "x")
    edit = inserted(into, copied(braces, small), "x")
    assert edit is not None
    assert edited(into, edit) == "models: [{id: a}, {id: x, vendor: v}]\n"
    assert inserted(into, copied(block, large), "x") is None


def test_a_model_that_is_there_already_is_not_copied() -> None:
    assert offered("models: [{id: tiny|}]", Target(TARGET, Source("models: [{id: tiny}]"))) == []


def test_a_file_that_is_not_there_is_created_and_an_open_one_is_edited_at_its_version() -> None:
    (fresh,) = offered("models: [{id: tiny|}]", Target(TARGET, None))
    assert fresh.title == "Copy tiny to the workspace's hydra-catalog.yaml"
    assert fresh.edit is not None
    create, edit = fresh.edit.document_changes or ()
    assert isinstance(create, types.CreateFile)
    assert (create.uri, create.options) == (TARGET, types.CreateFileOptions(ignore_if_exists=True))
    assert isinstance(edit, types.TextDocumentEdit)
    assert edited(Source(""), edit.edits[0]) == "models:\n  - {id: tiny}\n"  # type: ignore[arg-type]
    (there,) = offered("models: [{id: tiny|}]", Target(TARGET, Source("deny: []\n"), 7))
    assert there.edit is not None
    (edit,) = there.edit.document_changes or ()
    assert isinstance(edit, types.TextDocumentEdit)
    assert edit.text_document == types.OptionalVersionedTextDocumentIdentifier(uri=TARGET, version=7)
