"""What a server keeps from request to request decides like what is made afresh for each."""

from __future__ import annotations

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from routing_builders import a_catalog, a_profile, offer, same

from hydra_auto.catalog.model import Catalog, Profile
from hydra_auto.routing.decision import AvailableModel, Decision, Request
from hydra_auto.routing.errors import RoutingError
from hydra_auto.routing.estimate import Relatives
from hydra_auto.routing.fallback import fallback
from hydra_auto.routing.pool import Stock, draw
from hydra_auto.routing.router import route
from hydra_auto.scale import IDENTITY

LEVELS = st.sampled_from([0.1, 0.3, 0.5, 0.7, 0.9])
NAMES = st.sampled_from(
    ["gpt-5", "gpt-5.4", "gpt-6-mini", "gpt-5-mini", "claude-opus-4", "claude-sonnet-5", "grok", "7", "auto"]
)
PROFILES = st.builds(
    lambda name, level, label, cost, local: evolve(
        a_profile(name, level, cost, local=local, match=(f"*/{name}-?",)), label=label and same(label)
    ),
    NAMES,
    LEVELS,
    st.none() | LEVELS,
    st.sampled_from([0.1, 1.0, 2.0]),
    st.booleans(),
)
POOLS = st.lists(PROFILES, min_size=1, max_size=6, unique_by=lambda p: p.model.id)
OFFERS = st.builds(
    lambda name, end, sendable: offer(name + end, can_send=sendable),
    NAMES,
    st.sampled_from(["", "-x", "-9"]),
    st.sampled_from([None, True, False]),
)
AVAILABLE = st.none() | st.lists(OFFERS, max_size=4).map(tuple)
TURNS = st.lists(st.tuples(AVAILABLE, LEVELS, st.booleans()), min_size=2, max_size=6)


def decided(
    profiles: tuple[Profile, ...],
    catalog: Catalog,
    available: tuple[AvailableModel, ...] | None,
    level: float,
    scored: bool,
) -> Decision | str:
    request = Request("Explain it.", available=available)
    try:
        if scored:
            return route(request, same(level), catalog, profiles, IDENTITY)
        return fallback(request, catalog, profiles, "no bundle")
    except RoutingError as error:
        return str(error)


@settings(deadline=None)
@given(POOLS, TURNS, st.lists(st.sampled_from([(), ("gpt-*",), ("claude-*",)]), min_size=6, max_size=6))
def test_kept_profiles_decide_every_request_like_fresh_ones_whatever_was_drawn_before(pool, turns, denied):
    kept, catalogs = Stock(pool), {deny: a_catalog(pool, deny=deny) for deny in denied}
    for turn, deny in zip(turns, denied, strict=False):
        assert decided(kept, catalogs[deny], *turn) == decided(tuple(pool), catalogs[deny], *turn)


@given(POOLS, st.lists(OFFERS, min_size=2, max_size=8))
def test_an_estimate_does_not_depend_on_what_was_estimated_before(pool, offers):
    kept = Relatives(pool)
    assert [kept.estimate(o) for o in offers] == [Relatives(pool).estimate(o) for o in offers]


def test_the_same_offers_are_drawn_once_and_other_offers_or_another_catalog_anew():
    pool = [a_profile("gpt-5", 0.5), a_profile("grok", 0.5)]
    kept, catalog = Stock(pool), a_catalog(pool)
    first = draw(kept, (offer("gpt-5"),), catalog)
    assert draw(kept, (offer("gpt-5"),), catalog) is first
    assert draw(kept, (offer("gpt-5", vision=True),), catalog) != first
    assert draw(kept, (offer("gpt-5"),), a_catalog(pool)) == first
    assert draw(kept, None, catalog) != first
