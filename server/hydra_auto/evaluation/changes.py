"""The catalog changes, the bundle does not: models removed, added, repriced, and profiles that are wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from attrs import evolve

from hydra_auto.catalog import profiles
from hydra_auto.catalog.model import Model
from hydra_auto.dimensions import DIMENSIONS
from hydra_auto.evaluation.engine import Engine
from hydra_auto.evaluation.players import routed
from hydra_auto.evaluation.pool import Pool, read_pool
from hydra_auto.evaluation.replay import expected_costs
from hydra_auto.evaluation.study import Options, study
from hydra_auto.evaluation.system import played
from hydra_auto.evaluation.table import Floats, read_table
from hydra_auto.evaluation.workload import Case, alone, case_of
from hydra_auto.scale import ScoreScale

ERRORS: Final = (-0.2, -0.1, 0.1, 0.2)
"""By how much a capability is wrong, on the label scale."""


def change_files(pool: Path) -> list[Path]:
    """The changes that are shown for a pool: the layers in the folder that bears its name."""
    return sorted((pool.parent / pool.stem).glob("*.yaml"))


def changed_frontiers(
    case: Case, scores: Floats, scale: ScoreScale, options: Options, engine: Engine
) -> list[dict[str, Any]]:
    """The frontier with the pool as it is, then with each change on top of it; `scores` [n, 4]."""
    shown = [_frontier("as it is", case, scores, scale, options, engine)]
    place = {row: i for i, row in enumerate(case.rows.tolist())}
    for file in change_files(case.pool.file):
        pool = read_pool(case.pool.file, [file])
        table = read_table(case.table.folder, pool.names, str(file))
        changed = _repriced(case_of(table, pool), case.pool)
        kept = np.asarray([row in place for row in changed.rows.tolist()])
        changed = changed.only(kept)
        rows = [place[row] for row in changed.rows.tolist()]
        name = file.stem.replace("-", " ")
        shown.append(_frontier(name, changed, scores[rows], scale, options, engine))
    return shown


def wrong_profiles(
    case: Case, scores: Floats, scale: ScoreScale, tau: float, engine: Engine, advance: Callable[[int], None]
) -> list[dict[str, Any]]:
    """What each single wrong capability does at `tau`: change of quality (points) and of cost (percent)."""
    labels = {p.model.id: p.label for p in profiles(case.pool.catalog, scale)}
    right = _at(case, scores, scale, tau, engine)
    found = []
    for model in case.pool.catalog.models:
        label = labels[model.id]
        assert label is not None  # public profiles are on the label scale
        for k, dimension in enumerate(DIMENSIONS):
            for error in ERRORS:
                said = dict(zip(DIMENSIONS, label, strict=True))
                said[dimension] = min(1.0, max(0.0, label[k] + error))
                wrong = _at(
                    _with(case, evolve(model, benchmarks={}, capabilities=said)), scores, scale, tau, engine
                )
                found.append(
                    {
                        "model": model.id,
                        "dimension": dimension,
                        "error": error,
                        "points": (wrong[0] - right[0]) * 100,
                        "cost": (wrong[1] / right[1] - 1) * 100,
                    }
                )
                advance(1)
    return found


def _frontier(
    name: str, case: Case, scores: Floats, scale: ScoreScale, options: Options, engine: Engine
) -> dict[str, Any]:
    system = routed("ours", "ours", case, scores, scale, "public", engine)
    row = study(alone(case), [system], options)["systems"][0]
    singles = {
        m: {"quality": float(case.score[:, j].mean() * 100), "cost": float(case.cost[:, j].mean())}
        for j, m in enumerate(case.pool.models)
    }
    return {
        "name": name,
        "models": singles,
        "frontier": row["frontier"],
        "area": row["area"],
        "regimes": row["regimes"],
    }


def _repriced(case: Case, before: Pool) -> Case:
    """The case with each recorded cost at the changed list price: in the same proportion."""
    if case.declared:
        return case
    characters = case.characters.tolist()
    ratio = np.ones_like(case.cost)
    old = {m.id: m for m in before.catalog.models}
    for j, model in enumerate(case.pool.catalog.models):
        if model.id in old and old[model.id].price != model.price:
            now = expected_costs(evolve(case.pool.catalog, models=(model,)), characters)[:, 0]
            then = expected_costs(evolve(before.catalog, models=(old[model.id],)), characters)[:, 0]
            ratio[:, j] = now / then
    return evolve(case, cost=case.cost * ratio, recorded=case.recorded * ratio)


def _with(case: Case, model: Model) -> Case:
    models = tuple(model if m.id == model.id else m for m in case.pool.catalog.models)
    return evolve(case, pool=evolve(case.pool, catalog=evolve(case.pool.catalog, models=models)))


def _at(case: Case, scores: Floats, scale: ScoreScale, tau: float, engine: Engine) -> tuple[float, float]:
    """(mean score, mean cost) of the router at `tau`."""
    choice = routed("", "ours", case, scores, scale, "public", engine, np.asarray([tau])).choice
    return float(played(case.score, choice).mean()), float(played(case.cost, choice).mean())
