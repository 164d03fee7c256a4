"""The fold of the embedding norm into layer 0, in numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hydra_auto.conversion import ConversionError
from hydra_auto.conversion.encoder import window_table
from hydra_auto.conversion.first_layer import CHUNK, fold

EPSILON = 1e-5


def normalised(embeddings: np.ndarray, gain: np.ndarray, bias: np.ndarray) -> np.ndarray:
    rows = embeddings.astype(np.float64)
    rows = rows - rows.mean(1, keepdims=True)
    return rows / np.sqrt((rows**2).mean(1, keepdims=True) + EPSILON) * gain + bias


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    width=st.sampled_from([4, 16, 64]),
    zeros=st.integers(0, 3),
    sign=st.sampled_from([1, -1]),
)
def test_layer_0_sees_the_normalised_embeddings_and_keeps_the_rest(
    seed: int, width: int, zeros: int, sign: int
) -> None:
    random = np.random.default_rng(seed)
    embeddings = random.normal(0, random.uniform(0.01, 2), (50, width)).astype(np.float32)
    embeddings[0] = 0  # as transformers leaves the padding token
    gain = (sign * random.uniform(0.05, 2, width)).astype(np.float32)
    gain[:zeros] = 0
    bias = random.normal(0, 0.5, width).astype(np.float32)
    weight = random.normal(0, 0.3, (9, width)).astype(np.float32)
    start = random.normal(0, 0.3, 9).astype(np.float32)
    expected = normalised(embeddings, gain, bias)

    folded = fold(embeddings, gain, bias, EPSILON)
    x = folded.table.astype(np.float64)
    rms_norm = x / np.sqrt((x * x).mean(1, keepdims=True) + EPSILON) * folded.gamma
    projection, offset = folded.projection(weight, start)
    assert offset is not None
    assert np.abs(rms_norm - x).max() < 1e-5
    assert np.ptp(x - expected, axis=1).max() < 1e-5
    assert np.abs(x @ projection.T + offset - (expected @ weight.T + start)).max() < 1e-4


def test_a_table_longer_than_a_chunk_is_folded_row_by_row() -> None:
    random = np.random.default_rng(1)
    embeddings = random.normal(size=(CHUNK + 7, 4)).astype(np.float32)
    gain, bias = random.uniform(0.3, 1.7, 4).astype(np.float32), np.zeros(4, np.float32)
    folded = fold(embeddings, gain, None, EPSILON)
    assert np.ptp(folded.table - normalised(embeddings, gain, bias), axis=1).max() < 1e-5
    assert folded.projection(np.eye(4, dtype=np.float32), None)[1] is None


def test_gains_whose_inverses_cancel_are_refused() -> None:
    embeddings = np.random.default_rng(2).normal(size=(9, 4)).astype(np.float32)
    gain = np.array([1, -1, 0.5, -0.5], np.float32)
    with pytest.raises(ConversionError, match=r"sum\(1/g\)"):
        fold(embeddings, gain, None, EPSILON)


@given(window=st.integers(0, 200), distance=st.integers(-600, 600))
def test_the_window_table_is_open_within_the_window_only(window: int, distance: int) -> None:
    table = window_table(window, heads=1)[:, 0]
    assert (table[t5_bucket(distance, len(table), 2 * (window + 1))] == 0) == (abs(distance) <= window)


def t5_bucket(distance: int, buckets: int, farthest: int) -> int:
    """The bidirectional bucket function of CTranslate2's attention.cc, in its float32 arithmetic."""
    half = buckets // 2
    exact = half // 2
    start, distance = (half, distance) if distance > 0 else (0, -distance)
    if distance < exact:
        return start + distance
    step = np.log(np.float32(distance / exact)) / np.log(np.float32(farthest / exact))
    return start + min(int(np.float32(exact) + step * np.float32(half - exact)), half - 1)
