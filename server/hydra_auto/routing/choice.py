"""The choice (Algorithm 2 of arXiv 2605.17106): the cheapest model that falls short by little enough."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum

from attrs import evolve, frozen

from hydra_auto.catalog.dominance import Merits, exceeded
from hydra_auto.dimensions import Vector
from hydra_auto.routing.decision import Verdict
from hydra_auto.routing.pool import Entry
from hydra_auto.routing.shortfall import gap


@frozen
class Option:
    """One model held against the request: `deficit` per dimension, `shortfall` (Eq. 5), `surplus`, `cost` in
    USD.

    `gate` says why it may not answer; `dominated_by` names the catalog id of a model that beats it;
    `shown_cost` is the cost without a workspace's word on it (None: the same).
    """

    entry: Entry
    deficit: Vector
    shortfall: float
    surplus: float
    cost: float
    gate: str | None = None
    dominated_by: str | None = None
    shown_cost: float | None = None

    @property
    def capability(self) -> Vector:
        return self.entry.capability

    @property
    def gap(self) -> float:
        """What tau is held against."""
        return gap(self.shortfall, self.surplus)

    @property
    def preference(self) -> tuple[float, float, float, tuple[str, str, str]]:
        """Smaller is taken first among those that meet the requirement: (cost, shortfall, -sum c, id)."""
        return (self.cost, self.shortfall, -fsum(self.capability), self.entry.key)


def choose(eligible: Sequence[Option], tau: float) -> tuple[Option, ...]:
    """The options in the order to be tried, the chosen one first; each knows what dominates it.

    First the met set {m : g_m <= max(tau, min g)} of the gaps g, cheapest first; then the others, closest
    first. Within both the dominated ones come last. The first is never dominated: what dominates a model of
    the met set has no larger gap, so it is in the met set too, and dominance has no cycles.
    """
    limit = met_limit([option.gap for option in eligible], tau)

    def place(option: Option) -> tuple[int, bool, float]:
        dominated = option.dominated_by is not None
        return (0, dominated, 0.0) if option.gap <= limit else (1, dominated, option.gap)

    # They come by preference, and of those in the same place the sort keeps that order.
    return tuple(sorted(with_dominance(eligible), key=place))


def met_limit(gaps: Sequence[float], tau: float) -> float:
    """max(tau, min g): when nobody is within `tau`, those that come closest count as meeting it."""
    return max(tau, min(gaps))


def with_dominance(eligible: Sequence[Option]) -> list[Option]:
    """The options by preference, each with the most preferred one that dominates it (`dominates`)."""
    ordered = sorted(eligible, key=lambda option: option.preference)
    first: dict[Merits, Option] = {}
    for option in ordered:
        first.setdefault(_merits(option), option)
    better = exceeded(list(first))
    return [
        evolve(m, dominated_by=first[better[own]].entry.model.id) if (own := _merits(m)) in better else m
        for m in ordered
    ]


def _merits(option: Option) -> Merits:
    return (-option.cost, *option.capability)


def dominates(a: Option | Verdict, b: Option | Verdict) -> bool:
    """Whether `a` is as capable as `b` everywhere and no dearer, and better in one of the two.

    Two identical models are equal in both, so neither removes the other.
    """
    if a.cost > b.cost:
        return False
    pairs = list(zip(a.capability, b.capability, strict=True))
    return all(x >= y for x, y in pairs) and (a.cost < b.cost or any(x > y for x, y in pairs))
