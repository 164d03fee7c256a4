"""The same architecture in onnxruntime int8 and in PyTorch, as the yardstick of the encoder's speed.

The float weights of the shipped bundle are not shipped; a peer therefore has fresh weights of the same
shape, on which the time does not depend.
"""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from transformers import ModernBertConfig, ModernBertModel

from hydra_auto.dimensions import DIMENSIONS

Scorer = Callable[[Sequence[int]], object]
"""Token ids of one request -> its scores."""


class Peer(nn.Module):
    """Encoder and heads of the given shape, as the bundle's graph computes them."""

    def __init__(self, shape: Mapping[str, Any], attention: str) -> None:
        super().__init__()
        config = ModernBertConfig(
            vocab_size=shape["vocabulary"],
            hidden_size=shape["width"],
            intermediate_size=shape["feed_forward"],
            num_hidden_layers=shape["layers"],
            num_attention_heads=shape["heads"],
            max_position_embeddings=shape["max_tokens"],
            local_attention=shape["local_attention"],
            global_attn_every_n_layers=shape["global_every"],
            pad_token_id=0,
            cls_token_id=1,
            sep_token_id=2,
            bos_token_id=1,
            eos_token_id=2,
            attn_implementation=attention,
        )
        self.encoder = ModernBertModel(config)
        self.heads = nn.Linear(shape["width"], len(DIMENSIONS))

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Scores [batch, 4] of `ids` [batch, length] under `mask`."""
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state[:, 0]
        scores: Tensor = torch.sigmoid(self.heads(hidden))
        return scores


def torch_peer(shape: Mapping[str, Any]) -> Scorer:
    """PyTorch float32 on one thread."""
    torch.set_num_threads(1)
    network = Peer(shape, "sdpa").eval()

    @torch.inference_mode()
    def score(ids: Sequence[int]) -> object:
        batch = torch.tensor([ids])
        return network(batch, torch.ones_like(batch))

    return score


def onnxruntime_peer(shape: Mapping[str, Any]) -> Scorer:
    """onnxruntime with dynamically quantised int8 weights on one thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    with tempfile.TemporaryDirectory() as folder:
        path = _exported(shape, Path(folder))
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def score(ids: Sequence[int]) -> object:
        batch = np.asarray([ids], dtype=np.int64)
        return session.run(None, {"ids": batch, "mask": np.ones_like(batch)})

    return score


def _exported(shape: Mapping[str, Any], folder: Path) -> Path:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    network = Peer(shape, "eager").eval()
    ids = torch.full((1, 64), 5)
    length = torch.export.Dim("length", min=2, max=shape["max_tokens"])
    exact, quantized = folder / "exact.onnx", folder / "int8.onnx"
    with _quiet():
        torch.onnx.export(
            network,
            (ids, torch.ones_like(ids)),
            str(exact),
            input_names=["ids", "mask"],
            dynamo=True,
            dynamic_shapes={"ids": {1: length}, "mask": {1: length}},
        )
        quantize_dynamic(exact, quantized, weight_type=QuantType.QInt8)
    return quantized


@contextlib.contextmanager
def _quiet() -> Any:
    """The exporter talks on stdout and through the root logger; a benchmark's output is its figures."""
    logging.disable(logging.WARNING)
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)
