"""Layer 0 has no attention norm: how CTranslate2 computes it all the same, exactly.

In CTranslate2 a layer without a norm has no residual either, so layer 0 gets a norm that does nothing.

- ModernBERT adds no positions to its embeddings, so a token's normalised embedding is a constant,
  y_t = (E_t - mean) / sqrt(var + eps) * g + b, and goes into the table.
- Every later norm subtracts the mean, so adding a constant to all components changes nothing. The table
  holds x_t = y_t + a_t * 1, with a_t such that mean(x_t^2) is the same K for every token. An RMSNorm with
  gamma = sqrt(K + eps) then leaves every x_t as it is.
- The attention must see y_t. The normalised embedding sums to zero before gain and bias, so all y_t lie in
  the plane n . (y - b) = 0 with n = 1 / g. With w = n / sum(n), y_t = x_t - 1 * (w . x_t - w . b), which
  is affine in x_t and goes into the projection to queries, keys and values.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from hydra_auto.conversion.error import ConversionError

Array = NDArray[np.float32]
Exact = NDArray[np.float64]

CHUNK: Final = 4096
"""Rows of the table computed at once in float64: bounds the memory that a large vocabulary takes."""

MAXIMUM_AMPLIFICATION: Final = 300.0
"""Largest sum(|w|), by which the projection amplifies the rounding of x_t. It is 1 when all gains have one
sign and about 20 for random signs. At 400 int8 still holds a cosine of .999 to the original and float32 2e-5;
at 1200 they are at .993 and 6e-5 (measured on width 256)."""


@frozen
class FirstLayer:
    """What the fold leaves: the table of x_t [tokens, width], gamma, the plane's w [width] and w . b."""

    table: Array
    gamma: float
    plane: Exact
    offset: float

    def projection(self, weight: Array, bias: Array | None) -> tuple[Array, Array | None]:
        """Weight [rows, width] and bias [rows] that give for x_t what the originals give for y_t."""
        exact = weight.astype(np.float64)
        ones = exact.sum(axis=1)
        folded = (exact - np.outer(ones, self.plane)).astype(np.float32)
        if bias is None and self.offset == 0:
            return folded, None
        start = np.zeros(len(weight)) if bias is None else bias.astype(np.float64)
        return folded, (start + ones * self.offset).astype(np.float32)


def fold(embeddings: Array, gain: Array, bias: Array | None, epsilon: float) -> FirstLayer:
    """Folds the embedding norm (gain, bias: [width]) into the embeddings [tokens, width].

    Raises:
        ConversionError: the plane of the normalised embeddings contains the direction that norms ignore.
    """
    g = gain.astype(np.float64)
    b = np.zeros_like(g) if bias is None else bias.astype(np.float64)
    plane = _plane(g)
    mean, square = (
        np.concatenate(column)
        for column in zip(
            *((y.mean(axis=1), (y * y).mean(axis=1)) for y in _normalised(embeddings, g, b, epsilon)),
            strict=True,
        )
    )
    level = float(square.max())
    shift = -mean + np.sqrt(mean * mean + level - square)
    table = np.empty_like(embeddings)
    for start, y in zip(range(0, len(table), CHUNK), _normalised(embeddings, g, b, epsilon), strict=True):
        rows = slice(start, start + CHUNK)
        table[rows] = y + shift[rows, None]
    return FirstLayer(table, float(np.sqrt(level + epsilon)), plane, float(plane @ b))


def _normalised(embeddings: Array, g: Exact, b: Exact, epsilon: float) -> Iterator[Exact]:
    """LayerNorm of the embeddings, `CHUNK` rows at a time, in float64."""
    for start in range(0, len(embeddings), CHUNK):
        rows = embeddings[start : start + CHUNK].astype(np.float64)
        centred = rows - rows.mean(axis=1, keepdims=True)
        yield centred / np.sqrt((centred * centred).mean(axis=1, keepdims=True) + epsilon) * g + b


def _plane(g: Exact) -> Exact:
    """w [width], summing to one, with w . (y - b) = 0 for every normalised embedding y.

    A gain of zero is the limit of a small one: its component is always the bias, and is the plane's normal.
    """
    smallest = np.abs(g).min()
    normal = smallest / g if smallest > 0 else (g == 0).astype(np.float64)
    total = normal.sum()
    if np.abs(normal).sum() > MAXIMUM_AMPLIFICATION * abs(total):
        raise ConversionError(
            "the embedding norm's weights g have sum(1/g) too near zero, so that layer 0 cannot be expressed"
            " in CTranslate2 to float32's precision; train them with one sign"
        )
    plane: Exact = normal / total
    return plane
