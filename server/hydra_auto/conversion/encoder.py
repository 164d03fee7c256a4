"""Weights -> CTranslate2's specification of a Transformer encoder.

CTranslate2's C++ lacks a bidirectional sliding window and a first layer without a norm; both are expressed
with what it has: the window by a T5 relative attention bias, the first layer as `first_layer` explains.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hydra_auto.conversion.configuration import Configuration
from hydra_auto.conversion.first_layer import fold
from hydra_auto.conversion.weights import Array, Weights

if TYPE_CHECKING:
    from ctranslate2.specs.common_spec import LayerNormSpec, LinearSpec
    from ctranslate2.specs.transformer_spec import TransformerEncoderLayerSpec, TransformerEncoderSpec

OUTSIDE: Final = -1e4
"""Added to the attention logits outside the window: exp of it is 0 in float32, and float16 can hold it."""


def encoder_spec(configuration: Configuration, weights: Weights) -> TransformerEncoderSpec:
    """The whole encoder, embeddings to final norm.

    Raises:
        ConversionError: a tensor is missing or wrong, or layer 0 cannot be expressed.
    """
    from ctranslate2.specs.common_spec import Activation
    from ctranslate2.specs.transformer_spec import TransformerEncoderSpec

    spec = TransformerEncoderSpec(
        len(configuration.layers),
        configuration.heads,
        activation=Activation[configuration.activation],
        ffn_glu=True,
        rotary_dim=0,
        rotary_interleave=False,
    )
    spec.scale_embeddings = False
    del spec.position_encodings
    spec.layer = [_layer(configuration, weights, i) for i in range(len(configuration.layers))]
    _first_layer(spec, configuration, weights)
    spec.layer_norm = norm_spec(configuration, weights.encoder, "final_norm")
    return spec


def _layer(configuration: Configuration, weights: Weights, number: int) -> TransformerEncoderLayerSpec:
    from ctranslate2.specs.transformer_spec import TransformerEncoderLayerSpec

    layer, name = configuration.layers[number], f"layers.{number}"
    spec = TransformerEncoderLayerSpec(
        relative_attention_bias=layer.window is not None,
        ffn_glu=True,
        rotary_dim=0,
        rotary_interleave=False,
        rotary_base=layer.rotary_base,
    )
    attention = spec.self_attention
    if layer.window is not None:
        attention.relative_attention_bias = window_table(layer.window, configuration.heads)
        attention.relative_attention_max_distance = np.int32(2 * (layer.window + 1))
    if number > 0:
        attention.layer_norm = norm_spec(configuration, weights.encoder, f"{name}.attn_norm")
    width, biased = configuration.width, configuration.attention_bias
    _linear(attention.linear[0], weights, f"{name}.attn.Wqkv", 3 * width, width, biased)
    _linear(attention.linear[1], weights, f"{name}.attn.Wo", width, width, biased)
    spec.ffn.layer_norm = norm_spec(configuration, weights.encoder, f"{name}.mlp_norm")
    _feed_forward(spec.ffn, configuration, weights, f"{name}.mlp")
    return spec


def _feed_forward(spec: Any, configuration: Configuration, weights: Weights, name: str) -> None:
    """`Wi` holds the activated half, then the gate."""
    width, inner, biased = configuration.width, configuration.feed_forward, configuration.feed_forward_bias
    both = weights.encoder(f"{name}.Wi.weight", 2 * inner, width)
    spec.linear_0.weight, spec.linear_0_noact.weight = both[:inner].copy(), both[inner:].copy()
    if biased:
        bias = weights.encoder(f"{name}.Wi.bias", 2 * inner)
        spec.linear_0.bias, spec.linear_0_noact.bias = bias[:inner].copy(), bias[inner:].copy()
    _linear(spec.linear_1, weights, f"{name}.Wo", width, inner, biased)


def _first_layer(spec: TransformerEncoderSpec, configuration: Configuration, weights: Weights) -> None:
    from ctranslate2.specs.common_spec import LayerNormSpec

    width = configuration.width
    folded = fold(
        weights.encoder("embeddings.tok_embeddings.weight", configuration.vocabulary, width),
        weights.encoder("embeddings.norm.weight", width),
        weights.encoder("embeddings.norm.bias", width) if configuration.norm_bias else None,
        configuration.epsilon,
    )
    spec.embeddings[0].weight = folded.table
    attention = spec.layer[0].self_attention
    attention.layer_norm = LayerNormSpec(rms_norm=True)
    attention.layer_norm.gamma = np.full(width, folded.gamma, np.float32)
    projection = attention.linear[0]
    bias = projection.bias if projection.has_bias() else None
    projection.weight, bias = folded.projection(projection.weight, bias)
    if bias is not None:
        projection.bias = bias


def _linear(spec: LinearSpec, weights: Weights, name: str, rows: int, columns: int, biased: bool) -> None:
    spec.weight = weights.encoder(f"{name}.weight", rows, columns)
    if biased:
        spec.bias = weights.encoder(f"{name}.bias", rows)


def norm_spec(configuration: Configuration, tensor: Callable[..., Array], name: str) -> LayerNormSpec:
    """The norm of that name, read by `tensor(name, *shape)`.

    It has a `beta` even when that is zero: without one, CTranslate2 takes it for an RMSNorm.
    """
    from ctranslate2.specs.common_spec import LayerNormSpec

    spec, width = LayerNormSpec(), configuration.width
    spec.gamma = tensor(f"{name}.weight", width)
    spec.beta = tensor(f"{name}.bias", width) if configuration.norm_bias else np.zeros(width, np.float32)
    return spec


def window_table(window: int, heads: int) -> Array:
    """T5 bias [buckets, heads] that is the mask |i - j| <= window.

    T5 gives each distance below a quarter of the buckets a bucket of its own, backward ones first, and
    everything farther the later ones (arXiv 1910.10683, section 2.1; CTranslate2's attention.cc).
    """
    exact = window + 1
    table = np.full((4 * exact, heads), OUTSIDE, np.float32)
    table[:exact] = 0
    table[2 * exact : 3 * exact] = 0
    return table
