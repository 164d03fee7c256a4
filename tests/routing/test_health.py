from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from routing_builders import LONG, a_profile, ids, offer, routed

from hydra_auto.routing.decision import Request
from hydra_auto.routing.health import (
    FORGOTTEN,
    MENDED_BY_OFFERS,
    MOST,
    PROBE,
    VETO,
    Health,
    after_choice,
    after_failure,
    after_no_answer,
    after_success,
    offers_of,
    veto_seconds,
    vetoes,
)

KEY = ("a", "copilot", "a")
OTHER = ("b", "copilot", "b")
WELL = Health()
OFFERS = offers_of((offer("a", can_send=False),))
KINDS = st.sampled_from(sorted(VETO))


def failed(kind="rateLimited", times=1, start=0.0):
    """A health in which `times` probes in a row failed, and when the last veto ends."""
    health, now = WELL, start
    for _ in range(times):
        health = after_failure(health, KEY, kind, now, None)
        now = health.ailments[KEY].until
    return health, now


def test_a_rate_limited_model_is_vetoed_then_probed_by_one_request_then_well():
    health = after_failure(WELL, KEY, "rateLimited", 0, None)
    assert vetoes(health, 20, None) == {KEY: "rate-limited 20 s ago, tried again in 40 s"}
    assert vetoes(health, 60, None) == {}
    probing = after_choice(health, KEY, 60, None)
    assert vetoes(probing, 70, None) == {KEY: "rate-limited 70 s ago, being tried again now"}
    assert vetoes(after_success(probing, KEY), 70, None) == {}


def test_a_failed_probe_doubles_the_veto():
    probing = after_choice(after_failure(WELL, KEY, "rateLimited", 0, None), KEY, 60, None)
    health = after_failure(probing, KEY, "rateLimited", 62, None)
    assert vetoes(health, 63, None) == {KEY: "rate-limited 1 s ago, tried again in 119 s"}
    assert vetoes(health, 62 + 120, None) == {}


def test_a_probe_without_an_outcome_lets_another_one_through_in_the_end():
    probing = after_choice(after_failure(WELL, KEY, "other", 0, None), KEY, 10, None)
    assert KEY in vetoes(probing, 10 + PROBE - 1, None)
    assert vetoes(probing, 10 + PROBE, None) == {}


def test_a_cancelled_probe_lets_the_next_request_probe():
    probing = after_choice(after_failure(WELL, KEY, "other", 0, None), KEY, 10, None)
    assert vetoes(after_no_answer(probing, KEY), 11, None) == {}


def test_who_reports_by_the_catalogs_id_alone_means_every_offer_of_it():
    health = after_failure(failed()[0], OTHER, "rateLimited", 0, None)
    assert set(vetoes(after_success(health, ("a", "", "")), 1, None)) == {OTHER}
    assert set(vetoes(after_success(health, ("a", "azure", "a")), 1, None)) == {KEY, OTHER}


def test_a_choice_during_the_veto_is_no_probe():
    """It happens when every model is vetoed and the gate opens."""
    health = after_failure(WELL, KEY, "rateLimited", 0, None)
    assert after_choice(health, KEY, 30, None) == health


def test_requests_that_fail_together_count_as_one_failure():
    together = WELL
    for second in (0, 1, 2, 3):
        together = after_failure(together, KEY, "rateLimited", second, None)
    assert together.ailments[KEY].failures == 1


def test_a_lesser_failure_never_shortens_a_quotas_veto():
    health = after_failure(after_failure(WELL, KEY, "quota", 0, None), KEY, "timeout", 1, None)
    assert health.ailments[KEY].kind == "quota"


def test_a_quota_is_vetoed_longer_than_a_rate_limit():
    assert veto_seconds("quota", 1) > veto_seconds("rateLimited", 1)


@pytest.mark.parametrize("kind", sorted(VETO))
def test_only_what_the_editor_can_mend_is_probed_when_its_offers_change(kind):
    health = after_failure(WELL, KEY, kind, 0, OFFERS)
    assert KEY in vetoes(health, 1, OFFERS)
    assert KEY in vetoes(health, 1, None)
    changed = offers_of((offer("a", can_send=True),))
    assert (KEY not in vetoes(health, 1, changed)) == (kind in MENDED_BY_OFFERS)


def test_the_order_of_the_offers_is_no_change():
    pair = (offer("a"), offer("b"))
    health = after_failure(WELL, KEY, "blocked", 0, offers_of(pair))
    assert KEY in vetoes(health, 1, offers_of(pair[::-1]))


