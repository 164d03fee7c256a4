"""What turns hidden states into the four scores, inside the same CTranslate2 graph.

HyDRA's own heads are linear on [CLS] and are CTranslate2's pooler with a sigmoid. The classification head of
transformers (final norm, pooling, dense, activation, norm, classifier) is more than a pooler; it is
expressed with further encoder layers, the encoder's closing norm and the pooler:

- A layer's norm always comes with a residual. What must go on without it is multiplied by `SWALLOW`, so
  large that in floating point x + SWALLOW * h is SWALLOW * h, and divided by it in the next product.
- A feed-forward part without a norm has no residual: that is the dense part and its activation.
- Attention whose queries and keys vanish is the mean over the text's tokens: that is mean pooling.
- A gated feed-forward part whose gate is the constant `GATE` is linear.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from attrs import frozen

from hydra_auto.conversion.configuration import Classifier, Configuration
from hydra_auto.conversion.encoder import norm_spec
from hydra_auto.conversion.error import ConversionError
from hydra_auto.conversion.weights import Array, Weights, read_file
from hydra_auto.dimensions import DIMENSIONS

if TYPE_CHECKING:
    from ctranslate2.specs.transformer_spec import (
        TransformerEncoderLayerSpec,
        TransformerEncoderModelSpec,
        TransformerEncoderSpec,
    )

FILE: Final = "heads.safetensors"
"""Beside a ModernBertModel: HyDRA's heads, tensors `weight` [4, width] and `bias` [4]."""

SWALLOW: Final = 2.0**40
"""float32 keeps 24 bits: x up to 2^16 times h is rounded away, and of a larger x only x / 2^40 stays."""

GATE: Final = 32.0
"""Where every activation that grows without bound is the identity, to float32's precision."""

NOTHING: Final = 2.0**-64
"""A weight that float32 loses beside anything; not 0, because CTranslate2's int16 divides by the largest."""

SATURATED: Final = frozenset({"Tanh", "Sigmoid"})
"""Activations that are 1 at `GATE`."""


@frozen
class Head:
    """Scores are sigmoid(weight @ h + bias): weight [4, width], bias [4], one row per dimension, in order."""

    weight: Array
    bias: Array


def checked_head(weight: Any, bias: Any, width: int, name: str) -> Head:
    """Float32 copies of a head's arrays.

    Raises:
        ConversionError: other shapes than [4, width] and [4], or values that are no finite numbers.
    """
    head = Head(np.array(weight, np.float32), np.array(bias, np.float32))
    shapes = ((len(DIMENSIONS), width), (len(DIMENSIONS),))
    if (head.weight.shape, head.bias.shape) != shapes:
        raise ConversionError(
            f"{name} must have a weight {list(shapes[0])} and a bias {list(shapes[1])} for this encoder,"
            f" not {list(head.weight.shape)} and {list(head.bias.shape)}"
        )
    if not (np.isfinite(head.weight).all() and np.isfinite(head.bias).all()):
        raise ConversionError(f"{name} holds values that are no finite numbers")
    return head


def read_head(path: Path, width: int) -> Head:
    """Reads `heads.safetensors`.

    Raises:
        ConversionError: the file is damaged, lacks a tensor, or has one of another shape.
    """
    tensors = read_file(path)
    if not {"weight", "bias"} <= set(tensors):
        raise ConversionError(f"{path} must hold the tensors weight and bias")
    return checked_head(tensors["weight"](), tensors["bias"](), width, str(path))


def encoder_only(encoder: TransformerEncoderSpec) -> TransformerEncoderModelSpec:
    """A model that gives hidden states and no scores."""
    from ctranslate2.specs.transformer_spec import TransformerEncoderModelSpec

    return TransformerEncoderModelSpec(encoder)


def with_head(encoder: TransformerEncoderSpec, head: Head) -> TransformerEncoderModelSpec:
    """A model whose pooler output is the head's sigmoid scores of the first token."""
    from ctranslate2.specs.common_spec import Activation
    from ctranslate2.specs.transformer_spec import TransformerEncoderModelSpec

    spec = TransformerEncoderModelSpec(encoder, pooling_layer=True, pooling_activation=Activation.Sigmoid)
    spec.pooler_dense.weight = head.weight
    spec.pooler_dense.bias = head.bias
    return spec


