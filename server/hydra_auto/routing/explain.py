"""Why a decision is what it is, in one sentence; the numbers are `Decision.verdicts`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from attrs import evolve

from hydra_auto.catalog.model import REQUEST, Catalog, EffectiveValue, Origin
from hydra_auto.routing.choice import met_limit
from hydra_auto.routing.decision import Decision
from hydra_auto.routing.gates import DENIED, NOT_ALLOWED, NOT_IN_TIER
from hydra_auto.routing.globs import matches, matches_any

_SOURCES: Final = frozenset({"source", "date"})
"""Keys of a benchmark's result that say where it was read."""


def because(decision: Decision) -> str:
    """One sentence for a person: what the chosen model is among those that could answer."""
    return _because(decision) + _guessed(decision)


def _guessed(decision: Decision) -> str:
    chosen = next((v for v in decision.verdicts if v.eligible), None)
    if chosen is None or chosen.estimated_from is None:
        return ""
    return f"; no catalog entry covers it, and its profile is estimated from {chosen.estimated_from}"


def _because(decision: Decision) -> str:
    if decision.sticky and not decision.fallback:
        return f"{decision.chosen.name} stays, because {decision.course}"
    if decision.imposed:
        return f"{_without_prediction(decision)}{decision.chosen.name} answers, because {decision.course}"
    return _without_prediction(decision) + _moved_on(decision) + _choice(decision)


def _without_prediction(decision: Decision) -> str:
    return f"without a prediction ({decision.fallback_reason}), " if decision.fallback else ""


def _moved_on(decision: Decision) -> str:
    return f"because {decision.course}, " if decision.course and not decision.sticky else ""


def _choice(decision: Decision) -> str:
    name = decision.chosen.name
    eligible = [v for v in decision.verdicts if v.eligible]
    limit = met_limit([v.gap for v in eligible], decision.tau)
    met = [v for v in eligible if v.gap <= limit]
    cheapest = min(v.cost for v in met)
    # Verdicts come in the order to be tried, so the first is the chosen model's own.
    if eligible[0].gap > limit or eligible[0].cost > cheapest:
        return f"{name} is the conversation's own model, or the next after one that failed"
    if limit > decision.tau:
        rivals = "comes closest" if len(met) == 1 else f"is the cheapest of the {len(met)} that come closest"
        return f"{_nobody(decision.tau)}, and {name} {rivals} ({_gap(limit, decision.tau)})"
    if len(eligible) == 1:
        return f"{name} is the only model that may answer"
    if len(met) == 1:
        return f"{name} is the only model {_met(decision.tau)}"
    return f"{name} is the cheapest of {len(met)} models {_met(decision.tau)}"


def _met(tau: float) -> str:
    return f"with {_share(-tau)} or more to spare" if tau < 0 else f"whose shortfall is within {tau:.3g}"


def _nobody(tau: float) -> str:
    return f"no model has {_share(-tau)} to spare" if tau < 0 else f"no model's shortfall is within {tau:.3g}"


def _share(share: float) -> str:
    """In per cent, to three digits: what is short of .2 by a little must not read as 20 %."""
    return f"{100 * share:.3g}%"


def _gap(gap: float, tau: float) -> str:
    if gap < 0:
        return f"{_share(-gap)} to spare"
    if tau >= 0:
        return f"{gap:.3g}"
    return f"a shortfall of {gap:.3g}" if gap > 0 else "nothing to spare"


def deciding(decision: Decision, catalog: Catalog) -> tuple[EffectiveValue, ...]:
    """The catalog's values that decided, with their places: the tier and what it sets, the weights, what is
    said of the chosen model, and the patterns that closed to others."""
    origins, tier = catalog.origins, catalog.tiers[decision.tier]
    weights = ("tiers", decision.tier, "weights") if tier.weights is not None else ("weights",)
    values = [
        *_tier_value(decision, catalog),
        *origins.values("tiers", decision.tier, "tau"),
        *origins.values("tiers", decision.tier, "maxCost"),
        *origins.values(*weights),
    ]
    for key in ("price", "tokenFactor", "capabilities", "benchmarks"):
        values.extend(origins.values("models", decision.chosen.id, key))
    return (*(v for v in values if v.path[-1] not in _SOURCES), *_closing(decision, catalog))


def _tier_value(decision: Decision, catalog: Catalog) -> Iterator[EffectiveValue]:
    if decision.tier_source == "request":
        yield EffectiveValue(("tier",), decision.tier, Origin(REQUEST, "hydra/route", 1, 1))
    elif decision.tier_source == "catalog":
        yield from (v for v in catalog.origins.values("defaultTier") if v.value == decision.tier)
    elif decision.ruling.tier is not None and decision.ruling.tier.origin is not None:
        yield EffectiveValue(("tier",), decision.tier, decision.ruling.tier.origin)


def _closing(decision: Decision, catalog: Catalog) -> Iterator[EffectiveValue]:
    """The patterns and lists that kept models out."""
    gated: dict[str, list[str]] = {}
    for v in decision.verdicts:
        if v.gate is not None:
            gated.setdefault(v.gate, []).append(v.model_id)
    for pattern in catalog.deny:
        place = catalog.origins.pattern("deny", pattern)
        if place and any(matches(pattern, name) for name in gated.get(DENIED, ())):
            yield EffectiveValue(("deny",), pattern, place)
    for gate, path in ((NOT_ALLOWED, ("allow",)), (NOT_IN_TIER, ("tiers", decision.tier, "allow"))):
        for value in catalog.origins.values(*path) if gate in gated else ():
            patterns = [str(p) for p in value.value] if isinstance(value.value, tuple) else []
            if any(not matches_any(patterns, name) for name in gated[gate]):
                yield value


def with_cautions(decision: Decision) -> Decision:
    """`decision` with a warning where the chosen model counted at the price of a workspace's catalog."""
    chosen = decision.verdicts[0]
    if chosen.shown_cost is None or chosen.shown_cost == chosen.cost:
        return decision
    caution = (
        f"{chosen.name} counted at the ${chosen.cost:.5f} that the workspace's catalog makes of it; "
        f"outside the workspace it costs ${chosen.shown_cost:.5f}"
    )
    return evolve(decision, warnings=(*decision.warnings, caution))
