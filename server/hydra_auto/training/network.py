"""The network that is trained: a ModernBERT encoder and four independent heads on [CLS]."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import ModernBertConfig, ModernBertModel

from hydra_auto.dimensions import DIMENSIONS
from hydra_auto.predictor.tokens import CLS, PAD, SEP
from hydra_auto.training.config import EncoderShape
from hydra_auto.training.teacher import load_teacher

HEADS_FILE: Final = "heads.safetensors"
"""Beside a saved encoder: `weight` [4, width] and `bias` [4], which the conversion folds into the graph."""

EMBEDDING_DEVIATION: Final = 0.02
"""Standard deviation of a token embedding's components at the start (ModernBERT's initialisation)."""


class Network(nn.Module):
    """ids [batch, length] -> logits [batch, 4]; the paper's head: dropout, one linear layer, sigmoid."""

    def __init__(self, encoder: ModernBertModel, dropout: float) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.Linear(encoder.config.hidden_size, len(DIMENSIONS))

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Logits [batch, 4] of `ids` [batch, length] under `mask` (1 = a real token)."""
        logits: Tensor = self.heads(self.dropout(self.encoded(ids, mask)).float())
        return logits

    def encoded(self, ids: Tensor, mask: Tensor) -> Tensor:
        """The hidden state of [CLS], [batch, width]."""
        hidden: Tensor = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state[:, 0]
        return hidden


def attention() -> str:
    """The attention that trains fastest: the fused one's backward pass takes a fifth of a CPU step."""
    return "sdpa" if torch.cuda.is_available() else "eager"


def new_encoder(shape: EncoderShape, tokenizer: Tokenizer) -> ModernBertModel:
    """A ModernBERT encoder of `shape` with fresh weights, for `tokenizer`'s vocabulary."""
    config = ModernBertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=shape.width,
        intermediate_size=shape.feed_forward,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        max_position_embeddings=shape.max_tokens,
        local_attention=shape.local_attention,
        global_attn_every_n_layers=shape.global_every,
        pad_token_id=tokenizer.token_to_id(PAD),
        cls_token_id=tokenizer.token_to_id(CLS),
        sep_token_id=tokenizer.token_to_id(SEP),
        bos_token_id=tokenizer.token_to_id(CLS),
        eos_token_id=tokenizer.token_to_id(SEP),
        attention_bias=shape.biases,
        mlp_bias=shape.biases,
        attn_implementation=attention(),
    )
    encoder = ModernBertModel(config)
    read_mean(encoder)
    return encoder


def read_mean(encoder: ModernBertModel) -> None:
    """Starts the last layer as a reader: no query tells tokens apart, so [CLS] gathers the text's mean.

    A mean over a text's tokens is already a fair sentence vector where the embeddings are a teacher's; a
    [CLS] that starts blind has to learn even that. Training is free to move away from it.
    """
    attention = encoder.layers[-1].attn
    width = encoder.config.hidden_size
    with torch.no_grad():
        attention.Wqkv.weight[: 2 * width].zero_()
        attention.Wqkv.weight[2 * width :].copy_(torch.eye(width))
        attention.Wo.weight.copy_(torch.eye(width))


def embed_by_teacher(encoder: ModernBertModel, tokenizer: Tokenizer) -> int:
    """Gives each token that is text its teacher's embedding; returns how many there were.

    As model2vec distils: every token goes through multilingual-e5-small alone, then principal components
    and unit variance. Tokens that are pieces of a character keep their random start.
    """
    tokens = [tokenizer.decode([i]) for i in range(tokenizer.get_vocab_size())]
    known = [i for i, t in enumerate(tokens) if t.strip() and "�" not in t]
    vectors = load_teacher().embed([tokens[i].strip() for i in known]).astype(np.float64)
    vectors -= vectors.mean(axis=0)
    _, singular, axes = np.linalg.svd(vectors, full_matrices=False)
    width = encoder.config.hidden_size
    components = vectors @ axes[:width].T
    components /= np.sqrt(singular[:width] / singular[0])  # half-whitened: no axis drowns the others
    components *= EMBEDDING_DEVIATION / components.std()
    with torch.no_grad():
        table = encoder.embeddings.tok_embeddings.weight
        table[known, : components.shape[1]] = torch.from_numpy(components).to(table.dtype)
    return len(known)


def freeze(network: Network, layers: int) -> None:
    """Keeps the token embeddings and the first `layers` from training; with 0 of them everything trains."""
    encoder = network.encoder
    for i, part in enumerate((encoder.embeddings, *encoder.layers)):
        part.requires_grad_(layers == 0 or i > layers)


def mix(network: Network, before: Network, kept: float) -> None:
    """Moves every weight of `network` back towards `before` by the share `kept`, in place."""
    earlier = before.state_dict()
    network.load_state_dict({n: w.lerp(earlier[n], kept) for n, w in network.state_dict().items()})


def save_network(network: Network, folder: Path, tokenizer: Tokenizer) -> None:
    """Writes a Hugging Face folder (encoder, tokenizer) with the heads beside it, for the conversion."""
    folder.mkdir(parents=True, exist_ok=True)
    network.encoder.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    heads = {"weight": network.heads.weight.detach(), "bias": network.heads.bias.detach()}
    save_file({k: v.float().contiguous().cpu() for k, v in heads.items()}, folder / HEADS_FILE)


def load_encoder(folder: Path) -> ModernBertModel:
    """The encoder that an earlier stage, or anyone else, saved as a Hugging Face folder."""
    return ModernBertModel.from_pretrained(folder, attn_implementation=attention(), local_files_only=True)


def load_network(folder: Path, dropout: float) -> Network:
    """The network that `save_network` wrote."""
    network = Network(load_encoder(folder), dropout)
    weight, bias = load_heads(folder)
    with torch.no_grad():
        network.heads.weight.copy_(weight)
        network.heads.bias.copy_(bias)
    return network


def load_heads(folder: Path) -> tuple[Tensor, Tensor]:
    """(weight [4, width], bias [4]) as `save_network` wrote them."""
    tensors = load_file(folder / HEADS_FILE)
    return tensors["weight"], tensors["bias"]
