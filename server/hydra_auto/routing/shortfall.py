"""How far a model falls short of what is required (Eq. 5 of arXiv 2605.17106, with Eq. 4's widths).

Every floating-point operation here is monotone (fsum rounds correctly), so what holds on paper holds
bit for bit: a model at least as capable everywhere never has the larger shortfall, and a requirement
that rises never lowers one. Comparisons downstream are therefore exact, without a tolerance.
"""

from __future__ import annotations

from math import fsum

from hydra_auto.dimensions import Vector
from hydra_auto.routing.errors import RoutingError


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
