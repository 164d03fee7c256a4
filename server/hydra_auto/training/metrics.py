"""How well scores agree with annotated requirements, per dimension."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import spearmanr

from hydra_auto.dimensions import DIMENSIONS

CEILING = {"reasoning": 0.94, "code_gen": 0.98, "debugging": 0.96, "tool_use": 0.99}
"""Pairwise correlation of twelve annotators on the same 70 items (the data's README)."""


def agreement(labels: np.ndarray, scores: np.ndarray) -> dict[str, dict[str, float | None]]:
    """Per dimension: `r2`, `spearman` (None where a side is constant) and `mae` of `scores` [n, 4]."""
    return {name: _one(labels[:, k], scores[:, k]) for k, name in enumerate(DIMENSIONS)}


def deviations(labels: np.ndarray) -> dict[str, float]:
    """The labels' standard deviation per dimension: what a R² of 0 leaves unexplained."""
    return {name: round(float(labels[:, k].std()), 4) for k, name in enumerate(DIMENSIONS)}


def _one(labels: np.ndarray, scores: np.ndarray) -> dict[str, float | None]:
    variance = float(((labels - labels.mean()) ** 2).sum())
    error = float(((labels - scores) ** 2).sum())
    return {
        "r2": round(1 - error / variance, 4) if variance else None,
        "spearman": _spearman(labels, scores),
        "mae": round(float(np.abs(labels - scores).mean()), 4),
    }


def _spearman(labels: np.ndarray, scores: np.ndarray) -> float | None:
    if np.ptp(labels) == 0 or np.ptp(scores) == 0:
        return None
    return round(float(spearmanr(labels, scores).statistic), 4)


def table(metrics: dict[str, dict[str, object]], splits: Sequence[str]) -> str:
    """The card's Markdown table of a metrics document (see `bundle.py`)."""
    lines = [
        "| split | dimension | n | label sd | R² | Spearman | MAE | mean: MAE "
        "| TF-IDF + ridge: R² | Spearman | MAE |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for split in splits:
        part: dict[str, dict[str, dict[str, float]]] = metrics[split]  # type: ignore[assignment]
        for name in DIMENSIONS:
            own, mean, ridge = part["predictor"][name], part["mean"][name], part["tfidf_ridge"][name]
            cells = [split, name, part["n"], part["deviation"][name], own["r2"], own["spearman"], own["mae"]]
            cells += [mean["mae"], ridge["r2"], ridge["spearman"], ridge["mae"]]
            lines.append("| " + " | ".join(_cell(c) for c in cells) + " |")
    return "\n".join(lines)


def _cell(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else "–" if value is None else str(value)
