"""A model bundle -> the network that it was converted from, for a run that goes on from a shipped one.

The bundle is all that the repository keeps of a training run. Its weights come back as int8 left them (a
score moves by a hundredth or so), its heads with the calibration folded in.
"""

from __future__ import annotations

import shutil
import struct
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from hydra_auto.conversion.weights import Array
from hydra_auto.dimensions import DIMENSIONS
from hydra_auto.predictor.bundle import CARD, Card, read_card
from hydra_auto.predictor.text import render
from hydra_auto.predictor.tokens import RequestTokenizer
from hydra_auto.training.config import EncoderShape
from hydra_auto.training.finetuning import predict
from hydra_auto.training.network import EMBEDDING_DEVIATION, Network, new_encoder, save_network

BINARY: Final = 6
"""The version of CTranslate2's model files that is read here (`CURRENT_BINARY_VERSION` of its specs)."""

TYPES: Final = ("<f4", "<i1", "<i2", "<i4", "<f2")
"""numpy's names of CTranslate2's types by their number (`types.h`); it has none for the last, bfloat16."""

TOLERANCE: Final = 0.03
"""How far a score may be off on the way back; or as far as int8 moved one by the card, if that is more."""

ROUNDS: Final = 200
"""Of the fixed point in `unfolded`; a trained gain is found to six digits in far fewer."""


def thaw(bundle: Path, folder: Path) -> Path:
    """Writes the network of `bundle` as `save_network` would, its card beside it, and returns `folder`.

    Raises:
        BundleError: the bundle is damaged.
        ValueError: no training run wrote its card, its model file is not what the card says, or the encoder
            has parts that ours lacks, so that its network would score otherwise.
    """
    card = read_card(bundle)
    if "training" not in card.document:
        raise ValueError(
            f"{bundle / CARD}: tells of no training run; go on from the checkpoint it was made of"
        )
    stored = _Stored((bundle / "model.bin").read_bytes(), bundle / "model.bin")
    tokenizer = Tokenizer.from_file(str(bundle / "tokenizer.json"))
    shape = EncoderShape(**card.document["training"]["encoder"])
    network = Network(new_encoder(shape, tokenizer), 0.0)
    epsilon = network.encoder.config.norm_eps
    encoder = _encoder(stored, shape.layers, epsilon, shape.biases)
    state = {f"encoder.{name}": values for name, values in encoder.items()}
    state["heads.weight"], state["heads.bias"] = stored.weight("pooler_dense"), stored["pooler_dense/bias"]
    try:
        network.load_state_dict({name: torch.from_numpy(values.copy()) for name, values in state.items()})
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()
        raise ValueError(f"{bundle / 'model.bin'}: is not what its card says ({reason})") from error
    save_network(network, folder, tokenizer)
    _check(network, RequestTokenizer.from_file(folder / "tokenizer.json", shape.max_tokens), card)
    shutil.copyfile(bundle / CARD, folder / CARD)
    return folder


def _check(network: Network, tokenizer: RequestTokenizer, card: Card) -> None:
    """Refuses a network that does not score the card's four requests as the bundle did."""
    probes = card.document["probes"]
    scores = predict(network, tokenizer, [render(text) for text in probes])
    wanted = np.asarray([[scores[name] for name in DIMENSIONS] for scores in probes.values()])
    largest = float(np.abs(scores - wanted).max())
    if largest > max(TOLERANCE, card.document.get("quantization", {}).get("largestDifference", 0.0)):
        raise ValueError(
            f"{card.folder}: its network cannot be had back (its card's requests would score otherwise by up "
            f"to {largest:.3f}); go on from the checkpoint it was made of"
        )


def unfolded(table: Array, epsilon: float) -> tuple[Array, Array]:
    """(embeddings [tokens, width], gain [width]) whose norm gives `table`'s rows, each but for a constant.

    It undoes `conversion.first_layer.fold` for a norm without bias: a row is y + a * 1 with y = gain * u,
    where u has mean 0 and mean square 1. With n = 1 / gain this is a = (n . row) / sum(n) and
    n² . y² = width, which a fixed point solves where there are more tokens than components. The gain is taken
    to be positive.
    """
    rows = table.astype(np.float64)
    inverse = np.ones(rows.shape[1])
    for _ in range(ROUNDS):
        before = inverse
        own = rows - (rows @ inverse / inverse.sum())[:, None]
        squares, *_ = np.linalg.lstsq(own * own, np.full(len(rows), float(rows.shape[1])), rcond=None)
        inverse = np.sqrt(np.maximum(squares, 1e-6))
        if np.abs(inverse - before).max() < 1e-7 * np.abs(inverse).max():
            break
    own = rows - (rows @ inverse / inverse.sum())[:, None]
    shrunk = np.sqrt(1 + epsilon / EMBEDDING_DEVIATION**2)  # by the norm's epsilon, which the gain makes good
    return (own * inverse * EMBEDDING_DEVIATION).astype(np.float32), (shrunk / inverse).astype(np.float32)


