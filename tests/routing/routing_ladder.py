"""Four models, each dearer and more capable than the one before, for whole conversations."""

from __future__ import annotations

from attrs import evolve
from routing_builders import a_profile, same

from hydra_auto.catalog.model import Tier
from hydra_auto.scale import IDENTITY

POOL = [
    a_profile("tiny", 0.2, 1.0),
    a_profile("small", 0.4, 2.0),
    a_profile("mid", 0.6, 3.0, vision=True),
    a_profile("top", 0.9, 4.0, vision=True),
]
SCALE = evolve(IDENTITY, sigma=same(0.2))
TIERS = {"efficiency": Tier(0.35), "balance": Tier(0.05), "intelligence": Tier(0.0)}
