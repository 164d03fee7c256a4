"""Rules: when they hold, what they ask for, and where they stand among what decides a conversation's turn."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from routing_builders import LONG, a_catalog, a_profile, ids, offer, routed, same
from routing_ladder import POOL, SCALE, TIERS

from hydra_auto.catalog.model import Origin, Price, Rule, Threshold, Use, When
from hydra_auto.routing import because, fallback
from hydra_auto.routing.conversation import Context, ConversationState, Pin, Stickiness, pinned, step
from hydra_auto.routing.decision import Decision, Request
from hydra_auto.routing.explain import deciding, with_cautions
from hydra_auto.routing.globs import matches, path_matches
from hydra_auto.routing.memory import ConversationMemory


def rule(use: Use, name: str = "r", **when: Any) -> Rule:
    return Rule(name, When(**when), use, Origin("user", "user.yaml", 7, 3))


PYTHON = rule(Use(model="mid"), "python", languages=("python",))
TESTS = rule(Use(model="small"), "tests", paths=("tests/**",))


def a_context(*rules: Rule, **catalog: Any) -> Context:
    pool = catalog.pop("pool", POOL)
    return Context(a_catalog(pool, tiers=TIERS, rules=rules, **catalog), pool, SCALE, Stickiness(), "loading")


class Chat:
    def __init__(self, *rules: Rule, **catalog: Any) -> None:
        self.context = a_context(*rules, **catalog)
        self.state: ConversationState | None = None
        self.now = 0.0

    def turn(self, prompt: str, score: float | None, wait: float = 60, **fields: Any) -> Decision:
        self.now += wait
        scores = None if score is None else same(score)
        request = Request(prompt, conversation_id="c", **fields)
        self.state, decision = step(self.state, request, scores, self.context, self.now)
        return decision

    def at(self, prompt: str, score: float | None, **fields: Any) -> str:
        return self.turn(prompt, score, **fields).chosen.id

    def pin(self, model: str | None, vendor: str | None = None) -> None:
        self.state = pinned(self.state, None if model is None else Pin(model, vendor), self.now)


# --- when a rule holds ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "fields", "expected"),
    [
        ({}, {}, True),
        ({"languages": ("python", "ruby")}, {"language": "Ruby"}, True),
        ({"languages": ("python",)}, {"language": "rust"}, False),
        ({"languages": ("python",)}, {}, False),
        ({"modes": ("agent",), "locations": ("panel",)}, {"mode": "agent", "location": "panel"}, True),
        ({"modes": ("agent",), "locations": ("panel",)}, {"mode": "agent", "location": "editor"}, False),
        ({"paths": ("src/**/*.py",)}, {"file_path": "src/a.py"}, True),
        ({"paths": ("src/**/*.py", "*.md")}, {"file_path": "docs/a.md"}, True),
        ({"paths": ("src/**/*.py",)}, {"file_path": "lib/a.py"}, False),
        ({"paths": ("**",)}, {}, False),
        ({"needs": {"reasoning": Threshold(0.5)}}, {}, True),
        ({"needs": {"reasoning": Threshold(0.5), "tool_use": Threshold(0.51)}}, {}, False),
        ({"needs": {"debugging": Threshold(0.2, 0.5)}}, {}, False),
        ({"needs": {"debugging": Threshold(0.0, 0.51)}}, {}, True),
    ],
)
def test_a_rule_fires_when_all_that_it_names_is_so(when: Any, fields: Any, expected: bool) -> None:
    decision = routed(
        POOL, 0.5, rules=(rule(Use("top", effort="high"), **when),), request=Request(LONG, **fields)
    )
    assert (decision.effort == "high") is expected
    assert (decision.chosen.id == "top") is expected
    assert (because(decision) == "TOP answers, because the rule `r` asks for it") is expected


def test_of_the_rules_that_hold_the_first_decides_each_thing() -> None:
    rules = (
        rule(Use(effort="low")),
        rule(Use("gone")),
        rule(Use("small", tier="efficiency"), "second"),
        rule(Use("top", "intelligence", "high")),
    )
    decision = routed(POOL, 0.9, rules=rules)
    assert (decision.chosen.id, decision.effort, decision.tier) == ("small", "low", "efficiency")
    assert [r.name for r in decision.ruling.rules] == ["second", "r"]
    assert decision.tier_source == "rule"


def test_a_tier_that_the_user_names_beats_a_rules() -> None:
    rules = (rule(Use(tier="efficiency")),)
    assert routed(POOL, 0.5, rules=rules, request=Request(LONG, tier="intelligence")).tier == "intelligence"


def test_a_locked_tier_caps_the_requests_and_a_rules_and_says_so() -> None:
    for request, rules in (
        (Request(LONG, tier="intelligence"), ()),
        (Request(LONG), (rule(Use(tier="intelligence")),)),
    ):
        decision = routed(POOL, 0.5, request=request, rules=rules, tier_ceiling="balance")
        assert decision.tier == "balance"
        assert decision.warnings == ("the organisation locks the tier, so intelligence became balance",)
    lower = routed(POOL, 0.5, request=Request(LONG, tier="efficiency"), tier_ceiling="balance")
    assert (lower.tier, lower.warnings) == ("efficiency", ())


def test_a_cheaper_default_of_ones_own_is_not_the_ceiling() -> None:
    fields: dict[str, Any] = {"default_tier": "efficiency", "tier_ceiling": "balance"}
    for asked, tier in ((None, "efficiency"), ("balance", "balance"), ("intelligence", "balance")):
        decision = routed(POOL, 0.5, request=Request(LONG, tier=asked), **fields)
        assert decision.tier == tier
        assert bool(decision.warnings) is (asked == "intelligence")


def test_deny_and_gates_beat_a_rule_and_the_reply_says_so() -> None:
    decision = routed(POOL, 0.9, rules=(PYTHON,), request=Request(LONG, language="python"), deny=("mid",))
    assert decision.chosen.id == "top"
    assert decision.warnings == ("the rule `python` asks for mid, which is denied by `deny`",)


def test_a_rule_holds_without_a_prediction_unless_it_asks_for_a_dimension() -> None:
    always, needy = rule(Use("small")), rule(Use("top"), needs={"reasoning": Threshold(0.0)})
    catalog = a_catalog(POOL, rules=(needy, always))
    decision = fallback(Request(LONG), catalog, POOL, "loading")
    assert (decision.chosen.id, decision.fallback) == ("small", True)


def test_no_rule_is_for_a_utility_request() -> None:
    decision = routed(POOL, 0.1, rules=(rule(Use("top")),), request=Request("title", event="utility"))
    assert decision.chosen.id == "tiny"


@pytest.mark.parametrize(
    "glob", ["*a" * 99 + "b", "**/a*" * 40, "**/" * 66, "(a+)+$" * 30, "*?" * 90 + "b", "[a" * 99]
)
def test_no_glob_hangs(glob: str) -> None:
    assert path_matches(glob, "a" * 4000 + "/") in (True, False)
    assert path_matches(glob, "a/" * 2000 + "!") in (True, False)
    assert matches(glob, "a" * 4000 + "/") in (True, False)


# --- in a conversation ------------------------------------------------------------------------------------


def test_a_rule_that_begins_to_hold_moves_the_conversation_even_when_a_turn_says_little() -> None:
    chat = Chat(PYTHON)
    assert chat.at("hard", 0.9) == "top"
    decision = chat.turn("thanks", 0.1, language="python")
    assert (decision.chosen.id, decision.sticky, decision.imposed) == ("mid", False, True)
    held = chat.turn("much harder", 1.0, language="python")
    assert (held.chosen.id, held.sticky) == ("mid", True)  # rules > drift


def test_after_a_rule_has_moved_it_a_conversation_that_leaves_the_rule_drifts_up_again() -> None:
    chat = Chat(rule(Use("tiny"), needs={"reasoning": Threshold(0.0, 0.3)}))
    assert chat.at("hard", 0.9) == "top"
    assert chat.at("thanks", 0.1) == "tiny"
    assert chat.at("prove it", 0.9) == "top"


def test_a_tool_loop_a_regeneration_and_a_retry_come_before_a_rule() -> None:
    chat = Chat(PYTHON)
    chat.turn("hard", 0.9)
    assert chat.at("hard", 0.9, language="python") == "top"
    assert chat.at("hard", 0.9, language="python", event="regenerate") == "top"
    failed = chat.turn("more", 0.9, language="python")
    assert failed.chosen.id == "mid"
    retried = chat.turn("more", 0.9, language="python", event="retry", previous_model="mid")
    assert retried.chosen.id == failed.candidates[1].id
    assert chat.at("go on", 0.1, language="python") == retried.chosen.id  # the rule has had its way


def test_a_tier_change_beats_a_rule_that_holds_until_another_begins_to() -> None:
    chat = Chat(TESTS, PYTHON)
    assert chat.at("hard", 0.9, language="python") == "mid"
    assert chat.at("better", 0.9, language="python", tier="intelligence") == "top"
    assert chat.at("more", 0.9, language="python", tier="intelligence") == "top"
    assert chat.at("test", 0.9, language="python", tier="intelligence", file_path="tests/a.py") == "small"


def test_a_rules_tier_chooses_anew_and_is_no_tier_change_when_it_ends() -> None:
    chat = Chat(rule(Use(tier="efficiency"), languages=("markdown",)))
    assert chat.at("hard", 0.9) == "top"
    decision = chat.turn("write", 0.9, language="markdown")
    assert (decision.chosen.id, decision.tier) == ("mid", "efficiency")
    assert decision.course == "the rule `r` sets the tier efficiency"
    kept = chat.turn("back", 0.9)
    assert (kept.chosen.id, kept.tier, kept.sticky) == ("mid", "balance", True)


def test_a_new_need_beats_a_rule() -> None:
    chat = Chat(rule(Use("small")))
    assert chat.at("hard", 0.9) == "small"
    decision = chat.turn("see", 0.9, has_image=True)
    assert decision.chosen.id == "top"
    assert decision.warnings == ("the rule `r` asks for small, which is no vision",)


# --- pins -------------------------------------------------------------------------------------------------


def test_a_pin_beats_rules_tier_and_drift_and_ends_when_it_is_taken_back() -> None:
    chat = Chat(PYTHON)
    chat.turn("easy", 0.42)
    chat.pin("tiny")
    moved = chat.turn("hard", 0.9, language="python")
    assert (moved.chosen.id, moved.sticky) == ("tiny", False)
    assert because(moved) == "TINY answers, because it is pinned"
    held = chat.turn("harder", 1.0, language="python", tier="intelligence")
    assert (held.chosen.id, held.sticky) == ("tiny", True)
    chat.pin(None)
    assert chat.at("hardest", 1.0) == "top"


def test_a_pin_may_come_before_the_first_turn_and_outlives_a_new_beginning() -> None:
    chat = Chat()
    chat.pin("mid")
    assert chat.at("hi", 0.1, turn=1) == "mid"
    assert chat.at("another", 0.9, turn=1) == "mid"
    fresh = Chat()
    fresh.pin("mid")
    fresh.pin(None)
    assert fresh.state is None


def test_a_denied_or_unknown_pin_does_not_answer_and_the_reply_says_so() -> None:
    chat = Chat(deny=("mid",))
    chat.pin("mid")
    decision = chat.turn("hard", 0.9)
    assert decision.chosen.id == "top"
    assert "the conversation is pinned to mid, which is denied by `deny`" in decision.warnings
    chat.pin("nobody")
    assert "not among the models that may answer" in chat.turn("more", 0.9).warnings[-1]


def test_why_a_pin_by_the_editors_id_does_not_answer_is_said_too() -> None:
    offers = (offer("mid-2026", tools=False), offer("top-2026", tools=True))
    globs = {"mid": ("*/mid-*",), "top": ("*/top-*",)}
    pool = [evolve(p, model=evolve(p.model, match=globs.get(p.model.id, ()))) for p in POOL]
    chat = Chat(pool=pool)
    chat.pin("mid-2026")
    decision = chat.turn("hard", 0.9, available=offers, needs_tools=True)
    assert decision.chosen.id == "top"
    assert decision.warnings[-1] == "the conversation is pinned to mid-2026, which is no tools"


def test_a_pinned_model_that_fails_is_passed_over_once() -> None:
    chat = Chat()
    chat.pin("mid")
    shown = chat.turn("hard", 0.9)
    tried = chat.turn("hard", 0.9, event="retry", previous_model="mid")
    assert tried.chosen.id == shown.candidates[1].id
    assert chat.at("more", 0.9) == "mid"


def test_a_pin_to_a_vendor_never_takes_another_vendors_model() -> None:
    offers = (offer("mid", vendor="a"), offer("mid", vendor="b"), offer("top", vendor="a"))
    chat = Chat()
    chat.pin("mid", "b")
    assert chat.turn("hard", 0.5, available=offers).chosen.vendor == "b"
    without = chat.turn("more", 0.5, available=(offers[0], offers[2]))
    assert "the conversation is pinned to mid" in without.warnings[-1]


def test_a_pin_changes_what_the_very_same_request_gets() -> None:
    chat = Chat()
    request = {"prompt_tokens": 10}
    assert chat.at("hard", 0.9, **request) == "top"
    chat.pin("small")
    assert chat.at("hard", 0.9, **request) == "small"


def test_a_fallback_takes_the_pinned_model() -> None:
    chat = Chat()
    chat.pin("tiny")
    decision = chat.turn("hard", None)
    assert (decision.chosen.id, decision.fallback) == ("tiny", True)


def test_the_memory_pins_and_its_bound_may_change() -> None:
    memory, context = ConversationMemory(3), a_context()
    for name in "abc":
        memory.pin(name, Pin("tiny"), 0)
    memory.resize(2)
    assert len(memory) == 2
    chosen = [memory.decide(Request("x", conversation_id=n), same(0.9), context, 1).chosen.id for n in "ca"]
    assert chosen == ["tiny", "top"]
    memory.pin("c", None, 1)
    assert memory.decide(Request("y", conversation_id="c"), same(0.9), context, 2).chosen.id == "top"


RULES = [
    PYTHON,
    TESTS,
    rule(Use("tiny"), "low", needs={"reasoning": Threshold(0, 0.3)}),
    rule(Use("top"), "md", languages=("md",)),
]
turns = st.lists(
    st.tuples(
        st.sampled_from("abcd"),
        st.sampled_from([0.0, 0.1, 0.5, 0.7, 1.0]),
        st.sampled_from([None, "python", "md"]),
        st.sampled_from([None, "tests/a", "src/b"]),
        st.sampled_from([None, None, None, "regenerate", "retry", "utility"]),
        st.sampled_from(["", "", "", "mid", "tiny", "none"]),
    ),
    min_size=1,
    max_size=10,
)


@settings(max_examples=200, deadline=None)
@given(turns, st.sets(st.sampled_from(["tiny", "small", "mid"]), max_size=2))
def test_whatever_happens_the_precedence_holds(said: Any, denied: set[str]) -> None:
    chat = Chat(*RULES, deny=tuple(denied))
    before: Decision | None = None
    asked = None
    for prompt, score, language, path, event, pin in said:
        if pin:
            chat.pin(None if pin == "none" else pin)
        state = chat.state
        decision = chat.turn(prompt, score, wait=1, language=language, file_path=path, event=event)
        assert decision.chosen.id not in denied
        if event == "utility":
            assert chat.state is state
            continue
        pin_now = None if chat.state is None or chat.state.pin is None else chat.state.pin.model
        if pin_now is not None and pin_now not in denied and event != "retry":
            assert decision.chosen.id == pin_now
        elif before is not None and state is not None and state.decision is not None and event != "retry":
            if prompt == asked and before.chosen.id == state.model.id and state.model.id not in denied:
                assert decision.chosen == before.chosen
            wanted = decision.ruling.model
            newly = wanted is not None and wanted != state.heeded.model
            if newly and event is None and prompt != asked and wanted.use.model not in denied:
                assert decision.chosen.id == wanted.use.model
        again, repeated = step(
            state,
            Request(prompt, conversation_id="c", language=language, file_path=path, event=event),
            same(score),
            chat.context,
            chat.now,
        )
        assert (again, repeated) == (chat.state, decision)
        before, asked = decision, prompt


# --- what is told -----------------------------------------------------------------------------------------


def cheap_at_home(**fields: Any) -> Any:
    """The dearest model, which a consented workspace prices at nothing."""
    return a_profile("top", 0.9, price=Price(per_request=0.0), outer_price=Price(per_request=4.0), **fields)


def test_a_price_of_zero_from_a_repository_is_never_silent() -> None:
    decision = with_cautions(routed([*POOL[:3], cheap_at_home()], 0.3))
    verdict = decision.verdicts[0]
    assert (decision.chosen.id, verdict.cost, verdict.displayed_cost) == ("top", 0.0, 4.0)
    assert "outside the workspace it costs $4.00000" in decision.warnings[-1]
    assert with_cautions(routed(POOL, 0.3)).warnings == ()


def test_a_workspaces_own_model_in_anothers_place_is_shown_at_that_ones_cost() -> None:
    own = a_profile("own", 0.9, price=Price(per_request=0.0), match=("*/top*",))
    outer = (evolve(POOL[3].model, match=("*/top*",)), POOL[0].model)
    request = Request(LONG, available=(offer("top-2026"), offer("tiny")))
    decision = routed([own, POOL[0]], 0.5, request=request, outer_models=outer)
    assert decision.chosen.id == "own"
    assert decision.verdicts[0].displayed_cost == 4.0


def test_an_id_that_is_known_and_stands_for_another_model_is_shown_at_that_ones_cost() -> None:
    own = a_profile("tiny", 0.9, price=Price(per_request=0.0), match=("*/top*",))
    outer = (evolve(POOL[3].model, match=("*/top*",)), evolve(POOL[0].model, match=("*/tiny*",)))
    request = Request(LONG, available=(offer("top-2026"),))
    decision = routed([own], 0.5, request=request, outer_models=outer)
    assert decision.chosen.id == "tiny"
    assert decision.verdicts[0].displayed_cost == 4.0


def test_a_catalog_without_origins_names_only_the_request() -> None:
    decision = routed(POOL, 0.5, request=Request(LONG, tier="efficiency"))
    assert [(v.path, v.value) for v in deciding(decision, a_catalog(POOL))] == [(("tier",), "efficiency")]
    assert ids(decision)[0] == decision.chosen.id


def test_no_requirement_is_too_small_for_a_rule_that_sets_no_least() -> None:
    shipped = evolve(SCALE, knots=(((0.0, 0.1), (1.0, 0.9)),) * 4)
    low = rule(Use("top"), needs={"debugging": Threshold(below=0.3)})
    assert routed(POOL, 0.0, scale=shipped, rules=(low,)).ruling.model == low
