from __future__ import annotations

from math import nan
from time import perf_counter

import pytest
from attrs import evolve
from routing_builders import LONG, a_catalog, a_profile, ids, offer, routed, same

from hydra_auto.catalog.model import Tier
from hydra_auto.routing import RoutingError, because
from hydra_auto.routing.decision import Request
from hydra_auto.routing.router import bucket, route
from hydra_auto.scale import IDENTITY

POOL = [a_profile("a", 0.4, 1.0), a_profile("b", 0.6, 2.0), a_profile("c", 0.9, 3.0)]
TIERS = {"efficiency": Tier(0.5), "balance": Tier(0.25), "intelligence": Tier(0.0)}


def test_the_requests_tier_counts_else_the_catalogs_default():
    catalog = a_catalog(POOL, tiers=TIERS, default_tier="intelligence")
    chosen = {}
    for tier in (None, "efficiency", "balance", "intelligence"):
        decision = route(Request(LONG, tier=tier), same(0.8), catalog, POOL, IDENTITY)
        chosen[tier] = (decision.tier, decision.chosen.id, decision.tau)
    assert chosen == {
        None: ("intelligence", "c", 0.0),
        "efficiency": ("efficiency", "a", 0.5),
        "balance": ("balance", "b", 0.25),
        "intelligence": ("intelligence", "c", 0.0),
    }


def test_an_unknown_tier_is_an_error_that_names_the_known_ones():
    with pytest.raises(
        RoutingError, match="unknown tier 'turbo': use one of efficiency, balance, intelligence"
    ):
        routed(POOL, request=Request("hi", tier="turbo"))


def test_a_tiers_weights_replace_the_catalogs():
    pool = [a_profile("thinks", (0.9, 0.1, 0.5, 0.5)), a_profile("writes", (0.1, 0.9, 0.5, 0.5))]
    by_catalog = routed(pool, 0.9, Tier(0.1), weights=(1.0, 0.0, 0.0, 0.0))
    by_tier = routed(pool, 0.9, Tier(0.1, weights=(0.0, 1.0, 0.0, 0.0)), weights=(1.0, 0.0, 0.0, 0.0))
    assert (by_catalog.chosen.id, by_tier.chosen.id) == ("thinks", "writes")


@pytest.mark.parametrize("weights", [same(0.0), (1.0, 1.0, 1.0, -1.0)])
def test_weights_that_count_nothing_or_less_are_an_error(weights):
    with pytest.raises(RoutingError, match="set `weights`"):
        routed(POOL, tier=Tier(0.1, weights=weights))


@pytest.mark.parametrize(
    "scores", [(nan, 0.0, 0.0, 0.0), (1.1, 0.0, 0.0, 0.0), (-0.1, 0.0, 0.0, 0.0), (0.5,)]
)
def test_scores_that_are_no_requirement_are_an_error(scores):
    with pytest.raises(RoutingError, match="scores must be 4 numbers from 0 to 1"):
        routed(POOL, scores)


@pytest.mark.parametrize("prompt", ["", "\ud800 lone", "\0\1\2", "x" * 10_000_000])
def test_any_prompt_gets_a_decision(prompt):
    assert ids(routed(POOL, 0.4, request=Request(prompt, mode="agent")))


def test_confidence_is_the_largest_score_and_its_bucket_is_by_label():
    decision = routed(POOL, (0.1, 0.7, 0.2, 0.0))
    assert (decision.confidence, decision.bucket) == (0.7, "high")
    assert routed(POOL, 0.5).bucket == "medium"
    assert routed(POOL, 0.2).bucket == "low"


def test_the_buckets_are_carried_to_the_scale_of_the_scores():
    squeezed = evolve(IDENTITY, knots=(((0.0, 0.0), (1.0, 0.3)),) * 4)
    assert [bucket(same(s), squeezed) for s in (0.05, 0.15, 0.25)] == ["low", "medium", "high"]


def test_the_verdicts_cover_the_pool_eligible_ones_first_in_the_order_to_be_tried():
    decision = routed(POOL, 0.5, deny=("a",))
    assert [(v.model_id, v.eligible) for v in decision.verdicts] == [("b", True), ("c", True), ("a", False)]
    assert decision.verdicts[2].deficit == pytest.approx(same(0.1))
    assert decision.catalog_version == "v1"


def test_the_sentence_names_the_choice_and_its_rivals():
    assert (
        because(routed(POOL, 0.5, Tier(0.15)))
        == "A is the cheapest of 3 models whose shortfall is within 0.15"
    )
    assert because(routed(POOL, 0.8, Tier(0.15))) == "C is the only model whose shortfall is within 0.15"
    assert because(routed(POOL[:1], 0.8)) == "no model's shortfall is within 0.1, and A comes closest (0.4)"
    assert because(routed(POOL[:1], 0.4)) == "A is the only model that may answer"
    twins = [a_profile("x"), a_profile("y")]
    assert because(routed(twins, 1.0)) == (
        "no model's shortfall is within 0.1, and X is the cheapest of the 2 that come closest (0.5)"
    )


def test_the_sentence_says_what_a_tau_below_zero_asks_for():
    assert (
        because(routed(POOL, 0.25, Tier(-0.5))) == "A is the cheapest of 3 models with 50% or more to spare"
    )
    assert because(routed(POOL[:1], 0.25, Tier(-0.9))) == (
        "no model has 90% to spare, and A comes closest (60% to spare)"
    )
    exact, nearly = [a_profile("x", 0.5)], [a_profile("x", 0.599)]
    assert because(routed(exact, 0.5, Tier(-0.2))).endswith("comes closest (nothing to spare)")
    assert because(routed(nearly, 0.5, Tier(-0.2))) == (
        "no model has 20% to spare, and X comes closest (19.8% to spare)"
    )
    assert because(routed(POOL[:1], 0.8, Tier(-0.9))) == (
        "no model has 90% to spare, and A comes closest (a shortfall of 0.4)"
    )


def test_a_tau_below_zero_asks_more_of_a_hard_request_and_nothing_of_a_greeting():
    def chosen(score: float) -> str:
        return routed(POOL, score, Tier(-0.25)).chosen.id

    assert [chosen(score) for score in (0.02, 0.3, 0.4, 0.55, 0.95)] == ["a", "a", "b", "c", "c"]


def test_routing_a_full_catalog_against_a_full_editor_takes_milliseconds():
    pool = [
        a_profile(f"m{i}", i / 40, i / 10, match=(f"*/m{i}", f"*/m{i}-*", f"x/m{i}/*")) for i in range(40)
    ]
    request = Request(LONG, available=tuple(offer(f"m{i}-preview") for i in range(40)))
    routed(pool, request=request)
    started = perf_counter()
    decision = routed(pool, request=request)
    assert perf_counter() - started < 0.25
    assert len(decision.candidates) == 40
