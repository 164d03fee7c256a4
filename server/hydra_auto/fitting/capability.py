"""Needs and successes -> capabilities, by a monotone item-response model fitted to the posterior's maximum.

A query that requires r (label scale) is answered by a model of capability c with the probability
sigmoid(m / s): m is the soft minimum over the dimensions of c_k - r_k, so that the binding deficit decides
and no surplus makes up for it; m = 0 means as often right as wrong, item-response theory's meaning of
"difficulty equals ability". The slope s is common to all models and chosen by the likelihood. Capabilities
are sigmoids of z with the weak prior z ~ N(0, 1.5^2), so they stay in [0, 1].

Uncertainty: 95 % intervals by the profile of the posterior (c_k is moved, the other dimensions follow, until
the log posterior has fallen by 1.92), widened where repeated queries are no independent witnesses: by the
ratio of the variance clustered by query to the plain one. The curvature at the maximum would not do: where a
dimension never binds the posterior is flat on one side. A dimension whose interval is wider than two levels
of the label scale is not identified: the table does not exercise it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from hydra_auto.dimensions import DIMENSIONS, Vector
from hydra_auto.fitting.table import Outcome

Array: TypeAlias = NDArray[np.float64]

PRIOR_SD: Final = 1.5
"""Of z: 95 % of the prior's capabilities lie between .05 and .95."""

SOFTNESS: Final = 0.03
"""The soft minimum's temperature, on the label scale."""

SLOPES: Final = (0.03, 0.05, 0.08, 0.12, 0.18, 0.27, 0.4, 0.6)
"""The slopes s tried, on the label scale; needs that say nothing make it large."""

IDENTIFIED: Final = 0.4
"""Width of a 95 % interval, on the label scale, up to which a capability is reported."""

_STEPS: Final = 60
_DROP: Final = 1.920729  # half of the chi-square quantile: 95 %, one degree of freedom
_REACH: Final = 7.0  # of z from the mode: capabilities of .001 and .999
_BISECTIONS: Final = 9
_ALL: Final = np.ones(4, dtype=np.bool_)


@frozen
class Estimate:
    """A capability on the label scale with its 95 % interval, all in [0, 1]."""

    value: float
    low: float
    high: float


@frozen
class ModelFit:
    """`n` scored outcomes with the mean `success`; `capability` has an entry per identified dimension.
    `cost` is the mean USD of a request, None unknown."""

    model: str
    n: int
    success: float
    capability: Mapping[str, Estimate]
    cost: float | None


@frozen
class _Data:
    needs: Array  # [n, 4], label scale
    scores: Array  # [n], in [0, 1]
    clusters: NDArray[np.int64]  # [n], the query of each row


@frozen
class _Mode:
    z: Array  # [4]
    value: float  # log posterior


def fit_models(
    outcomes: Sequence[Outcome], needs: Mapping[str, Vector]
) -> tuple[tuple[ModelFit, ...], float]:
    """(every model's fit by name, the slope s); `needs` has every outcome's query."""
    by_model: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by_model.setdefault(outcome.model, []).append(outcome)
    data = {name: _data(rows, needs) for name, rows in sorted(by_model.items())}
    by_slope = {s: {name: _mode(d, s) for name, d in data.items()} for s in SLOPES}
    slope = max(SLOPES, key=lambda s: sum(mode.value for mode in by_slope[s].values()))
    fits = tuple(_fit(name, by_model[name], d, by_slope[slope][name], slope) for name, d in data.items())
    return fits, slope


def success_probability(capability: Array, needs: Array, slope: float) -> Array:
    """[n] probabilities for `needs` [n, 4] and one model's `capability` [4], both on the label scale."""
    margin, _ = _soft_minimum(capability - needs)
    return np.asarray(_sigmoid(margin / slope))


def _data(rows: Sequence[Outcome], needs: Mapping[str, Vector]) -> _Data:
    ids: dict[str, int] = {}
    clusters = np.array([ids.setdefault(o.query, len(ids)) for o in rows], dtype=np.int64)
    return _Data(np.array([needs[o.query] for o in rows]), np.array([o.score for o in rows]), clusters)


def _mode(data: _Data, slope: float) -> _Mode:
    """Fisher scoring with halved steps; from several starts, since the soft minimum is not concave."""
    starts = [np.full(4, z) for z in (0.0, 1.5)]
    return max((_climb(data, slope, z) for z in starts), key=lambda mode: mode.value)


