"""Requirement + catalog -> Decision: the stations of this package, in their order."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Final

from hydra_auto.catalog.model import Catalog, Profile, Tier
from hydra_auto.dimensions import DIMENSIONS, Vector
from hydra_auto.routing.choice import Option, choose
from hydra_auto.routing.cost import expected_cost
from hydra_auto.routing.decision import Bucket, Decision, Request, Verdict
from hydra_auto.routing.errors import RoutingError
from hydra_auto.routing.events import in_turn, tier_asked
from hydra_auto.routing.floor import Need, context_floor
from hydra_auto.routing.gates import gate
from hydra_auto.routing.pool import Pool, draw
from hydra_auto.routing.shortfall import deficits, shortfall
from hydra_auto.scale import ScoreScale

BUCKETS: Final[tuple[tuple[Bucket, float], ...]] = (("high", 2 / 3), ("medium", 1 / 3))
"""Confidence buckets and the label at which each begins; below them all it is low."""


def route(
    request: Request,
    scores: Vector,
    catalog: Catalog,
    profiles: Sequence[Profile],
    scale: ScoreScale,
    anchor: Vector | None = None,
) -> Decision:
    """Which model answers `request`, given its predicted `scores` in [0, 1] on `scale`.

    `profiles` are those of `catalog`'s models on the same `scale`, in any order; `anchor` is what the
    conversation has required so far, on that scale too.

    Raises:
        RoutingError: no model may answer, an unknown tier, weights that count nothing, or scores that
            are not four numbers in [0, 1].
    """
    if len(scores) != len(DIMENSIONS) or not all(isfinite(s) and 0 <= s <= 1 for s in scores):
        raise RoutingError(f"scores must be {len(DIMENSIONS)} numbers from 0 to 1, and they are {scores}")
    need = Need(scores, context_floor(request, scale), anchor)
    return decide(request, need, catalog, profiles, scale, keep=False)


def decide(
    request: Request, need: Need, catalog: Catalog, profiles: Sequence[Profile], scale: ScoreScale, keep: bool
) -> Decision:
    """Match `need` with the pool; `keep` prefers the previous model while it is eligible.

    Raises:
        RoutingError: as `route`.
    """
    name, tier = tier_in_force(request, catalog)
    pool = draw(profiles, request.available)
    costs = [expected_cost(entry, request) for entry in pool.entries]
    gated = gate(pool, costs, request, catalog, tier)
    weights = catalog.weights if tier.weights is None else tier.weights
    options = hold_against(need.required, pool, costs, gated.reasons, weights, scale.widths)
    order = in_turn(choose([o for o in options if o.gate is None], tier.tau), request, keep)
    gone = sorted((o for o in options if o.gate is not None), key=lambda o: (o.shortfall, o.preference))
    candidates = tuple(option.entry.as_chosen() for option in order)
    return Decision(
        chosen=candidates[0],
        candidates=candidates,
        scores=need.scores,
        required=need.required,
        shortfall=order[0].shortfall,
        tau=tier.tau,
        confidence=max(need.scores),
        bucket=bucket(need.scores, scale),
        tier=name,
        catalog_version=catalog.version,
        verdicts=tuple(verdict(option) for option in (*order, *gone)),
        floor=need.floor,
        anchor=need.anchor,
        warnings=(*pool.warnings, *gated.warnings),
    )


def tier_in_force(request: Request, catalog: Catalog) -> tuple[str, Tier]:
    """The request's tier or the catalog's default.

    Raises:
        RoutingError: the catalog has no such tier.
    """
    name = tier_asked(request, catalog.default_tier)
    if name not in catalog.tiers:
        raise RoutingError(f"unknown tier {name!r}: use one of {', '.join(catalog.tiers)}")
    return name, catalog.tiers[name]


def hold_against(
    required: Vector,
    pool: Pool,
    costs: Sequence[float],
    reasons: Sequence[str | None],
    weights: Vector,
    widths: Vector,
) -> list[Option]:
    """Every entry of the pool held against `required`; `costs` and `reasons` (why gated) are per entry."""
    options = []
    for entry, cost, reason in zip(pool.entries, costs, reasons, strict=True):
        deficit = deficits(required, entry.capability)
        options.append(Option(entry, deficit, shortfall(deficit, weights, widths), cost, gate=reason))
    return options


def bucket(scores: Vector, scale: ScoreScale) -> Bucket:
    """How surely the request needs anything at all: the highest label that any dimension's score reaches."""
    for name, label in BUCKETS:
        if any(score >= scale.from_label(k, label) for k, score in enumerate(scores)):
            return name
    return "low"


def verdict(option: Option) -> Verdict:
    return Verdict(
        model_id=option.entry.model.id,
        name=option.entry.name,
        capability=option.entry.capability,
        deficit=option.deficit,
        shortfall=option.shortfall,
        cost=option.cost,
        eligible=option.gate is None,
        gate=option.gate,
        dominated_by=option.dominated_by,
        estimated=option.entry.profile.estimated,
    )
