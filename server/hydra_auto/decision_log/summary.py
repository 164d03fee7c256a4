"""The log added up: who was chosen, what that saved, what fell back, how long it took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import ceil, fsum

from attrs import frozen

from hydra_auto.decision_log.read import Log, LoggedDecision, LoggedOutcome


@frozen
class ModelShare:
    """`decisions` for the model, `share` of all in [0, 1], how often it `ran` and `failed` by outcomes."""

    id: str
    decisions: int
    share: float
    ran: int
    failed: int


@frozen
class Money:
    """USD over `decisions`, against the strongest model every time; `share` of that saved (None: it would
    have cost nothing)."""

    decisions: int
    cost_usd: float
    strongest_cost_usd: float
    saved_usd: float
    share: float | None


@frozen
class Percentiles:
    """Milliseconds; None: nothing was measured."""

    p50: float | None
    p95: float | None


@frozen
class Summary:
    """`actual` counts the decisions whose outcomes tell their tokens; `latency_ms` is routing's own,
    `answer_ms` the models'."""

    files: tuple[str, ...]
    damaged_lines: int
    since: str | None
    until: str | None
    decisions: int
    outcomes: int
    models: tuple[ModelShare, ...]
    expected: Money
    actual: Money
    fallbacks: int
    fallback_reasons: dict[str, int]
    errors: dict[str, int]
    latency_ms: Percentiles
    answer_ms: Percentiles


def summarize(log: Log) -> Summary:
    """Everything that `hydra-auto log` tells."""
    times = sorted(d.time for d in log.decisions)
    reasons = Counter(d.fallback_reason for d in log.decisions if d.fallback_reason is not None)
    return Summary(
        files=log.files,
        damaged_lines=log.damaged,
        since=times[0] if times else None,
        until=times[-1] if times else None,
        decisions=len(log.decisions),
        outcomes=len(log.outcomes),
        models=_shares(log),
        expected=_money([(d.cost, d.strongest_cost) for d in log.decisions]),
        actual=_money(_actual(log.decisions, log.outcomes)),
        fallbacks=reasons.total(),
        fallback_reasons=dict(reasons.most_common()),
        errors=dict(Counter(o.error for o in log.outcomes if o.error is not None).most_common()),
        latency_ms=_percentiles(d.total_ms for d in log.decisions),
        answer_ms=_percentiles(o.latency_ms for o in log.outcomes if o.ran and o.latency_ms is not None),
    )


def _shares(log: Log) -> tuple[ModelShare, ...]:
    """The models by how often they were chosen; those that only ran (as a second choice) too."""
    chosen = Counter(d.model for d in log.decisions)
    ran = Counter(o.model for o in log.outcomes if o.ran)
    failed = Counter(o.model for o in log.outcomes if o.error is not None)
    total = max(chosen.total(), 1)
    found = [ModelShare(m, chosen[m], chosen[m] / total, ran[m], failed[m]) for m in {*chosen, *ran, *failed}]
    return tuple(sorted(found, key=lambda m: (-m.decisions, -m.ran, m.id)))


def _actual(
    decisions: Sequence[LoggedDecision], outcomes: Sequence[LoggedOutcome]
) -> list[tuple[float, float]]:
    """(cost, strongest's cost) of each decision with an outcome that tells both. Attempts that failed cost
    what they cost; the strongest is taken to succeed at once, and counts as against the last."""
    known = {d.decision_id for d in decisions}
    spent: dict[str, tuple[float, float]] = {}
    for o in outcomes:
        if o.decision_id in known and o.decision_id and o.cost is not None and o.strongest_cost is not None:
            before, _ = spent.get(o.decision_id, (0.0, 0.0))
            spent[o.decision_id] = (before + o.cost, o.strongest_cost)
    return list(spent.values())


def _money(pairs: Sequence[tuple[float, float]]) -> Money:
    cost, strongest = fsum(c for c, _ in pairs), fsum(s for _, s in pairs)
    saved = strongest - cost
    return Money(len(pairs), cost, strongest, saved, saved / strongest if strongest > 0 else None)


def _percentiles(values: Iterable[float]) -> Percentiles:
    """By nearest rank: always a value that was measured."""
    ordered = sorted(values)
    if not ordered:
        return Percentiles(None, None)
    p50, p95 = (ordered[ceil(len(ordered) * q) - 1] for q in (0.5, 0.95))
    return Percentiles(p50, p95)
