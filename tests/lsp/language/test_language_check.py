"""What is wrong with a buffer stands exactly where it is wrong."""

from __future__ import annotations

import pytest
from language_texts import FILE, LAYERS, view_of
from lsprotocol import types

from hydra_auto.lsp.language.analysis import analyse
from hydra_auto.lsp.language.check import diagnostics
from hydra_auto.lsp.language.outline import outline
from hydra_auto.lsp.language.source import Source
from hydra_auto.lsp.language.view import View
from hydra_auto.scale import IDENTITY


def found(text: str, encoding: str = "utf-16") -> list[tuple[str, str, types.DiagnosticSeverity | None]]:
    """(what is underlined, the message, how bad it is)."""
    source = Source(text, encoding)
    analysis = analyse(text, FILE, LAYERS, IDENTITY)
    view = View(analysis.pool, analysis.below)
    problems = diagnostics(source, outline(source), FILE, analysis.problems, view)
    return [
        (text[source.index(d.range.start) : source.index(d.range.end)], d.message, d.severity)
        for d in problems
    ]


MODEL = "vendor: v, price: {input: 1, output: 2}, capabilities: {reasoning: .5}"
ERROR, WARNING = types.DiagnosticSeverity.Error, types.DiagnosticSeverity.Warning

CASES = {
    "syntax": ("deny: [a\nallow: [b]\n", ": [b]", "this is not YAML", ERROR),
    "tab": ("tiers:\n\tbalance: {tau: 1}\n", "\tbalance: {tau: 1}", "a tab cannot indent YAML", ERROR),
    "schema": ("tires: {}\n", "tires", "did you mean `tiers`?", ERROR),
    "unknown model": ("anchors: {.2: tini, .4: small}\n", "tini", "is no model", ERROR),
    "unknown benchmark": (
        f"models: [{{id: x, {MODEL}, benchmarks: {{mint: 1}}}}]\n",
        "mint",
        "unknown benchmark",
        ERROR,
    ),
    "capability out of range": (
        "models: {tiny: {capabilities: {reasoning: 80}}}\n",
        "80",
        "from 0 to 1",
        ERROR,
    ),
    "price per thousand": ("models: {tiny: {price: {input: .00025}}}\n", ".00025", "per thousand", WARNING),
    "no price": (
        "models: [{id: x, vendor: v, capabilities: {reasoning: 1}}]\n",
        "{id: x, vendor: v, capabilities: {reasoning: 1}}",
        "has no `price`",
        ERROR,
    ),
    "pattern": ("deny: ['tyni']\n", "'tyni'", "matches no model's id", WARNING),
    "rule with an unknown model": ("rules:\n  - use: {model: tyni}\n", "tyni", "unknown model", WARNING),
    "rule between nothing": (
        "rules:\n  - when: {reasoning: {atLeast: .5, below: .4}}\n    use: {tier: balance}\n",
        "{atLeast: .5, below: .4}",
        "can never fire",
        WARNING,
    ),
    "rule behind another": (
        "rules:\n  - {name: all, use: {tier: balance}}\n  - {name: late, when: {mode: "
        "agent}, use: {tier: efficiency}}\n",
        "{name: late, when: {mode: agent}, use: {tier: efficiency}}",
        "the rule `late` can never do anything: `all` comes first",
        WARNING,
    ),
    "rule of a word misspelt": (
        "rules:\n  - {name: r, when: {mode: agnet}, use: {tier: balance}}\n",
        "{name: r, when: {mode: agnet}, use: {tier: balance}}",
        "did you mean `agent`",
        WARNING,
    ),
    "dominated": (
        f"models:\n  - {{id: worse, {MODEL.replace('.5', '.01')}}}\n",
        "worse",
        "`worse` is dominated: `tiny`",
        types.DiagnosticSeverity.Information,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_kind_of_fault_is_underlined_where_it_is(case: str) -> None:
    text, underlined, words, severity = CASES[case]
    ((where, message, how_bad),) = found(text)
    assert (where, how_bad) == (underlined, severity)
    assert words in message


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_range_is_right_behind_other_peoples_letters(encoding: str, newline: str) -> None:
    text = f"# é😀{newline}models: {{'é😀': {{name: '😀', {MODEL}, tokenFactor: -1}}}}{newline}"
    ((where, _, _),) = found(text, encoding)
    assert where == "-1"


def test_a_sound_buffer_has_no_diagnostics() -> None:
    assert found("deny: [tiny]\ntiers: {balance: {tau: .2}}\n") == []
    assert found("") != []


def test_what_is_wrong_below_is_shown_at_the_beginning_and_says_where() -> None:
    problems = analyse(
        "models: {tiny: null, small: null, 'acme:large': null}\n", FILE, LAYERS, IDENTITY
    ).problems
    assert problems
    source = Source("models: {tiny: null, small: null, 'acme:large': null}\n")
    assert all(
        d.range.start.line == 0 for d in diagnostics(source, outline(source), FILE, problems, view_of())
    )


@pytest.mark.parametrize(
    "text", ["a: &x 1\nb: *x\n", "\x00", "a: !!python/object x\n", "[" * 5000, "- " * 500, "{" * 2000 + "a"]
)
def test_hostile_text_gets_diagnostics_and_nothing_worse(text: str) -> None:
    assert any(severity == ERROR for _, _, severity in found(text))
