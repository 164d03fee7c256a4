"""Requests -> batches of token rows: an epoch reads every request once, in some manners, at some turn."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Final, Protocol

import torch
from attrs import frozen
from torch import Tensor

from hydra_auto.predictor.text import Rendered, render
from hydra_auto.training.augmentation import changed
from hydra_auto.training.data import Example
from hydra_auto.training.steps import batches, padded

TURN: Final = (1, 3, 6)
"""A turn of each bin: the annotated requests carry none, so it must not matter."""

UNTOLD: Final = "agent"
"""The chat mode that may stay untold. Where there is none, annotators rate what it takes to carry the request
out (the rubric: a bug report needs tool_use .5 to .7), which agent mode does and ask mode does not.
"""

TOLD: Final = 0.5
"""How often that mode is told all the same where a request was written in it."""

DROPPED: Final = 0.08
"""Share of a request's tokens that are left out at random, so that it is not known by heart."""


@frozen
class Said:
    """What a request says this time, and in which chat mode (None: not told)."""

    text: str
    mode: str | None = None


class Reader(Protocol):
    """Who turns requests into rows of token ids: our tokenizer, or the teacher with its own."""

    @property
    def pad_id(self) -> int: ...

    def encode(self, requests: Sequence[Rendered], /) -> list[list[int]]: ...


@frozen
class Batch:
    """The requests `chosen` (their places in the data) as rows of token ids, of like lengths."""

    chosen: Sequence[int]
    rows: Sequence[Sequence[int]]
    pad: int

    def tensors(self) -> tuple[Tensor, Tensor]:
        """(ids, mask), each [batch, longest row], on the device."""
        return padded(self.rows, self.pad)

    @property
    def content(self) -> bytes:
        """What it reads, for `steps.digest`."""
        return repr((self.chosen, self.rows)).encode()

    def of(self, values: Tensor) -> Tensor:
        """The rows of `values` [n, …] that belong to this batch."""
        return values[torch.tensor(self.chosen)]


def read(
    count: int,
    request: Callable[[int, random.Random], Said],
    reader: Reader,
    budget: int,
    seeds: Sequence[str],
) -> list[Batch]:
    """Batches within `budget` tokens, an epoch for each seed; `request(i, rng)` is what request `i` says."""
    found = []
    for seed in seeds:
        requests = [as_sent(request, i, random.Random(f"{seed}:{i}")) for i in range(count)]
        rng = random.Random(f"{seed}:dropped")
        rows = [_thinned(row, rng) for row in reader.encode(requests)]
        order = batches([len(r) for r in rows], budget, random.Random(seed))
        found += [Batch(chosen, [rows[i] for i in chosen], reader.pad_id) for chosen in order]
    return found


def as_sent(request: Callable[[int, random.Random], Said], i: int, rng: random.Random) -> Rendered:
    """Request `i` in some manners and at some turn."""
    now = request(i, rng)
    return render(changed(now.text, rng), rng.choice(TURN), now.mode)


def said(example: Example, rng: random.Random) -> Said:
    """An annotated request, its mode told or not."""
    told = example.given or example.mode != UNTOLD or rng.random() < TOLD
    return Said(example.text, example.mode if told else None)


def _thinned(row: list[int], rng: random.Random) -> list[int]:
    """`row` without some of its tokens; the first and the last one, [CLS] and [SEP], stay."""
    return [t for n, t in enumerate(row) if n in (0, len(row) - 1) or rng.random() >= DROPPED]
