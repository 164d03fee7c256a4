"""Rules that can never change anything are found, and no others."""

from __future__ import annotations

import pytest
from catalog_texts import layered

from hydra_auto.catalog.idle import COMPARED, idle_rules


def idle(*rules: str, head: str = "") -> list[str]:
    """Names of the idle ones; rule i is called `r<i>`."""
    lines = "".join(f"  - {{name: r{i}, {rule}}}\n" for i, rule in enumerate(rules))
    return [rule.name for rule, _ in idle_rules(layered(f"{head}rules:\n{lines}"))]


@pytest.mark.parametrize(
    "rules",
    [
        ("use: {tier: balance}", "when: {mode: agent}, use: {tier: efficiency}"),
        (
            "when: {language: [c, go]}, use: {model: tiny}",
            "when: {language: go, mode: ask}, use: {model: tiny}",
        ),
        (
            "when: {debugging: .4}, use: {effort: max}",
            "when: {debugging: {atLeast: .5}}, use: {effort: high}",
        ),
        (
            "when: {reasoning: {below: 1}}, use: {effort: low}",
            "when: {reasoning: {below: .9}}, use: {effort: max}",
        ),
        ("use: {tier: balance, effort: low}", "use: {tier: balance}"),
        ("use: {tier: balance}", "use: {effort: low}", "use: {effort: high, tier: efficiency}"),
    ],
)
def test_a_rule_behind_one_that_always_decides_first_is_idle(rules: tuple[str, ...]) -> None:
    assert idle(*rules) == [f"r{len(rules) - 1}"]


@pytest.mark.parametrize(
    "rules",
    [
        ("when: {mode: agent}, use: {tier: efficiency}", "use: {tier: balance}"),
        ("when: {language: go}, use: {model: tiny}", "when: {language: [python, go]}, use: {model: large}"),
        ("when: {reasoning: .5}, use: {effort: low}", "when: {reasoning: .4}, use: {effort: high}"),
        ("when: {reasoning: {below: .5}}, use: {effort: low}", "when: {reasoning: .4}, use: {effort: high}"),
        ("use: {tier: balance}", "use: {effort: low}"),
        ("use: {tier: balance}", "use: {tier: balance, effort: low}"),
        ("use: {model: unknown}", "use: {model: tiny}"),
        ("when: {mode: agen*}, use: {tier: balance}",),
        ("when: {mode: Agent}, use: {tier: balance}",),
        ("when: {mode: [agnet, ask]}, use: {tier: balance}",),
        ("when: {location: sidebar}, use: {tier: balance}",),
    ],
)
def test_a_rule_that_may_still_decide_something_is_not(rules: tuple[str, ...]) -> None:
    assert idle(*rules) == []


def test_a_misspelt_word_is_found_and_corrected() -> None:
    ((_, reason),) = idle_rules(layered("rules: [{when: {location: termnal}, use: {tier: balance}}]\n"))
    assert "did you mean `terminal`" in reason


def test_a_rule_for_a_model_that_is_denied_is_idle() -> None:
    assert idle("use: {model: tiny}", head="deny: [ti*]\n") == ["r0"]
    assert idle("use: {model: tiny}", head="allow: [large]\n") == ["r0"]
    assert idle("use: {model: tiny, effort: low}", head="deny: [ti*]\n") == []


def test_hundreds_of_rules_are_held_against_the_first_alone() -> None:
    many = [f"when: {{path: 'p{i}/*'}}, use: {{tier: balance}}" for i in range(COMPARED + 50)]
    assert idle(*many, many[0]) == [f"r{COMPARED + 50}"]
