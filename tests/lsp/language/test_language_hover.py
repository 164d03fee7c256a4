"""Hover tells what counts, and whose word it is."""

from __future__ import annotations

import pytest
from language_texts import BASE, BASE_FILE, FILE, LAYERS, marked, view_of
from lsprotocol import types

from hydra_auto.catalog.model import WORKSPACE
from hydra_auto.lsp.language.analysis import Stack, analyse
from hydra_auto.lsp.language.hover import hover
from hydra_auto.lsp.language.outline import outline
from hydra_auto.lsp.language.source import Source
from hydra_auto.lsp.language.view import View
from hydra_auto.scale import IDENTITY


def said(text: str, chosen: dict[str, int] | None = None) -> str:
    source, position = marked(text)
    found = hover(source, outline(source), position, view_of(source.text, chosen))
    if found is None:
        return ""
    assert isinstance(found.contents, types.MarkupContent)
    return found.contents.value


OWN = (
    "models:\n  - id: acme:la|rge\n    price: {input: 4}\n  - {id: own, vendor: me, "
    "price: {input: 1, output: 1}, capabilities: {reasoning: .9}}\n"
)


def test_a_model_has_its_profile_its_rank_in_each_dimension_and_what_it_costs_in_the_pool() -> None:
    card = said(OWN)
    assert card.startswith("**Large** — `acme:large`, acme · vision · tools · context 200,000 tokens")
    assert "| reasoning | 0.80 | 2 of 4 | `mind` |" in card
    assert "| code gen | 0.75 | 2 of 4 | `code` |" in card
    assert "$4 in, $0.3 from the cache, $15 out, per million tokens" in card
    assert "A request of 10,000 tokens costs about $0.052: place 4 of 4 from the cheapest" in card


def test_every_value_of_a_model_names_its_layer_file_and_line() -> None:
    lines = said(OWN).splitlines()
    assert any(
        "`price.input`" in line and f"user, [hydra-catalog.yaml:3](file://{FILE}#L3)" in line
        for line in lines
    )
    other = next(line for line in lines if "`price.output`" in line)
    assert "`price.cachedInput`" in other
    row = BASE.splitlines().index("    price: {input: 3, cachedInput: .3, output: 15}") + 1
    assert f"default, [base.yaml:{row}](file://{BASE_FILE}#L{row})" in other


def test_an_estimated_dimension_is_said_to_be_one() -> None:
    card = said(OWN.replace("acme:la|rge", "acme:large").replace("id: own", "id: o|wn"))
    assert "| reasoning | 0.90 | 1 of 4 | written in the catalog |" in card
    assert "| tool use | 0.90 | 1 of 4 | estimated from the others |" in card


def test_a_denied_model_is_not_in_the_pool_and_the_pattern_is_named() -> None:
    card = said("deny: ['acme:*']\nmodels: {acme:lar|ge: {tokenFactor: 1}}\n")
    assert f"Not in the pool: denied by `acme:*` (user, [hydra-catalog.yaml:1](file://{FILE}#L1))." in card
    assert "of 2 |" in card


def test_the_share_of_the_last_requests_is_part_of_it() -> None:
    assert "Chosen for 25 % of the last 4 requests." in said(OWN, {"acme:large": 1, "tiny": 3})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("deny: ['*a*', 'ti|ny']", "`tiny` covers 1 model (`tiny`) of 3."),
        ("deny: ['*|a*']", "`*a*` covers 2 models (`small`, `acme:large`) of 3."),
        ("deny: [zzz|]", "`zzz` covers no model of 3."),
        (
            "models: [{id: x, match: ['*/gpt-9/*|']}]",
            "covers 1 model (`copilot/gpt-9/gpt-9`) of 2 that the editor offers now.",
        ),
        ("models: [{id: x, benchmarks: {co|de: 50}}]", "10 counts as 0 and 90 as 1"),
        ("models: [{id: x, benchmarks: {co|de: 50}}]", "50 is 0.50 of that."),
        (
            "tiers: {balance: {ta|u: .2}}",
            f"In force: `0.2` (user, [hydra-catalog.yaml:1](file://{FILE}#L1)).",
        ),
        ("tiers: {balance: {ta|u: .2}}", "The shortfall that may be accepted"),
        (
            "models: {tiny: {price: {in|put: 2}}}",
            f"In force: `2` (user, [hydra-catalog.yaml:1](file://{FILE}#L1)).",
        ),
        ("anchors: {.2: ti|ny}", "**tiny**"),
        ("rules: [{use: {model: sma|ll}}]", "**small**"),
        ("def|aultTier: balance", "The tier of requests that name none."),
    ],
)
def test_what_the_cursor_touches_is_explained(text: str, words: str) -> None:
    assert words in said(text)


@pytest.mark.parametrize("text", ["|", "# comm|ent", "deny: []   |", "models:\n  - id: x\n |"])
def test_there_is_nothing_to_say_of_nothing(text: str) -> None:
    assert said(text) == ""


def test_a_value_in_force_elsewhere_is_told_while_the_buffer_is_broken() -> None:
    source, position = marked("tiers:\n  balance:\n    ta|u: lots\nmodels: {\n")
    found = hover(source, outline(source), position, view_of("{}"))
    assert found is not None
    assert isinstance(found.contents, types.MarkupContent)
    assert "In force: `0.15` (default, [base.yaml:3]" in found.contents.value
    assert found.range == types.Range(types.Position(2, 4), types.Position(2, 7))


def test_a_models_own_text_is_no_markup() -> None:
    text = (
        "models: [{id: x|, name: '[click](command:x) <b>', vendor: v, price: "
        "{input: 1, output: 1}, capabilities: {reasoning: .1}}]"
    )
    assert said(text).startswith("**\\[click\\](command:x) \\<b\\>** — `x`, v")


def test_a_workspaces_own_price_does_not_change_what_is_shown_as_the_cost() -> None:
    text = "models: {acme:large: {price: {input: 0, output: 0}}}\n"
    stack = Stack(WORKSPACE, LAYERS.below)
    found = analyse(text, FILE, stack, IDENTITY)
    source = Source(text)
    card = hover(source, outline(source), source.position(12), View(found.pool, found.below))
    assert card is not None
    assert isinstance(card.contents, types.MarkupContent)
    assert "$3 in, $0.3 from the cache, $15 out, per million tokens. A request" in card.contents.value
    assert "place 3 of 3 from the cheapest" in card.contents.value
    assert "The workspace says $0 in, $0.3 from the cache, $0 out" in card.contents.value
