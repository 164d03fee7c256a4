"""Requests -> batches of token rows: an epoch reads requests, each time in some manners, at some turn."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import torch
from attrs import frozen
from torch import Tensor

from hydra_auto.predictor.text import Rendered, render
from hydra_auto.training.augmentation import changed
from hydra_auto.training.data import Example
from hydra_auto.training.steps import batches, digest, padded

TURN: Final = (1, 3, 6)
"""A turn of each bin: the annotated requests carry none, so it must not matter."""


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

    chosen: np.ndarray
    rows: Sequence[np.ndarray]
    pad: int

    def tensors(self) -> tuple[Tensor, Tensor]:
        """(ids, mask), each [batch, longest row], on the device."""
        return padded(self.rows, self.pad)

    @property
    def content(self) -> bytes:
        """What it reads, for `steps.digest`."""
        return b"".join([self.chosen.tobytes(), *(row.tobytes() for row in self.rows)])

    def of(self, values: Tensor) -> Tensor:
        """The rows of `values` [n, …] that belong to this batch."""
        return values[torch.from_numpy(self.chosen)]


def read(
    places: Sequence[int],
    request: Callable[[int, random.Random], Said],
    reader: Reader,
    budget: int,
    seeds: Sequence[str],
    dropped: float,
    kept: Path | None = None,
) -> list[Batch]:
    """Batches within `budget` tokens of the requests at `places`, an epoch for each seed.

    `request(i, rng)` is what the one at place `i` says; `dropped` is the share of its tokens, in [0, 1], that
    are left out at random, so that it is not known by heart.

    With a folder `kept`, what an epoch reads is kept there, for a run that goes on.
    """
    found = []
    for seed in seeds:
        name = digest([f"{seed}:{budget}:{dropped}".encode(), np.asarray(places).tobytes()])
        file = None if kept is None else kept / f"{name}.npz"
        if file is not None and file.exists():
            chosen, rows = _kept(file)
        else:
            chosen, rows = _epoch(places, request, reader, budget, seed, dropped)
            if file is not None:
                _keep(file, chosen, rows)
        found += _batches(chosen, rows, reader.pad_id)
    return found


def _epoch(
    places: Sequence[int],
    request: Callable[[int, random.Random], Said],
    reader: Reader,
    budget: int,
    seed: str,
    dropped: float,
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """(the places of each batch's requests, the rows of all of them in that order)."""
    requests = [as_sent(request, i, random.Random(f"{seed}:{n}:{i}")) for n, i in enumerate(places)]
    rng = random.Random(f"{seed}:dropped")
    rows = [np.asarray(_thinned(row, dropped, rng), dtype=np.int32) for row in reader.encode(requests)]
    order = [np.asarray(c) for c in batches([len(r) for r in rows], budget, random.Random(seed))]
    return [np.asarray(places)[c] for c in order], [rows[n] for batch in order for n in batch]


def _batches(chosen: Sequence[np.ndarray], rows: Sequence[np.ndarray], pad: int) -> list[Batch]:
    ends = np.cumsum([len(c) for c in chosen]).tolist()
    return [Batch(c, rows[end - len(c) : end], pad) for c, end in zip(chosen, ends, strict=True)]


def _kept(file: Path) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """What `_epoch` gave when `_keep` wrote it."""
    with np.load(file) as parts:
        chosen = np.split(parts["chosen"], parts["batches"].cumsum()[:-1])
        return chosen, np.split(parts["ids"], parts["lengths"].cumsum()[:-1])


def _keep(file: Path, chosen: Sequence[np.ndarray], rows: Sequence[np.ndarray]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial.npz")
    np.savez(
        partial,
        chosen=np.concatenate(chosen),
        batches=np.asarray([len(c) for c in chosen]),
        ids=np.concatenate(rows),
        lengths=np.asarray([len(r) for r in rows]),
    )
    partial.replace(file)


def as_sent(request: Callable[[int, random.Random], Said], i: int, rng: random.Random) -> Rendered:
    """Request `i` in some manners and at some turn."""
    now = request(i, rng)
    return render(changed(now.text, rng), rng.choice(TURN), now.mode)


def said(example: Example) -> Said:
    """An annotated request in the mode that its annotators knew of."""
    return Said(example.text, example.mode)


def _thinned(row: list[int], dropped: float, rng: random.Random) -> list[int]:
    """`row` without some of its tokens; the first and the last one, [CLS] and [SEP], stay."""
    return [t for n, t in enumerate(row) if n in (0, len(row) - 1) or rng.random() >= dropped]
