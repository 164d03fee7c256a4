"""`config.json` -> what the model is, or why it cannot be converted.

Read here rather than through transformers, whose versions disagree: 5 writes `rope_parameters` and
`layer_types`, 4 wrote `global_rope_theta`, `local_rope_theta` and `global_attn_every_n_layers`; both are
understood whichever version is installed. A missing key has transformers' own default.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

from attrs import frozen

from hydra_auto.conversion.error import ConversionError

Raw: TypeAlias = Mapping[str, Any]

ENCODERS: Final = ("ModernBertModel", "ModernBertForMaskedLM")
"""Architectures that convert without scores: the masked-language head is left behind."""

CLASSIFIER: Final = "ModernBertForSequenceClassification"

SLIDING: Final = "sliding_attention"
FULL: Final = "full_attention"

ROTARY_BASES: Final = {SLIDING: ("local_rope_theta", 10_000.0), FULL: ("global_rope_theta", 160_000.0)}
"""Per layer type: transformers 4's key, and the default."""

ACTIVATIONS: Final = {
    "gelu": "GELU",
    "gelu_python": "GELU",
    "gelu_new": "GELUTanh",
    "gelu_fast": "GELUTanh",
    "gelu_accurate": "GELUTanh",
    "gelu_pytorch_tanh": "GELUTanh",
    "quick_gelu": "GELUSigmoid",
    "silu": "SWISH",
    "swish": "SWISH",
    "relu": "RELU",
    "tanh": "Tanh",
    "sigmoid": "Sigmoid",
}
"""transformers' activations that CTranslate2 has, by its names."""


@frozen
class Layer:
    """One layer's attention: `window` is how far a token sees to either side, None for everywhere."""

    window: int | None
    rotary_base: float


@frozen
class Classifier:
    """What `ModernBertForSequenceClassification` does with the hidden states before its classifier.

    `labels` are the classifier's rows in order, None where the configuration names none.
    """

    pooling: str
    bias: bool
    labels: tuple[str, ...] | None


@frozen
class Configuration:
    """A ModernBERT that CTranslate2 can compute; sizes in components, `activation` in CTranslate2's names."""

    vocabulary: int
    width: int
    feed_forward: int
    heads: int
    activation: str
    epsilon: float
    norm_bias: bool
    attention_bias: bool
    feed_forward_bias: bool
    layers: tuple[Layer, ...]
    classifier: Classifier | None


def read_configuration(path: Path) -> Configuration:
    """Reads and checks a `config.json`.

    Raises:
        ConversionError: the file cannot be read, is no ModernBERT, or asks for what CTranslate2 cannot do.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConversionError(f"{path} cannot be read as JSON ({error})") from error
    try:
        return parse(raw)
    except ConversionError as error:
        raise ConversionError(f"{path}: {error}") from error


def parse(raw: Any) -> Configuration:
    """The checked meaning of a parsed `config.json`.

    Raises:
        ConversionError: as `read_configuration`, without the file's name.
    """
    if not isinstance(raw, dict) or raw.get("model_type") != "modernbert":
        found = raw.get("model_type") if isinstance(raw, dict) else None
        raise ConversionError(f"model_type is {found!r}; only 'modernbert' is converted")
    width, heads = _size(raw, "hidden_size", 768), _size(raw, "num_attention_heads", 12)
    if width % heads or width // heads % 2:
        raise ConversionError(
            f"hidden_size {width} over {heads} attention heads is no even number of components a head,"
            " which rotary positions need"
        )
    return Configuration(
        vocabulary=_size(raw, "vocab_size", 50_368),
        width=width,
        feed_forward=_size(raw, "intermediate_size", 1152),
        heads=heads,
        activation=_activation(raw, "hidden_activation"),
        epsilon=_positive(raw, "norm_eps", 1e-5),
        norm_bias=_flag(raw, "norm_bias"),
        attention_bias=_flag(raw, "attention_bias"),
        feed_forward_bias=_flag(raw, "mlp_bias"),
        layers=_layers(raw),
        classifier=_classifier(raw),
    )


def _layers(raw: Raw) -> tuple[Layer, ...]:
    count = _size(raw, "num_hidden_layers", 22)
    types = raw.get("layer_types")
    if types is None:
        every = _size(raw, "global_attn_every_n_layers", 3)
        types = [SLIDING if i % every else FULL for i in range(count)]
    if not isinstance(types, list) or len(types) != count or not set(types) <= {SLIDING, FULL}:
        raise ConversionError(
            f"layer_types must name {count} layers (num_hidden_layers), each {SLIDING!r} or {FULL!r}"
        )
    kinds = {
        SLIDING: Layer(_half_window(raw), _rotary_base(raw, SLIDING)),
        FULL: Layer(None, _rotary_base(raw, FULL)),
    }
    return tuple(kinds[kind] for kind in types)


def _half_window(raw: Raw) -> int:
    """How far a sliding layer sees: transformers' mask is |i - j| <= local_attention // 2."""
    if raw.get("sliding_window") is not None:  # transformers lets this alias win
        return _whole(raw, "sliding_window", 0, least=0)
    return _whole(raw, "local_attention", 128, least=0) // 2


