"""The four scores inside the graph: HyDRA's heads and transformers' classification head."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conversion_models import checkpoint, encode, padded, scores, token_ids
from safetensors.numpy import save_file
from transformers import ModernBertForSequenceClassification

from hydra_auto.conversion import ConversionError, convert
from hydra_auto.dimensions import DIMENSIONS

TOLERANCE = 1e-5
"""Largest difference of a float32 score."""

INT8_SCORE = 0.05
"""Largest difference of an int8 score. Eight bits keep a step of 1/127 of each row's largest weight and of
each token's largest activation; over a handful of layers and the heads that moved random scores, which
spread over the whole of [0, 1], by .02 at most where this was measured. A tenth of the distance between two
labels (.2) would be .02; trained heads are flatter than random ones."""


def random_head(width: int, seed: int = 7) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    return (
        random.normal(0, 0.15, (4, width)).astype(np.float32),
        random.normal(0, 0.3, 4).astype(np.float32),
    )


def expected_scores(model: Any, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """sigmoid(weight @ [CLS] + bias) of transformers' hidden states."""
    tokens, mask = padded(token_ids(model.config.vocab_size))
    with torch.no_grad():
        first = model(tokens, attention_mask=mask).last_hidden_state[:, 0].numpy()
    return 1 / (1 + np.exp(-(first @ weight.T + bias)))


def converted_scores(model: Any, converted: Path) -> np.ndarray:
    pooled = encode(converted, token_ids(model.config.vocab_size))[1]
    assert pooled is not None
    return pooled


def test_a_given_head_scores_the_first_token(tmp_path: Path) -> None:
    source, head = checkpoint(tmp_path / "source"), random_head(64)
    converted = convert(source.folder, tmp_path / "ct2", quantization=None, head=head)
    expected = expected_scores(source.model, *head)
    assert expected.std(0).min() > 0.05
    assert np.abs(converted_scores(source.model, converted) - expected).max() < TOLERANCE


def test_a_heads_file_scores_as_the_same_head_given(tmp_path: Path) -> None:
    source, (weight, bias) = checkpoint(tmp_path / "source"), random_head(64)
    save_file({"weight": weight, "bias": bias}, source.folder / "heads.safetensors")
    converted = convert(source.folder, tmp_path / "ct2", quantization=None)
    expected = expected_scores(source.model, weight, bias)
    assert np.abs(converted_scores(source.model, converted) - expected).max() < TOLERANCE


def test_a_given_head_overrides_the_heads_file(tmp_path: Path) -> None:
    source, (weight, bias) = checkpoint(tmp_path / "source"), random_head(64)
    save_file({"weight": -weight, "bias": bias}, source.folder / "heads.safetensors")
    converted = convert(source.folder, tmp_path / "ct2", quantization=None, head=(weight, bias))
    expected = expected_scores(source.model, weight, bias)
    assert np.abs(converted_scores(source.model, converted) - expected).max() < TOLERANCE


def test_a_given_head_is_left_as_it_was(tmp_path: Path) -> None:
    source, (weight, bias) = checkpoint(tmp_path / "source"), random_head(64)
    convert(source.folder, tmp_path / "ct2", head=(weight, bias))
    assert np.array_equal(weight, random_head(64)[0])
    assert np.array_equal(bias, random_head(64)[1])


def test_an_encoder_without_heads_gives_no_scores(tmp_path: Path) -> None:
    source = checkpoint(tmp_path / "source")
    hidden, pooled = encode(convert(source.folder, tmp_path / "ct2"), [[1, 5, 9], [4]])
    assert hidden.shape == (2, 3, 64)
    assert pooled is None


@pytest.mark.parametrize("pooling", ["cls", "mean"])
@pytest.mark.parametrize("biases", [False, True])
@pytest.mark.parametrize("activation", ["gelu", "silu", "tanh"])
def test_a_classification_head_is_exact(tmp_path: Path, pooling: str, biases: bool, activation: str) -> None:
    source = checkpoint(
        tmp_path / "source",
        ModernBertForSequenceClassification,
        num_labels=4,
        classifier_pooling=pooling,
        classifier_bias=biases,
        norm_bias=biases,
        classifier_activation=activation,
        hidden_activation=activation,
    )
    converted = convert(source.folder, tmp_path / "ct2", quantization=None)
    original, pooled = scores(source.model, converted)
    assert original.std(0).min() > 0.02
    assert np.abs(original - pooled).max() < TOLERANCE


