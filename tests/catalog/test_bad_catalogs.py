"""Every bad catalog gets clear sentences at the right lines, all of them, and nothing worse happens."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from catalog_texts import BASE, MODEL, base, errors
from hypothesis import given
from hypothesis import strategies as st

from hydra_auto.catalog import (
    CatalogError,
    Problem,
    check,
    check_file,
    check_organisation,
    load_catalog,
    parse,
)
from hydra_auto.catalog.problem import MAX_PROBLEMS

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join(['*' + a] * 9)}]\n" for a, b in zip("abcdefghijklm", "bcdefghijklmn", strict=True)
)

SHAPES = {
    # what is written: (line, column, words of the sentence)
    "recipes: []\n": (1, 1, "unknown key `recipes`: known are allow"),
    "model: []\n": (1, 1, "did you mean `models`?"),
    "version: 2\n": (1, 10, "must be the number 1"),
    "scale: labels\n": (1, 8, "one of label, pool"),
    "defaultTier: fastest\n": (1, 14, "one of efficiency"),
    "tiers: {fastest: {tau: 0}}\n": (1, 9, "unknown key `fastest` in `tiers`"),
    "tiers: {balance: {tau: 1.5}}\n": (1, 24, "`tiers.balance.tau` must be a number from -1 to 1"),
    "tiers: {balance: {tau: -1.1}}\n": (1, 24, "from -1 to 1"),
    "tiers: {balance: {tau: '.1'}}\n": (1, 24, "remove the quotes"),
    "tiers: {balance: {tau: true}}\n": (1, 24, "must be a number"),
    "tiers: {balance: {maxCost: -1}}\n": (1, 28, "0 or more"),
    "tiers: []\n": (1, 8, "not a list"),
    "weights: {reasoning: -1}\n": (1, 22, "from 0 to 1000"),
    "weights: {reasoning: 1e308}\n": (1, 22, "from 0 to 1000"),
    "tiers: {balance: {weights: {debugging: 1001}}}\n": (1, 40, "from 0 to 1000"),
    "weights: {reasonin: 1}\n": (1, 11, "did you mean `reasoning`?"),
    "weights: {debugging: .nan}\n": (1, 22, "not a finite number"),
    "weights: {debugging: -.inf}\n": (1, 22, "not a finite number"),
    "weights: {debugging: 1e999}\n": (1, 22, "not a finite number"),
    "weights: {debugging: 0x10}\n": (1, 22, "must be a number"),
    "weights:\n": (1, 1, "not nothing"),
    "allow: gpt-*\n": (1, 8, "a list of patterns"),
    "deny: [3]\n": (1, 8, "put it in quotes"),
    "deny: ['']\n": (1, 8, "1 to 200 characters"),
    'deny: ["a\\nb"]\n': (1, 8, "1 to 200 characters"),
    'rules: [{name: "a\\e[2Jb", use: {effort: low}}]\n': (1, 16, "1 to 200 characters"),
    'models: {a: {name: "a\\u202eb"}}\n': (1, 20, "a text that is not empty"),
    'models:\n  - id: "a\\x9bb"\n': (2, 9, "without spaces"),
    'models: {"a\\eb": {name: x}}\n': (1, 10, "without spaces"),
    'benchmarks: {"a\\eb": {low: 1}}\n': (1, 14, "a name without spaces"),
    'models: {a: {sources: ["https://example.org/\\e"]}}\n': (1, 24, "http"),
    f"deny: ['{'a' * 201}']\n": (1, 8, "1 to 200 characters"),
    f"deny: [{'a, ' * 1001}]\n": (1, 7, "more than 1000 entries"),
    "anchors: {2: tiny}\n": (1, 11, "between 0 and 1"),
    "anchors: {.2: tiny, 0.20: small}\n": (1, 21, "are one level"),
    "anchors: {.2: [tiny]}\n": (1, 15, "not a list"),
    "benchmarks: {b: {measures: {speed: 1}}}\n": (1, 29, "unknown key `speed`"),
    "benchmarks: {b: {measures: {reasoning: 0}}}\n": (1, 40, "above 0"),
    "benchmarks: {b: {source: example.org}}\n": (1, 26, "http"),
    "benchmarks: {b: {date: June}}\n": (1, 24, "a date such as"),
    "models: 3\n": (1, 9, "a list of models"),
    "models:\n  - name: X\n": (2, 5, "no `id`"),
    "models:\n  - id: 4\n": (2, 9, "put it in quotes"),
    "models:\n  - id: a b\n": (2, 9, "without spaces"),
    "models:\n  - null\n": (2, 5, "not nothing"),
    "models: {a: {id: a}}\n": (1, 14, "unknown key `id`"),
    "models: {a: 3}\n": (1, 13, "must be a mapping"),
    "models: {a: {price: {input: -1, output: 2}}}\n": (1, 29, "`models.a.price.input` must be"),
    "models: {a: {price: {input: 1, perRequest: 2}}}\n": (1, 32, "keep one of the two"),
    "models: {a: {price: 3}}\n": (1, 21, "must be a mapping"),
    "models: {a: {capabilities: {reasoning: 1.1}}}\n": (1, 40, "from 0 to 1"),
    "models: {a: {capabilities: {vision: 1}}}\n": (1, 29, "unknown key `vision`"),
    "models: {a: {supports: {vision: yes}}}\n": (1, 33, "`true` or `false`, not `yes`"),
    "models: {a: {limits: {context: 1.5}}}\n": (1, 32, "whole and positive"),
    "models: {a: {limits: {context: 0}}}\n": (1, 32, "whole and positive"),
    "models: {a: {tokenFactor: 0}}\n": (1, 27, "above 0"),
    "models: {a: {benchmarks: {b: high}}}\n": (1, 30, "must be a number"),
    "models: {a: {benchmarks: {b: {points: 3}}}}\n": (1, 31, "unknown key `points`"),
    "models: {a: {match: '*'}}\n": (1, 21, "a list of patterns"),
    "models: {a: {name: 4.1}}\n": (1, 20, "put it in quotes"),
    "models: {a: {sources: [ftp://x]}}\n": (1, 24, "http"),
}

SYNTAX = {
    f"deny: ['{'*a' * 11}']\n": (1, 8, "more than 10 `*`"),
    f"deny: [{', '.join(f'a{i}*' for i in range(101))}]\n": (1, 598, "more than 100 patterns with wildcards"),
    "": (1, 1, "empty"),
    "# only a remark\n": (1, 1, "empty"),
    "[]\n": (1, 1, "a catalog is a mapping"),
    "deny\n": (1, 1, "a catalog is a mapping"),
    "deny: []\n---\ndeny: []\n": (2, 1, "second document"),
    "%YAML 1.1\n---\ndeny: []\n": (1, 1, "directives"),
    "deny: [a\n": (2, 1, "ends too early"),
    'deny: ["a\n': (2, 1, "ends too early"),
    "deny:\n\t- a\n": (2, 1, "tab"),
    "tiers:\n  balance: tau: 1\n": (2, 15, "quote the value"),
    "deny: @x\n": (1, 7, "not YAML"),
    "deny: [\x00]\n": (1, 8, "U+0000"),
    "deny: [\ud800]\n": (1, 8, "U+D800"),
    'deny: ["\\UFFFFFFFF"]\n': (1, 11, "not YAML"),
    "deny: !!str x\n": (1, 7, "tag"),
    "deny: !!python/object/apply:os.system [x]\n": (1, 7, "tag"),
    "deny: &x []\n": (1, 7, "the anchor `&x`"),
    "deny: *x\n": (1, 7, "the alias `*x`"),
    "? [a]\n: b\n": (1, 3, "a key must be a plain word"),
    "deny: []\ndeny: []\n": (2, 1, "duplicate key `deny`, first on line 1"),
    "<<: {deny: []}\n": (1, 1, "unknown key `<<`"),
    "deny: " + "[" * 30 + "]" * 30: (1, 26, "nested deeper than 20"),
    "[" * 5000: (1, 1001, "nested deeper than 20"),
    "%TAG !a! x\n" * 11 + "---\ndeny: []\n": (11, 1, "more than 10 lines begin with `%`"),
    "weights: {debugging: " + "9" * 100 + "}": (1, 22, "has more than 60 characters"),
    "deny: [" + "[]," * 150_000 + "]": (1, 359_999, "more than 120,000 keys and values"),
    '{"\ud83d": 1}': (1, 3, "U+D83D"),
}

WHOLES = {
    # text to replace in BASE, what to put there: (line, column, words of the sentence)
    ("tau: 0}", "allow: []}"): (7, 17, "the tier `intelligence` has no `tau`"),
    ("weights: {reasoning: 1, code_gen: 1, debugging: 1, tool_use: 1}",
     "weights: {reasoning: 0, code_gen: 0, debugging: 0, tool_use: 0}"): (8, 10, "all `weights` are 0"),
    (".2: tiny", ".2: tinny"): (11, 15, "the anchor `tinny` is no model: did you mean `tiny`?"),
    (".2: tiny, .4: small", ".2: small, .4: tiny"): (11, 26, "must be measured stronger than `small`"),
    (".8: large", ".8: middle"): (11, 48, "must be measured stronger than `middle`"),
    ("low: 0, high: 100", "low: 100, high: 100"): (13, 15, "`low` of `mind` must be below `high`"),
    ("low: 0, high: 100", "low: 0"): (13, 3, "the benchmark `mind` has no `high`"),
    ("measures: {reasoning: 1}", "measures: {}"): (13, 39, "measures nothing"),
    ("mind: 10", "mindd: 10"): (16, 76, "unknown benchmark `mindd`: did you mean `mind`?"),
    ("vendor: acme, price: {input: .05, output: .4}", "vendor: acme"): (16, 5, "`tiny` has no `price`"),
    ("vendor: acme, price: {input: .05", "price: {input: .05"): (16, 5, "`tiny` has no `vendor`"),
    ("input: .05, output: .4", "input: .05"): (16, 37, "the price of `tiny` has no `output`"),
    ("input: .05, output: .4", ""): (16, 37, "the price of `tiny` has no `input`"),
    ("benchmarks: {mind: 55, code: 50}", "benchmarks: {}"): (18, 5, "nothing is known of the model `middle`"),
    ("{score: 80, source:", "{source:"): (29, 13, "`mind` has no `score`"),
    ("id: small", "id: tiny"): (17, 10, "duplicate id `tiny`, first on line 16"),
}  # fmt: skip


def place(problem: Problem) -> tuple[int, int]:
    return problem.line, problem.column


def found(text: str) -> list[Problem]:
    return check(text, "own.yaml", below=[base()])


@pytest.mark.parametrize("text", [*SHAPES, *SYNTAX])
def test_bad_text_is_one_sentence_at_its_place(text: str) -> None:
    line, column, words = {**SHAPES, **SYNTAX}[text]
    (problem,) = errors(found(text))
    assert words in problem.message
    assert place(problem) == (line, column)
    assert problem.file == "own.yaml"
    assert "\n" not in problem.message
    assert problem.message == problem.message.rstrip(".\n ")


@pytest.mark.parametrize("change", WHOLES)
def test_a_catalog_that_makes_no_sense_as_a_whole_is_refused_at_the_place(change: tuple[str, str]) -> None:
    assert BASE.count(change[0]) == 1
    line, column, words = WHOLES[change]
    problems = errors(check(BASE.replace(*change), "own.yaml", below=[]))
    assert any(words in p.message and place(p) == (line, column) for p in problems), problems


def test_the_untouched_catalog_has_no_problem() -> None:
    assert check(BASE, "own.yaml", below=[]) == []
    assert found(f"models:\n{MODEL}") == []


def test_an_empty_pool_is_an_error() -> None:
    text = BASE[: BASE.index("models:")].replace("anchors:", "#") + "models: []\n"
    (problem,) = errors(check(text, "own.yaml", below=[]))
    assert "no models" in problem.message
    removed = "models: {tiny: null, small: null, middle: null, large: null}\n"
    assert ["no models" in p.message for p in errors(found(removed))] == [True]


@pytest.mark.parametrize("text", ["deny: ['*']\n", "allow: []\n", "allow: [large]\ndeny: [LARGE]\n"])
def test_allow_and_deny_that_leave_nothing_are_a_warning(text: str) -> None:
    (problem,) = found(text)
    assert problem.severity == "warning"
    assert "leave no model" in problem.message
    assert place(problem) == (1, 7 if text.startswith("deny") else 8)


def test_a_price_per_thousand_and_a_pattern_that_misses_are_warnings() -> None:
    text = "deny: [tinny]\nmodels:\n  small: {price: {input: .003, output: .015}}\n  smal: null\n"
    problems = found(text)
    assert [p.severity for p in problems] == ["warning"] * 4
    assert [place(p) for p in problems] == [(1, 8), (3, 26), (3, 40), (4, 3)]
    assert "did you mean `tiny`?" in problems[0].message
    assert "per thousand" in problems[1].message
    assert "did you mean `small`?" in problems[3].message


def test_an_override_of_a_model_that_no_layer_has_names_what_is_missing() -> None:
    messages = [p.message for p in found("models:\n  larg: {price: {input: 1, output: 2}}\n")]
    assert any("`larg` has no `vendor`" in m for m in messages)


def test_all_problems_of_a_file_are_reported_together() -> None:
    text = (
        "recipes: []\nweights: {reasoning: -1}\ndeny: &x []\ndeny: *x\nmodels: {a: {price: {output: -2}}}\n"
    )
    assert [p.line for p in found(text)] == [1, 2, 3, 4, 4, 5]


def test_a_yaml_bomb_does_not_expand() -> None:
    problems = found(BOMB)
    assert len(problems) == MAX_PROBLEMS + 1
    assert "more problems" in problems[-1].message
    assert all("\n" not in p.message for p in problems)


def test_a_long_name_is_cut_in_the_sentence() -> None:
    (problem,) = found("x" * 500_000 + ": 1\n")
    assert len(problem.message) < 300


def test_line_breaks_and_a_byte_order_mark_of_other_systems_are_welcome() -> None:
    text = "\ufeff# mine\r\ndeny: [tiny]\r\nweights:\r  reasoning: -1\n"
    (problem,) = found(text)
    assert place(problem) == (4, 14)
    assert place(found("\ufeffdeny: 3\r\n")[0]) == (1, 7)
    assert not found("\ufeffdeny: [tiny]\r\n")


def test_warnings_of_the_layers_below_are_not_this_files() -> None:
    below = [base(), parse("deny: [nobody]\n", "below.yaml", "organisation")]
    assert check("deny: [tiny]\n", "own.yaml", below) == []
    assert [p.file for p in check("deny: [no-one]\n", "own.yaml", below)] == ["own.yaml"]


def test_columns_count_characters_and_foreign_line_separators_are_none() -> None:
    assert place(found('deny: ["\U0001f600é", 3]\n')[0]) == (1, 14)
    assert place(found("# \u2028\nallow: 3\n")[0]) == (2, 8)


def test_json_is_a_catalog() -> None:
    assert found('{"deny": ["tiny"],\n "weights": {"reasoning": 2e0}}') == []
    assert place(found('{"deny": ["tiny"],\n "weights": {"reasoning": "2"}}')[0]) == (2, 27)


@given(st.text(max_size=200) | st.text(alphabet="abde:-[]{},&*!|>'\"\\%@#? \n\t0.", max_size=60))
def test_no_text_does_worse_than_problems_inside_the_text(text: str) -> None:
    lines = len(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    for problem in found(text):
        assert 1 <= problem.line <= lines
        assert problem.column >= 1
        assert problem.message


def test_a_file_that_cannot_be_read_is_one_problem(tmp_path: Path) -> None:
    fifo = tmp_path / "pipe"
    os.mkfifo(fifo)
    binary = tmp_path / "binary.yaml"
    binary.write_bytes("# é\n# ".encode() + b"\xff\xfe")
    wide = tmp_path / "wide.yaml"
    wide.write_text("deny: []\n", "utf-16")
    big = tmp_path / "big.yaml"
    big.write_bytes(b"#" * (2**20 + 1))
    for path, line, column, words in [
        (tmp_path / "none.yaml", 1, 1, "cannot be read"),
        (tmp_path, 1, 1, "regular file"),
        (fifo, 1, 1, "regular file"),
        (binary, 2, 3, "UTF-8"),
        (wide, 1, 1, "UTF-8"),
        (big, 1, 1, "1 MiB"),
        (tmp_path / "nul\0.yaml", 1, 1, "cannot be read"),
    ]:
        (problem,) = check_file(path)
        assert (problem.file, *place(problem)) == (str(path), line, column)
        assert words in problem.message


def test_a_text_beyond_the_limit_is_refused_before_it_is_parsed() -> None:
    (problem,) = found("deny: [" + "é," * 2**19 + "]")
    assert "1 MiB" in problem.message


def test_the_error_is_one_line_with_the_first_place_and_the_number_of_the_others() -> None:
    with pytest.raises(CatalogError) as caught:
        parse("recipes: []\nscale: x\nversion: 3\n", "own.yaml")
    assert str(caught.value).startswith("own.yaml:1:1: unknown key `recipes`")
    assert str(caught.value).endswith("(and 2 more)")
    assert len(caught.value.problems) == 3


def test_load_reports_the_problems_of_all_files(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("recipes: []\n", "utf-8")
    (tmp_path / "b.yaml").write_text("scale: x\n", "utf-8")
    with pytest.raises(CatalogError) as caught:
        load_catalog([tmp_path / "a.yaml", tmp_path / "b.yaml"])
    assert [Path(p.file).name for p in caught.value.problems] == ["a.yaml", "b.yaml"]


def test_what_no_terminal_minds_may_stand_in_a_name() -> None:
    assert found('rules: [{name: "Größe\u00a0– \U0001f469\u200d\U0001f4bb", use: {effort: low}}]\n') == []


def test_a_file_is_held_against_the_organisations_which_is_checked_as_such(tmp_path: Path) -> None:
    organisation, own = tmp_path / "org.yaml", tmp_path / "own.yaml"
    organisation.write_text("lock: [weights]\n", "utf-8")
    own.write_text("weights: {reasoning: 5}\n", "utf-8")
    assert check_organisation(organisation) == []
    assert check_file(own) == []
    (problem,) = check_file(own, organisation=organisation)
    assert "the organisation locks it" in problem.message
    organisation.write_text("lock: [weight]\n", "utf-8")
    assert [p.file for p in check_organisation(organisation)] == [str(organisation)]
    assert check_file(own, organisation=organisation) == []
