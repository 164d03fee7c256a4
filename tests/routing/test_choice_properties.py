"""The properties that design.md promises of the choice, each with what must be fixed held fixed."""

from __future__ import annotations

from math import fsum

from attrs import evolve
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from routing_builders import a_profile, ids, routed, same

from hydra_auto.catalog.model import Profile, Tier
from hydra_auto.dimensions import Vector
from hydra_auto.routing.decision import Decision, Verdict
from hydra_auto.routing.shortfall import deficits, shortfall
from hydra_auto.scale import IDENTITY, ScoreScale

# No deadline: a machine under load is no failure.
thorough = settings(max_examples=150, deadline=None)

# A coarse grid makes ties, equal models and dominance common; full floats look for rounding.
unit = st.one_of(st.sampled_from([0.0, 0.2, 0.4, 0.5, 0.6, 0.8, 1.0]), st.floats(0, 1))
vectors = st.tuples(unit, unit, unit, unit)
costs = st.one_of(st.sampled_from([0.0, 0.01, 0.02, 0.1]), st.floats(0, 10))
weights = st.tuples(*[st.one_of(st.sampled_from([0.0, 1.0, 2.0]), st.floats(0, 10))] * 4).filter(
    lambda w: max(w) > 1e-6
)
taus = st.one_of(st.sampled_from([-1.0, -0.5, -0.25, 0.0, 0.1, 0.2, 0.5]), st.floats(-1, 1))
dimensions = st.integers(0, 3)


@st.composite
def scales(draw: st.DrawFn) -> ScoreScale:
    ends = [sorted((draw(unit), draw(unit))) for _ in range(4)]
    return evolve(IDENTITY, band=tuple((low, high) for low, high in ends))


@st.composite
def pools(draw: st.DrawFn, least: int = 1) -> list[Profile]:
    drawn = draw(st.lists(st.tuples(vectors, costs), min_size=least, max_size=7))
    return [a_profile(f"m{i}", capability, cost) for i, (capability, cost) in enumerate(drawn)]


def chosen(decision: Decision) -> Verdict:
    return next(v for v in decision.verdicts if v.model_id == decision.chosen.id)


def short_of(decision: Decision) -> set[str]:
    return {v.model_id for v in decision.verdicts if v.gap > decision.tau}


def spare(scores: Vector, capability: Vector, w: Vector) -> float:
    """The surplus as `shortfall.surplus` words it, written apart from it."""
    shares = [1.0]
    for r, c, weight in zip(scores, capability, w, strict=True):
        if r > 0 and weight > 0:
            shares.append(max(0.0, c / r - 1))
    return min(shares)


def beats(a: Profile, b: Profile) -> bool:
    """Dominance as design.md words it, written apart from the code under test."""
    at_least = all(x >= y for x, y in zip(a.capability, b.capability, strict=True))
    price_a, price_b = a.model.price.per_request or 0.0, b.model.price.per_request or 0.0
    return at_least and price_a <= price_b and (a.capability != b.capability or price_a < price_b)


@thorough
@given(pools(), vectors, weights, scales(), st.lists(taus, max_size=3))
def test_raising_tau_never_raises_the_chosen_cost(pool, scores, w, scale, more):
    at_zero = routed(pool, scores, Tier(0.0, weights=w), scale=scale)
    # The met set changes exactly where tau reaches a gap.
    ladder = sorted({*more, *(v.gap for v in at_zero.verdicts)})
    paid = [chosen(routed(pool, scores, Tier(tau, weights=w), scale=scale)).cost for tau in ladder]
    assert paid == sorted(paid, reverse=True)


@thorough
@given(pools(), vectors, weights, scales(), taus, dimensions, unit)
def test_raising_a_requirement_only_adds_to_the_models_that_fall_short(pool, scores, w, scale, tau, k, more):
    raised = tuple(max(r, more) if i == k else r for i, r in enumerate(scores))
    before = routed(pool, scores, Tier(tau, weights=w), scale=scale)
    after = routed(pool, raised, Tier(tau, weights=w), scale=scale)
    assert short_of(before) <= short_of(after)
    was = {v.model_id: v.shortfall for v in before.verdicts}
    assert all(v.shortfall >= was[v.model_id] for v in after.verdicts)


@thorough
@given(pools(), vectors, costs, vectors, weights, scales(), taus)
def test_adding_a_model_never_makes_the_choice_dearer_if_some_model_met_tau(
    pool, capability, cost, scores, w, scale, tau
):
    before = routed(pool, scores, Tier(tau, weights=w), scale=scale)
    assume(len(short_of(before)) < len(pool))
    after = routed([*pool, a_profile("new", capability, cost)], scores, Tier(tau, weights=w), scale=scale)
    assert chosen(after).cost <= chosen(before).cost


@thorough
@given(pools(least=2), vectors, weights, scales(), taus)
def test_a_dominated_model_is_never_chosen_and_is_named_as_dominated(pool, scores, w, scale, tau):
    decision = routed(pool, scores, Tier(tau, weights=w), scale=scale)
    by_id = {p.model.id: p for p in pool}
    for v in decision.verdicts:
        dominators = {p.model.id for p in pool if beats(p, by_id[v.model_id])}
        assert (v.dominated_by in dominators) if dominators else v.dominated_by is None
        assert not (dominators and v.model_id == decision.chosen.id)


