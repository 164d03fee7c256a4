"""The scale on which requirements and capabilities meet: how a bundle's scores are distributed.

Need and capability must share one scale (the purpose of the paper's Eq. 3). The label scale is absolute
(0 not needed, .2 any tiny model does it, .4 a small current model, .6 a good mid-size model, .8 only the
strongest, 1 even they often fail); a trained predictor's scores are a monotone distortion of it, which
the bundle's card records and this type carries to the catalog and the routing.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise

from attrs import frozen

from hydra_auto.dimensions import DIMENSIONS, Vector

Knots = tuple[tuple[float, float], ...]
"""(label, score) pairs, labels strictly ascending from 0 to 1, scores not descending, both in [0, 1]."""

MINIMUM_WIDTH = 0.05
"""The narrowest band that a dimension may have in Eq. 4: below it, noise would decide."""


@frozen
class ScoreScale:
    """One bundle's score distribution per dimension.

    `knots[k]` maps the label scale to the predictor's scores (quantile matching on untrained annotated
    traffic); `band[k]` is the (low, high) range that the scores of untrained traffic occupy; `sigma[k]`
    is their standard deviation, for drift.
    """

    knots: tuple[Knots, Knots, Knots, Knots]
    band: tuple[tuple[float, float], ...]
    sigma: Vector

    @property
    def widths(self) -> Vector:
        """Band widths, max(high - low, .05) per dimension (Eq. 4)."""
        w = [max(high - low, MINIMUM_WIDTH) for low, high in self.band]
        return (w[0], w[1], w[2], w[3])

    def from_label(self, k: int, label: float) -> float:
        """What the predictor would score, in dimension `k`, for a need annotated `label` in [0, 1]."""
        return interpolate(self.knots[k], label)


def interpolate(knots: Knots, x: float) -> float:
    """Piecewise-linear value at `x` through `knots` (x strictly ascending); constant outside them."""
    if x <= knots[0][0]:
        return knots[0][1]
    if x >= knots[-1][0]:
        return knots[-1][1]
    right = bisect_right([k[0] for k in knots], x)
    (x0, y0), (x1, y1) = knots[right - 1], knots[right]
    return y0 + (y1 - y0) * (x - x0) / (x1 - x0)


def checked(scale: ScoreScale) -> ScoreScale:
    """The scale itself when it keeps its contract.

    Raises:
        ValueError: knots not ascending, values outside [0, 1], or a wrong number of dimensions.
    """
    if not len(scale.knots) == len(scale.band) == len(scale.sigma) == len(DIMENSIONS):
        raise ValueError(f"a score scale needs {len(DIMENSIONS)} dimensions")
    for name, knots in zip(DIMENSIONS, scale.knots, strict=True):
        values = [v for knot in knots for v in knot]
        ascending = all(a[0] < b[0] and a[1] <= b[1] for a, b in pairwise(knots))
        if len(knots) < 2 or not ascending or not all(0 <= v <= 1 for v in values):
            raise ValueError(f"the score scale of {name} must ascend within [0, 1]")
    return scale


IDENTITY = ScoreScale(
    knots=(((0.0, 0.0), (1.0, 1.0)),) * 4,
    band=((0.0, 1.0),) * 4,
    sigma=(1.0, 1.0, 1.0, 1.0),
)
"""Scores that are labels: what holds when no predictor is loaded."""
