"""What the queries of a table require, on the label scale."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from hydra_auto.dimensions import Vector
from hydra_auto.fitting.table import OutcomeTable
from hydra_auto.outcome_files import TableError
from hydra_auto.scale import Knots, ScoreScale

Predict = Callable[[Sequence[str]], Sequence[Vector]]
"""Texts -> the predictor's scores, on its own scale."""


def needs_of(table: OutcomeTable, predict: Predict, scale: ScoreScale) -> dict[str, Vector]:
    """Requirement of every query that has outcomes, [0, 1] on the label scale: its own `needs`, else its own
    `scores` or what `predict` says of its text, carried back through `scale`. One that has
    neither is left out.

    Raises:
        TableError: every query has neither.
    """
    used = dict.fromkeys(o.query for o in table.outcomes)
    queries = [q for q in map(table.queries.__getitem__, used) if q.given is not None or q.text.strip()]
    if not queries:
        raise TableError(f"{table.name}: no query has text, `scores` or `needs`: give it one of them")
    unscored = [q for q in queries if q.given is None]
    predicted: Mapping[str, Vector] = {}
    if unscored:
        scores = predict([q.text for q in unscored])
        predicted = {q.id: s for q, s in zip(unscored, scores, strict=True)}
    needs = {}
    for query in queries:
        kind, values = query.given or ("scores", predicted[query.id])
        needs[query.id] = values if kind == "needs" else to_label(values, scale)
    return needs


def to_label(scores: Vector, scale: ScoreScale) -> Vector:
    """The annotations that the predictor's `scores` stand for: `scale.from_label` inverted."""
    a, b, c, d = (_inverted(knots, score) for knots, score in zip(scale.knots, scores, strict=True))
    return (a, b, c, d)


def _inverted(knots: Knots, score: float) -> float:
    """The label at `score`; where several have that score, the middle of them; outside, the nearest."""
    at = [label for label, value in knots if value == score]
    if at:
        return (at[0] + at[-1]) / 2
    if score < knots[0][1]:
        return knots[0][0]
    for (x0, y0), (x1, y1) in pairwise(knots):
        if y0 < score < y1:
            return x0 + (x1 - x0) * (score - y0) / (y1 - y0)
    return knots[-1][0]
