"""Small catalogs and requests for the routing tests; what a test does not name is neutral."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hydra_auto.catalog.model import TIERS, Catalog, Model, Price, Profile, Tier
from hydra_auto.dimensions import Vector
from hydra_auto.routing.decision import AvailableModel, Decision, Request
from hydra_auto.routing.router import route
from hydra_auto.scale import IDENTITY, ScoreScale

LONG = (
    "Please explain in detail how the scheduler decides which of the waiting tasks it runs next and why so."
)


def same(value: float) -> Vector:
    return (value, value, value, value)


def a_model(model_id: str, cost: float = 1.0, **fields: Any) -> Model:
    """A model that costs `cost` USD per request, unless `price` says otherwise."""
    fields.setdefault("price", Price(per_request=cost))
    fields.setdefault("name", model_id.upper())
    return Model(id=model_id, vendor="acme", **fields)


def a_profile(model_id: str, capability: Vector | float = 0.5, cost: float = 1.0, **fields: Any) -> Profile:
    vector = same(capability) if isinstance(capability, float) else capability
    return Profile(model=a_model(model_id, cost, **fields), capability=vector, label=vector)


def a_catalog(profiles: Sequence[Profile], tier: Tier | None = None, **fields: Any) -> Catalog:
    """A catalog in which every tier is `tier` (τ = .1 when not given)."""
    tiers = dict.fromkeys(TIERS, tier or Tier(tau=0.1))
    fields.setdefault("tiers", tiers)
    return Catalog(version="v1", models=tuple(p.model for p in profiles), **fields)


def routed(
    profiles: Sequence[Profile],
    scores: Vector | float = 0.5,
    tier: Tier | None = None,
    request: Request | None = None,
    scale: ScoreScale = IDENTITY,
    **catalog: Any,
) -> Decision:
    vector = same(scores) if isinstance(scores, float) else scores
    return route(request or Request(LONG), vector, a_catalog(profiles, tier, **catalog), profiles, scale)


def offer(model_id: str, **fields: Any) -> AvailableModel:
    fields.setdefault("vendor", "copilot")
    return AvailableModel(id=model_id, **fields)


def ids(decision: Decision) -> list[str]:
    return [candidate.id for candidate in decision.candidates]
