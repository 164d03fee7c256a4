"""Random ModernBERTs on disk, and how far a conversion is from transformers on the same token ids."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from attrs import frozen
from safetensors.torch import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from transformers import ModernBertConfig, ModernBertModel, PreTrainedModel

LENGTHS = (1, 9, 40, 512)
"""A batch of unequal lengths: inside a window, across one, and the longest that is routed."""

SMALL = {
    "vocab_size": 300,
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 5,
    "num_attention_heads": 4,
    "local_attention": 32,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "cls_token_id": 1,
    "sep_token_id": 2,
    "initializer_range": 0.1,
}


@frozen
class Checkpoint:
    """A transformers model and the folder it was saved to."""

    model: PreTrainedModel
    folder: Path


def checkpoint(
    folder: Path,
    cls: type[PreTrainedModel] = ModernBertModel,
    change: Callable[[Any], None] | None = None,
    **config: Any,
) -> Checkpoint:
    """A random checkpoint in `folder`; `change` alters the model before it is saved."""
    torch.manual_seed(20261125)
    model = cls(ModernBertConfig(**{**SMALL, **config})).eval()
    with torch.no_grad():
        randomise(model)
        if change:
            change(model)
    model.save_pretrained(folder)
    save_tokenizer(folder, model.config.vocab_size - 3)
    return Checkpoint(model, folder)


def base_checkpoint(folder: Path) -> Checkpoint:
    """ModernBERT-base's real configuration in bfloat16, as large checkpoints are stored, with random weights.

    Written without a model first: transformers would take longer to draw them than all the rest takes.
    """
    config = ModernBertConfig(architectures=["ModernBertModel"])
    with torch.device("meta"):
        shapes = ModernBertModel(config).state_dict()
    torch.manual_seed(20261125)
    tensors = {name: torch.empty(shape.shape, dtype=torch.bfloat16) for name, shape in shapes.items()}
    for name, tensor in tensors.items():
        if "norm" in name:
            tensor.uniform_(0.3, 1.7)
        else:  # transformers' own scales
            tensor.normal_(0, 0.02 / 44**0.5 if ".Wo." in name else 0.02)
    config.save_pretrained(folder)
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    save_tokenizer(folder, config.vocab_size - 88)
    return Checkpoint(ModernBertModel.from_pretrained(folder, dtype=torch.float32).eval(), folder)


def randomise(model: PreTrainedModel) -> None:
    """Norms from [.3, 1.7] and biases away from zero: a norm or a bias that is lost must show."""
    for name, parameter in model.named_parameters():
        if name.endswith("bias"):
            parameter.normal_(0, 0.2)
        elif "norm" in name:
            parameter.uniform_(0.3, 1.7)
        elif name.startswith(("head.", "classifier.")):
            parameter.normal_(0, 0.15)


def save_tokenizer(folder: Path, size: int) -> None:
    """A tokenizer with fewer tokens than the model has embeddings, as padded checkpoints have."""
    words = {f"word{i}": i for i in range(size)}
    Tokenizer(WordLevel(words, unk_token="word1")).save(str(folder / "tokenizer.json"))


def token_ids(vocabulary: int, lengths: Sequence[int] = LENGTHS) -> list[list[int]]:
    random = np.random.default_rng(20261125)
    return [random.integers(1, vocabulary, n).tolist() for n in lengths]


def padded(ids: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids and attention mask, each [texts, longest]."""
    tokens = torch.zeros(len(ids), max(map(len, ids)), dtype=torch.long)
    mask = torch.zeros_like(tokens)
    for row, text in enumerate(ids):
        tokens[row, : len(text)] = torch.tensor(text)
        mask[row, : len(text)] = 1
    return tokens, mask


def encode(converted: Path, ids: list[list[int]]) -> tuple[np.ndarray, np.ndarray | None]:
    """CTranslate2's hidden states [texts, longest, width] and scores [texts, 4], if it has any."""
    import ctranslate2

    output = ctranslate2.Encoder(str(converted), intra_threads=1).forward_batch(ids)
    pooled = output.pooler_output
    return np.array(output.last_hidden_state), None if pooled is None else np.array(pooled)


def original_states(model: PreTrainedModel, lengths: Sequence[int] = LENGTHS) -> np.ndarray:
    """transformers' hidden states of random texts in one batch, [tokens of all texts, width]."""
    tokens, mask = padded(token_ids(model.config.vocab_size, lengths))
    with torch.no_grad():
        hidden = model.base_model(tokens, attention_mask=mask).last_hidden_state.numpy()
    return hidden[mask.numpy().astype(bool)]


def converted_states(model: PreTrainedModel, converted: Path, lengths: Sequence[int] = LENGTHS) -> np.ndarray:
    """CTranslate2's hidden states of the same texts."""
    ids = token_ids(model.config.vocab_size, lengths)
    return encode(converted, ids)[0][padded(ids)[1].numpy().astype(bool)]


def distance(model: PreTrainedModel, converted: Path) -> float:
    """Largest difference of a component of the hidden states."""
    return float(np.abs(original_states(model) - converted_states(model, converted)).max())


def noise(exact: np.ndarray, other: np.ndarray) -> float:
    """Root mean square of the difference."""
    return float(np.sqrt(np.mean((exact - other) ** 2)))


def least_cosine(exact: np.ndarray, other: np.ndarray) -> float:
    """Of all tokens, the least cosine between one's hidden states."""
    norms = np.linalg.norm(exact, axis=1) * np.linalg.norm(other, axis=1)
    return float(((exact * other).sum(1) / norms).min())


def eight_bit(model: PreTrainedModel) -> PreTrainedModel:
    """The model with weights rounded to 8 bits per row and every product's input to 8 bits per token."""
    model = copy.deepcopy(model)
    for module in model.modules():
        if isinstance(module, torch.nn.Embedding | torch.nn.Linear):
            module.weight.data = rounded(module.weight.data)
        if isinstance(module, torch.nn.Linear):
            module.register_forward_pre_hook(lambda _, inputs: (rounded(inputs[0]),))
    return model


def rounded(x: torch.Tensor) -> torch.Tensor:
    step = x.abs().amax(-1, keepdim=True).clamp_min(1e-30) / 127
    return (x / step).round() * step


def scores(model: PreTrainedModel, converted: Path) -> tuple[np.ndarray, np.ndarray]:
    """sigmoid(logits) of a transformers classifier and CTranslate2's scores, each [texts, 4]."""
    ids = token_ids(model.config.vocab_size)
    tokens, mask = padded(ids)
    with torch.no_grad():
        original = torch.sigmoid(model(tokens, attention_mask=mask).logits).numpy()
    pooled = encode(converted, ids)[1]
    assert pooled is not None
    return original, pooled