def with_classifier(
    encoder: TransformerEncoderSpec, configuration: Configuration, classifier: Classifier, weights: Weights
) -> TransformerEncoderModelSpec:
    """A model whose pooler output is the sigmoid of `ModernBertForSequenceClassification`'s logits.

    Raises:
        ConversionError: its labels are not the four dimensions, or a tensor is missing or wrong.
    """
    order = _order(classifier, weights)
    width, norm = configuration.width, encoder.layer_norm
    if classifier.pooling == "mean":
        last = _mean_layer(width, norm)
        encoder.layer += [last]
    else:
        last = _extra_layer(width)
        encoder.layer += [_final_norm_layer(width, norm, configuration.activation), last]
    del last.ffn.layer_norm
    last.ffn.linear_0.weight = weights.tensor("head.dense.weight", width, width) / np.float32(SWALLOW)
    if classifier.bias:
        last.ffn.linear_0.bias = weights.tensor("head.dense.bias", width)
    last.ffn.linear_1.weight = _scaled_identity(width, 1.0)
    encoder.layer_norm = norm_spec(configuration, weights.tensor, "head.norm")
    weight = weights.tensor("classifier.weight", len(DIMENSIONS), width)
    bias = weights.tensor("classifier.bias", len(DIMENSIONS))
    return with_head(encoder, Head(weight[order], bias[order]))


def _order(classifier: Classifier, weights: Weights) -> list[int]:
    """Which of the classifier's rows is each dimension; labels without names of their own are in order."""
    count = weights.rows("classifier.weight")
    labels = classifier.labels or tuple(f"LABEL_{i}" for i in range(count))
    if count == len(labels) == len(DIMENSIONS):
        if set(labels) == set(DIMENSIONS):
            return [labels.index(name) for name in DIMENSIONS]
        if labels == tuple(f"LABEL_{i}" for i in range(count)):
            return list(range(count))
    raise ConversionError(
        f"the classifier has {count} labels ({', '.join(labels)}), but the scores are"
        f" {', '.join(DIMENSIONS)};"
        " train it for these, or convert its encoder alone (load it as ModernBertModel and save that)"
    )


def _extra_layer(width: int, gated: bool = False) -> TransformerEncoderLayerSpec:
    """A layer whose attention adds nothing to its input; the feed-forward part is still to come."""
    from ctranslate2.specs.transformer_spec import TransformerEncoderLayerSpec

    spec = TransformerEncoderLayerSpec(ffn_glu=gated)
    attention = spec.self_attention
    attention.layer_norm.gamma = np.ones(width, np.float32)
    attention.layer_norm.beta = np.zeros(width, np.float32)
    attention.linear[0].weight = np.tile(_scaled_identity(width, NOTHING), (3, 1))
    attention.linear[1].weight = _scaled_identity(width, NOTHING)
    return spec


def _final_norm_layer(width: int, final_norm: Any, activation: str) -> TransformerEncoderLayerSpec:
    """x -> SWALLOW * final_norm(x): the norm without the residual."""
    spec = _extra_layer(width, gated=True)
    spec.ffn.layer_norm = final_norm
    spec.ffn.linear_0.weight = _scaled_identity(width, NOTHING)
    spec.ffn.linear_0.bias = np.full(width, GATE, np.float32)
    spec.ffn.linear_0_noact.weight = _scaled_identity(width, 1.0)
    gate = 1.0 if activation in SATURATED else GATE
    spec.ffn.linear_1.weight = _scaled_identity(width, SWALLOW / gate)
    return spec


def _mean_layer(width: int, final_norm: Any) -> TransformerEncoderLayerSpec:
    """x -> SWALLOW * mean of final_norm(x) over the text, at every token."""
    spec = _extra_layer(width)
    attention = spec.self_attention
    attention.layer_norm = final_norm
    attention.linear[0].weight[2 * width :] = _scaled_identity(width, 1.0)
    attention.linear[1].weight = _scaled_identity(width, SWALLOW)
    return spec


def _scaled_identity(width: int, scale: float) -> Array:
    return np.diag(np.full(width, scale, np.float32))
