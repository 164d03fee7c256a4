from __future__ import annotations

import pytest
from routing_builders import LONG, a_model, a_profile, ids, offer, routed

from hydra_auto.catalog.model import Tier
from hydra_auto.routing import RoutingError
from hydra_auto.routing.decision import EXPECTED_OUTPUT, Request


def gates(decision):
    return {v.model_id: v.gate for v in decision.verdicts}


def test_deny_removes_a_model_and_says_so():
    decision = routed([a_profile("a-x"), a_profile("b", cost=5.0)], deny=("A-*",))
    assert ids(decision) == ["b"]
    assert gates(decision) == {"b": None, "a-x": "denied by `deny`"}


def test_every_layers_allow_must_cover_a_model():
    pool = [a_profile("a-1"), a_profile("a-2"), a_profile("b-1")]
    decision = routed(pool, allow=(("*",), ("a-*", "b-*"), ("*-1",)))
    assert ids(decision) == ["a-1", "b-1"]
    assert gates(decision)["a-2"] == "outside `allow`"


def test_an_allow_list_that_is_empty_allows_nothing():
    with pytest.raises(RoutingError, match=r"2 of 2 outside `allow`"):
        routed([a_profile("a"), a_profile("b")], allow=(("*",), ()))


def test_a_tiers_allow_narrows_the_pool():
    assert ids(routed([a_profile("a"), a_profile("b")], tier=Tier(0.1, allow=("b",)))) == ["b"]


def test_policy_fails_closed_and_the_error_names_each_reason_and_fix():
    request = Request(LONG, available=(offer("a", can_send=False), offer("b"), offer("zz", can_send=False)))
    with pytest.raises(RoutingError) as error:
        routed([a_profile("a"), a_profile("b"), a_profile("c")], request=request, deny=("b",))
    assert str(error.value) == (
        "no model may answer: 1 of 4 not offered by the editor now (enable one of them in the editor), "
        "1 of 4 denied by `deny` (narrow it), 2 of 4 without consent (consent in the editor)"
    )


def test_a_refused_consent_is_never_overridden_even_when_nothing_else_is_able():
    request = Request(LONG, has_image=True, available=(offer("a", can_send=False, vision=True), offer("b")))
    assert ids(routed([a_profile("a"), a_profile("b")], request=request)) == ["b"]


def test_an_unknown_consent_is_no_refusal():
    request = Request(LONG, available=(offer("a", can_send=None),))
    assert ids(routed([a_profile("a")], request=request)) == ["a"]


def test_an_editor_that_offers_nothing_gets_an_error_not_an_arbitrary_model():
    with pytest.raises(RoutingError, match="enable one of them in the editor"):
        routed([a_profile("a")], request=Request(LONG, available=(offer("auto"),)))


def test_an_empty_catalog_is_an_error():
    with pytest.raises(RoutingError, match="add one under `models`"):
        routed([])


@pytest.mark.parametrize(("need", "ability"), [("has_image", "vision"), ("needs_tools", "tools")])
def test_an_ability_that_is_needed_excludes_models_without_it(need, ability):
    pool = [a_profile("without"), a_profile("with", cost=5.0, **{ability: True})]
    decision = routed(pool, request=Request(LONG, **{need: True}))
    assert ids(decision) == ["with"]
    assert gates(decision)["without"] == f"no {ability}"
    assert ids(routed(pool)) == ["without", "with"]


@pytest.mark.parametrize(("need", "ability"), [("has_image", "vision"), ("needs_tools", "tools")])
def test_an_ability_gate_that_leaves_nobody_opens_and_says_so(need, ability):
    decision = routed([a_profile("a")], request=Request(LONG, **{need: True}))
    assert ids(decision) == ["a"]
    assert len(decision.warnings) == 1
    assert decision.warnings[0].startswith(f"no {ability}:")


def test_only_the_ability_gate_that_leaves_nobody_opens():
    pool = [a_profile("sees", cost=5.0, vision=True), a_profile("calls", tools=True)]
    decision = routed(pool, request=Request(LONG, has_image=True, needs_tools=True))
    assert ids(decision) == ["sees"]
    assert [w.split(":")[0] for w in decision.warnings] == ["no tools"]


@pytest.mark.parametrize(("need", "ability"), [("has_image", "vision"), ("needs_tools", "tools")])
def test_what_the_editor_says_of_an_ability_beats_the_catalog(need, ability):
    pool = [
        a_profile("a", **{ability: True}),
        a_profile("b", cost=5.0),
        a_profile("c", cost=9.0, **{ability: True}),
    ]
    offers = offer("a", **{ability: False}), offer("b", **{ability: True}), offer("c")
    assert ids(routed(pool, request=Request(LONG, available=offers, **{need: True}))) == ["b", "c"]


def test_a_window_must_hold_the_prompt_and_the_expected_answer():
    pool = [a_profile("small", context=1000 + EXPECTED_OUTPUT), a_profile("unknown", cost=5.0)]
    assert ids(routed(pool, request=Request(LONG, prompt_tokens=1000))) == ["small", "unknown"]
    decision = routed(pool, request=Request(LONG, prompt_tokens=1001))
    assert ids(decision) == ["unknown"]
    assert gates(decision)["small"] == "no room for 1001 prompt tokens"


