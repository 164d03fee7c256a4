"""Scores that mean what they say: an affine map of each logit, folded into the heads, and its measurement."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from attrs import frozen
from scipy.optimize import minimize

from hydra_auto.dimensions import DIMENSIONS

BINS: Final = 10
"""Equal-mass bins of the reliability diagram and of the expected calibration error."""

SMALLEST: Final = 1e-6
"""Scores are kept this far from 0 and 1 before their logit is taken."""


@frozen
class Affine:
    """Per dimension, logit -> `slope` * logit + `offset`; each [4], slopes positive."""

    slope: np.ndarray
    offset: np.ndarray

    def folded(self, weight: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The heads (weight [4, width], bias [4]) whose logits are the mapped ones."""
        return (weight * self.slope[:, None]).astype(np.float32), (bias * self.slope + self.offset).astype(
            np.float32
        )

    def mapped(self, scores: np.ndarray) -> np.ndarray:
        """`scores` [n, 4] after the map."""
        mapped: np.ndarray = 1 / (1 + np.exp(-(_logit(scores) * self.slope + self.offset)))
        return mapped


def fit(labels: np.ndarray, scores: np.ndarray) -> Affine:
    """The map that minimises cross-entropy between soft `labels` and mapped `scores`, both [n, 4]."""
    logits = _logit(scores)
    found = [_one(labels[:, k], logits[:, k]) for k in range(labels.shape[1])]
    return Affine(np.asarray([s for s, _ in found]), np.asarray([o for _, o in found]))


def expected_error(labels: np.ndarray, scores: np.ndarray) -> dict[str, float]:
    """Expected calibration error per dimension: |mean label - mean score| over equal-mass bins, averaged."""
    found = {}
    for k, name in enumerate(DIMENSIONS):
        bins = reliability(labels[:, k], scores[:, k])
        total = sum(b["n"] for b in bins)
        found[name] = round(sum(b["n"] * abs(b["label"] - b["score"]) for b in bins) / total, 4)
    return found


def reliability(labels: np.ndarray, scores: np.ndarray) -> list[dict[str, Any]]:
    """Equal-mass bins in ascending order of the scores [n]: mean `score`, mean `label`, `n`."""
    order = np.argsort(scores, kind="stable")
    return [
        {"score": round(float(scores[b].mean()), 4), "label": round(float(labels[b].mean()), 4), "n": len(b)}
        for b in np.array_split(order, BINS)
        if len(b)
    ]


def _one(labels: np.ndarray, logits: np.ndarray) -> tuple[float, float]:
    def loss(parameters: np.ndarray) -> float:
        mapped = np.exp(parameters[0]) * logits + parameters[1]
        return float((np.logaddexp(0.0, mapped) - labels * mapped).mean())

    best = minimize(loss, np.zeros(2), method="BFGS").x
    return float(np.exp(best[0])), float(best[1])


def _logit(scores: np.ndarray) -> np.ndarray:
    inside = np.clip(np.asarray(scores, dtype=np.float64), SMALLEST, 1 - SMALLEST)
    values: np.ndarray = np.log(inside / (1 - inside))
    return values
