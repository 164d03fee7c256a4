"""multilingual-e5-small's own weights -> a ModernBERT encoder that begins near what the teacher computes.

BERT normalises the sum of each sublayer and what it read (post-norm), adds learned positions once, and has a
plain feed-forward part; ModernBERT normalises what a sublayer reads (pre-norm), turns queries and keys by
their positions, and gates. Let u be a sum before BERT's norm, x = gamma * (u - mean) / sigma + beta after it.
A stream s = kappa * u gives the same x behind a norm of its own with gain gamma, whatever kappa is; and
s + kappa' * (a + beta) with kappa' = kappa * sigma / mean(gamma) is again the next sum, up to a factor, as
far as gamma is one number and sigma the same for every token. So weights carry over, those that write to the
stream times kappa'; betas go into biases; a gate that is 1 makes the plain feed-forward part of the gated
one. What remains (positions, gamma's spread, the windows of local layers) is learned by `imitation.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import torch
from attrs import frozen
from torch import Tensor, nn
from transformers import BertModel, ModernBertModel

from hydra_auto.training.network import read_mean
from hydra_auto.training.steps import autocast

BEGIN: Final = 0.05
"""kappa of the embeddings: it doubles in a layer, and weights should neither vanish nor be beyond a step."""

POSITIONS: Final = slice(2, 130)
"""The learned positions whose mean the embeddings take over."""


@frozen
class Measured:
    """What one layer of the teacher does with real text.

    `attention` and `output` are the median deviations of the sums before its two norms, `reads` [width] the
    root mean squares of its input, `hidden` [feed_forward] and `mean` [feed_forward] those and the means of
    its feed-forward activations.
    """

    attention: float
    output: float
    reads: Tensor
    hidden: Tensor
    mean: Tensor


@torch.no_grad()
def inherit(encoder: ModernBertModel, teacher: BertModel, rows: Tensor, ids: Tensor) -> None:
    """Writes `teacher`'s weights into `encoder`, which has one layer more: the last reads their mean.

    `rows` [vocabulary] are the teacher's ids of the encoder's tokens; `ids` [n, length] is text, in the
    teacher's ids, on which it is measured. The encoder needs biases and the teacher's width and heads.
    """
    scale = BEGIN
    gain, shift = _embed(encoder, teacher, rows, scale)
    facts_of = measure(teacher, ids)
    for i, (layer, source) in enumerate(zip(encoder.layers[:-1], teacher.encoder.layer, strict=True)):
        facts = facts_of[i]
        if i:
            layer.attn_norm.weight.copy_(gain)
        _attend(layer.attn, source.attention, facts.reads, shift, scale)
        if i == 0:
            layer.attn.Wqkv.weight.div_(scale)  # no norm there: it reads the stream as it is
        norm = source.attention.output.LayerNorm
        scale *= facts.attention / float(norm.weight.mean())
        layer.mlp_norm.weight.copy_(norm.weight)
        _feed_forward(layer.mlp, source, facts, norm.bias, scale)
        gain, shift = source.output.LayerNorm.weight, source.output.LayerNorm.bias
        scale *= facts.output / float(gain.mean())
    last = encoder.layers[-1]
    read_mean(encoder)
    last.attn_norm.weight.copy_(gain)
    last.attn.Wo.weight.mul_(scale)
    last.mlp.Wo.weight.zero_()
    encoder.final_norm.weight.copy_(gain)


def _embed(encoder: ModernBertModel, teacher: BertModel, rows: Tensor, scale: float) -> tuple[Tensor, Tensor]:
    """Rows of mean square 1, which a training step hardly moves; returns the norm's (gain, shift)."""
    source = teacher.embeddings
    table = source.word_embeddings.weight[rows] + source.token_type_embeddings.weight[0]
    table = table + source.position_embeddings.weight[POSITIONS].mean(0)
    norm = source.LayerNorm
    encoder.embeddings.tok_embeddings.weight.copy_(nn.functional.layer_norm(table, table.shape[1:]))
    encoder.embeddings.norm.weight.copy_(norm.weight * scale)
    return norm.weight, norm.bias


