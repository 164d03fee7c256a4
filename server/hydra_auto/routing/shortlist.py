"""A pool of hundreds or thousands -> the few of it among whom the choice lies.

Exact: the choice among them is the choice among all. The pool is walked from the cheapest model up until
enough of those that may answer meet the requirement. Where nobody does, all are held against it as ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from math import inf
from typing import Final

from attrs import evolve

from hydra_auto.catalog.model import Catalog, Tier
from hydra_auto.dimensions import Vector
from hydra_auto.routing.cost import prompt_tokens
from hydra_auto.routing.decision import Request, Ruling
from hydra_auto.routing.gates import ability_gates, policy_gates
from hydra_auto.routing.pool import Entry, Pool
from hydra_auto.routing.shortfall import deficits, gap, shortfall, surplus

LARGE: Final = 200
"""Entries up to which a pool is not shortened: all are shown, and that takes but a millisecond or two."""

ENOUGH: Final = 10
"""Models that meet the requirement, after which the walk ends: the choice and who is tried after it."""

ROUNDING: Final = 1 + 1e-9
"""Costs this close count as equal here; the choice itself compares them exactly."""


def shortened(
    pool: Pool,
    request: Request,
    required: Vector,
    catalog: Catalog,
    tier: Tier,
    rules: Ruling,
    widths: Vector,
) -> Pool:
    """`pool`, or where it is large and the request stands alone, those of it among whom the choice lies.

    A conversation's own model, a pin, a rule's model or the one that failed may be anywhere in the pool, so
    a request that has one is left with the whole of it; so is one that nobody meets or nobody may answer.
    """
    alone = request.conversation_id is None and request.previous_model is None and rules.model is None
    if len(pool.entries) <= LARGE or not alone:
        return pool
    weights = catalog.weights if tier.weights is None else tier.weights

    def gap_of(entry: Entry) -> float:
        lack = shortfall(deficits(required, entry.capability), weights, widths)
        return gap(lack, surplus(required, entry.capability, weights))

    gates = (*policy_gates(catalog, tier), *ability_gates(request))

    def may_answer(entry: Entry) -> bool:
        return all(gate.passes(entry) for gate in gates)

    chosen = _cheapest_that_meet(pool, prompt_tokens(request), gap_of, may_answer, tier)
    return evolve(pool, entries=tuple(pool.entries[i] for i in sorted(chosen))) if chosen else pool


def _cheapest_that_meet(
    pool: Pool,
    tokens: int,
    gap_of: Callable[[Entry], float],
    may_answer: Callable[[Entry], bool],
    tier: Tier,
) -> set[int]:
    """Places of `ENOUGH` entries within tau, the cheapest ones, and of the cheapest of all that may answer: a
    cost ceiling that nobody keeps lets that one through. Empty where nobody is within tau and the ceiling.
    """
    cheapest: int | None = None
    met: set[int] = set()
    limit = inf
    for cost, place in by_cost(pool, tokens):
        if cost > limit * ROUNDING:
            break
        entry = pool.entries[place]
        within = gap_of(entry) <= tier.tau
        if not (within or cheapest is None) or not may_answer(entry):
            continue
        if cheapest is None:
            cheapest = place
            limit = inf if tier.max_cost is None else max(tier.max_cost, cost)
        if within:
            met.add(place)
            limit = min(limit, cost) if len(met) == ENOUGH else limit
    return met | {cheapest} if met and cheapest is not None else set()


def by_cost(pool: Pool, tokens: int) -> Iterator[tuple[float, int]]:
    """(USD, place) of the entries for a prompt of so many tokens, ascending; no more is worked out than read.

    An entry waits until no later one can be cheaper: they come by what they cost whatever the prompt is.
    """
    waiting: list[tuple[float, int]] = []
    for least, prompt, place in pool.rates:
        while waiting and waiting[0][0] <= least:
            yield heappop(waiting)
        heappush(waiting, (least + prompt * tokens, place))
    yield from sorted(waiting)
