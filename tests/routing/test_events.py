from __future__ import annotations

from attrs import evolve
from routing_builders import LONG, a_catalog, a_profile, ids, offer, routed, same

from hydra_auto.catalog.model import Price, Tier
from hydra_auto.routing import because
from hydra_auto.routing.decision import Request
from hydra_auto.routing.router import route
from hydra_auto.scale import IDENTITY

POOL = [a_profile("a", 0.5, 1.0), a_profile("b", 0.6, 2.0), a_profile("c", 0.7, 3.0)]


def after(event, previous, pool=POOL, **fields):
    return routed(pool, request=Request(LONG, event=event, previous_model=previous, **fields))


def test_a_retry_takes_the_next_candidate_and_the_failed_one_last():
    assert ids(after("retry", "a")) == ["b", "c", "a"]
    assert ids(after("retry", "b")) == ["c", "a", "b"]
    assert ids(after("retry", "c")) == ["a", "b", "c"]


def test_a_retry_after_an_unknown_model_is_an_ordinary_choice():
    assert ids(after("retry", "gone")) == ids(after("retry", None)) == ["a", "b", "c"]


def test_a_retry_with_nobody_else_tries_the_only_model_again():
    assert ids(after("retry", "a", POOL[:1])) == ["a"]


def test_retries_reach_every_model_whatever_their_caches_would_save():
    price = Price(input=2.0, output=1.0, cached_input=0.0)
    pool = [a_profile(m, 0.7 - i / 10, price=evolve(price, input=2.0 + i / 10)) for i, m in enumerate("abc")]
    tried = ["a"]
    for _ in range(2):
        decision = after("retry", tried[-1], pool, turn=3, prompt_tokens=90_000)
        tried.append(decision.chosen.id)
    assert tried == ["a", "b", "c"]


def test_a_retry_of_a_model_that_two_vendors_offer_leaves_it_unless_one_of_them_is_named():
    both = (offer("a"), offer("a-eu", vendor="azure"), offer("b"))
    pool = [a_profile("a", 0.5, 1.0, match=("azure/*",)), a_profile("b", 0.6, 2.0)]
    by_catalog_id = after("retry", "a", pool, available=both)
    by_editor_id = after("retry", "a-eu", pool, available=both)
    assert by_catalog_id.chosen.id == "b"
    assert by_editor_id.chosen.editor_id == "a"


def test_regenerate_keeps_the_model_while_it_is_eligible():
    assert ids(after("regenerate", "c")) == ["c", "a", "b"]
    denied = routed(POOL, request=Request(LONG, event="regenerate", previous_model="c"), deny=("c",))
    assert ids(denied) == ["a", "b"]


def test_an_ordinary_turn_is_not_bound_to_its_previous_model():
    assert ids(after(None, "c")) == ["a", "b", "c"]


def test_a_utility_request_is_routed_at_efficiency_whatever_the_tier():
    tiers = {"efficiency": Tier(0.9), "balance": Tier(0.1), "intelligence": Tier(0.0)}
    catalog = a_catalog(POOL, tiers=tiers)
    request = Request(LONG, tier="intelligence")
    plain = route(request, same(0.7), catalog, POOL, IDENTITY)
    utility = route(evolve(request, event="utility"), same(0.7), catalog, POOL, IDENTITY)
    assert (plain.tier, plain.chosen.id) == ("intelligence", "c")
    assert (utility.tier, utility.chosen.id) == ("efficiency", "a")


def test_the_sentence_says_when_the_conversation_decided():
    assert "the conversation's own model, or the next" in because(after("regenerate", "c"))
