"""Do the scores know which tasks real models fail? Rank correlation with recorded outcomes."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Set
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy.stats import spearmanr

from hydra_auto.fitting import OutcomeTable, read_table
from hydra_auto.predictor.text import render
from hydra_auto.training.data import rows
from hydra_auto.training.examination.languages import Scorer

QUERIES: Final = 800
"""Queries looked at of one table, by hash of the id."""


def examine(data: Path, scorer: Scorer) -> dict[str, Any]:
    """Per outcome table: Spearman between the sum of the four scores and the models' mean failure.

    `annotated` is the same for the annotators' scores, on the queries that have them. Queries without a text
    are left out. Without outcome tables there is nothing to say, and the answer is empty.
    """
    if not (data / "outcomes").is_dir():
        return {}
    labels = {(r["set"], r["id"]): sum(r["scores"]) for r in rows(data / "requirements-outcomes.jsonl.gz")}
    found = {}
    for folder in sorted(p.parent for p in (data / "outcomes").glob("*/outcomes.csv.gz")):
        table = read_table(folder)
        scored = {o.query for o in table.outcomes}
        queries = [q for q in table.queries.values() if q.text and q.id in scored]
        queries.sort(key=lambda q: hashlib.sha256(q.id.encode()).digest())
        queries = queries[:QUERIES]
        failure = _failures(table, {q.id for q in queries})
        sums = np.asarray(scorer([render(q.text) for q in queries])).sum(axis=1)
        failed = np.asarray([failure[q.id] for q in queries])
        known = [i for i, q in enumerate(queries) if (table.name, q.id) in labels]
        by_label = [labels[table.name, queries[i].id] for i in known]
        found[table.name] = {
            "queries": len(queries),
            "predictor": _spearman(sums, failed),
            "annotatedQueries": len(known),
            "annotated": _spearman(np.asarray(by_label), failed[known]) if len(known) > 20 else None,
        }
    return found


def _failures(table: OutcomeTable, queries: Set[str]) -> dict[str, float]:
    """Mean failure (1 - score) per query, of the models that every one of `queries` has a score of (of all
    where there is none): other models for other queries would pass for difficulty."""
    scores: dict[str, dict[str, float]] = defaultdict(dict)
    for outcome in table.outcomes:
        if outcome.query in queries:
            scores[outcome.query][outcome.model] = outcome.score
    common = set[str].intersection(*(set(s) for s in scores.values())) if scores else set()
    kept = {i: [v for m, v in s.items() if not common or m in common] for i, s in scores.items()}
    return {i: 1 - sum(values) / len(values) for i, values in kept.items()}


def _spearman(a: np.ndarray, b: np.ndarray) -> float | None:
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return None
    return round(float(spearmanr(a, b).statistic), 4)
