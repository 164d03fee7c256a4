"""The teacher, fine-tuned on the annotated requirements: a rival in the card.

Its word embeddings stay frozen: four fifths of its weights, and what holds its languages together.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from safetensors.torch import load_model, save_model
from torch import Tensor, nn
from torch.nn import functional

from hydra_auto.dimensions import DIMENSIONS
from hydra_auto.predictor.batches import by_length
from hydra_auto.predictor.text import render
from hydra_auto.training.augmentation import changed
from hydra_auto.training.config import Config, TeacherTuning
from hydra_auto.training.data import Example
from hydra_auto.training.progress import Progress
from hydra_auto.training.steps import Stage, autocast, batches, device, padded, run
from hydra_auto.training.teacher import Teacher, load_teacher

DECAY: Final = 0.01


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

    @torch.inference_mode()
    def scores(self, texts: Sequence[str]) -> np.ndarray:
        """Requirements [n, 4] in [0, 1] of rendered texts."""
        self.eval()
        rows = self.teacher.rows(texts, self.length)
        found = np.zeros((len(rows), len(DIMENSIONS)))
        for chosen in by_length([len(r) for r in rows], 8192):
            with autocast():
                logits = self(*padded([rows[i] for i in chosen], self.teacher.pad_id))
            found[chosen] = torch.sigmoid(logits.float()).double().cpu().numpy()
        return found


def tuned(config: Config, training: Sequence[Example], progress: Progress) -> Tuned:
    """The teacher after `teacher_tuning.epochs` over `training`, kept in the work folder."""
    file = config.work / "teacher-tuned.safetensors"
    torch.manual_seed(config.seed)
    model = Tuned(load_teacher(), config.teacher_tuning).to(device())
    if file.exists():
        load_model(model, file)
        return model
    settings = config.teacher_tuning
    seeds = [f"{config.seed}:teacher-tuning:{epoch}" for epoch in range(settings.epochs)]
    order = [batch for seed in seeds for batch in _read(model, training, settings.tokens, seed)]
    stage = Stage("teacher-tuning", config.work, len(order), settings.learning_rate, DECAY, config.seed)
    targets = torch.tensor([e.scores for e in training])

    def loss(step: int) -> Tensor:
        chosen, rows = order[step]
        with autocast():
            logits = model(*padded(rows, model.teacher.pad_id))
        wanted = targets[torch.tensor(chosen)].to(device())
        return functional.binary_cross_entropy_with_logits(logits.float(), wanted)

    run(stage, model, loss, progress)
    _keep(model, file)
    return model


def _read(
    model: Tuned, training: Sequence[Example], budget: int, seed: str
) -> list[tuple[list[int], list[list[int]]]]:
    """One epoch: (places in `training`, their token rows) of each batch, in manners that are drawn."""
    texts = [render(changed(e.text, random.Random(f"{seed}:{i}"))).text for i, e in enumerate(training)]
    rows = model.teacher.rows(texts, model.length)
    order = batches([len(r) for r in rows], budget, random.Random(seed))
    return [(chosen, [rows[i] for i in chosen]) for chosen in order]


def _keep(model: Tuned, file: Path) -> None:
    partial = file.with_suffix(".partial")
    save_model(model, str(partial))
    partial.replace(file)
