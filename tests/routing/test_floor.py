from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from routing_builders import LONG, a_profile, routed, same

from hydra_auto.routing.decision import Request
from hydra_auto.routing.floor import Need, context_floor
from hydra_auto.scale import IDENTITY

FLOOR = (0.6, 0.0, 0.6, 0.0)
unit = st.floats(0, 1)


@pytest.mark.parametrize(
    "request_",
    [
        Request("fix this", references=1),
        Request("fix this", mode="agent"),
        Request("fix this", mode="Edit"),
        Request("", references=2),
        Request("<context>" + "a file\n" * 900 + "</context>fix this", mode="agent"),
    ],
)
def test_a_short_message_that_leans_on_its_context_gets_the_floor(request_):
    assert context_floor(request_, IDENTITY) == FLOOR


@pytest.mark.parametrize(
    "request_",
    [
        Request("hi"),
        Request("hi", mode="ask"),
        Request(LONG, references=3, mode="agent"),
        Request("请" * 80, mode="agent"),
        Request("a b c d e f g h i j k l", mode="agent"),
        Request("fix this", mode="agent", event="utility"),
    ],
)
def test_a_greeting_a_long_message_and_a_utility_request_get_none(request_):
    assert context_floor(request_, IDENTITY) is None


def test_the_floor_is_carried_to_the_scale_of_the_scores():
    knots = ((0.0, 0.1), (0.6, 0.3), (1.0, 0.9))
    scale = evolve(IDENTITY, knots=(knots,) * 4)
    assert context_floor(Request("fix this", references=1), scale) == (0.3, 0.0, 0.3, 0.0)


@settings(deadline=None)
@given(st.tuples(unit, unit, unit, unit))
def test_the_floor_only_ever_raises_a_requirement(scores):
    assert Need(scores).required == scores
    raised = Need(scores, FLOOR).required
    assert all(x >= max(r, f) and x in (r, f) for x, r, f in zip(raised, scores, FLOOR, strict=True))


def test_the_floor_changes_the_choice_and_shows_in_the_decision():
    pool = [a_profile("small", 0.2, 0.1), a_profile("good", 0.7, 1.0)]
    greeting = routed(pool, 0.1, request=Request("fix this"))
    attached = routed(pool, 0.1, request=Request("fix this", references=1))
    assert (greeting.chosen.id, greeting.floor) == ("small", None)
    assert (attached.chosen.id, attached.floor) == ("good", FLOOR)
    assert attached.scores == same(0.1)
    assert attached.required == (0.6, 0.1, 0.6, 0.1)
