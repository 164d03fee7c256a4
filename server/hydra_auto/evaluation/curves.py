"""Frontiers: what a knob's positions cost and achieve, against mixing the best single models at random."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import frozen

from hydra_auto.evaluation.table import Floats


@frozen(eq=False)
class Mixing:
    """What random mixing reaches: a concave frontier through `cost` and `quality` [P], both ascending, from
    the cheapest single model to the best one. Beyond its ends it is flat."""

    cost: Floats
    quality: Floats

    def at(self, cost: Floats) -> Floats:
        return np.interp(cost, self.cost, self.quality)

    @property
    def integral(self) -> float:
        return float(np.trapezoid(self.quality, self.cost))


def hull(cost: Floats, quality: Floats) -> Mixing:
    """The upper concave hull of single models' (cost, quality) [m], from the cheapest to the best."""
    order = sorted(zip(cost.tolist(), (-quality).tolist(), strict=True))
    kept: list[tuple[float, float]] = []
    for c, q in ((c, -minus) for c, minus in order):
        if kept and q <= kept[-1][1]:
            continue
        while len(kept) > 1 and _rises_more(kept[-2], kept[-1], (c, q)):
            kept.pop()
        kept.append((c, q))
    return Mixing(np.asarray([c for c, _ in kept]), np.asarray([q for _, q in kept]))


def _rises_more(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> bool:
    """Whether b lies on or below the line from a to c."""
    return (b[1] - a[1]) * (c[0] - a[0]) <= (c[1] - a[1]) * (b[0] - a[0])


def blind(parts: Sequence[Mixing], shares: Sequence[float]) -> Mixing:
    """Mixing that does not look at the table: in each of them the same way from its cheapest model to its
    best one. `shares` are the tables' parts of the whole."""
    spans = [(p.cost - p.cost[0]) / max(p.cost[-1] - p.cost[0], 1e-300) for p in parts]
    way = np.unique(np.concatenate(spans))
    cost = sum(s * np.interp(way, x, p.cost) for s, x, p in zip(shares, spans, parts, strict=True))
    quality = sum(s * np.interp(way, x, p.quality) for s, x, p in zip(shares, spans, parts, strict=True))
    return Mixing(np.asarray(cost), np.asarray(quality))


def allocated(parts: Sequence[Mixing], shares: Sequence[float]) -> Mixing:
    """Mixing that knows the table, and in hindsight where money helps most: the tables' hulls, steepest
    parts first."""
    steps = [
        (s * float(dc), s * float(dq))
        for s, p in zip(shares, parts, strict=True)
        for dc, dq in zip(np.diff(p.cost), np.diff(p.quality), strict=True)
    ]
    steps.sort(key=lambda step: -step[1] / max(step[0], 1e-300))
    start = [
        sum(s * float(v[0]) for s, v in zip(shares, vs, strict=True))
        for vs in ([p.cost for p in parts], [p.quality for p in parts])
    ]
    cost = start[0] + np.concatenate([[0.0], np.cumsum([c for c, _ in steps])])
    quality = start[1] + np.concatenate([[0.0], np.cumsum([q for _, q in steps])])
    return Mixing(cost, quality)


def path_integral(cost: Floats, quality: Floats, start: Floats, end: Floats) -> Floats:
    """[B] integral of quality over cost along the straight lines through `start`, the knob's positions in
    order ([B, T]), and `end`, within the costs from `start` to `end`; these are (cost, quality) [2, B].

    The positions are taken as they come and not sorted or thinned out to the lucky ones, so luck with τ
    earns nothing, and turning back to a lower cost counts negatively. A line that leaves the costs between
    the ends is cut there, with the quality that it has there: what is spent beyond the dear end earns
    nothing, and a position beyond it counts only as far as mixing it with the one before stays within.
    """
    c = np.concatenate([start[0][:, None], cost, end[0][:, None]], axis=1)
    q = np.concatenate([start[1][:, None], quality, end[1][:, None]], axis=1)
    run, rise = np.diff(c, axis=1), np.diff(q, axis=1)
    within = np.clip(c, start[0][:, None], end[0][:, None])
    before, after = within[:, :-1] - c[:, :-1], within[:, 1:] - c[:, :-1]
    middle = np.divide((before + after) / 2, run, out=np.zeros_like(run), where=run != 0)
    return np.asarray(((q[:, :-1] + rise * middle) * (after - before)).sum(axis=1))


def area_above(mixings: Sequence[Mixing], cost: Floats, quality: Floats, held: bool = False) -> Floats:
    """[B] mean height of a knob's path above random mixing at equal cost, over the costs from the cheapest
    to the best single model; `cost` and `quality` [B, T] are its positions, `mixings` [B] one per row.

    Straight lines lead to the cheapest model from the first position and from the last one to the best
    model: mixing these models with the knob's end reaches them. `held`: the last position's quality is
    kept instead, as befits a bound. Where cheapest and best are the same, there is no area: 0.
    """
    start, end = (np.asarray([(m.cost[i], m.quality[i]) for m in mixings]).T for i in (0, -1))
    if held:
        end = np.stack([end[0], quality[:, -1]])
    below = np.asarray([m.integral for m in mixings])
    over = path_integral(cost, quality, start, end) - below
    width = end[0] - start[0]
    return np.asarray(np.divide(over, width, out=np.zeros_like(width), where=width > 0))


def covered(mixing: Mixing, cost: Floats) -> float:
    """The share of the costs from the cheapest to the best single model that lies between the knob's
    cheapest and dearest position; `cost` [T]. Where they are the same: 0."""
    low, high = float(mixing.cost[0]), float(mixing.cost[-1])
    return float(np.ptp(np.clip(cost, low, high))) / (high - low) if high > low else 0.0
