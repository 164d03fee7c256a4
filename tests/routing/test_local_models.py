"""A local model costs nothing and may not be there: it counts where somebody says that it is."""

from __future__ import annotations

from routing_builders import LONG, a_profile, ids, offer, routed

from hydra_auto.routing.decision import Request

POOL = [a_profile("hosted", cost=2.0), a_profile("mine", cost=0.0, local=True)]


def test_a_local_model_that_nobody_offers_is_not_chosen_and_the_table_says_why():
    decision = routed(POOL)
    assert ids(decision) == ["hosted"]
    assert {v.model_id: v.gate for v in decision.verdicts}["mine"] == "local, and not said to be installed"


def test_a_local_model_that_the_editor_offers_is_chosen_for_its_price():
    assert ids(routed(POOL, request=Request(LONG, available=(offer("hosted"), offer("mine")))))[0] == "mine"


def test_of_a_catalog_of_local_models_one_is_chosen_with_a_warning():
    decision = routed([a_profile("mine", cost=0.0, local=True)])
    assert ids(decision) == ["mine"]
    assert any("local" in w for w in decision.warnings)
