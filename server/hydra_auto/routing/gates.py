"""Who may answer at all, before anyone asks who should.

Policy (availability, deny, allow, consent) fails closed: when it leaves nobody, there is no decision.
Presence (a local model must be said to be there), abilities (context, vision, tools) and health fail open
one by one, and only a gate that leaves nobody does: the order is the one in which a model that does not
pass fails the user most; health comes last, for who failed lately may do better now. A tier's cost ceiling
that leaves nobody lets the cheapest through. Whatever opened says so in the warnings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from attrs import frozen

from hydra_auto.catalog.model import Catalog, Tier
from hydra_auto.catalog.patterns import Patterns
from hydra_auto.routing.cost import prompt_tokens
from hydra_auto.routing.decision import EXPECTED_OUTPUT, ModelKey, Request
from hydra_auto.routing.errors import RoutingError
from hydra_auto.routing.health import covering_keys
from hydra_auto.routing.pool import Entry, Pool

DENIED: Final = "denied by `deny`"
NOT_ALLOWED: Final = "outside `allow`"
NOT_IN_TIER: Final = "outside the tier's `allow`"

SHOWN: Final = 5
"""Removed models that the error names."""


@frozen
class Gate:
    """`closed` is the reason shown for a model that does not pass; `fix` is what would let it pass.
    `detail` is the reason where it differs from model to model."""

    closed: str
    fix: str
    passes: Callable[[Entry], bool]
    detail: Callable[[Entry], str | None] = lambda _: None


@frozen
class Gated:
    """`reasons[i]` says why the pool's entry i may not answer; None: it may. At least one is None."""

    reasons: tuple[str | None, ...]
    warnings: tuple[str, ...]


def gate(pool: Pool, costs: Sequence[float], request: Request, catalog: Catalog, tier: Tier) -> Gated:
    """Which of the pool's entries may answer `request`; `costs` are theirs, in USD.

    Raises:
        RoutingError: the pool is empty, or policy leaves nobody.
    """
    reasons: list[str | None] = [None] * len(pool.entries)
    gates = policy_gates(catalog, tier)
    for policy in gates:
        _close(reasons, pool.entries, policy)
    if None not in reasons:
        raise RoutingError(_nobody(reasons, gates) + _removed(pool))
    warnings = []
    for ability in ability_gates(request):
        if any(r is None and ability.passes(e) for r, e in zip(reasons, pool.entries, strict=True)):
            _close(reasons, pool.entries, ability)
        else:
            warnings.append(
                f"{ability.closed}: true of every model that may answer, so it excluded none; {ability.fix}"
            )
    if tier.max_cost is not None:
        warnings.extend(_close_ceiling(reasons, costs, tier.max_cost))
    return Gated(tuple(reasons), tuple(warnings))


def policy_gates(catalog: Catalog, tier: Tier) -> tuple[Gate, ...]:
    """The gates that never open. Every layer's `allow` must cover a model; one `deny` is enough.

    What an editor's model was called when a layer's `allow` was written must be covered too: a later layer
    does not let a model in by calling it otherwise.
    """

    def allowed(entry: Entry) -> bool:
        return all(
            patterns.cover(entry.model.id) and patterns.cover(entry.name_in(known))
            for patterns, known in catalog.allowing
        )

    def in_tier(entry: Entry) -> bool:
        return all(layer.cover(entry.model.id) for layer in of_tier)

    of_tier = [Patterns(layer) for layer in tier.allow]
    return (
        Gate("not offered by the editor now", "enable one of them in the editor", lambda e: e.available),
        Gate(DENIED, "narrow it", lambda e: not e.denied),
        Gate(NOT_ALLOWED, "widen it in the layer that sets it", allowed),
        Gate(NOT_IN_TIER, "use another tier", in_tier),
        Gate(
            "without consent", "consent in the editor", lambda e: not (e.offer and e.offer.can_send is False)
        ),
    )


def ability_gates(request: Request) -> tuple[Gate, ...]:
    """The gates that this request needs, the most needed first."""
    tokens = prompt_tokens(request)
    gates = [Gate("local, and not said to be installed", "offer the model that is", present)]
    gates.append(Gate(f"no room for {tokens} prompt tokens", "shorten the prompt", lambda e: fits(e, tokens)))
    if request.has_image:
        gates.append(Gate("no vision", "add a model with vision", lambda e: e.model.vision))
    if request.needs_tools:
        gates.append(Gate("no tools", "add a model with tools", lambda e: e.model.tools))
    if request.vetoes:
        gates.append(health_gate(request.vetoes))
    return tuple(gates)


def health_gate(vetoes: Mapping[ModelKey, str]) -> Gate:
    """Closed to a model while it recovers from a failure."""

    def veto(entry: Entry) -> str | None:
        return next((vetoes[key] for key in covering_keys(entry.key) if key in vetoes), None)

    return Gate("failed lately", "wait, or offer more models", lambda e: veto(e) is None, detail=veto)


def present(entry: Entry) -> bool:
    """A local model is where the editor offers it; a hosted one is there for all."""
    return entry.offer is not None or not entry.model.local


def fits(entry: Entry, tokens: int) -> bool:
    """Whether a prompt of `tokens` goes in: by the editor's input limit, else by the catalog's window,
    which must also hold the expected answer; unknown limits hold everything."""
    if entry.offer is not None and entry.offer.max_input_tokens is not None:
        return tokens <= entry.offer.max_input_tokens
    return entry.model.context is None or tokens + EXPECTED_OUTPUT <= entry.model.context


def _close(reasons: list[str | None], entries: Sequence[Entry], gate: Gate) -> None:
    for i, entry in enumerate(entries):
        if reasons[i] is None and not gate.passes(entry):
            reasons[i] = gate.detail(entry) or gate.closed


def _close_ceiling(reasons: list[str | None], costs: Sequence[float], ceiling: float) -> list[str]:
    """Close what costs more than `ceiling`, or than the cheapest where even that is above it."""
    cheapest = min(cost for cost, reason in zip(costs, reasons, strict=True) if reason is None)
    closed = f"above the tier's `max_cost` of ${ceiling:g}"
    for i, cost in enumerate(costs):
        if reasons[i] is None and cost > max(ceiling, cheapest):
            reasons[i] = closed
    if cheapest <= ceiling:
        return []
    return [f"{closed}: true of every model that may answer, so the cheapest was taken"]


def _removed(pool: Pool) -> str:
    """What the editor offers and the catalog no longer has: the end of the sentence that nobody is left."""
    if not pool.removed:
        return ""
    more = f" and {len(pool.removed) - SHOWN} more" if len(pool.removed) > SHOWN else ""
    names = f"{', '.join(pool.removed[:SHOWN])}{more}"
    return f"; removed from the catalog: {names} (offer another, or do not remove it)"


def _nobody(reasons: Sequence[str | None], gates: Sequence[Gate]) -> str:
    if not reasons:
        return "no model may answer, because the catalog has none: add one under `models`"
    counts = [(sum(reason == g.closed for reason in reasons), g) for g in gates]
    parts = [f"{n} of {len(reasons)} {g.closed} ({g.fix})" for n, g in counts if n]
    return f"no model may answer: {', '.join(parts)}"
