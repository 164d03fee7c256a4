"""Ours: the router with a scorer's requirements, played on a case fold by fold."""

from __future__ import annotations

from typing import Final

import numpy as np

from hydra_auto.evaluation.engine import Engine
from hydra_auto.evaluation.fitting import Profiles, setting_of, with_token_factors
from hydra_auto.evaluation.replay import Setting, choices, offers
from hydra_auto.evaluation.system import Family, System
from hydra_auto.evaluation.table import Floats, Ints
from hydra_auto.evaluation.workload import Case, Mask
from hydra_auto.scale import ScoreScale

TAUS: Final = np.concatenate([[1e9], np.geomspace(3.0, 0.002, 90), [0.0], -np.linspace(0.02, 1.0, 50)])
"""The τ that are replayed, from "anything goes" over "only who meets it" to "twice what is required"."""

PRICES: Final = np.concatenate([[0.0], np.geomspace(1e-2, 1e3, 90), [1e9]])
"""What a unit of shortfall is worth, μ, in units of the strongest model's expected cost."""


def routed(
    name: str,
    family: Family,
    case: Case,
    scores: Floats,
    scale: ScoreScale,
    how: Profiles,
    engine: Engine,
    taus: Floats = TAUS,
) -> System:
    """The router's choices for `scores` [n, 4] on `scale` at each of `taus`. For each fold token factors
    (and, under `fitted`, profiles) come from the other folds; no recorded cost of the fold itself reaches
    it."""
    choice = np.zeros((len(case.rows), len(taus)), dtype=np.int64)
    for fold in np.unique(case.fold):
        own = case.fold == fold
        setting = setting_for(case, scores, scale, how, ~own)
        choice[own] = choices(scores[own], case.characters[own], setting, taus, engine)
    return System(name, family, choice, taus)


def priced(name: str, case: Case, scores: Floats, scale: ScoreScale, how: Profiles) -> System:
    """Not in the product: the same verdicts, but the model with the least cost + μ · shortfall. Algorithm 2
    takes any saving, however small, wherever the cheaper model meets the requirement; this weighs it."""
    choice = np.zeros((len(case.rows), len(PRICES)), dtype=np.int64)
    for fold in np.unique(case.fold):
        own = case.fold == fold
        cost, short = offers(scores[own], case.characters[own], setting_for(case, scores, scale, how, ~own))
        unit = cost[:, int(case.score[~own].mean(axis=0).argmax())].mean()
        choice[own] = _least(cost / unit, short)
    return System(name, "ours", choice, PRICES, "a proposal, not in the product")


def _least(cost: Floats, short: Floats) -> Ints:
    with np.errstate(invalid="ignore"):
        total = cost[:, None, :] + PRICES[None, :, None] * short[:, None, :]
    return np.asarray(np.nan_to_num(total, nan=np.inf).argmin(axis=2), dtype=np.int64)


def setting_for(case: Case, scores: Floats, scale: ScoreScale, how: Profiles, others: Mask) -> Setting:
    """What the router sees when it was fitted on the queries that `others` [n] marks."""
    catalog = case.pool.catalog
    if not case.declared:
        catalog = with_token_factors(catalog, case.characters[others], case.recorded[others])
    return setting_of(how, catalog, scale, scores[others], case.score[others])
