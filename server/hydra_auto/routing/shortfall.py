"""How far a model falls short of what is required (Eq. 5 of arXiv 2605.17106, with Eq. 4's widths), and
how much a model that does not fall short has to spare: the negative side of the same scale, so that one
threshold reaches from "far less will do" to "only with much to spare".

Every floating-point operation here is monotone (fsum rounds correctly), so what holds on paper holds
bit for bit: a model at least as capable everywhere never has the larger shortfall, and a requirement
that rises never lowers one. Comparisons downstream are therefore exact, without a tolerance.
"""

from __future__ import annotations

from math import fsum, inf
from typing import Final

from hydra_auto.dimensions import Vector
from hydra_auto.routing.errors import RoutingError

MOST_SURPLUS: Final = 1.0
"""Twice what is required: how much more a model is capable of makes no difference."""


def deficits(required: Vector, capability: Vector) -> Vector:
    """max(0, r_k - c_k) per dimension: a surplus in one never pays for a deficit in another."""
    a, b, c, d = (max(r - c, 0.0) for r, c in zip(required, capability, strict=True))
    return (a, b, c, d)


def shortfall(deficit: Vector, weights: Vector, widths: Vector) -> float:
    """s_m = sum_k w_k * deficit_k / width_k / sum_k w_k: the deficit as a fraction of the bands, >= 0.

    `widths` are positive (`ScoreScale.widths`).

    Raises:
        RoutingError: a weight is negative, or all are zero (no dimension would count).
    """
    if min(weights) < 0 or max(weights) <= 0:
        raise RoutingError(
            f"weights must not be negative nor all zero, and they are {weights}: set `weights`"
        )
    weighted = fsum(w * d / width for w, d, width in zip(weights, deficit, widths, strict=True))
    return weighted / fsum(weights)


def surplus(required: Vector, capability: Vector, weights: Vector) -> float:
    """min_k c_k / r_k - 1 over the dimensions that count and are required, in [0, `MOST_SURPLUS`].

    A share of the requirement, not of the band: who asks for a third more asks it of a hard request, and of
    a greeting next to nothing. 0 for a model that falls short.
    """
    pairs = zip(required, capability, weights, strict=True)
    least = min((c / r for r, c, w in pairs if r > 0 and w > 0), default=inf)
    return min(max(least - 1, 0.0), MOST_SURPLUS)


def gap(shortfall: float, surplus: float) -> float:
    """What tau is held against: the shortfall, or where there is none, minus the surplus."""
    return shortfall if shortfall > 0 else 0.0 - surplus
