"""Benchmarks and capabilities -> profiles: absolute under `label`, the paper's Eq. 3 under `pool`."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from attrs import evolve
from catalog_texts import BASE, by_id, layered, standing
from hypothesis import given
from hypothesis import strategies as st

from hydra_auto.catalog import profiles
from hydra_auto.catalog.model import Catalog, Model, Price, Profile
from hydra_auto.dimensions import DIMENSIONS
from hydra_auto.scale import IDENTITY, ScoreScale

CATALOG = standing(BASE)
BENT = ScoreScale(
    knots=(((0.0, 0.1), (0.5, 0.3), (1.0, 0.9)),) * 4,  # type: ignore[arg-type]
    band=((0.1, 0.9), (0.2, 0.8), (0.3, 0.7), (0.4, 0.4)),
    sigma=(0.1, 0.1, 0.1, 0.1),
)
SCORES = st.fixed_dictionaries({}, optional={"mind": st.floats(-20, 120), "code": st.floats(-20, 120)})
SHARES = st.fixed_dictionaries({}, optional={name: st.floats(0, 1) for name in DIMENSIONS})
ROUNDING = 1e-12


@st.composite
def models(draw: st.DrawFn) -> Model:
    scores, capabilities = draw(st.tuples(SCORES, SHARES).filter(any))
    return a_model(scores, capabilities)


def a_model(scores: Mapping[str, float], capabilities: Mapping[str, float] | None = None) -> Model:
    return Model("m", "M", "acme", Price(1, 1), benchmarks=scores, capabilities=capabilities or {})


def profile(model: Model, scale: ScoreScale = IDENTITY, catalog: Catalog = CATALOG) -> Profile:
    return profiles(evolve(catalog, models=(model,)), scale)[0]


def label(model: Model) -> tuple[float, ...]:
    vector = profile(model).label
    assert vector is not None
    return vector


def test_an_anchor_stands_exactly_at_its_level_where_it_is_measured() -> None:
    for p in profiles(CATALOG, IDENTITY):
        level = {name: level for level, name in CATALOG.anchors}[p.model.id]
        assert p.label == pytest.approx((level,) * 4)
        assert p.estimated == {"tool_use"}


def test_between_the_anchors_and_beyond_them_the_label_is_linear() -> None:
    # mind: tiny 10 -> .2, small 30 -> .4, middle 55 -> .6, large 80 -> .8
    for score, expected in [(-5, 0), (0, 0), (5, 0.1), (20, 0.3), (55, 0.6), (90, 0.9), (100, 1), (150, 1)]:
        assert label(a_model({"mind": score}))[0] == pytest.approx(expected)


def test_benchmarks_are_averaged_by_how_much_they_measure() -> None:
    text = BASE.replace(
        "debugging: .5}}", "debugging: .5}}\n  more: {low: 0, high: 1, measures: {code_gen: 3}}"
    )
    catalog = evolve(standing(text), anchors=(), anchor_models=())
    found = profile(a_model({"code": 50, "more": 0.9}), catalog=catalog).label
    assert found is not None
    assert found[1] == pytest.approx((0.5 + 3 * 0.9) / 4)
    assert found[2] == pytest.approx(0.5)
    beyond = profile(a_model({"code": 500, "more": -7}), catalog=catalog).label
    assert beyond is not None
    assert beyond[1] == pytest.approx(1 / 4)


def test_explicit_capabilities_are_labels_and_beat_benchmarks_where_given() -> None:
    found = profile(a_model({"mind": 55, "code": 50}, {"reasoning": 0.33}))
    assert found.label is not None
    assert found.label[:3] == pytest.approx((0.33, 0.6, 0.6))


def test_a_missing_dimension_is_the_mean_of_the_known_ones_and_marked() -> None:
    found = profile(a_model({"mind": 10}, {"tool_use": 0.6}))
    assert found.label == pytest.approx((0.2, 0.4, 0.4, 0.6))
    assert found.estimated == {"code_gen", "debugging"}


def test_labels_are_carried_onto_the_predictors_own_scale() -> None:
    found = profile(
        a_model({}, {"reasoning": 0.25, "code_gen": 0.5, "debugging": 0.75, "tool_use": 1.0}), BENT
    )
    assert found.capability == pytest.approx((0.2, 0.3, 0.6, 0.9))
    assert found.label == (0.25, 0.5, 0.75, 1.0)


def test_an_anchor_at_the_very_top_or_bottom_replaces_the_end() -> None:
    catalog = standing(BASE.replace("mind: 10, code", "mind: 0, code").replace("{score: 80", "{score: 100"))
    assert [p.label[0] for p in profiles(catalog, IDENTITY) if p.label] == pytest.approx([0.2, 0.4, 0.6, 0.8])


@given(
    model=models(), name=st.sampled_from(["mind", "code"]), first=st.floats(-20, 120), more=st.floats(0, 100)
)
def test_a_better_score_never_lowers_a_capability(model: Model, name: str, first: float, more: float) -> None:
    low = profile(evolve(model, benchmarks={**model.benchmarks, name: first}), BENT)
    high = profile(evolve(model, benchmarks={**model.benchmarks, name: first + more}), BENT)
    assert all(b >= a - ROUNDING for a, b in zip(low.capability, high.capability, strict=True))


@given(
    pool=st.lists(models(), min_size=1, max_size=6), data=st.data(), scale=st.sampled_from(["label", "pool"])
)
def test_the_order_of_models_and_of_scores_changes_nothing(
    pool: list[Model], data: st.DataObject, scale: str
) -> None:
    pool = [evolve(m, id=f"m{i}") for i, m in enumerate(pool)]
    other = [
        evolve(m, benchmarks=dict(reversed(m.benchmarks.items()))) for m in data.draw(st.permutations(pool))
    ]
    a, b = (
        {p.model.id: (p.capability, p.label, p.estimated) for p in profiles(c, BENT)}
        for c in (evolve(CATALOG, models=tuple(m), scale=scale) for m in (pool, other))
    )
    assert a == b


@given(pool=st.lists(models(), min_size=2, max_size=6))
def test_under_label_a_profile_does_not_depend_on_the_other_models(pool: list[Model]) -> None:
    together = profiles(evolve(CATALOG, models=tuple(pool)), BENT)
    assert list(together) == [profile(m, BENT) for m in pool]


@given(pool=st.lists(models(), min_size=1, max_size=6), scale=st.sampled_from(["label", "pool"]))
def test_every_capability_lies_in_the_unit_interval(pool: list[Model], scale: str) -> None:
    for p in profiles(evolve(CATALOG, models=tuple(pool), scale=scale), BENT):
        assert all(0 <= v <= 1 for v in p.capability)


def test_under_pool_the_best_and_the_worst_get_the_ends_of_the_band() -> None:
    found = {p.model.id: p for p in profiles(layered("scale: pool\n"), BENT)}
    assert found["tiny"].capability == pytest.approx((0.1, 0.2, 0.3, 0.4))
    assert found["large"].capability == pytest.approx((0.9, 0.8, 0.7, 0.4))
    assert found["small"].capability[0] == pytest.approx(0.1 + 0.8 * (30 - 10) / (80 - 10))
    assert found["small"].label is None
    assert found["small"].estimated == {"tool_use"}


@pytest.mark.parametrize("scale", ["label", "pool"])
def test_equal_scores_are_equal_capabilities(scale: str) -> None:
    twins = (evolve(a_model({"mind": 50}), id="a"), evolve(a_model({"mind": 50}), id="b"))
    first, second = profiles(evolve(CATALOG, models=twins, scale=scale), BENT)
    assert first.capability == second.capability
    if scale == "pool":
        assert first.capability == pytest.approx((0.5, 0.5, 0.5, 0.4))


def test_under_pool_deny_and_allow_change_no_profile() -> None:
    narrowed = layered("scale: pool\n", "deny: [large]\nallow: [tiny, small]\n")
    assert profiles(narrowed, BENT) == profiles(layered("scale: pool\n"), BENT)


def test_under_pool_explicit_capabilities_count_as_raw_results() -> None:
    found = {
        p.model.id: p
        for p in profiles(layered("scale: pool\nmodels: {small: {capabilities: {reasoning: 1}}}\n"), IDENTITY)
    }
    assert found["small"].capability[0] == 1.0
    assert found["large"].capability[0] == pytest.approx((0.8 - 0.1) / 0.9)


def test_profiles_keep_the_catalogs_models() -> None:
    assert {p.model.id for p in profiles(CATALOG, IDENTITY)} == set(by_id(CATALOG))