@thorough
@given(pools(), vectors, weights, scales(), taus)
def test_the_choice_is_algorithm_2_and_every_eligible_model_is_a_candidate_in_order(
    pool, scores, w, scale, tau
):
    decision = routed(pool, scores, Tier(tau, weights=w), scale=scale)
    s = {p.model.id: shortfall(deficits(scores, p.capability), w, scale.widths) for p in pool}
    g = {p.model.id: s[p.model.id] or -spare(scores, p.capability, w) for p in pool}
    limit = max(tau, min(g.values()))

    def key(p: Profile) -> tuple[float, float, float, str]:
        return (p.model.price.per_request or 0.0, s[p.model.id], -fsum(p.capability), p.model.id)

    def removed(p: Profile) -> bool:
        return any(beats(q, p) for q in pool)

    met = [p for p in pool if g[p.model.id] <= limit]
    best = min((p for p in met if not removed(p)), key=key)
    rest = [p for p in pool if g[p.model.id] > limit]
    expected = sorted(met, key=lambda p: (removed(p), key(p)))
    expected += sorted(rest, key=lambda p: (removed(p), g[p.model.id], key(p)))
    assert decision.chosen.id == best.model.id
    assert ids(decision) == [p.model.id for p in expected]
    assert decision.shortfall == s[best.model.id]


@thorough
@given(vectors, vectors, weights, scales(), dimensions, unit)
def test_a_surplus_never_compensates_a_deficit(scores, capability, w, scale, k, more):
    assume(capability[k] >= scores[k])
    better = tuple(max(c, more) if i == k else c for i, c in enumerate(capability))
    plain = shortfall(deficits(scores, capability), w, scale.widths)
    with_surplus = shortfall(deficits(scores, better), w, scale.widths)
    assert with_surplus == plain


@thorough
@given(pools(least=2), vectors, weights, scales(), taus, st.randoms(use_true_random=False))
def test_the_order_of_the_catalog_does_not_matter(pool, scores, w, scale, tau, random):
    shuffled = list(pool)
    random.shuffle(shuffled)
    assert routed(pool, scores, Tier(tau, weights=w), scale=scale) == routed(
        shuffled, scores, Tier(tau, weights=w), scale=scale
    )


@thorough
@given(pools(), vectors, weights, taus)
def test_identical_models_do_not_remove_each_other(pool, scores, w, tau):
    twins = [evolve(p, model=evolve(p.model, id=p.model.id + "-twin")) for p in pool]
    alone = routed(pool, scores, Tier(tau, weights=w))
    both = routed([*pool, *twins], scores, Tier(tau, weights=w))
    gone = {v.model_id for v in alone.verdicts if v.dominated_by}
    assert {v.model_id for v in both.verdicts if v.dominated_by} == gone | {f"{m}-twin" for m in gone}
    assert both.chosen.id == alone.chosen.id


@thorough
@given(vectors, costs, vectors, weights, scales(), taus)
def test_a_pool_of_one_is_chosen_whatever_is_required(capability, cost, scores, w, scale, tau):
    decision = routed([a_profile("only", capability, cost)], scores, Tier(tau, weights=w), scale=scale)
    assert ids(decision) == ["only"]


@thorough
@given(st.lists(costs, min_size=2, max_size=6), vectors, vectors, taus)
def test_models_of_equal_capability_are_told_apart_by_cost(prices, capability, scores, tau):
    pool = [a_profile(f"m{i}", capability, cost) for i, cost in enumerate(prices)]
    decision = routed(pool, scores, Tier(tau))
    assert chosen(decision).cost == min(prices)
    assert decision.chosen.id == f"m{prices.index(min(prices))}"


@thorough
@given(vectors, st.integers(1, 5))
def test_wholly_equal_models_are_chosen_by_id_and_none_is_dominated(capability, n):
    decision = routed([a_profile(f"m{i}", capability) for i in reversed(range(n))])
    assert ids(decision) == [f"m{i}" for i in range(n)]
    assert {v.dominated_by for v in decision.verdicts} == {None}


def test_the_shortfall_is_equation_5_computed_by_hand():
    deficit = deficits((0.9, 0.5, 0.2, 0.8), (0.5, 0.4, 0.9, 0.8))
    s = shortfall(deficit, (2.0, 1.0, 5.0, 0.0), (0.8, 0.5, 0.05, 1.0))
    assert abs(s - (2 * 0.4 / 0.8 + 1 * 0.1 / 0.5) / 8) < 1e-12


def test_a_band_narrower_than_five_hundredths_counts_as_five_hundredths():
    narrow = evolve(IDENTITY, band=((0.5, 0.5),) * 4)
    assert abs(routed([a_profile("m", 0.4)], scores=0.41, scale=narrow).shortfall - 0.01 / 0.05) < 1e-9


def test_ties_go_by_cost_then_shortfall_then_capability_then_id():
    pool = [
        a_profile("z-cheap", (0.5, 0.4, 0.5, 0.5), 1.0),
        a_profile("y-closer", (0.4, 0.5, 0.5, 0.45), 1.0),
        a_profile("x-abler", (0.3, 0.5, 0.5, 0.9), 1.0),
        a_profile("w-other", (0.5, 0.3, 0.9, 0.5), 1.0),
        a_profile("b-dear", same(1.0), 2.0),
        a_profile("a-dear", same(1.0), 2.0),
    ]
    decision = routed(pool, same(0.5), Tier(tau=0.5))
    assert ids(decision) == ["z-cheap", "y-closer", "w-other", "x-abler", "a-dear", "b-dear"]


def test_a_model_that_falls_short_comes_after_all_that_meet_the_requirement_closest_first():
    pool = [a_profile("weak", 0.1, 0.1), a_profile("mid", 0.3, 0.2), a_profile("strong", 0.9, 9.0)]
    assert ids(routed(pool, 0.8)) == ["strong", "mid", "weak"]


def test_when_nobody_is_within_tau_the_closest_is_chosen():
    pool = [a_profile("weak", 0.1, 0.1), a_profile("mid", 0.3, 0.2)]
    decision = routed(pool, 1.0)
    assert decision.chosen.id == "mid"
    assert decision.shortfall > decision.tau
