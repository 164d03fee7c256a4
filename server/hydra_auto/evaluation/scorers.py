"""Queries -> requirements: by a bundle (cached by its hash), from a file of scores, or from labels."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np
from attrs import frozen

from hydra_auto.dimensions import DIMENSIONS
from hydra_auto.evaluation.engine import Engine, chunks_of
from hydra_auto.evaluation.table import Floats, OutcomeTable, queries
from hydra_auto.outcome_files import TableError, json_lines
from hydra_auto.predictor.bundle import CARD, read_card, sha256
from hydra_auto.scale import IDENTITY, ScoreScale

Advance = Callable[[int], None]


class Scorer(Protocol):
    """`scale` is the one that the scores are on; `name` is what reports call it."""

    @property
    def name(self) -> str: ...

    @property
    def scale(self) -> ScoreScale: ...

    def scores(self, table: OutcomeTable, engine: Engine, advance: Advance) -> Floats:
        """[n, 4] in [0, 1], in the table's order; a row of NaN where the scorer knows nothing."""
        ...


@frozen
class BundleScorer:
    """A model bundle. Its scores of a table are kept in `cache` under the hashes of both."""

    folder: Path
    cache: Path

    @property
    def name(self) -> str:
        return f"bundle {self.digest[:12]}"

    @property
    def digest(self) -> str:
        """The card's SHA-256; the card holds those of all other files."""
        return sha256(self.folder / CARD)

    @property
    def scale(self) -> ScoreScale:
        return read_card(self.folder).scale

    def scores(self, table: OutcomeTable, engine: Engine, advance: Advance) -> Floats:
        kept = self.cache / f"{self.digest[:16]}-{table.digest[:16]}.scores.jsonl"
        if not kept.is_file():
            self.cache.mkdir(parents=True, exist_ok=True)
            building = kept.with_suffix(".part")
            with building.open("w", encoding="utf-8") as out:
                for line in scored_lines(self.folder, table, engine):
                    out.write(line)
                    advance(1)
            building.replace(kept)
        return FileScorer(kept).scores(table, engine, advance)


@frozen
class FileScorer:
    """JSON lines of `id` and `scores` (four numbers, in the dimensions' order, or an object by name);
    a line whose `set` names another table counts where that table has the same instance and no line of
    this table's own says more. `scale`: what the scores are on; labels are on the label scale."""

    file: Path
    scale: ScoreScale = IDENTITY

    @property
    def name(self) -> str:
        return self.file.name

    def scores(self, table: OutcomeTable, engine: Engine, advance: Advance) -> Floats:
        rows = {name: i for i, name in enumerate(table.ids)}
        found = np.full((len(rows), len(DIMENSIONS)), np.nan)
        own = set()
        for where, record in json_lines(self.file):
            name = record.get("id")
            if not isinstance(name, str) or name not in rows:
                continue
            mine = record.get("set", table.name) == table.name
            if mine or name not in own:
                found[rows[name]] = _four(record.get("scores"), where)
            if mine:
                own.add(name)
        return found


def scored_lines(folder: Path, table: OutcomeTable, engine: Engine) -> Iterator[str]:
    """JSON lines {id, scores} of a table's queries that have a text, streamed in its order."""
    rows = ((q.id, q.text) for q in queries(table.folder) if q.text)
    yield from score_stream(folder, rows, engine)


def score_stream(folder: Path, rows: Iterator[tuple[str, str]], engine: Engine) -> Iterator[str]:
    """JSON lines {id, scores} of (id, text) rows, streamed: memory is flat however many there are."""
    for lines in engine.map(partial(_scoring, folder), chunks_of(rows)):
        yield from lines


def _scoring(folder: Path) -> Callable[[list[tuple[str, str]]], list[str]]:
    from hydra_auto.predictor.encoder import Predictor
    from hydra_auto.predictor.text import render

    predictor = Predictor.load(folder)

    def work(chunk: list[tuple[str, str]]) -> list[str]:
        scores = predictor.scores([render(text) for _, text in chunk])
        return [
            json.dumps({"id": name, "scores": row}) + "\n"
            for (name, _), row in zip(chunk, scores, strict=True)
        ]

    return work


def _four(scores: object, where: str) -> Sequence[float]:
    if isinstance(scores, Mapping):
        scores = [scores.get(name) for name in DIMENSIONS]
    valid = (
        isinstance(scores, list)
        and len(scores) == len(DIMENSIONS)
        and all(isinstance(s, (int, float)) and not isinstance(s, bool) and 0 <= s <= 1 for s in scores)
    )
    if not valid:
        raise TableError(f"{where}: `scores` must be four numbers from 0 to 1: {', '.join(DIMENSIONS)}")
    return scores  # type: ignore[return-value]