def test_the_editors_input_limit_beats_the_catalogs_window():
    pool = [a_profile("a", context=10), a_profile("b", context=10**9)]
    offers = offer("a", max_input_tokens=1000), offer("b", max_input_tokens=999)
    decision = routed(pool, request=Request(LONG, prompt_tokens=1000, available=offers))
    assert ids(decision) == ["a"]


def test_a_prompt_of_ten_megabytes_goes_to_the_model_that_has_room():
    pool = [a_profile("small", context=128_000), a_profile("huge", cost=9.0, context=10_000_000)]
    assert ids(routed(pool, request=Request("x" * 10_000_000, mode="agent"))) == ["huge"]


def test_a_prompt_that_fits_nowhere_is_routed_with_a_warning():
    decision = routed([a_profile("a", context=8000)], request=Request("x" * 10_000_000))
    assert ids(decision) == ["a"]
    assert decision.warnings[0].startswith("no room for 2500000 prompt tokens:")


def test_a_tiers_ceiling_excludes_dearer_models():
    pool = [a_profile("cheap", 0.1, 1.0), a_profile("dear", 0.9, 3.0)]
    decision = routed(pool, 0.9, Tier(0.1, max_cost=2.0))
    assert ids(decision) == ["cheap"]
    assert gates(decision)["dear"] == "above the tier's `max_cost` of $2"


def test_a_ceiling_that_leaves_nobody_takes_the_cheapest_and_says_so():
    pool = [a_profile("cheap", 0.1, 3.0), a_profile("dear", 0.9, 4.0)]
    decision = routed(pool, 0.9, Tier(0.1, max_cost=2.0))
    assert ids(decision) == ["cheap"]
    assert "the cheapest was taken" in decision.warnings[0]


def test_a_model_that_may_not_answer_dominates_nobody():
    decision = routed([a_profile("good", 0.9, 1.0), a_profile("bad", 0.1, 2.0)], deny=("good",))
    assert [v.dominated_by for v in decision.verdicts] == [None, None]


GROK = ("*/x-ai/grok-4.3*",)


@pytest.mark.parametrize(
    ("profiles", "fields"),
    [
        ([a_profile("my", match=GROK), a_profile("grok-4.3", match=("*/grok-4.3*",))], {}),
        ([a_profile("my", match=GROK)], {"removed": (("grok-4.3", ("*/grok-4.3*",)),)}),
        ([a_profile("my", match=GROK), a_profile("grok-4.3")], {"former": (("grok-4.3", ("*/grok-*",)),)}),
        ([a_profile("my", match=GROK)], {"outer_models": (a_model("grok-4.3", match=("*/grok-4.3*",)),)}),
        ([a_profile("x-ai/grok-4.3"), a_profile("grok-4.3", match=("*/grok-4.3*",))], {}),
    ],
    ids=["more specific", "removed", "globs taken away", "outside the workspace", "the editor's id"],
)
def test_no_other_name_takes_a_model_out_of_a_deny(profiles, fields):
    request = Request(LONG, available=(offer("x-ai/grok-4.3-fast"), offer("x-ai/grok-4.3"), offer("b")))
    decision = routed([*profiles, a_profile("b", cost=9.0)], request=request, deny=("grok-*",), **fields)
    assert ids(decision) == ["b"]


AS_WRITTEN = ((("grok-4.3", ("*/grok-4.3*",)), ("claude-1", ("*/claude-1*",))),)


@pytest.mark.parametrize(
    "known", [AS_WRITTEN, ((("claude-1", ("*/claude-1*",)),),)], ids=["known", "unknown"]
)
def test_no_other_name_takes_a_model_into_an_allow_that_was_written_before(known):
    pool = [a_profile("claude-mine", match=GROK), a_profile("claude-1", cost=9.0, match=("*/claude-1*",))]
    request = Request(LONG, available=(offer("x-ai/grok-4.3-fast"), offer("anthropic/claude-1-new")))
    decision = routed(pool, request=request, allow=(("claude-*",),), allow_names=known)
    assert ids(decision) == ["claude-1"]
    assert gates(decision)["claude-mine"] == "outside `allow`"


def test_an_allow_goes_by_the_names_that_its_own_layer_gives():
    request = Request(LONG, available=(offer("x-ai/grok-4.3-fast"), offer("b")))
    decision = routed(
        [a_profile("claude-mine", match=GROK), a_profile("b")], request=request, allow=(("claude-*",),)
    )
    assert ids(decision) == ["claude-mine"]


def test_deny_covers_the_editors_own_id_too():
    request = Request(LONG, available=(offer("a-preview"), offer("a")))
    decision = routed([a_profile("a", match=("*/a-*",))], request=request, deny=("*-preview",))
    assert [c.editor_id for c in decision.candidates] == ["a"]
