"""Requirements + pool -> which model the router takes, at every τ: by the router's own code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import numpy as np
from attrs import evolve, frozen

from hydra_auto.catalog.model import Catalog, Profile, Tier
from hydra_auto.dimensions import Vector
from hydra_auto.evaluation.engine import Engine, chunks_of
from hydra_auto.evaluation.table import Floats, Ints
from hydra_auto.routing import Decision, Request, route
from hydra_auto.routing.cost import CHARACTERS_PER_TOKEN, expected_cost
from hydra_auto.routing.pool import Entry
from hydra_auto.routing.shortfall import MOST_SURPLUS
from hydra_auto.scale import ScoreScale

TIER = "balance"
"""The one tier of the catalogs that are replayed; its τ is what is varied."""


@frozen
class Setting:
    """All that the router sees besides the request: catalog, profiles on `scale`."""

    catalog: Catalog
    profiles: tuple[Profile, ...]
    scale: ScoreScale


def request_of(characters: int) -> Request:
    """A fresh request with a prompt of so many characters: one turn, no context, no history.

    The text itself is not needed: the scores say what it requires, its length what it costs.
    """
    return Request(prompt="", tier=TIER, prompt_tokens=-(-characters // CHARACTERS_PER_TOKEN))


def expected_costs(catalog: Catalog, characters: Sequence[int]) -> Floats:
    """[n, m] USD that the router expects, from list prices and token factors alone."""
    entries = [Entry(Profile(m, (0, 0, 0, 0), None), m) for m in catalog.models]
    requests = [request_of(int(c)) for c in characters]
    return np.asarray([[expected_cost(e, r) for e in entries] for r in requests]).reshape(len(requests), -1)


def choices(scores: Floats, characters: Ints, setting: Setting, taus: Floats, engine: Engine) -> Ints:
    """[n, T] index of the chosen model in the catalog's order, for `scores` [n, 4] and `taus` [T]."""
    rows = zip(scores.tolist(), characters.tolist(), strict=True)
    single = float(taus[0]) if len(taus) == 1 else None
    found = [row for part in engine.map(partial(_routing, setting, single), chunks_of(rows)) for row in part]
    if single is not None:
        return np.asarray([[steps[0][1]] for steps in found], dtype=np.int64)
    return np.stack([_on_grid(steps, taus) for steps in found])


def offers(scores: Floats, characters: Ints, setting: Setting) -> tuple[Floats, Floats]:
    """[n, m] expected USD and shortfall of every model as the router's verdicts say them; infinite where a
    gate closes."""
    place = {m.id: j for j, m in enumerate(setting.catalog.models)}
    cost = np.full((len(scores), len(place)), np.inf)
    short = np.full_like(cost, np.inf)
    for i, (row, length) in enumerate(zip(scores.tolist(), characters.tolist(), strict=True)):
        for v in _routed(request_of(length), _vector(row), setting, 0.0).verdicts:
            if v.eligible:
                cost[i, place[v.model_id]], short[i, place[v.model_id]] = v.cost, v.shortfall
    return cost, short


Steps = list[tuple[float, int]]
"""(τ from which on, index of the model that is then chosen), τ ascending from `STRICTEST`."""

STRICTEST: Final = -MOST_SURPLUS
"""The least τ: below it nothing changes."""


def _routing(
    setting: Setting, single: float | None
) -> Callable[[list[tuple[list[float], int]]], list[Steps]]:
    place = {m.id: j for j, m in enumerate(setting.catalog.models)}

    def work(chunk: list[tuple[list[float], int]]) -> list[Steps]:
        if single is not None:
            said = [_routed(request_of(length), _vector(r), setting, single) for r, length in chunk]
            return [[(single, place[decision.chosen.id])] for decision in said]
        return [steps_of(request_of(length), _vector(scores), setting, place) for scores, length in chunk]

    return work


def steps_of(request: Request, scores: Vector, setting: Setting, place: dict[str, int]) -> Steps:
    """Every choice that any τ leads to. The models that meet the requirement change only where τ reaches
    a model's gap, so routing once at each of them says it for all τ."""
    first = _routed(request, scores, setting, STRICTEST)
    steps = [(STRICTEST, place[first.chosen.id])]
    for tau in sorted({v.gap for v in first.verdicts if v.eligible and v.gap > STRICTEST}):
        steps.append((tau, place[_routed(request, scores, setting, tau).chosen.id]))
    return steps


def _routed(request: Request, scores: Vector, setting: Setting, tau: float) -> Decision:
    catalog = evolve(setting.catalog, tiers={TIER: Tier(tau)})
    return route(request, scores, catalog, setting.profiles, setting.scale)


def _on_grid(steps: Steps, taus: Floats) -> Ints:
    starts = np.asarray([start for start, _ in steps])
    models = np.asarray([model for _, model in steps])
    return np.asarray(models[np.searchsorted(starts, taus, side="right") - 1], dtype=np.int64)


def _vector(values: Sequence[float]) -> Vector:
    return (values[0], values[1], values[2], values[3])
