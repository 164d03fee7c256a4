"""The teacher, fine-tuned on the annotated requirements: a rival in the card, and a voice in the lessons.

Its word embeddings stay frozen: four fifths of its weights, and what holds its languages together. Its heads
begin as a ridge regression on the vectors of the frozen teacher, so that what it knows of other requests is
not lost while they find their way (linear probing, then fine-tuning: arXiv 2202.10054).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from safetensors.torch import load_model, save_model
from scipy.special import logit
from sklearn.linear_model import Ridge
from torch import Tensor, nn
from torch.nn import functional

from hydra_auto.dimensions import DIMENSIONS
from hydra_auto.predictor.text import Rendered
from hydra_auto.training.baselines import with_mode
from hydra_auto.training.config import Config, TeacherTuning
from hydra_auto.training.data import Example
from hydra_auto.training.finetuning import learn
from hydra_auto.training.network import attention
from hydra_auto.training.progress import Progress
from hydra_auto.training.steps import device, digest, forget
from hydra_auto.training.teacher import Teacher, embedded, load_teacher

PENALTY: Final = 30.0
"""Of the ridge regression that a linear layer begins as, on components of deviation 1."""

EDGE: Final = 0.02
"""Labels of 0 and 1 have no logit; they count as this far from it."""


class Tuned(nn.Module):
    """multilingual-e5-small with four heads on the mean of its tokens."""

    def __init__(self, teacher: Teacher, settings: TeacherTuning) -> None:
        super().__init__()
        self.teacher, self.length = teacher, settings.length
        self.encoder = teacher.model.float()
        self.encoder.set_attn_implementation(attention())
        for part in (self.encoder.embeddings, *self.encoder.encoder.layer[: settings.frozen]):
            part.requires_grad_(False)
        self.heads = nn.Linear(self.encoder.config.hidden_size, len(DIMENSIONS))
        self.dropout = nn.Dropout(0.1)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Logits [batch, 4] of `ids` [batch, length] under `mask` (1 = a real token)."""
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        logits: Tensor = self.heads(self.dropout(functional.normalize(mean, dim=-1)))
        return logits

    def encode(self, requests: Sequence[Rendered]) -> list[list[int]]:
        """Token ids of each request, its mode in words; its other signals are not the teacher's to read."""
        return self.teacher.rows([with_mode(r) for r in requests], self.length)

    @property
    def pad_id(self) -> int:
        """The id that fills a batch's shorter rows."""
        return self.teacher.pad_id


def probe(heads: nn.Linear, vectors: np.ndarray, labels: np.ndarray) -> None:
    """Sets `heads` to what ridge regression on `vectors` [n, width] makes of `labels` [n, 4]."""
    regress(heads, vectors, logit(labels.clip(EDGE, 1 - EDGE)))


def regress(layer: nn.Linear, inputs: np.ndarray, outputs: np.ndarray) -> None:
    """Sets `layer` to the ridge regression of `outputs` [n, m] on `inputs` [n, width]."""
    spread = float(inputs.std(axis=0).mean())
    model = Ridge(alpha=PENALTY).fit(inputs / spread, outputs)
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(model.coef_ / spread))
        layer.bias.copy_(torch.from_numpy(model.intercept_))


def tuned(config: Config, training: Sequence[Example], progress: Progress, number: int = 0) -> Tuned:
    """The teacher after `teacher_tuning.epochs` over `training`, kept in the work folder for these labels.

    Each `number` has a seed of its own.
    """
    told = json.dumps([(e.id, e.scores) for e in training]).encode()
    which = f"-{number}" if number else ""
    name, file = f"teacher-tuning{which}", config.work / f"teacher-tuned-{digest([told])}{which}.safetensors"
    torch.manual_seed(config.seed + number)
    model = Tuned(load_teacher(), config.teacher_tuning)
    if file.exists():
        load_model(model, file)
        return model.to(device())
    vectors = embedded([e.rendered.text for e in training], config.work / "teacher", progress)
    probe(model.heads, vectors, np.asarray([e.scores for e in training]))
    model.to(device())
    learn(name, config, config.teacher_tuning, model, model, training, progress)
    _keep(model, file)
    forget(config.work, name)
    return model


def _keep(model: Tuned, file: Path) -> None:
    partial = file.with_suffix(".partial")
    save_model(model, str(partial))
    partial.replace(file)
