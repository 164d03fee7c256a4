"""Which models no request would ever need."""

from __future__ import annotations

from typing import Any

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from hydra_auto.catalog.dominance import dominated
from hydra_auto.catalog.model import Model, Price, Profile

GOOD = Profile(Model("good", "Good", "v", Price(1, 2), context=100, tools=True), (0.5, 0.5, 0.5, 0.5), None)


def named(name: str, profile: Profile = GOOD, **changes: Any) -> Profile:
    return evolve(profile, model=evolve(profile.model, id=name, **changes))


def test_a_dearer_or_weaker_model_is_dominated() -> None:
    dearer = named("dearer", price=Price(1, 2.1))
    weaker = evolve(named("weaker"), capability=(0.5, 0.5, 0.5, 0.4))
    assert dominated([GOOD, dearer, weaker]) == {"dearer": "good", "weaker": "good"}


def test_a_model_with_an_advantage_of_its_own_is_not() -> None:
    others = [
        named("cheaper", price=Price(0.9, 2.1)),
        named("cached", price=Price(1.1, 2, 0.1)),
        evolve(named("stronger", price=Price(9, 9)), capability=(0.4, 0.4, 0.4, 0.6)),
        named("longer", price=Price(9, 9), context=None),
        named("seeing", price=Price(9, 9), vision=True),
        named("per request", price=Price(per_request=1)),
    ]
    assert dominated([GOOD, *others]) == {}


def test_twins_do_not_dominate_each_other() -> None:
    assert dominated([GOOD, named("twin")]) == {}


def test_tokens_count_at_what_they_cost() -> None:
    assert dominated([GOOD, named("wordy", token_factor=1.5)]) == {"wordy": "good"}
    assert dominated([GOOD, named("wordy", token_factor=1.5, price=Price(0.5, 1))]) == {"good": "wordy"}


def test_a_local_model_dominates_none_that_is_always_there() -> None:
    local = named("local", local=True, price=Price(0, 0))
    assert dominated([GOOD, local]) == {}
    worse = evolve(named("worse", local), capability=(0.1, 0.1, 0.1, 0.1))
    assert dominated([local, worse]) == {"worse": "local"}


def test_prices_per_request_are_compared_among_themselves() -> None:
    cheap, dear = named("cheap", price=Price(per_request=1)), named("dear", price=Price(per_request=2))
    assert dominated([dear, cheap]) == {"dear": "cheap"}


levels = st.sampled_from([0.0, 0.5, 1.0])


@settings(deadline=None)
@given(st.lists(st.tuples(levels, levels, levels, levels, levels, levels, st.booleans()), max_size=12))
def test_the_answer_is_that_of_comparing_every_pair(rows: list[Any]) -> None:
    pool = [
        Profile(Model(f"m{i}", "", "", Price(r[4], r[5]), vision=r[6]), (r[0], r[1], r[2], r[3]), None)
        for i, r in enumerate(rows)
    ]

    def beats(a: Profile, b: Profile) -> bool:
        mine = (*a.capability, -a.model.price.input, -a.model.price.output, a.model.vision)
        yours = (*b.capability, -b.model.price.input, -b.model.price.output, b.model.vision)
        return mine != yours and all(x >= y for x, y in zip(mine, yours, strict=True))

    found = dominated(pool)
    assert set(found) == {b.model.id for b in pool if any(beats(a, b) for a in pool)}
    by_id = {p.model.id: p for p in pool}
    assert all(beats(by_id[winner], by_id[loser]) for loser, winner in found.items())
