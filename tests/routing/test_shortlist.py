"""A pool of hundreds is shortened, and the choice is the same as among all of it."""

from __future__ import annotations

import random

import pytest
from attrs import evolve

from hydra_auto.catalog.model import Catalog, Model, Price, Rule, Tier, Use, When
from hydra_auto.catalog.profiles import profiles
from hydra_auto.dimensions import DIMENSIONS
from hydra_auto.routing import shortlist
from hydra_auto.routing.cost import prompt_tokens
from hydra_auto.routing.decision import Decision, Request
from hydra_auto.routing.errors import RoutingError
from hydra_auto.routing.pool import Stock, draw
from hydra_auto.routing.router import route
from hydra_auto.routing.shortlist import ENOUGH, LARGE, by_cost
from hydra_auto.scale import IDENTITY

MODELS = 320


def a_model(i: int, rng: random.Random) -> Model:
    flat = rng.choice((None, None, None, 0.0, 0.002))
    return Model(
        id=f"m{i:03}",
        name=f"M{i}",
        vendor="maker",
        price=Price(rng.choice((0.1, 0.5, 3.0)), rng.choice((0.2, 1.0, 9.0)), per_request=flat),
        token_factor=rng.choice((1.0, 1.0, 2.5)),
        match=(f"*/m{i:03}",),
        capabilities={name: rng.choice((0.1, 0.4, 0.6, 0.9)) for name in DIMENSIONS},
        context=rng.choice((None, 4_000, 200_000)),
        vision=rng.random() < 0.3,
        local=rng.random() < 0.2,
    )


def a_catalog(rng: random.Random) -> Catalog:
    tier = Tier(
        rng.choice((0.0, 0.05, 0.2)),
        allow=rng.choice(((), (("m0*", "m1*"),))),
        max_cost=rng.choice((None, None, 0.0005, 0.003)),
    )
    made = Catalog(
        "v", tuple(a_model(i, rng) for i in range(MODELS)), dict.fromkeys(("efficiency", "balance"), tier)
    )
    return evolve(made, deny=rng.choice(((), ("m00*",), ("*5", "*7"))), default_tier="balance")


def a_request(rng: random.Random) -> Request:
    return Request(
        "x" * rng.choice((4, 400, 400_000)),
        has_image=rng.random() < 0.3,
        needs_tools=rng.random() < 0.3,
        event=rng.choice((None, None, "regenerate")),
    )


def whole(request: Request, scores, catalog: Catalog, stock: Stock) -> Decision:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shortlist, "LARGE", MODELS)
        return route(request, scores, catalog, stock, IDENTITY)


@pytest.mark.parametrize("seed", range(60))
def test_the_choice_is_that_among_all_and_the_next_come_in_the_same_order(seed: int) -> None:
    rng = random.Random(seed)
    catalog, request = a_catalog(rng), a_request(rng)
    stock = Stock(profiles(catalog, IDENTITY))
    scores = tuple(rng.choice((0.0, 0.3, 0.5, 0.8)) for _ in DIMENSIONS)
    among_all = whole(request, scores, catalog, stock)
    decision = route(request, scores, catalog, stock, IDENTITY)
    assert decision.chosen == among_all.chosen
    assert decision.shortfall == among_all.shortfall
    assert decision.warnings == among_all.warnings
    known = set(decision.candidates)
    order = [c for c in among_all.candidates if c in known]
    dominated = {v.model_id for v in decision.verdicts if v.dominated_by}
    assert [c for c in decision.candidates if c.id not in dominated] == [
        c for c in order if c.id not in dominated
    ]


def test_a_large_pool_is_shortened_to_some_that_meet_the_requirement() -> None:
    rng = random.Random(1)
    catalog = evolve(a_catalog(rng), deny=(), tiers={"balance": Tier(0.1)})
    stock = Stock(profiles(catalog, IDENTITY))
    decision = route(Request("hi"), (0.3, 0.3, 0.3, 0.3), catalog, stock, IDENTITY)
    assert ENOUGH <= len(decision.verdicts) < LARGE
    assert len(whole(Request("hi"), (0.3, 0.3, 0.3, 0.3), catalog, stock).verdicts) == MODELS


@pytest.mark.parametrize(
    "bound",
    [
        Request("hi", conversation_id="c"),
        Request("hi", previous_model="m001"),
    ],
    ids=["conversation", "previous"],
)
def test_whoever_may_ask_for_any_model_keeps_the_whole_pool(bound: Request) -> None:
    rng = random.Random(1)
    catalog = evolve(a_catalog(rng), deny=(), tiers={"balance": Tier(0.1)})
    stock = Stock(profiles(catalog, IDENTITY))
    assert len(route(bound, (0.3, 0.3, 0.3, 0.3), catalog, stock, IDENTITY).verdicts) == MODELS


def test_a_rules_model_is_found_wherever_it_is() -> None:
    rng = random.Random(1)
    plain = evolve(a_catalog(rng), deny=(), tiers={"balance": Tier(0.1)})
    catalog = evolve(plain, rules=(Rule("r", When(), Use(model="m319")),))
    stock = Stock(profiles(catalog, IDENTITY))
    assert route(Request("hi"), (0.3, 0.3, 0.3, 0.3), catalog, stock, IDENTITY).chosen.id == "m319"


def test_who_is_denied_everything_is_told_of_all_models() -> None:
    catalog = evolve(a_catalog(random.Random(1)), deny=("*",))
    with pytest.raises(RoutingError, match=f"{MODELS} of {MODELS} denied"):
        route(Request("hi"), (0.3, 0.3, 0.3, 0.3), catalog, profiles(catalog, IDENTITY), IDENTITY)


@pytest.mark.parametrize("length", [4, 4_000, 4_000_000])
def test_entries_come_by_cost(length: int) -> None:
    catalog = a_catalog(random.Random(3))
    pool = draw(profiles(catalog, IDENTITY), None, catalog)
    walked = list(by_cost(pool, prompt_tokens(Request("x" * length))))
    assert [cost for cost, _ in walked] == sorted(cost for cost, _ in walked)
    assert sorted(place for _, place in walked) == list(range(MODELS))
