"""A folder of `queries.jsonl(.gz)` and `outcomes.csv(.gz)` -> an outcome table, every row checked."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from attrs import evolve, frozen

from hydra_auto.dimensions import DIMENSIONS, Vector
from hydra_auto.outcome_files import TableError, csv_rows, file_of, json_lines

COLUMNS: Final = ("id", "model", "score")
"""What `outcomes.csv` must have; `cost_usd` and `tokens` may be there too."""

Given = tuple[str, Vector]
"""('scores' on the predictor's scale or 'needs' on the label scale, four numbers in [0, 1])."""


@frozen
class Query:
    """One request; `given` is what the table itself says that it requires, if it does."""

    id: str
    text: str
    given: Given | None


@frozen
class Outcome:
    """`score` in [0, 1], 1 a success; `cost` in USD, None unknown."""

    query: str
    model: str
    score: float
    cost: float | None

    def of(self, query: str) -> Outcome:
        """The same of a query that is named `query`: tables together may use one id twice."""
        return evolve(self, query=query)


@frozen
class OutcomeTable:
    """`outcomes` are those whose score is known."""

    name: str
    queries: Mapping[str, Query]
    outcomes: tuple[Outcome, ...]


def read_table(folder: Path) -> OutcomeTable:
    """The table in `folder`.

    Raises:
        TableError: a file is missing, cannot be read, or a row is not what it should be.
    """
    queries: dict[str, Query] = {}
    for place, query in _queries(file_of(folder, "queries.jsonl")):
        if query.id in queries:
            raise TableError(f"{place}: the id {query.id!r} is there twice: remove one")
        queries[query.id] = query
    outcomes = tuple(_outcomes(file_of(folder, "outcomes.csv"), queries))
    if not outcomes:
        raise TableError(f"{folder}: no outcome has a score: fill the column `score`")
    return OutcomeTable(folder.name, queries, outcomes)


def _queries(path: Path) -> Iterator[tuple[str, Query]]:
    for place, row in json_lines(path):
        if not isinstance(row.get("id"), str) or not row["id"]:
            raise TableError(f"{place}: needs an object with a text `id`")
        if not isinstance(row.get("text", ""), str):
            raise TableError(f"{place}: `text` must be a text")
        yield place, Query(row["id"], row.get("text", ""), _given(row, place))


def _given(row: Mapping[str, Any], place: str) -> Given | None:
    for key in ("needs", "scores"):
        if key not in row:
            continue
        values = row[key].values() if isinstance(row[key], dict) else ()
        right = isinstance(row[key], dict) and row[key].keys() == set(DIMENSIONS)
        if not right or not all(_in_unit(v) for v in values):
            raise TableError(f"{place}: `{key}` must be {', '.join(DIMENSIONS)}, each from 0 to 1")
        a, b, c, d = (float(row[key][name]) for name in DIMENSIONS)
        return key, (a, b, c, d)
    return None


def _in_unit(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _outcomes(path: Path, queries: Mapping[str, Query]) -> Iterator[Outcome]:
    with csv_rows(path) as (header, rows):
        missing = [c for c in COLUMNS if c not in header]
        if missing:
            raise TableError(f"{path}, row 1: has no column `{missing[0]}`")
        for place, row in rows:
            outcome = _outcome(row, place, queries)
            if outcome is not None:
                yield outcome


def _outcome(row: Mapping[str, Any], place: str, queries: Mapping[str, Query]) -> Outcome | None:
    query, model = row["id"], row["model"]
    if not query or not model:
        raise TableError(f"{place}: needs an `id` and a `model`")
    if query not in queries:
        raise TableError(f"{place}: the query {query!r} is not in queries.jsonl")
    score = _number(row["score"], "score", place)
    if score is None:
        return None
    if not 0 <= score <= 1:
        raise TableError(f"{place}: the score {score:g} is not from 0 to 1")
    cost = _number(row.get("cost_usd"), "cost_usd", place)
    if cost is not None and cost < 0:
        raise TableError(f"{place}: `cost_usd` is negative")
    return Outcome(query, model, score, cost)


def _number(text: str | None, column: str, place: str) -> float | None:
    if text is None or not text.strip():
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise TableError(f"{place}: `{column}` is {text[:40]!r}, which is no number")
    return value
