"""Hugging Face ModernBERT -> a model bundle: the converted model, and a card of what is known of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from hydra_auto.conversion.error import ConversionError
from hydra_auto.conversion.modernbert import convert
from hydra_auto.conversion.source import find
from hydra_auto.predictor.bundle import scale_document, write_card
from hydra_auto.scale import IDENTITY

MAX_TOKENS: Final = 512
"""The paper's limit of signals and message together; a model that reads less keeps its own."""


def convert_bundle(source: str | Path, dest: Path, *, quantization: str | None = "int8") -> bool:
    """Converts `source` to `dest` (see `convert`) and writes `card.json`; whether the result gives scores.

    Nobody has measured a converted model's scores on annotated traffic, so its card holds the identity
    scale and says so: capabilities then count as they are written. Without heads there is no card.

    Raises:
        ConversionError: what cannot be converted exactly, in one sentence.
    """
    folder = find(source)
    convert(folder, dest, quantization=quantization)
    if not _gives_scores(dest):
        return False
    limit = json.loads((folder / "config.json").read_text(encoding="utf-8"))["max_position_embeddings"]
    facts = {
        "name": folder.name,
        "maxTokens": min(MAX_TOKENS, int(limit)),
        "scale": scale_document(IDENTITY),
        "scaleMeasured": False,
        "quantization": {"type": quantization},
    }
    write_card(dest, facts)
    return True


def _gives_scores(folder: Path) -> bool:
    import ctranslate2

    try:
        encoder = ctranslate2.Encoder(str(folder), device="cpu")
        return encoder.forward_batch([[0]]).pooler_output is not None
    except RuntimeError as error:
        raise ConversionError(f"{folder}: CTranslate2 cannot run the result ({error})") from error
