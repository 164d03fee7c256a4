"""Which of the catalog's rules hold for a request, and what they ask for. Without memory."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from hydra_auto.catalog.model import Catalog, Rule, Threshold, When
from hydra_auto.dimensions import DIMENSIONS, Vector
from hydra_auto.routing.decision import Decision, Request, Ruling
from hydra_auto.routing.events import led_to
from hydra_auto.routing.globs import matches_any, path_matches
from hydra_auto.scale import ScoreScale


def ruling(request: Request, requires: Vector | None, catalog: Catalog, scale: ScoreScale) -> Ruling:
    """What the rules that hold ask for: of model, tier and effort, each as the first of them says.

    `requires` is the request's own requirement on `scale`; None (nothing was predicted): no rule that asks
    for a dimension holds. No rule is for utility requests, nor does one count that names a model which the
    catalog does not have.
    """
    if request.event == "utility" or not catalog.rules:
        return Ruling()
    fired = [rule for rule in catalog.rules if holds(rule.when, request, requires, scale)]
    known = {m.id for m in catalog.models} if any(r.use.model for r in fired) else set()
    return Ruling(
        model=next((r for r in fired if r.use.model in known), None),
        tier=next((r for r in fired if r.use.tier is not None), None),
        effort=next((r for r in fired if r.use.effort is not None), None),
    )


def holds(when: When, request: Request, requires: Vector | None, scale: ScoreScale) -> bool:
    """Whether all that `when` gives is so."""
    path = request.file_path
    return (
        _is_one_of(request.language, when.languages)
        and _is_one_of(request.location, when.locations)
        and _is_one_of(request.mode, when.modes)
        and (not when.paths or (path is not None and any(path_matches(p, path) for p in when.paths)))
        and all(_within(name, limits, requires, scale) for name, limits in when.needs.items())
    )


def ruled(decision: Decision) -> Decision:
    """`decision` with the model in front that a rule asks for, if it may answer."""
    rule = decision.ruling.model
    if rule is None or rule.use.model is None:
        return decision
    led = led_to(decision, rule.use.model)
    if led is None:
        return evolve(decision, warnings=(*decision.warnings, not_led(rule, decision)))
    return evolve(led, course=asked_by(rule), imposed=True)


def asked_by(rule: Rule) -> str:
    """The clause that says so."""
    return f"the rule `{rule.name}` asks for it"


def not_led(rule: Rule, decision: Decision) -> str:
    """Why a rule's model does not answer, as a warning."""
    return (
        f"the rule `{rule.name}` asks for {rule.use.model}, which is {why_not(str(rule.use.model), decision)}"
    )


def why_not(model_id: str, decision: Decision) -> str:
    """Why a model that was asked for does not answer."""
    return decision.gate_of(model_id) or "not among the models that may answer"


def _is_one_of(word: str | None, patterns: Sequence[str]) -> bool:
    return not patterns or (word is not None and matches_any(patterns, word))


def _within(name: str, limits: Threshold, requires: Vector | None, scale: ScoreScale) -> bool:
    if requires is None:
        return False
    k = DIMENSIONS.index(name)
    # Even the label 0 is above 0 on a predictor's own scale.
    above = not limits.at_least or requires[k] >= scale.from_label(k, limits.at_least)
    return above and (limits.below is None or requires[k] < scale.from_label(k, limits.below))
