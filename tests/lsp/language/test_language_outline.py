"""The outline reads what the catalog's own reader reads, and goes on where that one gives up."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from language_texts import BASE, shape_of

from hydra_auto.catalog import default_catalog_path
from hydra_auto.catalog.problem import Findings
from hydra_auto.catalog.tree import Items, Node, Scalar, Table, read_tree
from hydra_auto.lsp.language.outline import Entry, outline
from hydra_auto.lsp.language.place import place_at
from hydra_auto.lsp.language.source import Source


def agrees(node: Node, entry: Entry, source: Source) -> None:
    """Same keys, items, texts and places."""
    if isinstance(node, Table):
        assert [c.key for c in entry.children] == list(node.values)
        for child in entry.children:
            assert child.key is not None
            place = node.keys[child.key]
            assert child.name.start == source.at(place.line, place.column)
            agrees(node.values[child.key], child, source)
    elif isinstance(node, Items):
        assert len(node.nodes) == len(entry.children)
        for item, child in zip(node.nodes, entry.children, strict=True):
            agrees(item, child, source)
    else:
        assert isinstance(node, Scalar)
        assert entry.text == node.text
        if node.text:
            assert entry.value.start == source.at(node.origin.line, node.origin.column)


SOUND = {
    "default": default_catalog_path().read_text("utf-8"),
    "base": BASE,
    "same column": "deny:\n- a\n- b\nmodels:\n- id: x\n  price: {input: 1}\n- id: y\n",
    "crlf": "models:\r\n  - id: x # c\r\n    price:\r\n      input: 1\r\n  - id: y\r\n",
    "flow over lines": "models: [\n  {id: x,\n   price: {input: 1,\n     output: "
    "2}},\n  {id: 'y z'},\n]\ndeny: [a, 'b, c']\n",
    "json": '{"models": [{"id": "x", "price": {"input": 1}}],\n "deny": ["a"]}\n',
    "quotes": "'a': \"b # c\"\n\"d: e\": 'it''s'\n",
    "urls and ids": "a: https://example.org/x#y\nb: gemma3:4b\nc: [gpt-oss:120b, http://e.org]\n",
    "comments": "# top\na: 1 # one\n  # in between\nb:\n  # inside\n  c: 2\n",
    "bom": "\ufeffa: 1\nb: 2\n",
    "non-ascii": "name: Größe 😀\nmodels:\n  - {name: 'é', id: x}\n",
    "nested lists": "a:\n  - - x\n    - y\n  - - z\n",
    "empty": "models: {a: null, b: {}}\nallow: []\nscale:\ndeny: [a]\n",
}


@pytest.mark.parametrize("name", SOUND)
def test_the_outline_of_a_sound_text_is_what_the_reader_reads(name: str) -> None:
    text = SOUND[name]
    agrees(read_tree(text, "f", "user", Findings()), outline(Source(text)), Source(text))


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("models:\n  - id: x\n    pri\n  - id: y\n", {"models": [{"id": "x", "pri": "word"}, {"id": "y"}]}),
        (
            "models:\n  - id: x\n    price: {input: 1,\n    limits: {context: 2}\n",
            {"models": [{"id": "x", "price": {"input": "1"}, "limits": {"context": "2"}}]},
        ),
        ("deny: [a, 'b\nallow: [c]\n", {"deny": ["a", "b"], "allow": ["c"]}),
        (
            "tiers:\n  balance: {tau\n  efficiency: {tau: 1}\n",
            {"tiers": {"balance": {"tau": "word"}, "efficiency": {"tau": "1"}}},
        ),
        ("a: b: c\nd: 1\n", {"a": "b: c", "d": "1"}),
        ("models:\n  -\n  - id: y\n", {"models": [..., {"id": "y"}]}),
        (
            "name: |\n  id: no key\n\n  more\nscale: label\n",
            {"name": "|\n  id: no key\n\n  more", "scale": "label"},
        ),
    ],
)
def test_what_is_broken_costs_its_own_entry_alone(text: str, shape: object) -> None:
    assert shape_of(outline(Source(text))) == shape


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("ab: -{}[],#'\"\n\r\t|>é😀\ufeff"), max_size=120))
def test_no_text_breaks_the_outline_or_the_cursor_in_it(text: str) -> None:
    source = Source(text)
    root = outline(source)
    for entry in root.walk():
        assert 0 <= entry.name.start <= entry.name.end <= len(text)
        assert 0 <= entry.value.start <= entry.value.end <= len(text)
        assert entry.whole.end <= len(text)
    for index in range(len(text) + 1):
        place = place_at(root, source, index)
        assert place is None or place.replace.holds(index)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 3000), st.integers(1, 40))
def test_a_real_catalog_with_a_piece_cut_out_is_still_read_around_it(at: int, width: int) -> None:
    text = SOUND["default"]
    at = text.index("models:") + 100 + at * 10 % (len(text) - 4000)
    cut = text[:at] + text[at + width :]
    root = outline(Source(cut))
    models = root.child("models")
    assert root.child("benchmarks") is not None
    assert models is not None
    assert len(models.children) >= 35
