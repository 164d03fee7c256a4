"""One workload, all systems -> every figure with its interval."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, Literal

import numpy as np
from attrs import field, frozen

from hydra_auto.evaluation.curves import Mixing, allocated, area_above, blind, covered, hull
from hydra_auto.evaluation.resampling import draws, shuffled
from hydra_auto.evaluation.system import System, oracle, played
from hydra_auto.evaluation.table import Floats, Ints
from hydra_auto.evaluation.workload import Workload

Regime = Literal["peak", "iso", "aggressive"]
REGIMES: Final[tuple[Regime, ...]] = ("peak", "iso", "aggressive")

TRADE: Final = 0.032
"""Quality that the aggressive regime may give up against the reference: the paper's 3.2 points."""

PERCENT: Final = 100.0

ORACLE_PRICES: Final = np.concatenate([[1e9], np.geomspace(100, 1e-4, 120), [0.0]])


@frozen
class Options:
    """`replicates` of the bootstrap, `permutations` of the null, and the `seed` of both."""

    replicates: int = 2000
    permutations: int = 1000
    seed: int = 20261126

    def fewer(self, times: int) -> Options:
        """As many draws and shuffles divided by `times`, rounded up."""
        return Options(-(-self.replicates // times), -(-self.permutations // times), self.seed)


@frozen(eq=False)
class Sums:
    """Weighted sums of one system per fold F, draw B and knob position T: [F, B, T]."""

    quality: Floats
    cost: Floats
    misrouted: Floats


@frozen(eq=False)
class Ground:
    """What all systems of a workload are held against, per draw B: total weight [F, B], the mixings of its
    tables, the best score that any model of the pool reached [B], and `reference` sums [F, B]."""

    workload: Workload
    weights: Floats
    total: Floats
    mixings: tuple[Mixing, ...]
    allocations: tuple[Mixing, ...]
    best: Floats
    reference: tuple[Floats, Floats]
    singles: Mapping[str, tuple[Floats, Floats]] = field(factory=dict)


def study(
    workload: Workload,
    systems: Sequence[System],
    options: Options,
    reference: str | None = None,
    advance: Callable[[int], None] = lambda _: None,
    marks: Mapping[str, float] = MappingProxyType({}),
) -> dict[str, Any]:
    """Every figure of `systems` on `workload`, the first of them being the one the others are compared with.

    `reference` names a single model (None: the strongest of each table); `marks` names positions of the first
    system's knob, of which the same figures are told as of the regimes. Intervals are 95 % percentiles of
    the draws; in each draw τ is selected anew, for every fold on the other folds. Qualities are in
    points (0 to 100), costs in USD per query (mixed: in units of each table's always-strongest).
    """
    ground = _ground(workload, options, reference)
    bound = oracle(workload, ORACLE_PRICES)
    areas = {}
    rows = []
    for system in (*systems, bound):
        areas[system.name], row = _row(ground, system, options, marks if system is systems[0] else None)
        rows.append(row)
        advance(1)
    ours = areas[systems[0].name]
    for row in rows:
        name = row["name"]
        row["areaBehindFirst"] = _interval(ours - areas[name])
        row["areaToOracle"] = _interval(areas[bound.name] - areas[name])
    return {
        "name": workload.name,
        "queries": len(workload),
        "clusters": len(np.unique(workload.cluster)),
        "reference": reference or "always-strongest",
        "referenceQuality": _interval(ground.reference[0].sum(0) / ground.total.sum(0) * PERCENT),
        "referenceCost": _interval(ground.reference[1].sum(0) / ground.total.sum(0)),
        "mixing": {
            "cost": ground.mixings[0].cost.tolist(),
            "quality": (ground.mixings[0].quality * PERCENT).tolist(),
        },
        "singles": _singles_told(ground),
        "tables": [_told(workload, i) for i in range(len(workload.cases))],
        "systems": rows,
    }


# --- the ground ------------------------------------------------------------------------------------------


def _ground(workload: Workload, options: Options, reference: str | None) -> Ground:
    weights = draws(workload, options.replicates, options.seed)
    total = _folded(workload, weights, np.ones((len(workload), 1)))[..., 0]
    parts = [_part_singles(workload, weights, i) for i in range(len(workload.cases))]
    shares = np.stack([share for share, _, _ in parts], axis=1)
    shares = shares / shares.sum(axis=1, keepdims=True)
    hulls = [[hull(c, q) for c, q in zip(cost, quality, strict=True)] for _, cost, quality in parts]
    per_draw = list(zip(*hulls, strict=True))
    chosen = np.concatenate([np.full(len(c.rows), _reference(c, reference)) for c in workload.cases])[:, None]
    return Ground(
        workload,
        weights,
        total,
        tuple(blind(h, s) for h, s in zip(per_draw, shares.tolist(), strict=True)),
        tuple(allocated(h, s) for h, s in zip(per_draw, shares.tolist(), strict=True)),
        weights @ np.nanmax(workload.score, axis=1) / total.sum(axis=0),
        _pair(workload, weights, chosen),
        _singles(workload, weights),
    )


def _reference(case: Any, reference: str | None) -> int:
    if reference is None:
        return int(case.strongest)
    if reference not in case.pool.models:
        models = ", ".join(case.pool.models)
        raise ValueError(f"--reference {reference}: {case.pool.file} has no such model; use one of {models}")
    return int(case.pool.models.index(reference))


def _singles(workload: Workload, weights: Floats) -> dict[str, tuple[Floats, Floats]]:
    """What always taking one model achieves and costs: by model, or, where pools differ, by rank."""
    if len(workload.cases) == 1:
        models = enumerate(workload.cases[0].pool.models)
        named = {name: np.full((len(workload), 1), j) for j, name in models}
    else:
        named = {
            f"always-{rank}": np.concatenate(
                [np.full(len(c.rows), getattr(c, rank)) for c in workload.cases]
            )[:, None]
            for rank in ("cheapest", "strongest")
        }
    return {name: _pair(workload, weights, choice) for name, choice in named.items()}


def _pair(workload: Workload, weights: Floats, choice: Ints) -> tuple[Floats, Floats]:
    quality = _folded(workload, weights, played(workload.score, choice))[..., 0]
    return quality, _folded(workload, weights, played(workload.cost, choice))[..., 0]


def _part_singles(workload: Workload, weights: Floats, part: int) -> tuple[Floats, Floats, Floats]:
    """A table's weight [B] and its single models' mean cost and quality [B, m] in every draw. A draw that
    leaves a table empty (possible only with very few clusters) gets the table's own means."""
    own = workload.part == part
    m = workload.cases[part].score.shape[1]
    w = weights[:, own]
    share = w.sum(axis=1)
    safe = np.where(share[:, None] > 0, w, weights[:1, own])
    norm = safe.sum(axis=1, keepdims=True)
    return share, safe @ workload.cost[own, :m] / norm, safe @ workload.score[own, :m] / norm


def _folded(workload: Workload, weights: Floats, values: Floats) -> Floats:
    """[F, B, T] weighted sums of `values` [n, T] over each fold's queries."""
    folds = range(int(workload.fold.max()) + 1)
    return np.stack([weights[:, workload.fold == f] @ values[workload.fold == f] for f in folds])


# --- one system ------------------------------------------------------------------------------------------


def _sums(ground: Ground, system: System) -> Sums:
    workload = ground.workload
    quality = played(workload.score, system.choice)
    misrouted = (quality < np.nanmax(workload.score, axis=1, keepdims=True)).astype(float)
    cost = played(workload.cost, system.choice)
    return Sums(*(_folded(workload, ground.weights, v) for v in (quality, cost, misrouted)))


def _row(
    ground: Ground, system: System, options: Options, marks: Mapping[str, float] | None
) -> tuple[Floats, dict[str, Any]]:
    """A system's area [B], in points, and all its figures, with those at `marks` where it has any. A bound
    keeps its last quality to the dear end."""
    sums, bound = _sums(ground, system), system.family == "bound"
    total = ground.total.sum(axis=0)[:, None]
    quality, cost = sums.quality.sum(0) / total, sums.cost.sum(0) / total
    area, above_allocated = (
        area_above(mixings, cost, quality, held=bound) * PERCENT
        for mixings in (ground.mixings, ground.allocations)
    )
    row: dict[str, Any] = {
        "name": system.name,
        "family": system.family,
        "remark": system.remark,
        "area": _interval(area),
        "areaAboveAllocated": _interval(above_allocated),
        "covered": covered(ground.mixings[0], cost[0]) * PERCENT,
        "frontier": {
            "knob": [min(float(k), 1e9) for k in system.knobs],
            "cost": cost[0].tolist(),
            "quality": (quality[0] * PERCENT).tolist(),
            "qualityLow": (np.percentile(quality[1:], 2.5, axis=0) * PERCENT).tolist(),
            "qualityHigh": (np.percentile(quality[1:], 97.5, axis=0) * PERCENT).tolist(),
        },
    }
    if not bound:
        row["regimes"] = {r: _figures(ground, system, sums, _selected(ground, sums, r)) for r in REGIMES}
    if marks is not None:
        places = {name: int(np.flatnonzero(system.knobs == value)[0]) for name, value in marks.items()}
        at = {name: np.full(ground.total.shape, place) for name, place in places.items()}
        row["marks"] = {name: _figures(ground, system, sums, own) for name, own in at.items()}
    if system.family == "ours":
        row["null"] = _null(ground, system, float(area[0]), options)
    return area, row


def _figures(ground: Ground, system: System, sums: Sums, at: Ints) -> dict[str, Any]:
    """What the knob's positions `at` [F, B] achieve and cost."""
    total = ground.total.sum(axis=0)

    def held_out(values: Floats) -> Floats:
        return np.asarray(np.take_along_axis(values, at[..., None], axis=2)[..., 0].sum(axis=0) / total)

    quality, cost, misrouted = held_out(sums.quality), held_out(sums.cost), held_out(sums.misrouted)
    ref_quality, ref_cost = (r.sum(axis=0) / total for r in ground.reference)
    mixing = np.asarray([float(m.at(np.asarray(c))) for m, c in zip(ground.mixings, cost, strict=True)])
    return {
        "knob": [min(float(system.knobs[i]), 1e9) for i in at[:, 0]],
        "quality": _interval(quality * PERCENT),
        "cost": _interval(cost),
        "saving": _interval((1 - cost / ref_cost) * PERCENT),
        "points": _interval((quality - ref_quality) * PERCENT),
        "aboveMixing": _interval((quality - mixing) * PERCENT),
        "QR": _interval(quality / ground.best * PERCENT),
        "misroute": _interval(misrouted * PERCENT),
        "savingAgainst": {
            name: _interval((1 - cost * total / c.sum(axis=0)) * PERCENT)
            for name, (_, c) in ground.singles.items()
        },
        "share": _shares(ground.workload, system, at[:, 0]),
    }


def _selected(ground: Ground, sums: Sums, regime: Regime) -> Ints:
    """[F, B] the position that the other folds of that draw recommend for each fold."""
    norm = _others(ground.total)
    quality = _others(sums.quality) / norm[..., None]
    cost = _others(sums.cost) / norm[..., None]
    reference = _others(ground.reference[0]) / norm
    best = quality.argmax(axis=2)
    if regime == "peak":
        return np.asarray(best)
    floor = reference - (TRADE if regime == "aggressive" else 0.0)
    good = quality >= floor[..., None] - 1e-12
    cheapest = np.where(good, cost, np.inf).argmin(axis=2)
    return np.asarray(np.where(good.any(axis=2), cheapest, best))


def _others(sums: Floats) -> Floats:
    """[F, …] per fold what the other folds add up to; added and not subtracted, so that the fold's own
    figures do not even reach the last digit."""
    return np.stack([np.delete(sums, fold, axis=0).sum(axis=0) for fold in range(len(sums))])


def _null(ground: Ground, system: System, area: float, options: Options) -> dict[str, Any]:
    """The same area with the decisions dealt out anew: its spread, and how often it reaches `area`."""
    random = np.random.default_rng(options.seed + 1)
    workload = ground.workload
    weight = workload.weight / workload.weight.sum()
    found = []
    for _ in range(options.permutations):
        choice = shuffled(system.choice, workload, random)
        cost, quality = (weight @ played(values, choice) for values in (workload.cost, workload.score))
        found.append(float(area_above(ground.mixings[:1], cost[None], quality[None])[0] * PERCENT))
    if not found:
        return {}
    return {
        "mean": float(np.mean(found)),
        "high": float(np.percentile(found, 95)),
        "p": (1 + sum(f >= area for f in found)) / (1 + len(found)),
    }


# --- telling ---------------------------------------------------------------------------------------------


def _interval(values: Floats) -> dict[str, float]:
    """{value, low, high}: the workload's own figure (row 0) and the draws' 95 % percentile interval."""
    low, high = np.percentile(values[1:], (2.5, 97.5)) if len(values) > 1 else (values[0], values[0])
    return {"value": float(values[0]), "low": float(low), "high": float(high)}


def _shares(workload: Workload, system: System, at: Ints) -> dict[str, float]:
    """How often each model is chosen, in percent of its table's queries."""
    chosen = system.choice[np.arange(len(workload)), at[workload.fold]]
    shares = {}
    for part, case in enumerate(workload.cases):
        own = chosen[workload.part == part]
        for j, model in enumerate(case.pool.models):
            name = model if len(workload.cases) == 1 else f"{case.name}: {model}"
            shares[name] = float((own == j).mean() * PERCENT)
    return shares


def _singles_told(ground: Ground) -> dict[str, Any]:
    total = ground.total.sum(axis=0)
    return {
        name: {
            "quality": _interval(q.sum(axis=0) / total * PERCENT),
            "cost": _interval(c.sum(axis=0) / total),
        }
        for name, (q, c) in ground.singles.items()
    }


def _told(workload: Workload, part: int) -> dict[str, Any]:
    case = workload.cases[part]
    return {
        "name": case.name,
        "pool": case.pool.name,
        "models": list(case.pool.models),
        "queries": len(case.rows),
        "declaredCosts": case.declared,
        "strongest": case.pool.models[case.strongest],
        "remarks": list(case.remarks),
    }
