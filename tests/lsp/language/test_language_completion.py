"""Completion knows where the cursor is in YAML that no parser would take."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from language_texts import BASE, accepted, completed, labels, view_of
from lsprotocol import types

from hydra_auto.catalog.shape import CATALOG, Keys
from hydra_auto.lsp.language.completion import MAX_ITEMS, complete
from hydra_auto.lsp.language.outline import outline
from hydra_auto.lsp.language.source import Source
from hydra_auto.lsp.language.view import View
from hydra_auto.lsp.language.vocabulary import keys_at

MODEL_KEYS = {"name", "vendor", "family", "match", "price", "tokenFactor", "limits", "supports", "local"}
MODEL_KEYS |= {"benchmarks", "capabilities", "sources"}

KEYS = {
    "|": set(CATALOG.fields),
    "deny: []\n|": set(CATALOG.fields) - {"deny"},
    "models:\n  - id: x\n    |\n": MODEL_KEYS,
    "models:\n  - id: x\n    |\n    vendor: y\n": MODEL_KEYS - {"vendor"},
    "models:\n- id: x\n  |": MODEL_KEYS,
    "models:\n  - {id: x, |": MODEL_KEYS,
    "models:\n  - {|}\n": MODEL_KEYS | {"id"},
    "models:\n  - |": MODEL_KEYS | {"id"},
    "models:\n  x:\n    |": MODEL_KEYS,
    "models:\n  - id: x\n    price:\n      |\n    vendor: y": {
        "input",
        "output",
        "cachedInput",
        "perRequest",
    },
    "models:\n  - id: x\n    price: {input: 1, |": {"output", "cachedInput", "perRequest"},
    "models:\r\n  - id: x\r\n    price:\r\n      input: 1\r\n      |\r\n": {
        "output",
        "cachedInput",
        "perRequest",
    },
    "models:\n  - id: x\n    price: {input: 1\n    limits: {|": {"context", "output"},
    "tiers:\n  |": {"efficiency", "balance", "intelligence"},
    "tiers:\n  balance: {tau: .1, |}": {"weights", "allow", "maxCost"},
    '{"tiers": {"balance": {|': {"tau", "weights", "allow", "maxCost"},
    "rules:\n  - when: {|": {
        "reasoning",
        "code_gen",
        "debugging",
        "tool_use",
        "language",
        "path",
        "location",
        "mode",
    },
    "rules:\n  - name: x\n    use:\n      |": {"model", "tier", "effort"},
    "benchmarks:\n  b: {measures: {|": {"reasoning", "code_gen", "debugging", "tool_use"},
}


@pytest.mark.parametrize("text", KEYS)
def test_keys_are_those_of_the_position_and_not_there_yet(text: str) -> None:
    assert set(labels(text)) == KEYS[text]


VALUES = {
    "scale: |": {"label", "pool"},
    "defaultTier:|": {"efficiency", "balance", "intelligence"},
    "defaultTier: bal|": {"balance"},
    "models: {x: {supports: {vision: |": {"true", "false"},
    "models:\n  - id: x\n    local: |\n    vendor: y\n": {"true", "false"},
    "anchors: {.2: |": {"tiny", "small", "acme:large"},
    "anchors: {|": {".2", ".4", ".6", ".8"},
    "models:\n  - id: |\n": {"gpt-9", "tiny", "small", "acme:large"},
    "models:\n  |": {"tiny", "small", "acme:large", "gpt-9", "- gpt-9", "- id"},
    "models:\n  - id: x\n    benchmarks: {m|": {"mind"},
    "models:\n  - id: x\n    vendor: |": {"acme", "copilot"},
    "rules: [{use: {model: |": {"tiny", "small", "acme:large"},
    "rules: [{use: {tier: |": {"efficiency", "balance", "intelligence"},
    "rules: [{when: {location: |": {"panel", "editor", "terminal", "notebook"},
    "rules: [{when: {mode: [agent, |": {"edit", "ask"},
    "remove: [tiny, |": {"small", "acme:large"},
}


@pytest.mark.parametrize("text", VALUES)
def test_values_are_those_of_the_position(text: str) -> None:
    assert set(labels(text)) == VALUES[text]


def test_patterns_for_match_come_from_what_the_editor_offers_the_unknown_first() -> None:
    found = labels("models:\n  - id: x\n    match: [|")
    assert found[:4] == ["copilot/gpt-9/gpt-9", "*/*/gpt-9*", "*/gpt-9/*", "copilot/*"]
    assert "copilot/acme-large/large" in found


def test_patterns_over_ids_come_from_the_catalog_and_what_is_offered() -> None:
    found = labels("deny:\n  - |")
    assert {"*", "tiny", "small", "acme:large"} <= set(found)
    assert "tiny" not in labels("deny: [tiny, |")


@pytest.mark.parametrize(
    "text",
    ["deny: [a] # |", "# |", "name|x: 1", "models:\n  - id: x\n      |", "tiers: {balance: {tau: .1}} |"],
)
def test_nothing_is_offered_where_nothing_fits(text: str) -> None:
    assert labels(text) == []


@pytest.mark.parametrize("before", ["# Größe 😀", "deny: ['é😀']", "\tx"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_what_stands_before_the_cursor_does_not_shift_it(before: str, encoding: str) -> None:
    text = f"{before}\r\nmodels:\r\n  - {{name: 'Größe 😀', vendor: acme, pri|ce: {{input: 1}}}}\r\n"
    done = accepted(text, "price", encoding=encoding)
    assert done == text.replace("|", "")


@pytest.mark.parametrize(
    ("text", "label", "done"),
    [
        ("mo|", "models", "models:"),
        ("defaultTier:|", "balance", "defaultTier: balance"),
        ("defaultTier: ba|xx\n", "balance", "defaultTier: balance\n"),
        ("models:\n  - id: x\n    pri|\n", "price", "models:\n  - id: x\n    price: \n"),
        (
            "models:\n  - id: x\n    pri|ce: {input: 1}\n",
            "price",
            "models:\n  - id: x\n    price: {input: 1}\n",
        ),
        ("deny: [|]", "*", 'deny: ["*"]'),
        ('deny: ["acme|"]', "acme:large", 'deny: ["acme:large"]'),
        ("deny: ['acme|']", "acme:large", "deny: ['acme:large']"),
        ("deny:\n  |", "tiny", "deny:\n  - tiny"),
        ("anchors: {|}", ".2", "anchors: {.2: }"),
        ("models:\n  |", "tiny", "models:\n  tiny:"),
        (
            "models:\n  |",
            "- gpt-9",
            'models:\n  - {id: gpt-9, name: "GPT-9 (new)", vendor: copilot, match: [copilot/gpt-9/gpt-9], '
            "price: {input: , output: }}",
        ),
    ],
)
def test_what_is_taken_stands_in_the_buffer_as_yaml(text: str, label: str, done: str) -> None:
    assert accepted(text, label) == done


def test_a_client_with_snippets_gets_brackets_to_type_in() -> None:
    done = accepted("models:\n  - id: x\n    pri|", "price", snippets=True)
    assert done.endswith("price: {$1}")
    assert accepted("al|", "allow", snippets=True) == "allow: [$1]"


def test_every_edit_stays_on_the_cursors_line() -> None:
    (item,) = completed("defaultTier: bal|\n  ance\n")
    assert isinstance(item.text_edit, types.TextEdit)
    assert item.text_edit.range.start.line == item.text_edit.range.end.line == 0


def test_keys_bring_their_meaning() -> None:
    (item,) = completed("tiers: {balance: {ta|")
    assert isinstance(item.documentation, str)
    assert "shortfall" in item.documentation


@settings(deadline=None, max_examples=150)
@given(st.integers(0, len(BASE)), st.integers(0, 12))
def test_completion_answers_anywhere_in_a_broken_catalog(at: int, width: int) -> None:
    text = BASE[:at] + BASE[at + width :]
    for snippets in (True, False):
        source = Source(text)
        complete(source, outline(source), source.position(min(at, len(text))), View(), snippets=snippets)


@settings(deadline=None, max_examples=100)
@given(st.integers(0, len(BASE) - 1))
def test_a_key_cut_off_anywhere_is_offered_again(seed: int) -> None:
    source = Source(BASE)
    entries = [e for e in outline(source).walk() if e.key is not None and e.key in keys_at(e.path[:-1])]
    entry = entries[seed % len(entries)]
    assert entry.key is not None
    text = BASE[: entry.name.start + 1] + "|"
    assert entry.key in labels(text)


def test_the_schema_that_completion_reads_has_every_key_of_the_reader() -> None:
    def keys(shape: Keys, path: tuple[str | int, ...]) -> None:
        assert set(keys_at(path)) == set(shape.fields), path
        for key, inner in shape.fields.items():
            if isinstance(inner, Keys):
                keys(inner, (*path, key))

    keys(CATALOG, ())


def test_thousands_of_models_are_cut_to_what_fits_and_said_to_go_on() -> None:
    pool = view_of().pool
    assert pool is not None
    lines = "".join(
        f"  - {{id: m{i}, vendor: v, price: {{input: 1, output: 1}}, capabilities: {{reasoning: .5}}}}\n"
        for i in range(900)
    )
    many = view_of(f"models:\n{lines}")
    source = Source("remove: [m")
    found = complete(source, outline(source), source.position(10), many, snippets=False)
    assert (len(found.items), found.is_incomplete) == (MAX_ITEMS, True)
    source = Source("remove: [m899")
    found = complete(source, outline(source), source.position(13), many, snippets=False)
    assert [i.label for i in found.items] == ["m899"]
