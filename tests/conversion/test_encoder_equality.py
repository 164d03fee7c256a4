"""The converted float32 encoder gives transformers' hidden states, for every configuration that converts."""

from __future__ import annotations

import json
import shutil
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conversion_models import (
    LENGTHS,
    SMALL,
    base_checkpoint,
    checkpoint,
    converted_states,
    distance,
    eight_bit,
    encode,
    least_cosine,
    noise,
    original_states,
    token_ids,
)
from transformers import ModernBertForMaskedLM

from hydra_auto.conversion import convert

TOLERANCE = 1e-4
"""Largest difference of a component of float32 hidden states, whose norm gains reach 1.7."""

INT8_NOISE = 1.6
"""Most that int8 may differ from float32, as a multiple of what 8 bits a weight and a value cost the original
model. Not 1: the shift that makes layer 0 possible widens the embeddings' range, and so their steps.
Measured 1.05 (22 layers, width 768) to 1.35 (one layer, width 64)."""

INT8_COSINE = 0.999
"""Least cosine between a token's int8 and float32 hidden states, for weights of transformers' own scales
(measured .9998); layers that all add as much as they are given cost more, with or without a conversion."""

LOCAL, GLOBAL = "sliding_attention", "full_attention"

PATTERNS = {
    "every third layer global": {},
    "every second layer global": {"layer_types": [GLOBAL, LOCAL, GLOBAL, LOCAL, GLOBAL]},
    "all sliding": {"layer_types": [LOCAL] * 5},
    "all full": {"layer_types": [GLOBAL] * 5},
    "local layers first and last": {"layer_types": [LOCAL, GLOBAL, GLOBAL, LOCAL, LOCAL]},
    "one layer": {"num_hidden_layers": 1},
}


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
def test_every_pattern_of_layer_types_is_exact(tmp_path: Path, pattern: dict[str, Any]) -> None:
    source = checkpoint(tmp_path / "source", **pattern)
    converted = convert(source.folder, tmp_path / "ct2", quantization=None)
    assert distance(source.model, converted) < TOLERANCE


@pytest.mark.parametrize("window", [0, 1, 2, 7, 128, 2048])
def test_every_window_is_exact(tmp_path: Path, window: int) -> None:
    source = checkpoint(
        tmp_path / "source", local_attention=window, layer_types=[LOCAL, GLOBAL, LOCAL], num_hidden_layers=3
    )
    converted = convert(source.folder, tmp_path / "ct2", quantization=None)
    assert distance(source.model, converted) < TOLERANCE


@pytest.mark.parametrize(("norm", "attention", "mlp"), list(product([False, True], repeat=3)))
def test_every_combination_of_biases_is_exact(tmp_path: Path, norm: bool, attention: bool, mlp: bool) -> None:
    biases = {"norm_bias": norm, "attention_bias": attention, "mlp_bias": mlp, "num_hidden_layers": 3}
    source = checkpoint(tmp_path / "source", **biases)
    converted = convert(source.folder, tmp_path / "ct2", quantization=None)
    assert distance(source.model, converted) < TOLERANCE


@pytest.mark.parametrize(
    "activation",
    ["gelu_new", "gelu_fast", "gelu_pytorch_tanh", "quick_gelu", "silu", "relu", "tanh", "sigmoid"],
)
def test_every_accepted_activation_is_exact(tmp_path: Path, activation: str) -> None:
    source = checkpoint(tmp_path / "source", hidden_activation=activation, num_hidden_layers=2)
    converted = convert(source.folder, tmp_path / "ct2", quantization=None)
    assert distance(source.model, converted) < TOLERANCE


def test_other_rotary_bases_and_another_epsilon_are_exact(tmp_path: Path) -> None:
    bases = {
        LOCAL: {"rope_type": "default", "rope_theta": 500.0},
        GLOBAL: {"rope_type": "default", "rope_theta": 7000.0},
    }
    source = checkpoint(tmp_path / "source", rope_parameters=bases, norm_eps=1e-2)
    converted = convert(source.folder, tmp_path / "ct2", quantization=None)
    assert distance(source.model, converted) < TOLERANCE


