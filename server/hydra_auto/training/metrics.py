"""How well scores agree with annotated requirements, per dimension."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import spearmanr

from hydra_auto.dimensions import DIMENSIONS, named

CEILING = {"reasoning": 0.94, "code_gen": 0.98, "debugging": 0.96, "tool_use": 0.99}
"""Pairwise correlation of twelve annotators on the same 70 items (the data's README)."""


def agreement(labels: np.ndarray, scores: np.ndarray) -> dict[str, dict[str, float | None]]:
    """Per dimension: `r2`, `spearman` (None where a side is constant) and `mae` of `scores` [n, 4]."""
    return {name: _one(labels[:, k], scores[:, k]) for k, name in enumerate(DIMENSIONS)}


def deviations(labels: np.ndarray) -> dict[str, float]:
    """The labels' standard deviation per dimension: what a R² of 0 leaves unexplained."""
    return {name: round(float(labels[:, k].std()), 4) for k, name in enumerate(DIMENSIONS)}


def by_source(sources: Sequence[str], labels: np.ndarray, scores: np.ndarray) -> dict[str, dict[str, Any]]:
    """Per source, the largest first: how many requests, and per dimension the mean label, the mean error
    (score - label) and its mean absolute value."""
    found = {}
    for source, n in Counter(sources).most_common():
        own = np.asarray([s == source for s in sources])
        error = scores[own] - labels[own]
        found[source] = {
            "n": n,
            "label": named(labels[own].mean(axis=0).round(4).tolist()),
            "error": named(error.mean(axis=0).round(4).tolist()),
            "mae": named(np.abs(error).mean(axis=0).round(4).tolist()),
        }
    return found


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


def table(metrics: dict[str, Any], split: str) -> str:
    """The card's Markdown table of one split: our figures, then each baseline's R² and MAE."""
    part, rivals = metrics[split], metrics["baselines"]
    head = ["dimension", "label sd", "R²", "Spearman", "MAE", "calibration error"]
    head += [f"{r.replace('_', ' + ')}: R² (MAE)" for r in rivals]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for name in DIMENSIONS:
        own = part["predictor"][name]
        cells = [name, part["deviation"][name], own["r2"], own["spearman"], own["mae"]]
        cells.append(part["calibrationError"][name])
        cells += [f"{_cell(part[r][name]['r2'])} ({_cell(part[r][name]['mae'])})" for r in rivals]
        lines.append("| " + " | ".join(_cell(c) for c in cells) + " |")
    return "\n".join(lines)


def _cell(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else "–" if value is None else str(value)
