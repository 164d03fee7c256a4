"""Why a decision is what it is, in one sentence; the numbers are `Decision.verdicts`."""

from __future__ import annotations

from hydra_auto.routing.choice import met_limit
from hydra_auto.routing.decision import Decision


def because(decision: Decision) -> str:
    """One sentence for a person: what the chosen model is among those that could answer."""
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
    name, tau = decision.chosen.name, f"{decision.tau:.3g}"
    eligible = [v for v in decision.verdicts if v.eligible]
    limit = met_limit([v.shortfall for v in eligible], decision.tau)
    met = [v for v in eligible if v.shortfall <= limit]
    cheapest = min(v.cost for v in met)
    # Verdicts come in the order to be tried, so the first is the chosen model's own.
    if eligible[0].shortfall > limit or eligible[0].cost > cheapest:
        return f"{name} is the conversation's own model, or the next after one that failed"
    if limit > decision.tau:
        rivals = "comes closest" if len(met) == 1 else f"is the cheapest of the {len(met)} that come closest"
        return f"no model's shortfall is within {tau}, and {name} {rivals} ({limit:.3g})"
    if len(eligible) == 1:
        return f"{name} is the only model that may answer"
    if len(met) == 1:
        return f"{name} is the only model whose shortfall is within {tau}"
    return f"{name} is the cheapest of {len(met)} models whose shortfall is within {tau}"
