"""Texts -> an encoder that has read code and many languages, by masked-language modelling."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import ModernBertModel

from hydra_auto.predictor.text import render
from hydra_auto.predictor.tokens import CLS, MASK, SEP, RequestTokenizer
from hydra_auto.training.config import Config
from hydra_auto.training.data import pretraining_texts, training_prompts
from hydra_auto.training.progress import Progress
from hydra_auto.training.steps import Stage, autocast, device, digest, keep_array, run

STRIDE: Final = 11
"""One of so many windows of a pre-training text is taken: the corpus is larger than a CPU run reads."""

LONGEST: Final = 4_000
"""Characters taken of one text."""

BATCH: Final = 2_000
"""Texts tokenized at a time."""


class MaskedLanguageModel(nn.Module):
    """The encoder with a prediction head whose output table is its own embedding table."""

    def __init__(self, encoder: ModernBertModel) -> None:
        super().__init__()
        self.encoder = encoder
        width = encoder.config.hidden_size
        self.transform = nn.Sequential(nn.Linear(width, width, bias=False), nn.GELU(), nn.LayerNorm(width))
        self.bias = nn.Parameter(torch.zeros(encoder.config.vocab_size))

    def forward(self, ids: Tensor, targets: Tensor) -> Tensor:
        """Mean cross-entropy (nats) of `targets` [batch, length]; -100 where nothing is predicted."""
        hidden = self.encoder(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
        chosen = targets >= 0
        table = self.encoder.embeddings.tok_embeddings.weight
        logits = self.transform(hidden[chosen]) @ table.T + self.bias
        return functional.cross_entropy(logits.float(), targets[chosen])


def pretrain(
    config: Config, encoder: ModernBertModel, tokenizer: RequestTokenizer, progress: Progress
) -> None:
    """Trains `encoder` in place on windows of the prompts and of the pre-training texts."""
    settings = config.pretraining
    windows = window_table(config, tokenizer, settings.steps * settings.tokens, STRIDE)
    model = MaskedLanguageModel(encoder).to(device())
    rows = settings.tokens // settings.length
    data = digest([windows.tobytes()])
    stage = Stage("pretraining", config.work, settings.steps, settings.learning_rate, 0.01, config.seed, data)

    def loss(step: int) -> Tensor:
        chosen = np.random.default_rng((config.seed, step)).integers(len(windows), size=rows)
        ids, targets = masked(torch.from_numpy(windows[chosen].astype(np.int64)), tokenizer, settings.masked)
        with autocast():
            value: Tensor = model(ids.to(device()), targets.to(device()))
        return value

    run(stage, model, loss, progress)


def masked(ids: Tensor, tokenizer: RequestTokenizer, share: float) -> tuple[Tensor, Tensor]:
    """(input, targets): `share` of the tokens predicted, 80 % of those masked, 10 % replaced at random."""
    targets = ids.clone()
    chosen = (torch.rand(ids.shape) < share) & (ids >= tokenizer.first_text_id)
    targets[~chosen] = -100
    how = torch.rand(ids.shape)
    changed = ids.clone()
    changed[chosen & (how < 0.8)] = tokenizer.special_id(MASK)
    noise = chosen & (how >= 0.8) & (how < 0.9)
    changed[noise] = torch.randint(tokenizer.first_text_id, tokenizer.vocabulary_size, (int(noise.sum()),))
    return changed, targets


def window_table(config: Config, tokenizer: RequestTokenizer, tokens: int, stride: int) -> np.ndarray:
    """Windows [n, length] of token ids, uint16, from prompts and texts, for a stage that reads `tokens`.

    `tokenizer.max_tokens` is their length; of the texts' every `stride`-th is taken. They are kept in the
    work folder.
    """
    length = tokenizer.max_tokens
    cached = config.work / f"windows-{length}-{tokens}-{stride}.npy"
    if cached.exists():
        table: np.ndarray = np.load(cached, mmap_mode="r")
        return table
    budget = tokens // length
    prompts = _windows(_prompts(config), tokenizer, budget, 1)
    texts = _windows(pretraining_texts(config.data), tokenizer, budget, stride)
    table = np.concatenate([prompts, texts])
    keep_array(cached, table)
    return table


def _prompts(config: Config) -> Iterator[str]:
    texts = [p.text for p in training_prompts(config.data)]
    random.Random(config.seed).shuffle(texts)
    return (render(t).text for t in texts)


def _windows(texts: Iterator[str], tokenizer: RequestTokenizer, budget: int, stride: int) -> np.ndarray:
    """[CLS] … [SEP] windows over the texts laid end to end, every `stride`-th one, at most `budget`."""
    body = tokenizer.max_tokens - 1
    found: list[np.ndarray] = []
    pending = np.empty(0, dtype=np.uint16)
    count = taken = 0
    while taken < budget and (batch := [text[:LONGEST] for text in islice(texts, BATCH)]):
        ids = [[*row, tokenizer.special_id(SEP)] for row in tokenizer.plain(batch)]
        pending = np.concatenate([pending, np.concatenate(ids).astype(np.uint16)])
        whole = len(pending) // body
        rows = pending[: whole * body].reshape(whole, body)[-count % stride :: stride][: budget - taken]
        found.append(rows)
        taken, count, pending = taken + len(rows), count + whole, pending[whole * body :]
    table = np.concatenate([np.empty((0, body), dtype=np.uint16), *found])
    return np.pad(table, ((0, 0), (1, 0)), constant_values=tokenizer.special_id(CLS))