def _encoder(stored: _Stored, layers: int, epsilon: float, biases: bool) -> dict[str, Array]:
    """The tensors of a ModernBertModel. Layer 0's projection needs no unfolding: it ignores constants."""
    embeddings, gain = unfolded(stored.weight("encoder/embeddings_0"), epsilon)
    found = {"embeddings.tok_embeddings.weight": embeddings, "embeddings.norm.weight": gain}
    for i in range(layers):
        there, here = f"encoder/layer_{i}", f"layers.{i}"
        if i > 0:
            found[f"{here}.attn_norm.weight"] = stored[f"{there}/self_attention/layer_norm/gamma"]
        found[f"{here}.attn.Wqkv.weight"] = stored.weight(f"{there}/self_attention/linear_0")
        found[f"{here}.attn.Wo.weight"] = stored.weight(f"{there}/self_attention/linear_1")
        found[f"{here}.mlp_norm.weight"] = stored[f"{there}/ffn/layer_norm/gamma"]
        found[f"{here}.mlp.Wi.weight"] = np.concatenate(
            [stored.weight(f"{there}/ffn/linear_0"), stored.weight(f"{there}/ffn/linear_0_noact")]
        )
        found[f"{here}.mlp.Wo.weight"] = stored.weight(f"{there}/ffn/linear_1")
        if biases:
            found |= _biases(stored, there, here)
    found["final_norm.weight"] = stored["encoder/layer_norm/gamma"]
    return found


def _biases(stored: _Stored, there: str, here: str) -> dict[str, Array]:
    """The linear layers' biases of one layer; layer 0's were not touched by the folding either."""
    return {
        f"{here}.attn.Wqkv.bias": stored[f"{there}/self_attention/linear_0/bias"],
        f"{here}.attn.Wo.bias": stored[f"{there}/self_attention/linear_1/bias"],
        f"{here}.mlp.Wi.bias": np.concatenate(
            [stored[f"{there}/ffn/linear_0/bias"], stored[f"{there}/ffn/linear_0_noact/bias"]]
        ),
        f"{here}.mlp.Wo.bias": stored[f"{there}/ffn/linear_1/bias"],
    }


class _Stored:
    """CTranslate2's model file: a header, then the variables (`ModelSpec._serialize` in its Python part)."""

    def __init__(self, data: bytes, path: Path) -> None:
        self._data, self._path, self._position = data, path, 0
        try:
            if self._number("I") != BINARY:
                raise ValueError(
                    f"{path}: of another CTranslate2; only model files of version {BINARY} are read"
                )
            self._name()
            self._number("I")
            self._found: dict[str, NDArray[Any]] = dict(self._variable() for _ in range(self._number("I")))
        except (struct.error, UnicodeDecodeError, IndexError) as error:
            raise ValueError(f"{path}: is no CTranslate2 model ({error})") from error

    def __getitem__(self, name: str) -> Array:
        if name not in self._found:
            raise ValueError(f"{self._path}: has no {name}, which the encoder of a bundle has")
        return self._found[name]

    def weight(self, name: str) -> Array:
        """The matrix `name`, of int8 rows times their scales."""
        values, scales = self[f"{name}/weight"], self._found.get(f"{name}/weight_scale")
        return values if scales is None else values.astype(np.float32) / scales[:, None]

    def _variable(self) -> tuple[str, NDArray[Any]]:
        name = self._name()
        shape = [self._number("I") for _ in range(self._number("B"))]
        kind, size = TYPES[self._number("B")], self._number("I")
        values = np.frombuffer(self._data[self._position : self._position + size], kind).reshape(shape)
        self._position += size
        return name, values

    def _name(self) -> str:
        """A string with its length, the closing zero counted, before it."""
        size = self._number("H")
        self._position += size
        return self._data[self._position - size : self._position - 1].decode()

    def _number(self, kind: str) -> int:
        value: int = struct.unpack_from(f"<{kind}", self._data, self._position)[0]
        self._position += struct.calcsize(f"<{kind}")
        return value
