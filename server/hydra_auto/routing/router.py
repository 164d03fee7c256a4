"""Requirement + catalog -> Decision: the stations of this package, in their order."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Final

from attrs import frozen

from hydra_auto.catalog.model import TIERS, Catalog, Profile, Tier
from hydra_auto.dimensions import DIMENSIONS, Vector
from hydra_auto.predictor.text import known_mode
from hydra_auto.routing.choice import Option, choose
from hydra_auto.routing.cost import expected_cost, shown_cost
from hydra_auto.routing.decision import Bucket, Decision, Request, Ruling, TierSource, Verdict
from hydra_auto.routing.errors import RoutingError
from hydra_auto.routing.events import in_turn
from hydra_auto.routing.floor import Need, context_floor
from hydra_auto.routing.gates import gate
from hydra_auto.routing.pool import Pool, draw
from hydra_auto.routing.rules import ruled, ruling
from hydra_auto.routing.shortfall import deficits, shortfall, surplus
from hydra_auto.routing.shortlist import shortened
from hydra_auto.scale import ScoreScale

NO_RULES: Final = Ruling()

BUCKETS: Final[tuple[tuple[Bucket, float], ...]] = (("high", 2 / 3), ("medium", 1 / 3))
"""Confidence buckets and the label at which each begins; below them all it is low."""


@frozen
class TierInForce:
    """The tier that a request is routed at, who set it, and (None: nothing) what is to be said of that."""

    name: str
    tier: Tier
    source: TierSource
    warning: str | None = None


def route(
    request: Request,
    scores: Vector,
    catalog: Catalog,
    profiles: Sequence[Profile],
    scale: ScoreScale,
    anchor: Vector | None = None,
) -> Decision:
    """Which model answers `request`, given its predicted `scores` in [0, 1] on `scale`: the choice, or the
    model that a rule asks for.

    Arguments and errors are those of `match`.
    """
    return ruled(match(request, scores, catalog, profiles, scale, anchor))


def match(
    request: Request,
    scores: Vector,
    catalog: Catalog,
    profiles: Sequence[Profile],
    scale: ScoreScale,
    anchor: Vector | None = None,
) -> Decision:
    """The choice for what `request` requires; a rule's tier is in force, a rule's model not yet asked for.

    `profiles` are those of `catalog`'s models on the same `scale`, in any order; `anchor` is what the
    conversation has required so far, on that scale too.

    Raises:
        RoutingError: no model may answer, an unknown tier, weights that count nothing, or scores that
            are not four numbers in [0, 1].
    """
    if len(scores) != len(DIMENSIONS) or not all(isfinite(s) and 0 <= s <= 1 for s in scores):
        raise RoutingError(f"scores must be {len(DIMENSIONS)} numbers from 0 to 1, and they are {scores}")
    floor = context_floor(request, scale)
    rules = ruling(request, Need(scores, floor).required, catalog, scale)
    return decide(request, Need(scores, floor, anchor), catalog, profiles, scale, rules, keep=False)


def decide(
    request: Request,
    need: Need,
    catalog: Catalog,
    profiles: Sequence[Profile],
    scale: ScoreScale,
    rules: Ruling,
    keep: bool,
) -> Decision:
    """Match `need` with the pool, at the tier that `rules` ask for; `keep` prefers the previous model while
    it is eligible.

    Raises:
        RoutingError: as `match`.
    """
    in_force = tier_in_force(request, catalog, rules)
    tier = in_force.tier
    drawn = draw(profiles, request.available, catalog)
    pool = shortened(drawn, request, need.required, catalog, tier, rules, scale.widths)
    costs = [expected_cost(entry, request) for entry in pool.entries]
    gated = gate(pool, costs, request, catalog, tier)
    weights = catalog.weights if tier.weights is None else tier.weights
    shown = [shown_cost(entry, request) for entry in pool.entries]
    options = hold_against(need.required, pool, costs, shown, gated.reasons, weights, scale.widths)
    order = in_turn(choose([o for o in options if o.gate is None], tier.tau), request, keep)
    gone = sorted((o for o in options if o.gate is not None), key=lambda o: (o.gap, o.preference))
    candidates = tuple(option.entry.chosen for option in order)
    return Decision(
        chosen=candidates[0],
        candidates=candidates,
        scores=need.scores,
        required=need.required,
        shortfall=order[0].shortfall,
        tau=tier.tau,
        confidence=max(need.scores),
        bucket=bucket(need.scores, scale),
        tier=in_force.name,
        catalog_version=catalog.version,
        verdicts=tuple(verdict(option) for option in (*order, *gone)),
        floor=need.floor,
        anchor=need.anchor,
        ruling=rules,
        tier_source=in_force.source,
        mode=known_mode(request.mode),
        warnings=(*pool.warnings, *gated.warnings, *([in_force.warning] if in_force.warning else ())),
    )


def tier_in_force(request: Request, catalog: Catalog, rules: Ruling = NO_RULES) -> TierInForce:
    """The request's tier, else that of `rules`, else the catalog's default; none is dearer than the ceiling
    that the organisation may have locked. A title or summary (event `utility`) is routed at efficiency,
    whatever was asked.

    Raises:
        RoutingError: the catalog has no such tier.
    """
    asked: list[tuple[str | None, TierSource]] = [
        ("efficiency" if request.event == "utility" else request.tier, "request"),
        (None if rules.tier is None else rules.tier.use.tier, "rule"),
        (catalog.default_tier, "catalog"),
    ]
    name, source = next((tier, source) for tier, source in asked if tier)
    if name not in catalog.tiers:
        raise RoutingError(f"unknown tier {name!r}: use one of {', '.join(catalog.tiers)}")
    ceiling = catalog.tier_ceiling
    if ceiling is not None and TIERS.index(name) > TIERS.index(ceiling):
        warning = f"the organisation locks the tier, so {name} became {ceiling}"
        return TierInForce(ceiling, catalog.tiers[ceiling], "catalog", warning)
    return TierInForce(name, catalog.tiers[name], source)


def hold_against(
    required: Vector,
    pool: Pool,
    costs: Sequence[float],
    shown_costs: Sequence[float | None],
    reasons: Sequence[str | None],
    weights: Vector,
    widths: Vector,
) -> list[Option]:
    """Every entry of the pool held against `required`; costs and `reasons` (why gated) are per entry."""
    options = []
    for entry, cost, shown, reason in zip(pool.entries, costs, shown_costs, reasons, strict=True):
        deficit = deficits(required, entry.capability)
        short = shortfall(deficit, weights, widths)
        spare = surplus(required, entry.capability, weights)
        options.append(Option(entry, deficit, short, spare, cost, gate=reason, shown_cost=shown))
    return options


def bucket(scores: Vector, scale: ScoreScale) -> Bucket:
    """How surely the request needs anything at all: the highest label that any dimension's score reaches."""
    for name, label in BUCKETS:
        if any(score >= scale.from_label(k, label) for k, score in enumerate(scores)):
            return name
    return "low"


def verdict(option: Option) -> Verdict:
    return Verdict(
        model=option.entry.model,
        name=option.entry.name,
        capability=option.entry.capability,
        deficit=option.deficit,
        shortfall=option.shortfall,
        surplus=option.surplus,
        cost=option.cost,
        eligible=option.gate is None,
        gate=option.gate,
        dominated_by=option.dominated_by,
        estimated=option.entry.profile.estimated,
        estimated_from=option.entry.profile.estimated_from,
        shown_cost=option.shown_cost,
        editor_id=option.entry.chosen.editor_id,
    )
