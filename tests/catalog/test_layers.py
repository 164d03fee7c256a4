"""Layers, weakest first: what replaces, what adds up, and what a layer cannot undo."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from catalog_texts import BASE, MODEL, by_id, layered, standing

from hydra_auto.catalog import check, compose_catalog, load_catalog, parse, profiles
from hydra_auto.catalog.model import Benchmark, Model, Origin, Price, Tier
from hydra_auto.scale import IDENTITY


def test_a_whole_catalog_is_read_as_written() -> None:
    catalog = standing(BASE)
    assert by_id(catalog)["large"] == Model(
        id="large",
        name="Large",
        vendor="acme",
        family="acme-large",
        match=("*/large*/*",),
        price=Price(input=3, cached_input=0.3, output=15),
        token_factor=1.2,
        context=200_000,
        output=64_000,
        vision=True,
        tools=True,
        benchmarks={"mind": 80, "code": 70},
        origin=Origin("default", "whole.yaml", 19, 5),
    )
    assert catalog.tiers == {"efficiency": Tier(0.3), "balance": Tier(0.15), "intelligence": Tier(0.0)}
    assert catalog.benchmarks["code"] == Benchmark(10, 90, {"code_gen": 1, "debugging": 0.5})
    assert catalog.anchors == ((0.2, "tiny"), (0.4, "small"), (0.6, "middle"), (0.8, "large"))
    assert (catalog.allow, catalog.deny, catalog.default_tier) == ((("*",),), (), "balance")


def test_what_is_left_out_has_its_default() -> None:
    model = by_id(layered(f"models:\n{MODEL}"))["own"]
    assert (model.name, model.token_factor, model.context, model.tools) == ("own", 1.0, None, False)
    assert model.price.cached_input is None


def test_an_entry_changes_only_the_keys_that_it_gives() -> None:
    before = by_id(standing(BASE))["large"]
    entry = "    price: {output: 20}\n    supports: {vision: false}\n    benchmarks: {code: 75}\n"
    text = f"models:\n  large:\n{entry}"
    after = by_id(layered(text))["large"]
    assert after.price == Price(input=3, cached_input=0.3, output=20)
    assert (after.vision, after.tools) == (False, True)
    assert after.benchmarks == {"mind": 80, "code": 75}
    assert (after.name, after.match, after.context) == (before.name, before.match, before.context)
    assert after.origin == Origin("user", "layer1.yaml", 2, 3)
    assert by_id(layered(text))["tiny"].origin == Origin("default", "base.yaml", 16, 5)


def test_a_list_of_entries_says_the_same_as_a_mapping() -> None:
    as_list = layered("models:\n  - {id: large, tokenFactor: 2}\n")
    as_mapping = layered("models: {large: {tokenFactor: 2}}\n")
    assert as_list.version == as_mapping.version
    assert by_id(as_list)["large"].token_factor == 2


def test_a_price_per_request_replaces_a_price_per_token_and_back() -> None:
    per_request = "models: {large: {price: {perRequest: .04}}}\n"
    per_token = "models: {large: {price: {input: 1, output: 2}}}\n"
    assert by_id(layered(per_request))["large"].price == Price(per_request=0.04)
    assert by_id(layered(per_request, per_token))["large"].price == Price(input=1, output=2)


def test_null_removes_a_model_and_a_later_layer_may_bring_it_back() -> None:
    removed = "models: {large: null}\n"
    assert set(by_id(layered(removed))) == {"tiny", "small", "middle"}
    again = "models:\n  - {id: large, vendor: me, price: {input: 1, output: 1}, benchmarks: {mind: 1}}\n"
    assert by_id(layered(removed, again))["large"].vendor == "me"


def test_what_a_layer_takes_out_or_calls_otherwise_is_remembered_until_a_later_one_undoes_it() -> None:
    globs = ("*/large*/*",)
    assert layered("remove: [tiny]\nmodels: {large: null}\n").removed == (("large", globs), ("tiny", ()))
    changed = layered("models: {large: {match: ['*/big*']}}\n", "models: {large: null}\n")
    assert changed.removed == (("large", ("*/big*",)),)
    assert changed.former == (("large", globs),)
    again = "models:\n  - {id: large, vendor: me, price: {input: 1, output: 1}, benchmarks: {mind: 1}}\n"
    back = layered("models: {large: null}\n", again)
    assert (back.removed, back.former) == ((), (("large", globs),))
    assert layered("models: {large: {match: ['*/large*/*']}}\n").former == ()


def test_a_removal_changes_the_version_and_a_pattern_for_the_removed_is_no_miss() -> None:
    without = BASE.replace("  - {id: middle,", "  - {id: center,").replace(".6: middle", ".6: center")
    assert layered("remove: [tiny]\n").version != layered("remove: [small]\n").version
    renamed = (
        "models:\n  - {id: middle, vendor: acme, price: {input: 1, output: 5}, benchmarks: {mind: 55}}\n"
    )
    never = compose_catalog([parse(without, "base.yaml")])
    gone = compose_catalog(
        [parse(without, "base.yaml"), *(parse(t, "l.yaml", "user") for t in (renamed, "remove: [middle]\n"))]
    )
    assert gone.models == never.models
    assert gone.version != never.version
    below = [parse(BASE, "base.yaml"), parse("remove: [tiny]\n", "org.yaml", "organisation")]
    assert check("deny: [tiny]\n", "own.yaml", below) == []


def test_deny_adds_up_and_allow_must_match_in_every_layer() -> None:
    catalog = layered("deny: [tiny]\nallow: ['s*', 'l*']\n", "deny: [small, tiny]\nallow: ['*']\n")
    assert catalog.deny == ("tiny", "small")
    assert catalog.allow == (("*",), ("s*", "l*"), ("*",))
    silent = standing(BASE.replace('allow: ["*"]\n', "").replace("deny: []\n", ""))
    assert (silent.allow, silent.deny) == ((("*",),), ())


def test_tiers_merge_by_name_and_key_and_weights_by_dimension() -> None:
    catalog = layered(
        "tiers: {balance: {weights: {debugging: 3}, maxCost: .5}}\nweights: {tool_use: 2}\n",
        "tiers: {balance: {tau: .2, allow: [large]}}\nscale: pool\ndefaultTier: efficiency\n",
    )
    assert catalog.tiers["balance"] == Tier(0.2, (1.0, 1.0, 3.0, 2.0), (("large",),), 0.5)
    assert catalog.tiers["efficiency"] == Tier(0.3)
    assert catalog.weights == (1.0, 1.0, 1.0, 2.0)
    assert (catalog.scale, catalog.default_tier) == ("pool", "efficiency")


def test_anchors_replace_and_take_the_models_of_the_layer_that_sets_them() -> None:
    catalog = layered("anchors: {.5: middle}\n", "models: {middle: {benchmarks: {mind: 99}}}\n")
    assert catalog.anchors == ((0.5, "middle"),)
    assert [m.benchmarks["mind"] for m in catalog.anchor_models] == [55]
    together = layered("anchors: {.5: middle}\nmodels: {middle: {benchmarks: {mind: 99}}}\n")
    assert [m.benchmarks["mind"] for m in together.anchor_models] == [99]
    removed = layered("anchors: {.5: middle}\nmodels: {middle: null}\n")
    assert [m.benchmarks["mind"] for m in removed.anchor_models] == [55]


@pytest.mark.parametrize(
    "layer",
    [
        "models: {large: null}\n",
        "models: {small: {benchmarks: {mind: 1, code: 11}}}\n",
        "deny: [small]\n",
        "allow: [tiny]\n",
        f"models:\n{MODEL}",
    ],
)
def test_no_layer_changes_the_profile_of_a_model_that_it_does_not_change(layer: str) -> None:
    before = {p.model.id: p for p in profiles(standing(BASE), IDENTITY)}
    after = {p.model.id: p for p in profiles(layered(layer), IDENTITY)}
    for name in {"tiny", "middle"} & set(after):
        assert (after[name].capability, after[name].label) == (before[name].capability, before[name].label)


def test_the_version_is_of_the_content_alone() -> None:
    lines = BASE.splitlines(keepends=True)
    head, models = lines[:15], lines[15:18]
    random.Random(0).shuffle(models)
    moved = "# a remark\n" + "".join([*head, *models, *lines[18:]])
    assert standing(moved).version == standing(BASE).version
    assert layered("deny: []\n").version == standing(BASE).version
    others = ["deny: [tiny]\n", "models: {tiny: {price: {input: .06}}}\n", "anchors: {.2: small}\n"]
    versions = {standing(BASE).version, *(layered(t).version for t in others)}
    assert len(versions) == 4
    assert all(len(v) == 12 for v in versions)


def test_files_are_layers_in_their_order(tmp_path: Path) -> None:
    for name, text in [("base", BASE), ("one", "scale: pool\ndeny: [tiny]\n"), ("two", "scale: label\n")]:
        (tmp_path / f"{name}.yaml").write_text(text, "utf-8")
    catalog = load_catalog([tmp_path / f"{name}.yaml" for name in ("base", "one", "two")])
    assert (catalog.scale, catalog.deny) == ("label", ("tiny",))
    assert {m.origin.file for m in catalog.models if m.origin} == {str(tmp_path / "base.yaml")}


def test_no_layer_is_no_catalog() -> None:
    with pytest.raises(ValueError, match="at least one layer"):
        compose_catalog([])
