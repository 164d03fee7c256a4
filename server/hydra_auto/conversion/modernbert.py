"""Hugging Face ModernBERT -> CTranslate2 model folder, from finding the source to the last file."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from hydra_auto.conversion import heads
from hydra_auto.conversion.configuration import Configuration, read_configuration
from hydra_auto.conversion.encoder import encoder_spec
from hydra_auto.conversion.error import ConversionError
from hydra_auto.conversion.source import find
from hydra_auto.conversion.vocabulary import read_vocabulary
from hydra_auto.conversion.weights import read_weights

if TYPE_CHECKING:
    from ctranslate2.specs.transformer_spec import TransformerEncoderModelSpec

TOKENIZER: Final = "tokenizer.json"

HALF: Final = frozenset({"float16", "int8_float16"})
"""Types whose range ends at 65504, too soon for a classification head's `heads.SWALLOW`."""


def convert(
    source: str | Path,
    dest: Path,
    *,
    quantization: str | None = "int8",
    head: tuple[np.ndarray, np.ndarray] | None = None,
) -> Path:
    """Converts a ModernBertModel or ModernBertForSequenceClassification to a CTranslate2 model.

    `source` is a folder (`config.json`, `model.safetensors` or `pytorch_model.bin`, `tokenizer.json`) or the
    id of one on a Hugging Face hub. `dest` gets `model.bin`, `config.json`, `vocabulary.json` and
    `tokenizer.json` once all are complete; other files in it stay. `quantization` is one of CTranslate2's
    types, None for the checkpoint's weights in float32.

    The model's pooler output is the four sigmoid scores of `head` (weight [4, width], bias [4], on the [CLS]
    token's hidden state), else of the source's `heads.safetensors`, else of its classification head; a source
    with none of them gives hidden states only.

    Returns:
        `dest`.

    Raises:
        ConversionError: what cannot be converted exactly, in one sentence.
    """
    from ctranslate2.specs.model_spec import ACCEPTED_MODEL_TYPES

    if quantization is not None and quantization not in ACCEPTED_MODEL_TYPES:
        raise ConversionError(f"quantization {quantization!r} is none of {', '.join(ACCEPTED_MODEL_TYPES)}")
    folder = find(source)
    if folder.resolve() == dest.resolve():
        raise ConversionError(f"{dest} is the source, whose config.json would be lost; give another folder")
    configuration = read_configuration(folder / "config.json")
    vocabulary = read_vocabulary(folder / TOKENIZER, configuration)
    spec = _spec(folder, configuration, quantization, head)
    vocabulary.register(spec)
    spec.config.layer_norm_epsilon = configuration.epsilon
    spec.register_file(str(folder / TOKENIZER))
    spec.validate()
    spec.optimize(quantization=quantization)
    _write(spec, dest)
    return dest


def _spec(
    folder: Path,
    configuration: Configuration,
    quantization: str | None,
    head: tuple[np.ndarray, np.ndarray] | None,
) -> TransformerEncoderModelSpec:
    weights = read_weights(folder)
    encoder = encoder_spec(configuration, weights)
    if head is not None:
        return heads.with_head(encoder, heads.checked_head(*head, configuration.width, "head"))
    if (folder / heads.FILE).is_file():
        return heads.with_head(encoder, heads.read_head(folder / heads.FILE, configuration.width))
    if configuration.classifier is None:
        return heads.encoder_only(encoder)
    if quantization in HALF:
        raise ConversionError(
            f"a classification head needs larger numbers than {quantization} holds; take int8 or float32"
        )
    return heads.with_classifier(encoder, configuration, configuration.classifier, weights)


def _write(spec: TransformerEncoderModelSpec, dest: Path) -> None:
    """Writes beside `dest` first, so that a broken run leaves no half a model."""
    try:
        dest.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=dest, prefix=".converting-") as unfinished:
            spec.save(unfinished)
            for file in Path(unfinished).iterdir():
                shutil.move(file, dest / file.name)
    except OSError as error:
        raise ConversionError(f"{dest} cannot be written ({error.strerror or error})") from error
