"""Raw benchmark results -> the label scale, through the models that stand for its levels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from math import fsum

from hydra_auto.catalog.model import Benchmark, Catalog, Model
from hydra_auto.dimensions import DIMENSIONS
from hydra_auto.scale import Knots, interpolate


def raw_score(model: Model, k: int, benchmarks: Mapping[str, Benchmark]) -> float | None:
    """What the model's benchmarks say of dimension `k`, in [0, 1]; None when none of them measures it.

    Each score is normalised to its benchmark's low and high, clipped, and weighted by how much the
    benchmark measures the dimension. The sums are exact, so the order of the scores does not matter.
    """
    terms = [
        (benchmarks[name].measures[DIMENSIONS[k]], _normalised(score, benchmarks[name]))
        for name, score in model.benchmarks.items()
        if DIMENSIONS[k] in benchmarks[name].measures
    ]
    if not terms:
        return None
    return fsum(w * x for w, x in terms) / fsum(w for w, _ in terms)


def anchor_points(catalog: Catalog, k: int) -> list[tuple[float, float, str]]:
    """(raw, label, model id) of the anchors that are measured in dimension `k`, by ascending label."""
    models = {m.id: m for m in catalog.anchor_models}
    found = []
    for label, name in catalog.anchors:
        raw = raw_score(models[name], k, catalog.benchmarks) if name in models else None
        if raw is not None:
            found.append((raw, label, name))
    return found


def label_at(points: Sequence[tuple[float, float, str]], raw: float) -> float:
    """The label of a raw result in [0, 1]: piecewise linear through the anchors, (0, 0) and (1, 1).

    Without any anchor the raw result is taken for the label.
    """
    knots: Knots = tuple(_ascending([(0.0, 0.0), *((r, label) for r, label, _ in points), (1.0, 1.0)]))
    return interpolate(knots, raw)


def descents(points: Sequence[tuple[float, float, str]]) -> list[tuple[str, str]]:
    """Pairs of neighbouring anchors of which the higher one is not measured to be the stronger."""
    return [(low, high) for (raw_low, _, low), (raw_high, _, high) in pairwise(points) if raw_low >= raw_high]


def _normalised(score: float, benchmark: Benchmark) -> float:
    share = (score - benchmark.low) / (benchmark.high - benchmark.low)
    return min(1.0, max(0.0, share))


def _ascending(knots: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Without the end knots where an anchor already stands at 0 or 1: the anchor's word counts."""
    knots = list(knots)
    if len(knots) > 2 and knots[1][0] <= 0:
        del knots[0]
    if len(knots) > 2 and knots[-2][0] >= 1:
        del knots[-1]
    return knots
