"""JSON lines of requests -> JSON lines of scores, in batches, so that memory stays flat."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from attrs import frozen

from hydra_auto.dimensions import named
from hydra_auto.predictor.encoder import Predictor
from hydra_auto.predictor.text import render

BATCH = 256
"""Requests read before they are scored together."""


@frozen
class ScoringRequest:
    """One line of input: `id` is whatever the caller put there (None: absent)."""

    id: Any
    text: str
    turn: int | None = None
    mode: str | None = None


def read_requests(lines: Iterable[bytes], name: str) -> Iterator[ScoringRequest]:
    """Parses JSON lines; blank lines are skipped.

    Raises:
        ValueError: a line is no JSON object with a string `text`; one sentence with `name` and the line.
    """
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{name}, line {number}: not JSON ({error})") from error
        if not isinstance(row, dict) or not isinstance(row.get("text"), str):
            raise ValueError(f"{name}, line {number}: needs an object with a string `text`")
        turn = row.get("turn")
        if turn is not None and (not isinstance(turn, int) or isinstance(turn, bool) or turn < 1):
            raise ValueError(f"{name}, line {number}: `turn` must be a whole number from 1")
        mode = row.get("mode")
        if mode is not None and not isinstance(mode, str):
            raise ValueError(f"{name}, line {number}: `mode` must be a string (ask, edit or agent)")
        yield ScoringRequest(row.get("id"), row["text"], turn, mode)


def scored(predictor: Predictor, requests: Iterable[ScoringRequest]) -> Iterator[dict[str, Any]]:
    """{`id`, `scores`} for each request, in order; `scores` rounded to six digits."""
    for batch in _batches(requests):
        rendered = [render(r.text, r.turn, r.mode) for r in batch]
        for request, scores in zip(batch, predictor.scores(rendered), strict=True):
            yield {"id": request.id, "scores": {k: round(v, 6) for k, v in named(scores).items()}}


def _batches(requests: Iterable[ScoringRequest]) -> Iterator[list[ScoringRequest]]:
    iterator = iter(requests)
    while batch := list(islice(iterator, BATCH)):
        yield batch