def test_a_failure_told_without_a_vendor_vetoes_the_model_at_every_vendor_and_success_clears_it():
    bare = after_failure(WELL, ("a", "", ""), "rateLimited", 0, None)
    pool = [a_profile("a"), a_profile("b", cost=9.0)]
    request = Request(LONG, available=(offer("a"), offer("b")), vetoes=vetoes(bare, 1, None))
    assert ids(routed(pool, request=request)) == ["b"]
    assert after_success(bare, KEY) == WELL


def test_a_vetoed_model_is_not_chosen_and_the_verdict_says_why():
    pool = [a_profile("a"), a_profile("b", cost=9.0)]
    reason = "rate-limited 20 s ago, tried again in 40 s"
    offers = (offer("a"), offer("a", vendor="other"), offer("b"))
    decision = routed(pool, request=Request(LONG, available=offers, vetoes={KEY: reason}))
    assert [(c.id, c.vendor) for c in decision.candidates] == [("a", "other"), ("b", "copilot")]
    assert [v.gate for v in decision.verdicts] == [None, None, reason]


def test_when_every_model_is_vetoed_the_gate_opens_and_says_so():
    pool = [a_profile("a"), a_profile("b", cost=9.0)]
    decision = routed(
        pool, request=Request(LONG, vetoes={("a", "", ""): "timed out", ("b", "", ""): "blocked"})
    )
    assert ids(decision) == ["a", "b"]
    assert decision.warnings == (
        "failed lately: true of every model that may answer, so it excluded none; wait, or offer more models",
    )


def test_a_model_that_can_is_asked_in_spite_of_a_veto_before_one_that_cannot():
    pool = [a_profile("sees", vision=True), a_profile("blind")]
    request = Request(LONG, has_image=True, vetoes={("sees", "", ""): "timed out"})
    assert ids(routed(pool, request=request)) == ["sees"]


@given(KINDS, st.integers(1, 5000))
def test_vetoes_grow_with_failures_in_a_row_and_have_a_cap(kind, failures):
    first, longest = VETO[kind]
    assert veto_seconds(kind, 1) == first
    assert first <= veto_seconds(kind, failures) <= veto_seconds(kind, failures + 1) <= longest


@given(KINDS, st.integers(1, 30))
def test_however_often_it_failed_a_model_is_tried_again_and_one_success_makes_it_well(kind, times):
    health, end = failed(kind, times)
    assert health.ailments[KEY].failures == times
    assert KEY in vetoes(health, end - 1, None)
    assert vetoes(health, end, None) == {}
    assert after_success(health, KEY) == WELL


def test_a_failure_long_after_the_last_starts_a_new_row():
    health, end = failed(times=4)
    assert after_failure(health, KEY, "other", end + FORGOTTEN, None).ailments[KEY].failures == 1


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["fail", "succeed", "choose", "cancel"]),
        st.sampled_from([KEY, OTHER, ("a", "", "")]),
        KINDS,
        st.floats(0, 4000),
    ),
    max_size=40,
)


@given(STEPS)
def test_after_any_history_nobody_is_vetoed_for_ever_and_the_others_are_left_alone(steps):
    health, now = WELL, 0.0
    for action, key, kind, pause in steps:
        now += pause
        before = health
        match action:
            case "fail":
                health = after_failure(health, key, kind, now, None)
                assert key in vetoes(health, now, None)
            case "succeed":
                health = after_success(health, key)
                assert not {key, (key[0], "", "")} & vetoes(health, now, None).keys()
            case "choose":
                health = after_choice(health, key, now, None)
            case "cancel":
                health = after_no_answer(health, key)
        untouched = {k: a for k, a in before.ailments.items() if k[0] != key[0]}
        kept = {k: a for k, a in health.ailments.items() if k[0] != key[0]}
        assert kept.items() <= untouched.items()
    longest = max(cap for _, cap in VETO.values())
    assert vetoes(health, now + longest + PROBE, None) == {}


@given(STEPS)
def test_between_two_outcomes_at_most_one_request_probes(steps):
    health, now = after_failure(WELL, KEY, "other", 0.0, None), 10.0
    probes = 0
    for *_, pause in steps:
        now += min(pause, PROBE / 50)
        if KEY not in vetoes(health, now, None):
            probes += 1
            health = after_choice(health, KEY, now, None)
    assert probes <= 1


def test_keys_from_outside_cannot_fill_the_memory():
    health = WELL
    for n in range(MOST + 50):
        health = after_failure(health, (f"m{n}", "", ""), "quota", float(n), None)
    assert len(health.ailments) == MOST
    assert (f"m{MOST + 49}", "", "") in health.ailments