def _attend(own: Any, source: Any, reads: Tensor, shift: Tensor, scale: float) -> None:
    """Queries, keys, values and the output; the input's shift goes into biases."""
    parts = (source.self.query, source.self.key, source.self.value)
    query, key, value = (
        torch.cat([p.weight, (p.bias + p.weight @ shift)[:, None]], dim=1).double() for p in parts
    )
    query, key = turned(query, key, reads.double(), source.self.num_attention_heads)
    joined = torch.cat([query, key, value])
    own.Wqkv.weight.copy_(joined[:, :-1])
    own.Wqkv.bias.copy_(joined[:, -1])
    own.Wo.weight.copy_(scale * source.output.dense.weight)
    own.Wo.bias.copy_(scale * (source.output.dense.bias + shift))


def turned(query: Tensor, key: Tensor, reads: Tensor, heads: int) -> tuple[Tensor, Tensor]:
    """Both [width, width + 1] in a basis of each head where their products are sorted by what they weigh.

    Rotary positions turn the first components of each half by an angle for every token between two: what
    tells contents apart goes to the last ones, which they hardly turn.
    """
    sizes = torch.cat([reads, reads.new_ones(1)])
    found = []
    for q, k in zip(query.chunk(heads), key.chunk(heads), strict=True):
        (q_basis, q_upper), (k_basis, k_upper) = (torch.linalg.qr((w * sizes).T) for w in (q, k))
        left, weight, right = torch.linalg.svd(q_upper @ k_upper.T)
        order = torch.arange(len(q) - 1, -1, -1).reshape(-1, 2).T.flatten()  # heaviest last in both halves
        turned_q = weight.sqrt()[:, None] * (q_basis @ left).T
        turned_k = weight.sqrt()[:, None] * (k_basis @ right.T).T
        found.append((turned_q[order] / sizes, turned_k[order] / sizes))
    return torch.cat([q for q, _ in found]), torch.cat([k for _, k in found])


def _feed_forward(own: Any, source: Any, facts: Measured, shift: Tensor, scale: float) -> None:
    """The neurons that write most; the others write their mean. The gate is 1."""
    first, second = source.intermediate.dense, source.output.dense
    size = own.Wo.weight.shape[1]
    order = (facts.hidden * second.weight.norm(dim=0)).argsort(descending=True)
    kept, left = order[:size], order[size:]
    own.Wi.weight[:size].copy_(first.weight[kept])
    own.Wi.bias[:size].copy_(first.bias[kept] + first.weight[kept] @ shift)
    own.Wi.weight[size:].zero_()
    own.Wi.bias[size:].fill_(1.0)
    own.Wo.weight.copy_(scale * second.weight[:, kept])
    own.Wo.bias.copy_(scale * (second.bias + shift + second.weight[:, left] @ facts.mean[left]))


def measure(teacher: BertModel, ids: Tensor) -> list[Measured]:
    """What each layer of `teacher` does with `ids` [n, length]."""
    seen: dict[tuple[int, str], Tensor] = {}

    def keep(key: tuple[int, str], given: bool) -> Callable[[nn.Module, Any, Any], None]:
        def hook(_: nn.Module, inputs: Any, made: Any) -> None:
            seen[key] = (inputs[0] if given else made).float().flatten(0, 1)

        return hook

    hooks = []
    for i, layer in enumerate(teacher.encoder.layer):
        hooks += [
            layer.attention.output.LayerNorm.register_forward_hook(keep((i, "attention"), True)),
            layer.output.LayerNorm.register_forward_hook(keep((i, "output"), True)),
            layer.attention.self.query.register_forward_hook(keep((i, "reads"), True)),
            layer.intermediate.register_forward_hook(keep((i, "hidden"), False)),
        ]
    with autocast():
        teacher(input_ids=ids)
    for hook in hooks:
        hook.remove()
    return [
        Measured(
            float(seen[i, "attention"].std(dim=1).median()),
            float(seen[i, "output"].std(dim=1).median()),
            seen[i, "reads"].square().mean(0).sqrt(),
            seen[i, "hidden"].square().mean(0).sqrt(),
            seen[i, "hidden"].mean(0),
        )
        for i in range(len(teacher.encoder.layer))
    ]
