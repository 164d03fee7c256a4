"""multilingual-e5-small's vocabulary -> the part of it that our texts use, as a tokenizer of our own.

A student that reads the teacher's own pieces can be taught token by token (`imitation.py`). The teacher has
250,002 pieces, four fifths of its weights; a bundle has room for an eighth of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
from tokenizers import Tokenizer
from tokenizers.models import Unigram

from hydra_auto.predictor.tokens import CLS, MASK, PAD, SEP, SIGNAL_TOKENS
from hydra_auto.training.config import Config
from hydra_auto.training.teacher import load_teacher, read_as_teacher
from hydra_auto.training.tokenizer import sample

UNKNOWN: Final = "[UNK]"
"""Never read: what has no piece is read byte by byte. A Unigram model asks for one."""

BYTES: Final = tuple(f"<0x{byte:02X}>" for byte in range(256))

OWN: Final = (PAD, CLS, SEP, MASK, *SIGNAL_TOKENS.values(), UNKNOWN, *BYTES)
"""The tokens before the teacher's pieces, in the order of their ids."""

SPELLING: Final = frozenset("".join(OWN))
"""The characters of our own tokens, whose pieces stay: a text that spells one is read as these."""

LEAST: Final = -1_000.0
"""Score (a log probability) of our own tokens, so low that no text is read as one."""

BATCH: Final = 2_000
"""Texts tokenized at a time."""

WIDER: Final = 2
"""The first count keeps so many times the pieces: text whose piece goes is read as smaller ones, which the
second count then sees.
"""

SPECIAL: Final = frozenset({"<s>", "<pad>", "</s>", "<unk>", "<mask>"})
"""The teacher's pieces that are no text."""

STANDS_FOR: Final = {PAD: "<pad>", CLS: "<s>", SEP: "</s>", MASK: "<mask>"} | {
    token: f"▁{signal.partition(':')[2] or signal}" for signal, token in SIGNAL_TOKENS.items()
}
"""The teacher's names of the special tokens that both have, and the words that our signals begin as: frozen
layers make nothing of a random one.
"""


def prune_tokenizer(config: Config, destination: Path) -> None:
    """Writes `tokenizer.json`: the teacher's most used pieces and 256 bytes, `encoder.vocabulary` in all."""
    scores = {piece: score for piece, score in load_teacher().pieces if piece not in SPECIAL}
    room = config.encoder.vocabulary - len(OWN)
    for size in (WIDER * room, room):
        used = _used(pruned(scores), config)[len(OWN) :]
        pieces = list(scores.items())
        used[[piece in SPELLING for piece, _ in pieces]] = used.max() + 1
        scores = dict(pieces[i] for i in np.argsort(-used, kind="stable")[:size])
    pruned(scores).save(str(destination))


def pruned(scores: Mapping[str, float]) -> Tokenizer:
    """A tokenizer with the pieces `scores` (each with its log probability), normalised as the teacher's."""
    own = [(token, LEAST) for token in OWN]
    tokenizer = Tokenizer(Unigram([*own, *scores.items()], unk_id=OWN.index(UNKNOWN), byte_fallback=True))
    read_as_teacher(tokenizer)
    tokenizer.add_special_tokens([PAD, CLS, SEP, MASK, *SIGNAL_TOKENS.values()])
    return tokenizer


def teacher_ids(tokenizer: Tokenizer, pieces: Iterable[tuple[str, float]]) -> np.ndarray:
    """The teacher's id of each of our tokens, [vocabulary]: of a signal its word, of a byte the unknown."""
    known = {piece: i for i, (piece, _) in enumerate(pieces)}
    names = [str(tokenizer.id_to_token(i)) for i in range(tokenizer.get_vocab_size())]
    return np.asarray([known.get(STANDS_FOR.get(name, name), known["<unk>"]) for name in names])


def _used(tokenizer: Tokenizer, config: Config) -> np.ndarray:
    """How often each token occurs in our texts, [vocabulary]."""
    found = np.zeros(tokenizer.get_vocab_size(), dtype=np.int64)
    texts = sample(config)
    while batch := list(islice(texts, BATCH)):
        encodings = tokenizer.encode_batch_fast(batch, add_special_tokens=False)
        ids = np.concatenate([e.ids for e in encodings]).astype(np.int64)
        found += np.bincount(ids, minlength=len(found))
    return found
