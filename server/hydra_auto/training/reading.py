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
from hydra_auto.training.steps import batches, padded

TURN: Final = (1, 3, 6)
"""A turn of each bin: the annotated requests carry none, so it must not matter."""


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
    text: Callable[[int, random.Random], str],
    reader: Reader,
    budget: int,
    seeds: Sequence[str],
) -> list[Batch]:
    """Batches within `budget` tokens, an epoch for each seed; `text(i, rng)` is what request `i` reads as."""
    found = []
    for seed in seeds:
        requests = [as_sent(text, i, random.Random(f"{seed}:{i}")) for i in range(count)]
        rows = reader.encode(requests)
        order = batches([len(r) for r in rows], budget, random.Random(seed))
        found += [Batch(chosen, [rows[i] for i in chosen], reader.pad_id) for chosen in order]
    return found


def as_sent(text: Callable[[int, random.Random], str], i: int, rng: random.Random) -> Rendered:
    """Request `i` in some manners and at some turn."""
    return render(changed(text(i, rng), rng), rng.choice(TURN))
