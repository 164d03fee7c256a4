"""Lenses over models, and the outline of a catalog as symbols."""

from __future__ import annotations

from language_texts import view_of

from hydra_auto.lsp.language.lens import lenses
from hydra_auto.lsp.language.outline import outline
from hydra_auto.lsp.language.recent import KEPT, RecentDecisions
from hydra_auto.lsp.language.source import Source
from hydra_auto.lsp.language.symbols import symbols
from hydra_auto.lsp.language.view import View

TEXT = "# é😀\nmodels:\n  - id: tiny # 😀\n    tokenFactor: 1\n  - {tokenFactor: 1, id: small}\ndeny: []\n"


def shown(text: str, view: View) -> list[tuple[str, str]]:
    source = Source(text)
    return [
        (text[source.index(lens.range.start) : source.index(lens.range.end)], lens.command.title)
        for lens in lenses(source, outline(source), view)
        if lens.command
    ]


def test_each_model_says_how_often_it_was_chosen_lately() -> None:
    view = view_of(TEXT, {"tiny": 46, "acme:large": 154})
    assert shown(TEXT, view) == [
        ("tiny", "chosen for 23 % of the last 200 requests"),
        ("small", "not chosen in the last 200 requests"),
    ]


def test_a_share_below_a_percent_is_not_rounded_to_nothing() -> None:
    assert (
        shown(TEXT, view_of(TEXT, {"tiny": 1, "small": 199}))[0][1]
        == "chosen for under 1 % of the last 200 requests"
    )


def test_there_are_no_lenses_before_the_first_request_nor_over_what_is_not_in_force() -> None:
    assert shown(TEXT, view_of(TEXT)) == []
    text = "models: {tiny: null, small: {tokenFactor: 2}}\n"
    assert [name for name, _ in shown(text, view_of(text, {"tiny": 1}))] == ["small"]


def test_lenses_stay_while_the_buffer_is_half_typed() -> None:
    broken = TEXT.replace("deny: []", "deny: [")
    assert len(shown(broken, view_of(TEXT, {"tiny": 1}))) == 2


def test_the_oldest_decisions_are_forgotten_and_the_logs_come_before_the_own() -> None:
    recent = RecentDecisions()
    recent.add("new", "a", None)
    recent.add_older([(f"old{i}", "b") for i in range(KEPT + 5)] + [("new", "b")])
    assert recent.shares().chosen == {"a": 1, "b": KEPT - 1}
    for i in range(KEPT - 1):
        recent.add(f"newer{i}", "c", None)
    assert recent.shares().chosen == {"a": 1, "c": KEPT - 1}
    recent.add("last", "c", ())
    assert recent.shares().chosen == {"c": KEPT}


def test_symbols_are_the_sections_with_their_models_tiers_benchmarks_and_rules() -> None:
    text = (
        "tiers: {balance: {tau: 1}}\nmodels:\n  - id: tiny\n    name: Tiny\n  - {id: small}\nrules:\n"
        "  - {name: r, use: {tier: balance}}\n  - use: {tier: balance}\nscale: label\nhalf"
    )
    source = Source(text)
    found = {s.name: s for s in symbols(source, outline(source))}
    assert list(found) == ["tiers", "models", "rules", "scale"]
    inner = {name: [(c.name, c.detail) for c in s.children or ()] for name, s in found.items()}
    assert inner["models"] == [("tiny", "Tiny"), ("small", None)]
    assert inner["tiers"] == [("balance", None)]
    assert inner["rules"] == [("r", None), ("2", None)]
    assert found["scale"].detail == "label"
    model = (found["models"].children or [])[0]
    assert (
        text[source.index(model.range.start) : source.index(model.range.end)] == "- id: tiny\n    name: Tiny"
    )
    assert text[source.index(model.selection_range.start) : source.index(model.selection_range.end)] == "tiny"


def test_symbols_lie_within_their_parents_even_in_broken_text() -> None:
    for cut in range(len(TEXT)):
        source = Source(TEXT[:cut])
        for section in symbols(source, outline(source)):
            for inner in (section, *(section.children or ())):
                assert section.range.start <= inner.range.start <= inner.selection_range.start
                assert inner.selection_range.end <= inner.range.end <= section.range.end
                assert inner.name.strip()
