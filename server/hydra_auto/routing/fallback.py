"""The decision without a prediction: routing never blocks a chat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from attrs import evolve

from hydra_auto.catalog.model import Catalog, Profile
from hydra_auto.dimensions import Vector
from hydra_auto.routing.decision import Decision, Request
from hydra_auto.routing.floor import Need, context_floor
from hydra_auto.routing.pool import Stock
from hydra_auto.routing.router import decide, tier_in_force
from hydra_auto.routing.rules import ruled, ruling
from hydra_auto.scale import IDENTITY

STAND_IN: Final = {"efficiency": 0.4, "balance": 0.6, "intelligence": 0.8}
"""What a tier takes for granted of a request that nobody could score, on the label scale."""

NOTHING: Final[Vector] = (0.0, 0.0, 0.0, 0.0)


def fallback(request: Request, catalog: Catalog, profiles: Sequence[Profile], reason: str) -> Decision:
    """The flagged decision when the predictor is missing, late or failing, or the model that a rule asks
    for. Arguments and errors are those of `unpredicted`."""
    return ruled(unpredicted(request, catalog, profiles, reason))


def unpredicted(request: Request, catalog: Catalog, profiles: Sequence[Profile], reason: str) -> Decision:
    """The flagged choice without a prediction; `reason` says why there is none.

    The previous model stays while it is eligible; otherwise the choice is made as if every dimension
    required the tier's stand-in. Matching is on the label scale (`profile.label`; under `scale: pool`,
    which has none, on the capability), so a bundle that failed to load is not needed. Gates and context
    floor hold as ever. `scores` and `confidence` are 0: nothing was predicted; `required` is what was
    assumed.

    Raises:
        RoutingError: no model may answer, an unknown tier, or weights that count nothing.
    """
    rules = ruling(request, None, catalog, IDENTITY)
    level = STAND_IN.get(tier_in_force(request, catalog, rules).name, STAND_IN["balance"])
    need = Need((level, level, level, level), context_floor(request, IDENTITY))
    on_labels = Stock.of(profiles).on_labels
    decision = decide(request, need, catalog, on_labels, IDENTITY, rules, keep=True)
    return evolve(
        decision, scores=NOTHING, confidence=0.0, bucket="low", fallback=True, fallback_reason=reason
    )