def test_a_classifiers_named_labels_are_put_in_the_dimensions_order(tmp_path: Path) -> None:
    names = list(reversed(DIMENSIONS))
    source = checkpoint(
        tmp_path / "source", ModernBertForSequenceClassification, id2label=dict(enumerate(names))
    )
    converted = convert(source.folder, tmp_path / "ct2", quantization=None)
    original, pooled = scores(source.model, converted)
    assert np.abs(original[:, ::-1] - pooled).max() < TOLERANCE
    assert np.abs(original - pooled).max() > 0.05


@pytest.mark.parametrize("quantization", ["int8", "int16"])
@pytest.mark.parametrize("pooling", ["cls", "mean"])
def test_a_quantised_classification_head_stays_within_its_bound(
    tmp_path: Path, quantization: str, pooling: str
) -> None:
    source = checkpoint(
        tmp_path / "source", ModernBertForSequenceClassification, num_labels=4, classifier_pooling=pooling
    )
    converted = convert(source.folder, tmp_path / "ct2", quantization=quantization)
    original, pooled = scores(source.model, converted)
    assert np.abs(original - pooled).max() < INT8_SCORE


def test_a_quantised_head_stays_within_its_bound(tmp_path: Path) -> None:
    source, head = checkpoint(tmp_path / "source"), random_head(64)
    converted = convert(source.folder, tmp_path / "ct2", head=head)
    difference = converted_scores(source.model, converted) - expected_scores(source.model, *head)
    assert 0 < np.abs(difference).max() < INT8_SCORE


@pytest.mark.parametrize("labels", [2, 5])
def test_a_classifier_with_other_than_four_labels_is_refused(tmp_path: Path, labels: int) -> None:
    source = checkpoint(tmp_path / "source", ModernBertForSequenceClassification, num_labels=labels)
    with pytest.raises(ConversionError, match=f"has {labels} labels"):
        convert(source.folder, tmp_path / "ct2")


def test_a_classifier_of_something_else_is_refused(tmp_path: Path) -> None:
    topics = dict(enumerate(["world", "sports", "business", "science"]))
    source = checkpoint(tmp_path / "source", ModernBertForSequenceClassification, id2label=topics)
    with pytest.raises(ConversionError, match="world, sports"):
        convert(source.folder, tmp_path / "ct2")


def test_a_classification_head_in_half_precision_is_refused(tmp_path: Path) -> None:
    source = checkpoint(tmp_path / "source", ModernBertForSequenceClassification, num_labels=4)
    with pytest.raises(ConversionError, match="float16"):
        convert(source.folder, tmp_path / "ct2", quantization="float16")


def test_a_classifier_with_another_head_given_is_its_encoder_and_that_head(tmp_path: Path) -> None:
    source = checkpoint(tmp_path / "source", ModernBertForSequenceClassification, num_labels=2)
    head = random_head(64)
    converted = convert(source.folder, tmp_path / "ct2", quantization=None, head=head)
    expected = expected_scores(source.model.model, *head)
    assert np.abs(converted_scores(source.model, converted) - expected).max() < TOLERANCE


@pytest.mark.parametrize(
    ("weight", "bias"),
    [((3, 64), (4,)), ((4, 63), (4,)), ((4, 64), (3,)), ((64, 4), (4,))],
)
def test_a_head_of_another_shape_is_refused(
    tmp_path: Path, weight: tuple[int, ...], bias: tuple[int, ...]
) -> None:
    source = checkpoint(tmp_path / "source")
    with pytest.raises(ConversionError, match=r"\[4, 64\]"):
        convert(source.folder, tmp_path / "ct2", head=(np.ones(weight), np.ones(bias)))


def test_a_head_that_is_not_finite_is_refused(tmp_path: Path) -> None:
    source = checkpoint(tmp_path / "source")
    with pytest.raises(ConversionError, match="finite"):
        convert(source.folder, tmp_path / "ct2", head=(np.full((4, 64), np.nan), np.zeros(4)))


def test_a_heads_file_without_its_tensors_is_refused(tmp_path: Path) -> None:
    source = checkpoint(tmp_path / "source")
    save_file({"weight": np.zeros((4, 64), np.float32)}, source.folder / "heads.safetensors")
    with pytest.raises(ConversionError, match="weight and bias"):
        convert(source.folder, tmp_path / "ct2")
