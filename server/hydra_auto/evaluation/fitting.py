"""What the other folds say of a pool's models: how many tokens they spend, and what they can do."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
from attrs import evolve

from hydra_auto.catalog import profiles
from hydra_auto.catalog.model import Catalog
from hydra_auto.dimensions import DIMENSIONS
from hydra_auto.evaluation.replay import Setting, expected_costs
from hydra_auto.evaluation.table import Floats, Ints
from hydra_auto.scale import ScoreScale

Profiles = Literal["public", "eq3", "fitted"]
"""Where capabilities come from. `public`: the pool file's public benchmarks on the label scale, as in the
product. `eq3`: the same benchmarks by the paper's Eq. 3, min-max over the pool into the bundle's band.
`fitted`: Eq. 3 with the models' mean score on the other folds as their benchmark, into the band that the
requirements have on the other folds."""

BAND: Final = (5.0, 95.0)
"""Percentiles of the other folds' requirements that make the band of `fitted`, as in a bundle's card."""


def setting_of(
    how: Profiles, catalog: Catalog, scale: ScoreScale, scores: Floats, outcomes: Floats
) -> Setting:
    """What the router sees. `scores` [n, 4] and `outcomes` [n, m] are those of the other folds; only
    `fitted` looks at them."""
    if how == "fitted":
        catalog, scale = _fitted(catalog, scale, scores, outcomes)
    elif how == "eq3":
        catalog = evolve(catalog, scale="pool")
    return Setting(catalog, profiles(catalog, scale), scale)


def with_token_factors(catalog: Catalog, characters: Ints, cost: Floats) -> Catalog:
    """The catalog with the token factor at which each model's expected cost is its mean recorded `cost`
    [n, m] on these (other folds') queries; their geometric mean is 1. A model whose cost nobody knows, or
    that is free, keeps its own."""
    plain = evolve(catalog, models=tuple(evolve(m, token_factor=1.0) for m in catalog.models))
    counts = np.isfinite(cost).sum(axis=0)
    expected = expected_costs(plain, characters.tolist()).mean(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        factors = np.nansum(cost, axis=0) / counts / expected
    known = np.isfinite(factors) & (factors > 0)
    if not known.any():
        return catalog
    factors = factors / np.exp(np.log(factors[known]).mean())
    return evolve(
        catalog,
        models=tuple(
            evolve(m, token_factor=float(f)) if ok else m
            for m, f, ok in zip(catalog.models, factors, known, strict=True)
        ),
    )


def _fitted(
    catalog: Catalog, scale: ScoreScale, scores: Floats, outcomes: Floats
) -> tuple[Catalog, ScoreScale]:
    low, high = np.percentile(scores, BAND, axis=0)
    means = outcomes.mean(axis=0)
    models = tuple(
        evolve(m, benchmarks={}, capabilities=dict.fromkeys(DIMENSIONS, float(mean)))
        for m, mean in zip(catalog.models, means, strict=True)
    )
    band = tuple((float(a), float(b)) for a, b in zip(low, high, strict=True))
    return evolve(catalog, scale="pool", models=models), evolve(scale, band=band)
