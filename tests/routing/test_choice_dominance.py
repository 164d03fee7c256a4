"""Dominance over whole pools against its definition, pair by pair."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from routing_builders import a_profile

from hydra_auto.routing.choice import Option, dominates, with_dominance
from hydra_auto.routing.pool import Entry

levels = st.one_of(st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.floats(0, 1))


def an_option(index: int, capability: tuple[float, ...], cost: float) -> Option:
    profile = a_profile(f"m{index:03}", capability, cost)
    return Option(Entry(profile, profile.model), (0.0,) * 4, 1 - sum(capability) / 4, 0.0, cost)


def pair_by_pair(options: list[Option]) -> dict[str, str | None]:
    ordered = sorted(options, key=lambda option: option.preference)
    return {
        m.entry.model.id: next((d.entry.model.id for d in ordered if dominates(d, m)), None) for m in ordered
    }


def as_found(options: list[Option]) -> dict[str, str | None]:
    return {o.entry.model.id: o.dominated_by for o in with_dominance(options)}


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.tuples(levels, levels, levels, levels), levels), max_size=25))
def test_dominance_is_the_definition_pair_by_pair(drawn):
    options = [an_option(i, capability, cost) for i, (capability, cost) in enumerate(drawn)]
    assert as_found(options) == pair_by_pair(options)


def test_dominance_is_the_definition_in_a_pool_of_three_hundred_with_ties():
    rng = random.Random(4)
    grid = [i / 8 for i in range(9)]
    options = [an_option(i, tuple(rng.choice(grid) for _ in range(4)), rng.choice(grid)) for i in range(300)]
    found = as_found(options)
    assert found == pair_by_pair(options)
    assert 0 < sum(v is None for v in found.values()) < 300
