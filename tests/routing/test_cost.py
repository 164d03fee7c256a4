from __future__ import annotations

import pytest
from attrs import evolve
from routing_builders import a_catalog, a_profile, ids, offer, routed

from hydra_auto.catalog.model import Price
from hydra_auto.routing.cost import expected_cost
from hydra_auto.routing.decision import EXPECTED_OUTPUT, Request
from hydra_auto.routing.pool import draw

PRICE = Price(input=2.0, output=10.0, cached_input=0.2)
ANSWER = EXPECTED_OUTPUT * 10.0
TURN_2 = Request("x" * 400, prompt_tokens=1100, turn=2, previous_model="m")


def cost(request, **fields):
    fields.setdefault("price", PRICE)
    profiles = [a_profile("m", **fields)]
    pool = draw(profiles, request.available, a_catalog(profiles))
    return expected_cost(pool.entries[0], request)


def usd(dollars_per_million):
    return pytest.approx(dollars_per_million / 1e6, rel=1e-12)


def test_the_counted_prompt_and_the_expected_answer_are_paid_for():
    assert cost(Request("hi", prompt_tokens=1000)) == usd(1000 * 2 + ANSWER)


def test_an_uncounted_prompt_is_a_quarter_of_its_characters_rounded_up():
    assert cost(Request("x" * 401)) == usd(101 * 2 + ANSWER)
    assert cost(Request("")) == usd(ANSWER)


def test_the_token_factor_scales_what_is_spent():
    assert cost(Request("", prompt_tokens=1000), token_factor=1.5) == usd(1.5 * (1000 * 2 + ANSWER))


def test_a_price_per_request_is_the_whole_cost():
    assert cost(TURN_2, price=Price(per_request=0.04), token_factor=3.0) == 0.04


def test_a_kept_models_prefix_is_read_from_its_cache():
    assert cost(TURN_2) == usd(100 * 2 + 1000 * 0.2 + ANSWER)
    assert cost(evolve(TURN_2, event="regenerate")) == usd(100 * 2 + 1000 * 0.2 + ANSWER)


@pytest.mark.parametrize(
    "change",
    [
        {"previous_model": "other"},
        {"previous_model": None},
        {"turn": 1},
        {"turn": None},
        {"event": "compaction"},
        {"event": "retry"},
        {"event": "utility"},
    ],
)
def test_without_a_warm_cache_the_prefix_is_paid_in_full(change):
    assert cost(evolve(TURN_2, **change)) == usd(1100 * 2 + ANSWER)


def test_without_a_cached_price_the_prefix_is_paid_in_full():
    assert cost(TURN_2, price=Price(input=2.0, output=10.0)) == usd(1100 * 2 + ANSWER)


def test_a_message_estimated_longer_than_the_counted_prompt_has_no_prefix():
    assert cost(evolve(TURN_2, prompt_tokens=50)) == usd(50 * 2 + ANSWER)


def test_the_previous_model_may_be_named_by_the_editors_id():
    request = evolve(TURN_2, previous_model="copilot-m", available=(offer("copilot-m"),))
    assert cost(request, match=("*m",)) == usd(100 * 2 + 1000 * 0.2 + ANSWER)


def test_a_warm_cache_can_keep_the_conversation_with_a_model_that_is_dearer_when_cold():
    warm = Price(input=2.0, output=1.0, cached_input=0.1)
    pool = [a_profile("m", price=warm), a_profile("n", price=Price(input=1.0, output=1.0))]
    request = evolve(TURN_2, prompt_tokens=50_000)
    assert ids(routed(pool, request=request)) == ["m", "n"]
    assert ids(routed(pool, request=evolve(request, turn=1))) == ["n", "m"]
