"""Benchmarks and capabilities -> capability profiles on the predictor's own scale (the aim of Eq. 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import fsum

from hydra_auto.catalog.anchors import anchor_points, label_at, raw_score
from hydra_auto.catalog.model import Benchmark, Catalog, Model, Profile
from hydra_auto.dimensions import DIMENSIONS, Vector
from hydra_auto.scale import ScoreScale

Known = Mapping[int, float]
"""What is known of a model: dimension index -> value in [0, 1]; never empty."""


def profiles(catalog: Catalog, scale: ScoreScale) -> tuple[Profile, ...]:
    """The profile of every model, in the catalog's order, capabilities in [0, 1].

    Under `scale: label` a model's profile depends on nothing but the model, the benchmarks' references,
    the anchors and the bundle's `scale`: no other model, no allow and no deny changes it. Under
    `scale: pool` it is the paper's Eq. 3, min–max over all of the catalog's models.
    """
    if catalog.scale == "pool":
        return _pool_profiles(catalog, scale)
    points = [anchor_points(catalog, k) for k in range(len(DIMENSIONS))]
    return tuple(_label_profile(m, catalog.benchmarks, points, scale) for m in catalog.models)


def _label_profile(
    model: Model,
    benchmarks: Mapping[str, Benchmark],
    points: Sequence[Sequence[tuple[float, float, str]]],
    scale: ScoreScale,
) -> Profile:
    known = _known(model, benchmarks, lambda k, raw: label_at(points[k], raw))
    label = _completed(known)
    return Profile(
        model, _vector(scale.from_label(k, v) for k, v in enumerate(label)), label, _estimated(known)
    )


def _pool_profiles(catalog: Catalog, scale: ScoreScale) -> tuple[Profile, ...]:
    """Eq. 3 literally. Explicit capabilities count as raw results; a dimension that nobody has results
    in, or the same, is the middle of the band; a missing one is the mean of the model's places in the
    others."""
    raw = [_known(m, catalog.benchmarks, lambda _, value: value) for m in catalog.models]
    places: list[dict[int, float]] = [{} for _ in raw]
    for k in range(len(DIMENSIONS)):
        present = [known[k] for known in raw if k in known]
        for known, place in zip(raw, places, strict=True):
            if k in known:
                place[k] = _share(known[k], min(present), max(present))
    return tuple(
        Profile(m, _in_bands(_completed(place), scale), None, _estimated(place))
        for m, place in zip(catalog.models, places, strict=True)
    )


def _known(
    model: Model, benchmarks: Mapping[str, Benchmark], mapped: Callable[[int, float], float]
) -> dict[int, float]:
    """Explicit capabilities as they are, else what `mapped` makes of the benchmarks' result."""
    known = {}
    for k, name in enumerate(DIMENSIONS):
        raw = raw_score(model, k, benchmarks)
        if name in model.capabilities:
            known[k] = model.capabilities[name]
        elif raw is not None:
            known[k] = mapped(k, raw)
    return known


def _completed(known: Known) -> Vector:
    """All four dimensions: a missing one is the mean of the known ones."""
    mean = fsum(known.values()) / len(known)
    return _vector(known.get(k, mean) for k in range(len(DIMENSIONS)))


def _estimated(known: Known) -> frozenset[str]:
    return frozenset(name for k, name in enumerate(DIMENSIONS) if k not in known)


def _share(value: float, low: float, high: float) -> float:
    return (value - low) / (high - low) if high > low else 0.5


def _in_bands(places: Vector, scale: ScoreScale) -> Vector:
    return _vector(low + place * (high - low) for place, (low, high) in zip(places, scale.band, strict=True))


def _vector(values: Iterable[float]) -> Vector:
    v = tuple(values)
    return (v[0], v[1], v[2], v[3])
