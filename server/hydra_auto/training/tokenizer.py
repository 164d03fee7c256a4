"""Texts -> our own byte-level BPE tokenizer: it covers code and every language, with no unknown token."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from tokenizers import Regex, Tokenizer
from tokenizers.decoders import ByteLevel as ByteLevelDecoder
from tokenizers.models import BPE
from tokenizers.normalizers import NFC
from tokenizers.pre_tokenizers import ByteLevel, Digits, Sequence, Split
from tokenizers.trainers import BpeTrainer

from hydra_auto.predictor.tokens import CLS, MASK, PAD, SEP, SIGNAL_TOKENS
from hydra_auto.training.config import Config
from hydra_auto.training.data import pretraining_texts, training_prompts

SAMPLE_CHARACTERS: Final = 60_000_000
"""Characters of each of the two kinds of text that the merges are learned from."""

PIECE: Final = 2_000
"""Characters taken of one text, so that no single long file dominates."""


def train_tokenizer(config: Config, destination: Path) -> None:
    """Learns the vocabulary and writes `tokenizer.json`; deterministic for one seed and one data folder."""
    tokenizer = Tokenizer(BPE())
    tokenizer.normalizer = NFC()
    tokenizer.pre_tokenizer = Sequence(
        [
            Split(Regex(r" ?\p{L}[\p{L}\p{M}]*| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"), "isolated"),
            Digits(individual_digits=True),
            ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = ByteLevelDecoder()
    trainer = BpeTrainer(
        vocab_size=config.encoder.vocabulary,
        special_tokens=[PAD, CLS, SEP, MASK, *SIGNAL_TOKENS.values()],
        initial_alphabet=ByteLevel.alphabet(),
        max_token_length=24,
        show_progress=False,
    )
    tokenizer.train_from_iterator(sample(config), trainer)
    tokenizer.save(str(destination))


def sample(config: Config) -> Iterator[str]:
    """Both kinds of text, the prompts of rare languages as often as their number allows."""
    rng = random.Random(config.seed)
    yield from _until((p.text for p in training_prompts(config.data)), 1.0, rng)
    yield from _until(pretraining_texts(config.data), 0.35, rng)


def _until(texts: Iterable[str], share: float, rng: random.Random) -> Iterator[str]:
    taken = 0
    for text in texts:
        if taken >= SAMPLE_CHARACTERS:
            return
        if rng.random() < share:
            taken += min(len(text), PIECE)
            yield text[:PIECE]
