"""Rendered requests -> requirements in [0, 1]^4, by a CTranslate2 encoder with its heads in one graph."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import ctranslate2
import numpy as np

from hydra_auto.dimensions import DIMENSIONS, Vector
from hydra_auto.predictor.batches import by_length
from hydra_auto.predictor.bundle import BundleError, Card, read_card
from hydra_auto.predictor.text import Rendered
from hydra_auto.predictor.tokens import RequestTokenizer
from hydra_auto.scale import ScoreScale

BATCH_TOKENS = 8_192
"""Padded tokens of one batch, so that memory stays flat however many requests come at once."""


class Predictor:
    """A loaded bundle. Not tied to any model of any catalog; safe to use from one thread at a time."""

    def __init__(self, card: Card, encoder: ctranslate2.Encoder, tokenizer: RequestTokenizer) -> None:
        self.card = card
        self._encoder = encoder
        self._tokenizer = tokenizer

    @classmethod
    def load(cls, folder: Path, threads: int = 1) -> Predictor:
        """Verifies and loads the bundle in `folder`, and scores one request to prove that it works.

        Raises:
            BundleError: the bundle is missing, damaged, or its graph does not give four scores.
        """
        card = read_card(folder)
        try:
            tokenizer = RequestTokenizer.from_file(folder / "tokenizer.json", card.max_tokens)
            encoder = ctranslate2.Encoder(str(folder), device="cpu", intra_threads=threads)
        except (ValueError, RuntimeError) as error:
            raise BundleError(f"{folder}: cannot be loaded ({error}); reinstall the bundle") from error
        predictor = cls(card, encoder, tokenizer)
        predictor._prove()
        return predictor

    @property
    def scale(self) -> ScoreScale:
        """How this bundle's scores are distributed."""
        return self.card.scale

    def scores(self, requests: Sequence[Rendered]) -> list[Vector]:
        """The requirement of each request, four numbers in [0, 1], in the order of the requests."""
        rows = self._tokenizer.encode(requests)
        found: dict[int, Vector] = {}
        for chunk in by_length([len(r) for r in rows], BATCH_TOKENS):
            output = self._encoder.forward_batch([rows[i] for i in chunk])
            for i, row in zip(chunk, np.asarray(output.pooler_output), strict=True):
                found[i] = (float(row[0]), float(row[1]), float(row[2]), float(row[3]))
        return [found[i] for i in range(len(rows))]

    def token_ids(self, request: Rendered) -> list[int]:
        """The ids that the encoder reads of one request."""
        return self._tokenizer.encode([request])[0]

    def _prove(self) -> None:
        output = self._encoder.forward_batch(self._tokenizer.encode([Rendered((), "hi")])).pooler_output
        shape = None if output is None else np.asarray(output).shape
        if shape != (1, len(DIMENSIONS)):
            raise BundleError(
                f"{self.card.folder / 'model.bin'}: gives {shape} where (1, {len(DIMENSIONS)}) is due; "
                "convert an encoder that has the four heads"
            )
