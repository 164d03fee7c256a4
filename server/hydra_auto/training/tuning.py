"""The teacher, fine-tuned on the annotated requirements: a rival in the card.

Its word embeddings stay frozen: four fifths of its weights, and what holds its languages together.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_model, save_model
from torch import Tensor, nn

from hydra_auto.dimensions import DIMENSIONS
from hydra_auto.predictor.text import Rendered
from hydra_auto.training.config import Config, TeacherTuning
from hydra_auto.training.data import Example
from hydra_auto.training.finetuning import learn
from hydra_auto.training.progress import Progress
from hydra_auto.training.steps import device, digest, forget
from hydra_auto.training.teacher import Teacher, load_teacher


class Tuned(nn.Module):
    """multilingual-e5-small with four heads on the mean of its tokens."""

    def __init__(self, teacher: Teacher, settings: TeacherTuning) -> None:
        super().__init__()
        self.teacher, self.length = teacher, settings.length
        self.encoder = teacher.model.float()
        for part in (self.encoder.embeddings, *self.encoder.encoder.layer[: settings.frozen]):
            part.requires_grad_(False)
        self.heads = nn.Linear(self.encoder.config.hidden_size, len(DIMENSIONS))
        self.dropout = nn.Dropout(0.1)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Logits [batch, 4] of `ids` [batch, length] under `mask` (1 = a real token)."""
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        logits: Tensor = self.heads(self.dropout(mean))
        return logits

    def encode(self, requests: Sequence[Rendered]) -> list[list[int]]:
        """Token ids of each request; its signals are not the teacher's to read."""
        return self.teacher.rows([r.text for r in requests], self.length)

    @property
    def pad_id(self) -> int:
        """The id that fills a batch's shorter rows."""
        return self.teacher.pad_id


def tuned(config: Config, training: Sequence[Example], progress: Progress) -> Tuned:
    """The teacher after `teacher_tuning.epochs` over `training`, kept in the work folder for these labels."""
    told = json.dumps([(e.id, e.scores) for e in training]).encode()
    file = config.work / f"teacher-tuned-{digest([told])}.safetensors"
    torch.manual_seed(config.seed)
    model = Tuned(load_teacher(), config.teacher_tuning).to(device())
    if file.exists():
        load_model(model, file)
        return model
    learn("teacher-tuning", config, config.teacher_tuning, model, model, training, progress)
    _keep(model, file)
    forget(config.work, "teacher-tuning")
    return model


def _keep(model: Tuned, file: Path) -> None:
    partial = file.with_suffix(".partial")
    save_model(model, str(partial))
    partial.replace(file)