@pytest.mark.parametrize(
    "gains",
    [[1e-3], [-0.8, 0.0], [0.0, 0.0, 0.0], [-1.0, -0.5, -1.5, -0.7]],
    ids=["tiny", "one is zero", "three are zero", "negative"],
)
def test_unusual_gains_of_the_embedding_norm_are_exact(tmp_path: Path, gains: list[float]) -> None:
    def change(model: Any) -> None:
        model.embeddings.norm.weight[: len(gains)] = torch.tensor(gains)

    source = checkpoint(tmp_path / "source", change=change, norm_bias=True)
    converted = convert(source.folder, tmp_path / "ct2", quantization=None)
    assert distance(source.model, converted) < TOLERANCE


@pytest.mark.parametrize(
    "changed",
    [
        {"local_attention": 34},
        {"norm_eps": 1e-3},
        {"layer_types": [GLOBAL, LOCAL, LOCAL, LOCAL, LOCAL]},
        {"rope_parameters": {LOCAL: {"rope_theta": 9000.0}, GLOBAL: {"rope_theta": 160_000.0}}},
    ],
    ids=["window", "epsilon", "layer types", "rotary base"],
)
def test_the_tolerance_would_show_a_configuration_misread(tmp_path: Path, changed: dict[str, Any]) -> None:
    source = checkpoint(tmp_path / "source")
    path = source.folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changed}))
    converted = convert(source.folder, tmp_path / "ct2", quantization=None)
    assert distance(source.model, converted) > TOLERANCE


@pytest.mark.parametrize("biases", [False, True])
@pytest.mark.parametrize("quantization", ["int8", "int8_float32", "int16"])
def test_quantisation_costs_little_more_than_its_bits(
    tmp_path: Path, quantization: str, biases: bool
) -> None:
    source = checkpoint(
        tmp_path / "source", norm_bias=biases, attention_bias=biases, mlp_bias=biases, num_hidden_layers=3
    )
    converted = convert(source.folder, tmp_path / "ct2", quantization=quantization)
    exact = original_states(source.model)
    lost = noise(exact, original_states(eight_bit(source.model)))
    assert 0 < noise(exact, converted_states(source.model, converted)) < INT8_NOISE * lost


def test_a_text_alone_gives_what_it_gives_in_a_batch(tmp_path: Path) -> None:
    source = checkpoint(tmp_path / "source")
    converted = convert(source.folder, tmp_path / "ct2", quantization=None)
    ids = token_ids(SMALL["vocab_size"])
    together, _ = encode(converted, ids)
    for row, text in enumerate(ids):
        alone, _ = encode(converted, [text])
        assert np.abs(together[row, : len(text)] - alone[0]).max() < TOLERANCE


def test_a_masked_language_model_converts_to_its_encoder(tmp_path: Path) -> None:
    source = checkpoint(tmp_path / "source", ModernBertForMaskedLM)
    converted = convert(source.folder, tmp_path / "ct2", quantization=None)
    assert distance(source.model, converted) < TOLERANCE
    assert encode(converted, [[1, 2]])[1] is None


def test_modernbert_base_is_exact_in_float32_and_close_in_int8(tmp_path: Path) -> None:
    source = base_checkpoint(tmp_path / "source")
    names = ("vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads")
    assert [getattr(source.model.config, name) for name in names] == [50_368, 768, 1152, 22, 12]
    exact = convert(source.folder, tmp_path / "float32", quantization=None)
    quantised = convert(source.folder, tmp_path / "int8")
    lengths = (9, 80)  # inside half the window of 128, and across it
    expected = original_states(source.model, lengths)
    assert np.abs(expected - converted_states(source.model, exact, lengths)).max() < TOLERANCE
    assert least_cosine(expected, converted_states(source.model, quantised, lengths)) > INT8_COSINE
    assert (quantised / "model.bin").stat().st_size < 0.27 * (exact / "model.bin").stat().st_size
    for folder in (source.folder, exact, quantised):  # a gigabyte, which pytest would keep
        shutil.rmtree(folder)


def test_lengths_cross_windows_and_reach_512_tokens() -> None:
    window = SMALL["local_attention"] // 2
    assert min(LENGTHS) < window < 2 * window < max(LENGTHS) == 512