def _climb(data: _Data, slope: float, z: Array, free: NDArray[np.bool_] = _ALL) -> _Mode:
    """The nearest maximum over the `free` places of z."""
    value = _log_posterior(data, slope, z)
    for _ in range(_STEPS):
        gradients, curvature = _derivatives(data, slope, z)
        ascent = gradients.sum(axis=0) - z / PRIOR_SD**2
        step = np.zeros(4)
        step[free] = np.linalg.solve(curvature[np.ix_(free, free)], ascent[free])
        step *= min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
        better = False
        for _ in range(12):
            tried = _log_posterior(data, slope, z + step)
            if tried > value:
                better = tried - value > 1e-7
                z, value = z + step, tried
                break
            step = step / 2
        if not better:
            break
    return _Mode(z, value)


def _log_posterior(data: _Data, slope: float, z: Array) -> float:
    margin, _ = _soft_minimum(_sigmoid(z) - data.needs)
    x = margin / slope
    likelihood = data.scores * x - np.logaddexp(0.0, x)
    return float(likelihood.sum() - (z**2).sum() / (2 * PRIOR_SD**2))


def _derivatives(data: _Data, slope: float, z: Array) -> tuple[Array, Array]:
    """(each row's gradient of the log likelihood [n, 4], the posterior's Fisher information [4, 4])."""
    c = _sigmoid(z)
    margin, share = _soft_minimum(c - data.needs)
    p = _sigmoid(margin / slope)
    slopes = share * (c * (1 - c)) / slope
    information = (slopes * (p * (1 - p))[:, None]).T @ slopes + np.eye(4) / PRIOR_SD**2
    return slopes * (data.scores - p)[:, None], information


def _fit(name: str, rows: Sequence[Outcome], data: _Data, mode: _Mode, slope: float) -> ModelFit:
    drops = _DROP * _design_effects(data, mode, slope)
    capability = {}
    for k, dimension in enumerate(DIMENSIONS):
        low, high = (_profile_end(data, slope, mode, k, sign, float(drops[k])) for sign in (-1.0, 1.0))
        if high - low <= IDENTIFIED:
            capability[dimension] = Estimate(float(_sigmoid(mode.z[k])), low, high)
    costs = [o.cost for o in rows if o.cost is not None]
    mean_cost = float(np.mean(costs)) if costs else None
    return ModelFit(name, len(rows), float(data.scores.mean()), capability, mean_cost)


def _design_effects(data: _Data, mode: _Mode, slope: float) -> Array:
    """[4] variance clustered by query over the plain one, at least 1."""
    gradients, information = _derivatives(data, slope, mode.z)
    inverse = np.linalg.inv(information)
    by_query = np.zeros((int(data.clusters.max()) + 1, 4))
    np.add.at(by_query, data.clusters, gradients)
    sandwich = inverse @ (by_query.T @ by_query) @ inverse
    return np.maximum(1.0, np.diag(sandwich) / np.diag(inverse))


def _profile_end(data: _Data, slope: float, mode: _Mode, k: int, sign: float, drop: float) -> float:
    """Where the profile of dimension `k` has fallen by `drop`, on the side `sign` of the mode; a label."""
    free = np.arange(4) != k
    inner, outer = 0.0, _REACH
    start = mode.z
    for _ in range(_BISECTIONS):
        middle = (inner + outer) / 2
        tried = start.copy()
        tried[k] = mode.z[k] + sign * middle
        found = _climb(data, slope, tried, free)
        if mode.value - found.value < drop:
            inner, start = middle, found.z
        else:
            outer = middle
    return float(_sigmoid(mode.z[k] + sign * outer))


def _soft_minimum(values: Array) -> tuple[Array, Array]:
    """(soft minimum [n] of `values` [n, 4], each value's share in it [n, 4])."""
    lowest = values.min(axis=1, keepdims=True)
    weights = np.exp((lowest - values) / SOFTNESS)
    total = weights.sum(axis=1, keepdims=True)
    return (lowest - SOFTNESS * np.log(total))[:, 0], weights / total


def _sigmoid(x: Array) -> Array:
    return np.asarray(0.5 * (1 + np.tanh(x / 2)))
