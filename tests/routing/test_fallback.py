from __future__ import annotations

import pytest
from attrs import evolve
from routing_builders import LONG, a_catalog, a_profile, ids, offer, same

from hydra_auto.catalog.model import Tier
from hydra_auto.routing import RoutingError, because, fallback
from hydra_auto.routing.decision import Request

POOL = [a_profile(f"m{i}", i / 10, i / 10) for i in range(1, 10)]
CATALOG = a_catalog(POOL, Tier(0.0))


def fell_back(request, pool=POOL, catalog=CATALOG):
    return fallback(request, catalog, pool, "the predictor is loading")


@pytest.mark.parametrize(
    ("tier", "expected"), [("efficiency", "m4"), ("balance", "m6"), ("intelligence", "m8"), (None, "m6")]
)
def test_each_tier_takes_its_stand_in_for_granted(tier, expected):
    decision = fell_back(Request(LONG, tier=tier))
    assert decision.chosen.id == expected
    assert set(ids(decision)) == {p.model.id for p in POOL}


def test_it_is_flagged_and_claims_no_prediction():
    decision = fell_back(Request(LONG))
    assert (decision.fallback, decision.fallback_reason) == (True, "the predictor is loading")
    assert (decision.scores, decision.confidence, decision.bucket) == (same(0.0), 0.0, "low")
    assert decision.required == same(0.6)
    assert because(decision).startswith(
        "without a prediction (the predictor is loading), M6 is the cheapest of 4"
    )


def test_the_previous_model_stays_while_it_is_eligible():
    request = Request(LONG, previous_model="m2")
    assert fell_back(request).chosen.id == "m2"
    assert fell_back(request, catalog=evolve(CATALOG, deny=("m2",))).chosen.id == "m6"
    assert fell_back(evolve(request, available=(offer("m7"), offer("m9")))).chosen.id == "m7"


def test_a_retry_leaves_the_failed_model_and_a_utility_request_is_not_bound():
    assert fell_back(Request(LONG, previous_model="m6", event="retry")).chosen.id == "m7"
    assert fell_back(Request(LONG, previous_model="m9", event="utility")).chosen.id == "m4"


def test_gates_and_the_context_floor_hold():
    pool = [evolve(p, model=evolve(p.model, vision=p.model.id == "m9")) for p in POOL]
    assert fell_back(Request(LONG, has_image=True), pool).chosen.id == "m9"
    floored = fell_back(Request("fix this", mode="agent", tier="efficiency"))
    assert (floored.chosen.id, floored.required) == ("m6", (0.6, 0.4, 0.6, 0.4))


def test_it_matches_on_the_label_scale_whatever_scale_the_profiles_are_on():
    carried = [evolve(p, capability=same(0.01)) for p in POOL]
    assert fell_back(Request(LONG), carried) == fell_back(Request(LONG))


def test_profiles_without_a_label_are_matched_by_their_capability():
    assert fell_back(Request(LONG), [evolve(p, label=None) for p in POOL]).chosen.id == "m6"


def test_bad_requests_and_policy_are_errors_here_too():
    with pytest.raises(RoutingError, match="unknown tier"):
        fell_back(Request(LONG, tier="turbo"))
    with pytest.raises(RoutingError, match="9 of 9 denied"):
        fell_back(Request(LONG), catalog=evolve(CATALOG, deny=("*",)))
