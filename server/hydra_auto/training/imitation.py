"""Texts and the teacher -> an encoder whose every layer says what the teacher's says, token by token.

A sentence vector tells a student one direction for a whole text; the hidden states of twelve layers at every
token tell it some thousand times more, so that tens of millions of tokens do what pre-training from nothing
needs billions for (TinyBERT's transformer distillation, arXiv 1909.10351, over BERT's own pieces).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
import torch
from attrs import frozen
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertModel, ModernBertModel

from hydra_auto.predictor.tokens import RequestTokenizer
from hydra_auto.training.config import Config
from hydra_auto.training.inheritance import inherit
from hydra_auto.training.pretraining import window_table
from hydra_auto.training.progress import Progress
from hydra_auto.training.pruning import teacher_ids
from hydra_auto.training.steps import Stage, autocast, device, digest, run
from hydra_auto.training.teacher import PREFIX, load_teacher

SAMPLE: Final = 64
"""Windows on which the teacher's layers are measured."""

LEAST: Final = 0.05
"""The smallest deviation that a component's target is divided by."""


@contextmanager
def listening(encoder: ModernBertModel) -> Iterator[list[Tensor]]:
    """A list to which each layer adds its stream [batch, length, width] while the block runs."""
    streams: list[Tensor] = []
    hooks = [
        layer.register_forward_hook(lambda _module, _given, made: streams.append(made))
        for layer in encoder.layers
    ]
    try:
        yield streams
    finally:
        for hook in hooks:
            hook.remove()


class Imitator(nn.Module):
    """The encoder, and for each of its layers but the last an affine map of the normalised stream to the
    teacher's hidden state, whose components are taken in units of their deviation.
    """

    means: Tensor
    deviations: Tensor

    def __init__(self, encoder: ModernBertModel, hidden: Tensor) -> None:
        super().__init__()
        self.encoder = encoder
        flat = hidden.flatten(1, 2)  # [layers, tokens, width]
        self.register_buffer("means", flat.mean(1))
        self.register_buffer("deviations", flat.std(1).clamp(min=LEAST))
        self.gains = nn.Parameter(torch.ones_like(self.means))
        self.shifts = nn.Parameter(torch.zeros_like(self.means))

    def begin(self, teacher: BertModel) -> None:
        """Sets the affine maps to what they are where the stream is the teacher's sum before its norm."""
        norms = [layer.output.LayerNorm for layer in teacher.encoder.layer]
        with torch.no_grad():
            self.gains.copy_(torch.stack([n.weight for n in norms]) / self.deviations)
            shifts = torch.stack([n.bias for n in norms])
            self.shifts.copy_((shifts - self.means) / self.deviations)

    def forward(self, ids: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """(error of each layer [layers], distance of [CLS] from the text's mean) for `ids` [batch, length].

        `hidden` [layers, batch, length, width] are the teacher's states.
        """
        with listening(self.encoder) as streams:
            last = self.encoder(input_ids=ids).last_hidden_state[:, 0]
        errors = []
        for i, wanted in enumerate(hidden):
            stream = streams[i].float()
            said = functional.layer_norm(stream, stream.shape[-1:]) * self.gains[i] + self.shifts[i]
            errors.append(functional.smooth_l1_loss(said, (wanted - self.means[i]) / self.deviations[i]))
        whole = functional.cosine_similarity(last.float(), hidden[-1].float().mean(1), dim=-1)
        return torch.stack(errors), (1 - whole).mean()


def imitate(config: Config, encoder: ModernBertModel, tokenizer: Path, progress: Progress) -> None:
    """Gives `encoder` the teacher's weights and trains it in place on windows of text."""
    settings = config.imitation
    windows = window_table(
        config, RequestTokenizer.from_file(tokenizer, settings.length), settings.steps * settings.tokens, 1
    )
    lesson = _Lesson.of(Tokenizer.from_file(str(tokenizer)))
    some = np.random.default_rng(config.seed).integers(len(windows), size=SAMPLE)
    sample, hidden = lesson.read(windows[some])
    model = Imitator(encoder.to(device()), hidden.float()).to(device())
    exact = lesson.teacher.float()
    inherit(encoder, exact, lesson.rows, lesson.theirs(sample))
    model.begin(exact)
    exact.to(torch.bfloat16)
    rows = settings.tokens // settings.length
    data = digest([windows.tobytes()])
    stage = Stage("imitation", config.work, settings.steps, settings.learning_rate, 0.01, config.seed, data)

    def loss(step: int) -> Tensor:
        chosen = np.random.default_rng((config.seed, step)).integers(len(windows), size=rows)
        ids, wanted = lesson.read(windows[chosen])
        with autocast():
            errors, distance = model(ids, wanted)
        value: Tensor = errors.mean() + distance
        return value

    run(stage, model, loss, progress)


@frozen
class _Lesson:
    """The teacher behind our vocabulary: `rows` [vocabulary] are its ids of our tokens."""

    teacher: BertModel
    rows: Tensor
    prefix: Tensor

    @classmethod
    def of(cls, tokenizer: Tokenizer) -> _Lesson:
        teacher = load_teacher()
        rows = torch.from_numpy(teacher_ids(tokenizer, teacher.pieces))
        prefix = teacher.tokenizer.encode(PREFIX.strip(), add_special_tokens=False).ids
        return cls(teacher.model, rows.to(device()), torch.tensor(prefix, device=device()))

    def theirs(self, ids: Tensor) -> Tensor:
        """`ids` [batch, length] in the teacher's vocabulary, its prefix behind the first token."""
        found = self.rows[ids]
        return torch.cat([found[:, :1], self.prefix.expand(len(ids), -1), found[:, 1:]], dim=1)

    @torch.no_grad()
    def read(self, windows: np.ndarray) -> tuple[Tensor, Tensor]:
        """(ids [batch, length], the teacher's states of them [layers, batch, length, width])."""
        ids = torch.from_numpy(windows.astype(np.int64)).to(device())
        with autocast():
            states = self.teacher(input_ids=self.theirs(ids), output_hidden_states=True).hidden_states[1:]
        first = 1 + len(self.prefix)
        return ids, torch.stack([torch.cat([s[:, :1], s[:, first:]], dim=1) for s in states])
