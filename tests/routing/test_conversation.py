"""The conversation policy, rule by rule, and what must hold for any conversation."""

from __future__ import annotations

from typing import Any

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from routing_builders import a_catalog, a_profile, same
from routing_ladder import POOL, SCALE, TIERS

from hydra_auto.catalog.model import Price
from hydra_auto.routing import Context, ConversationMemory, Stickiness, because
from hydra_auto.routing.conversation import drift, step
from hydra_auto.routing.decision import Decision, Request
from hydra_auto.scale import IDENTITY


def a_context(pool=POOL, scale=SCALE, **catalog: Any) -> Context:
    catalog.setdefault("tiers", TIERS)
    return Context(a_catalog(pool, **catalog), pool, scale, Stickiness(), "still loading")


class Chat:
    """Turns one conversation and remembers its state; a minute passes before each turn."""

    def __init__(self, context: Context | None = None) -> None:
        self.context = context or a_context()
        self.state = None
        self.now = 0.0

    def turn(
        self, prompt: str, score: float | None, wait: float = 60, context=None, **fields: Any
    ) -> Decision:
        self.now += wait
        request = Request(prompt, conversation_id="c", **fields)
        scores = None if score is None else same(score)
        self.state, decision = step(self.state, request, scores, context or self.context, self.now)
        return decision

    def at(self, *args: Any, **fields: Any) -> str:
        return self.turn(*args, **fields).chosen.id


def test_hi_and_then_a_hard_task_reaches_a_strong_model_in_turn_2_whatever_sigma_is():
    for sigma in (0.2, 1.0, 0.0):
        chat = Chat(a_context(scale=evolve(IDENTITY, sigma=same(sigma))))
        assert chat.at("hi", 0.05) == "tiny"
        assert chat.at("prove it", 0.9) == "top"


def test_an_easier_turn_keeps_the_model_and_says_so():
    chat = Chat()
    chat.turn("hard", 0.9)
    decision = chat.turn("easy", 0.42)
    assert (decision.chosen.id, decision.sticky, decision.drift) == ("top", True, 0.0)
    assert decision.anchor == same(0.9)
    assert because(decision).startswith("TOP stays, because the requirement drifted by 0")


def test_a_drift_below_the_threshold_keeps_and_one_at_it_escalates_and_anchors_anew():
    chat = Chat(a_context(scale=evolve(IDENTITY, sigma=same(0.25))))
    assert chat.at("first", 0.4375) == "small"
    kept = chat.turn("more", 0.5625)
    assert (kept.chosen.id, kept.drift, chat.state.anchor) == ("small", 1.0, same(0.4375))
    moved = chat.turn("much more", 0.6875)
    assert (moved.chosen.id, moved.sticky, moved.drift) == ("top", False, 2.0)
    assert chat.state.anchor == same(0.6875)


def test_escalation_is_to_the_choice_for_the_larger_of_anchor_and_request():
    tool = a_profile("tool", (0.3, 0.3, 0.3, 0.9), 0.5)
    chat = Chat(a_context([*POOL, tool]))
    request = Request("a", conversation_id="c")
    chat.state, first = step(None, request, (0.7, 0.5, 0.4, 0.0), chat.context, 0)
    chat.state, then = step(chat.state, evolve(request, prompt="b"), (0.0, 0.0, 0.0, 0.8), chat.context, 1)
    assert (first.chosen.id, then.chosen.id) == ("mid", "top")
    assert then.required == (0.7, 0.5, 0.4, 0.8)


def test_a_turn_that_says_too_little_keeps_the_model_even_when_the_cache_is_cold():
    chat = Chat()
    chat.turn("hard", 0.9)
    assert chat.at("thanks", 0.1) == "top"
    assert chat.at("go on", 0.1, wait=3600) == "top"
    assert chat.at("go on then", 0.1, event="compaction") == "top"
    assert chat.state.anchor == same(0.9)


def test_a_downgrade_happens_only_where_the_cache_is_cold_and_is_said():
    for cold in ({"event": "compaction"}, {"wait": 301}):
        chat = Chat()
        chat.turn("hard", 0.9)
        decision = chat.turn("easy", 0.42, **cold)
        assert (decision.chosen.id, decision.sticky) == ("small", False)
        assert any("moves from TOP to SMALL" in w for w in decision.warnings)


def test_a_compaction_without_a_real_prompt_is_acted_on_at_the_next_one():
    chat = Chat()
    chat.turn("hard", 0.9)
    assert chat.at("", None, event="compaction") == "top"
    assert chat.at("easy", 0.42) == "small"


def test_a_tool_loop_keeps_the_model_however_long_its_tools_take():
    chat = Chat()
    chat.turn("build it", 0.4, prompt_tokens=100)
    chat.state = evolve(chat.state, anchor=same(0.0))
    decision = chat.turn("build it", 0.9, prompt_tokens=9000, wait=3600)
    assert (decision.chosen.id, decision.sticky) == ("small", True)


def test_regenerate_keeps_the_model_and_a_changed_tier_comes_first():
    chat = Chat()
    chat.turn("hard", 0.6)
    assert chat.at("hard", 0.6, event="regenerate") == "mid"
    assert chat.at("hard", 0.6, event="regenerate", tier="efficiency") == "small"


def test_a_retry_takes_the_next_of_the_candidates_that_were_shown_until_none_is_left():
    chat = Chat()
    chat.turn("hard", 0.9)
    shown = [c.id for c in chat.turn("easy", 0.42).candidates]
    tried = [chat.at("easy", 0.42, event="retry", previous_model=failed) for failed in shown]
    assert tried == [*shown[1:], shown[0]]