def _rotary_base(raw: Raw, kind: str) -> float:
    if raw.get("rope_scaling") is not None:
        raise ConversionError("rope_scaling is set; only unscaled rotary positions are converted")
    everything = raw.get("rope_parameters") or {}
    if not isinstance(everything, dict) or not set(everything) <= {SLIDING, FULL}:
        raise ConversionError(f"rope_parameters must be keyed by {SLIDING!r} and {FULL!r}")
    parameters = everything.get(kind) or {}
    name = parameters.get("rope_type", parameters.get("type", "default"))
    if name != "default":
        raise ConversionError(
            f"rope_parameters asks for {name!r} in {kind}; only unscaled rotary positions are converted"
        )
    key, default = ROTARY_BASES[kind]
    return _positive(parameters, "rope_theta", _positive(raw, key, default))


def _classifier(raw: Raw) -> Classifier | None:
    names = raw.get("architectures") or [ENCODERS[0]]
    name = names[0] if isinstance(names, list) else names
    if name in ENCODERS:
        return None
    if name != CLASSIFIER:
        raise ConversionError(
            f"the architecture is {name!r}, whose head gives no scores of a whole text;"
            " load it as ModernBertModel and save that"
        )
    problem = raw.get("problem_type")
    if problem not in (None, "multi_label_classification"):
        raise ConversionError(
            f"problem_type is {problem!r}, but the scores are independent sigmoids;"
            " train the classifier for 'multi_label_classification'"
        )
    pooling = raw.get("classifier_pooling", "cls")
    if pooling not in ("cls", "mean"):
        raise ConversionError(f"classifier_pooling is {pooling!r}; only 'cls' and 'mean' are converted")
    if _activation(raw, "classifier_activation") != _activation(raw, "hidden_activation"):
        raise ConversionError(
            "classifier_activation is not hidden_activation, and CTranslate2 has one activation per model"
        )
    return Classifier(pooling, _flag(raw, "classifier_bias"), _labels(raw))


def _labels(raw: Raw) -> tuple[str, ...] | None:
    names = raw.get("id2label")
    if names is None:
        return None
    try:
        return tuple(str(names[str(i)]) for i in range(len(names)))
    except (KeyError, TypeError) as error:
        raise ConversionError("id2label must name the labels '0', '1', … in order") from error


def _activation(raw: Raw, key: str) -> str:
    name = raw.get(key, "gelu")
    if name not in ACTIVATIONS:
        raise ConversionError(f"{key} is {name!r}; CTranslate2 computes {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[name]


def _size(raw: Raw, key: str, default: int) -> int:
    return _whole(raw, key, default, least=1)


def _whole(raw: Raw, key: str, default: int, least: int) -> int:
    value = default if raw.get(key) is None else raw[key]
    if type(value) is not int or value < least:
        raise ConversionError(f"{key} is {value!r}; it must be a whole number of at least {least}")
    return value


def _positive(raw: Raw, key: str, default: float) -> float:
    value = default if raw.get(key) is None else raw[key]
    if type(value) not in (int, float) or not 0 < value < float("inf"):
        raise ConversionError(f"{key} is {value!r}; it must be a positive number")
    return float(value)


def _flag(raw: Raw, key: str) -> bool:
    value = raw.get(key, False)
    if type(value) is not bool:
        raise ConversionError(f"{key} is {value!r}; it must be true or false")
    return value
