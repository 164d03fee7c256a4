"""A folder of recorded outcomes -> arrays; whatever is wrong with it is said in one sentence."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from attrs import frozen

from hydra_auto.outcome_files import TableError, csv_rows, file_of, json_lines

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

COLUMNS: Final = ("id", "model", "score", "cost_usd")
"""What `outcomes.csv` must have; `tokens` may be there and is not read."""


@frozen(eq=False)
class Query:
    """One recorded request. `cluster` is its repository where `meta` names one, else its id: resampling
    alone reads it. No router ever sees `meta`."""

    id: str
    text: str
    cluster: str


@frozen(eq=False)
class OutcomeTable:
    """n queries x m models. `score` [n, m] in [0, 1] and `cost` [n, m] in USD are NaN where unknown;
    `characters` [n] is the length of each query's text (0: the table has none)."""

    name: str
    folder: Path
    ids: tuple[str, ...]
    clusters: tuple[str, ...]
    characters: Ints
    models: tuple[str, ...]
    score: Floats
    cost: Floats

    @property
    def digest(self) -> str:
        """Hex digest of the queries file: what scores and embeddings are cached by."""
        with file_of(self.folder, "queries.jsonl").open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


def read_table(folder: Path, models: Sequence[tuple[str, ...]], asked_by: str) -> OutcomeTable:
    """The outcomes of `models` in `folder` (`queries.jsonl`, `outcomes.csv`, either may be .gz).

    Each model comes with all the names by which the table may call it, its own first. `asked_by` names the
    pool file in complaints. Texts are not kept: `queries` streams them.

    Raises:
        TableError: a file, a column or a model is missing, or a row is malformed, doubled, of an unknown
            query, or outside its range.
    """
    ids, clusters, characters = [], [], []
    for query in queries(folder):
        ids.append(query.id)
        clusters.append(query.cluster)
        characters.append(len(query.text))
    if not ids:
        raise TableError(f"{file_of(folder, 'queries.jsonl')}: has no queries")
    score, cost = _outcomes(file_of(folder, "outcomes.csv"), ids, models, asked_by)
    return OutcomeTable(
        folder.name,
        folder,
        tuple(ids),
        tuple(clusters),
        np.asarray(characters),
        tuple(m[0] for m in models),
        score,
        cost,
    )


def queries(folder: Path) -> Iterator[Query]:
    """The queries of a table, one at a time, in the order of the file.

    Raises:
        TableError: a row is no JSON object with a string `id` (and, if at all, a string `text`), or doubled.
    """
    path = file_of(folder, "queries.jsonl")
    seen = set()
    for where, row in json_lines(path):
        query = _query(row, where)
        if query.id in seen:
            raise TableError(f"{where}: the id {query.id!r} is there twice; remove one")
        seen.add(query.id)
        yield query


def _query(row: dict[str, Any], where: str) -> Query:
    if not isinstance(row.get("id"), str):
        raise TableError(f"{where}: needs an object with a string `id`")
    text, meta = row.get("text") or "", row.get("meta")
    if not isinstance(text, str):
        raise TableError(f"{where}: `text` must be a string")
    repository = meta.get("repo") if isinstance(meta, dict) else None
    return Query(row["id"], text, repository if isinstance(repository, str) else row["id"])


def _outcomes(
    path: Path, ids: Sequence[str], models: Sequence[tuple[str, ...]], asked_by: str
) -> tuple[Floats, Floats]:
    rows = {name: i for i, name in enumerate(ids)}
    columns = {name: j for j, names in enumerate(models) for name in reversed(names)}
    score = np.full((len(ids), len(models)), np.nan)
    cost = np.full_like(score, np.nan)
    met: set[str] = set()
    for where, record in _records(path):
        met.add(record["model"])
        if record["id"] not in rows:
            raise TableError(f"{where}: the query {record['id']!r} is not in queries.jsonl; remove the row")
        j = columns.get(record["model"])
        if j is None:
            continue
        i = rows[record["id"]]
        if not (np.isnan(score[i, j]) and np.isnan(cost[i, j])):
            raise TableError(f"{where}: {record['model']!r} on {record['id']!r} is there twice; remove one")
        score[i, j] = _number(record["score"], "score", where, 1.0)
        cost[i, j] = _number(record["cost_usd"], "cost_usd", where, np.inf)
    unknown = [names for names in models if met.isdisjoint(names)]
    if unknown:
        there = ", ".join(sorted(met))
        raise TableError(
            f"{asked_by}: the model {unknown[0][-1]!r} has no outcome in {path}; use one of {there}"
        )
    return score, cost


def _records(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    with csv_rows(path) as (header, rows):
        for column in COLUMNS:
            if column not in header:
                raise TableError(f"{path}, row 1: the column `{column}` is missing; add it (empty: unknown)")
        for where, record in rows:
            if None in record.values() or None in record:
                raise TableError(f"{where}: has not as many cells as the header")
            yield where, record


def _number(cell: str, column: str, where: str, highest: float) -> float:
    """A cell's value; NaN where it is empty, which means unknown."""
    if not cell.strip():
        return float("nan")
    try:
        value = float(cell)
    except ValueError:
        raise TableError(f"{where}: `{column}` is {cell!r}, and must be a number or empty") from None
    if not 0 <= value <= highest or not np.isfinite(value):
        raise TableError(f"{where}: `{column}` is {cell}, and must lie between 0 and {highest:g}")
    return value