def test_a_new_need_a_denial_and_a_vanished_model_leave_for_the_choice_at_the_anchor():
    chat = Chat()
    chat.turn("task", 0.4)
    decision = chat.turn("see", 0.1, has_image=True)
    assert (decision.chosen.id, decision.course) == ("mid", "SMALL is no vision")
    denied = chat.turn("go on", 0.1, context=a_context(deny=("mid",)))
    assert denied.chosen.id == "small"
    gone = chat.turn("go on!", 0.1, context=a_context([p for p in POOL if p.model.id != "small"]))
    assert (gone.chosen.id, gone.course) == ("mid", "SMALL is no longer in the catalog")


def test_a_tier_change_chooses_anew_for_what_the_conversation_requires():
    chat = Chat()
    chat.turn("hard", 0.9)
    decision = chat.turn("ok", 0.1, tier="efficiency")
    assert (decision.chosen.id, decision.required) == ("mid", same(0.9))


def test_a_utility_request_leaves_no_trace():
    chat = Chat()
    chat.turn("hard", 0.9)
    before = chat.state
    assert chat.at("title?", 0.1, event="utility") == "tiny"
    assert chat.state is before


def test_after_a_restart_the_previous_model_is_the_conversations():
    for score, expected in ((0.1, "mid"), (0.5, "mid"), (0.9, "top")):
        assert Chat().at("more", score, turn=4, previous_model="mid") == expected


def test_what_the_client_says_ran_last_is_what_is_kept():
    chat = Chat()
    chat.turn("task", 0.4)
    assert chat.at("more", 0.4, previous_model="top") == "top"


def test_a_first_turn_with_another_prompt_is_another_conversation():
    chat = Chat()
    chat.turn("hard", 0.9, turn=1)
    assert chat.at("easy", 0.42, turn=1) == "small"


def test_a_fallback_keeps_the_model_and_the_anchor():
    chat = Chat()
    chat.turn("hard", 0.9)
    decision = chat.turn("more", None)
    assert (decision.chosen.id, decision.fallback, chat.state.anchor) == ("top", True, same(0.9))


def test_a_switch_between_models_that_both_meet_must_pay_for_the_cached_prefix():
    warm = a_profile("warm", 0.9, price=Price(input=2.0, output=1.0, cached_input=0.1))
    cold = a_profile("cold", 0.9, price=Price(input=1.0, output=1.0))
    context = a_context([warm, cold])
    fields = {"previous_model": "warm", "turn": 3}
    assert Chat(context).at("more", 0.8, prompt_tokens=50_000, **fields) == "warm"
    assert Chat(context).at("x" * 4000, 0.8, prompt_tokens=1000, **fields) == "cold"


def test_drift_is_one_sided_and_leaves_out_dimensions_without_a_positive_sigma():
    assert drift((0.9, 0.1, 0.5, 0.9), (0.3, 0.9, 0.1, 0.1), (0.2, 0.2, 0.1, 0.0)) == 5.0


turns = st.lists(
    st.tuples(
        st.sampled_from("abcd"),
        st.tuples(*[st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.7, 1.0])] * 4),
        st.sampled_from([None, None, None, "utility", "regenerate"]),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(turns)
def test_within_a_warm_cache_no_turn_is_a_downgrade_and_a_repetition_changes_nothing(said):
    context, state = a_context(), None
    capability = {p.model.id: p.capability[0] for p in POOL}
    for now, (prompt, scores, event) in enumerate(said):
        request = Request(prompt, conversation_id="c", event=event)
        before = state
        state, decision = step(state, request, scores, context, now)
        again, repeated = step(state, request, scores, context, now)
        assert (again, repeated) == (state, decision) or event == "utility"
        if event == "utility":
            assert state is before
            continue
        if before is not None:
            assert capability[state.model.id] >= capability[before.model.id]
            assert decision is before.decision or decision.sticky == (state.model == before.model)
            if state.anchor != before.anchor and before.anchor is not None:
                assert all(a >= b for a, b in zip(state.anchor, before.anchor, strict=True))
                assert state.anchor == tuple(map(max, scores, before.anchor))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 6), max_size=30), st.integers(1, 4))
def test_the_memory_holds_the_most_recently_used_conversations_and_no_more(order, capacity):
    memory, context, recent = ConversationMemory(capacity), a_context(), []
    for now, number in enumerate(order):
        remembered = number in recent
        request = Request(f"turn {now}", conversation_id=str(number))
        first = 0.42 if remembered else 0.9
        decision = memory.decide(request, same(first), context, now)
        assert decision.chosen.id == "top"  # 0.42 alone would get `small`
        recent = [number, *(n for n in recent if n != number)][:capacity]
        assert len(memory) == len(recent)
    for number in set(order) - set(recent):
        state = Request("now", conversation_id=str(number))
        assert ConversationMemory(1).decide(state, same(0.42), context, 99).chosen.id == "small"


def test_a_forgotten_conversation_begins_anew_and_one_without_an_id_is_its_first_message():
    memory, context = ConversationMemory(1), a_context()

    def at(prompt: str, score: float, **fields: Any) -> str:
        return memory.decide(Request(prompt, **fields), same(score), context, 0).chosen.id

    assert at("one", 0.9, conversation_id="1") == "top"
    assert at("more", 0.42, conversation_id="1") == "top"
    at("two", 0.9, conversation_id="2")
    assert at("more", 0.42, conversation_id="1") == "small"
    assert at("loop", 0.9, workspace_folder="/a") == "top"
    assert at("loop", 0.42, workspace_folder="/a", prompt_tokens=9) == "top"
    assert at("loop", 0.42, workspace_folder="/b") == "small"
