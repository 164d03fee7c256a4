from __future__ import annotations

import random

import pytest
from routing_builders import LONG, a_profile, ids, offer, routed

from hydra_auto.routing import RoutingError
from hydra_auto.routing.decision import ChosenModel, Request
from hydra_auto.routing.pool import MAX_ABSENT


def with_offers(profiles, *offers, **fields):
    return routed(profiles, request=Request(LONG, available=offers, **fields))


def test_without_a_word_from_the_editor_the_whole_catalog_counts():
    decision = routed([a_profile("a"), a_profile("b")])
    assert ids(decision) == ["a", "b"]
    assert decision.chosen == ChosenModel("a", "A")


def test_a_glob_matches_vendor_family_and_id_without_regard_to_case():
    decision = with_offers([a_profile("a", match=("copilot/GPT-*/*-mini",))], offer("X-Mini", family="gpt-5"))
    assert decision.chosen == ChosenModel("a", "A", vendor="copilot", editor_id="X-Mini")


def test_the_catalogs_own_id_matches_without_a_glob():
    assert with_offers([a_profile("GPT-5")], offer("gpt-5")).chosen.editor_id == "gpt-5"


def test_the_most_specific_glob_wins_and_an_equal_id_beats_every_glob():
    pool = [
        a_profile("any", match=("*",)),
        a_profile("gpt", match=("*/gpt-4o*",)),
        a_profile("gpt-mini", match=("*/gpt-4o-mini*",)),
        a_profile("gpt-4o-mini-x", match=()),
    ]
    for model_id, expected in [("gpt-4o-mini", "gpt-mini"), ("gpt-4o", "gpt"), ("o", "any")]:
        assert with_offers(pool, offer(model_id)).chosen.id == expected
        assert with_offers(pool[::-1], offer(model_id)).chosen.id == expected
    assert with_offers(pool, offer("gpt-4o-mini-x")).chosen.id == "gpt-4o-mini-x"


def test_a_model_that_no_entry_matches_is_estimated_and_says_so():
    decision = with_offers([a_profile("a")], offer("a"), offer("new", family="f"), offer("zz"))
    assert ids(decision) == ["a", "new", "zz"]
    assert len(decision.warnings) == 1
    assert "estimated" in decision.warnings[0]
    assert "copilot//zz, copilot/f/new" in decision.warnings[0]


def test_of_a_large_catalog_only_some_are_shown_as_not_offered():
    pool = [a_profile(f"m{i:04}") for i in range(500)]
    decision = with_offers(pool, offer("m0499"))
    assert ids(decision) == ["m0499"]
    assert len(decision.verdicts) == 1 + MAX_ABSENT


def test_auto_and_our_own_vendor_are_never_in_the_pool_and_not_reported():
    offers = offer("a"), offer("auto"), offer("AUTO", vendor="x"), offer("b", vendor="Hydra-Auto")
    decision = with_offers([a_profile("a", cost=9.0), a_profile("b")], *offers)
    assert ids(decision) == ["a"]
    assert decision.warnings == ()


def test_a_catalog_model_that_the_editor_lacks_is_shown_as_not_offered():
    decision = with_offers([a_profile("a", cost=9.0), a_profile("b")], offer("a"))
    assert ids(decision) == ["a"]
    assert {v.model_id: v.gate for v in decision.verdicts}["b"] == "not offered by the editor now"


def test_a_model_that_two_vendors_offer_can_be_tried_with_both():
    decision = with_offers([a_profile("a")], offer("a"), offer("a", vendor="azure"))
    assert [(c.id, c.vendor) for c in decision.candidates] == [("a", "azure"), ("a", "copilot")]


def test_the_editors_name_is_the_one_shown():
    assert with_offers([a_profile("a")], offer("a", name="A (Preview)")).chosen.name == "A (Preview)"


def test_the_order_of_the_editors_list_does_not_matter():
    pool = [a_profile(f"m{i}", match=(f"*m{i}*",)) for i in range(5)]
    offers = [offer(f"m{i}", vendor=v) for i in range(6) for v in ("x", "y")]
    expected = with_offers(pool, *offers)
    random.Random(0).shuffle(offers)
    assert with_offers(pool, *offers) == expected


def test_what_a_layer_removed_is_left_out_and_not_estimated():
    removed = (("grok-4.3", ("*/grok-4.3*",)), ("grok-4.5", ()))
    offers = offer("x-ai/grok-4.3"), offer("GROK-4.5"), offer("grok-5"), offer("a")
    decision = routed([a_profile("a")], request=Request(LONG, available=offers), removed=removed)
    assert ids(decision) == ["a", "grok-5"]
    assert decision.warnings == ("estimated, because no catalog entry's `match` covers it: copilot//grok-5",)


def test_an_entry_in_force_for_what_was_removed_brings_it_back():
    removed = (("gpt", ("*/gpt*",)),)
    request = Request(LONG, available=(offer("gpt-5"),))
    assert ids(routed([a_profile("my", match=("*",))], request=request, removed=removed)) == ["my"]


def test_who_offers_only_what_was_removed_is_told_so():
    offers = tuple(offer(f"x-{i}") for i in range(7))
    with pytest.raises(RoutingError) as error:
        routed([a_profile("a")], request=Request(LONG, available=offers), removed=(("x", ("*/x-*",)),))
    assert str(error.value) == (
        "no model may answer: 1 of 1 not offered by the editor now (enable one of them in the editor); "
        "removed from the catalog: copilot//x-0, copilot//x-1, copilot//x-2, copilot//x-3, copilot//x-4 and "
        "2 more (offer another, or do not remove it)"
    )
