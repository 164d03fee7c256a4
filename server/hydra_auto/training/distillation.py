"""Teacher and lessons -> a student that places a request where the teacher does, in whatever language.

Two things are taught at once: the teacher's sentence vector (so that the student learns what texts mean, far
beyond the annotated ones), and the requirements that a model on top of the teacher predicts (so that its
heads have seen tens of thousands of requests before they see the annotated ones).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from attrs import frozen
from torch import Tensor, nn
from torch.nn import functional

from hydra_auto.predictor.text import Rendered, render
from hydra_auto.predictor.tokens import RequestTokenizer
from hydra_auto.training.baselines import kernel_ridge, tfidf_ridge
from hydra_auto.training.config import Config
from hydra_auto.training.data import Example
from hydra_auto.training.lessons import Lesson, lessons
from hydra_auto.training.network import Network
from hydra_auto.training.progress import Progress
from hydra_auto.training.reading import read
from hydra_auto.training.steps import Stage, autocast, device, digest, run
from hydra_auto.training.teacher import embedded

TRANSLATED: Final = 0.5
"""How often a lesson with translations is read in another language than the teacher's."""

TEACHER_SHARE: Final = 2 / 3
"""Weight of the model on the teacher's vectors against TF-IDF + ridge in the lessons' requirements."""


@frozen
class Curriculum:
    """Lessons with their targets: `vectors` [n, width] of unit length, `requirements` [n, 4] in [0, 1]."""

    lessons: Sequence[Lesson]
    vectors: np.ndarray
    requirements: np.ndarray

    def text(self, i: int, rng: random.Random) -> str:
        """Lesson `i` in a language that is drawn."""
        first, *others = self.lessons[i].variants
        return rng.choice(others) if others and rng.random() < TRANSLATED else first


class Student(nn.Module):
    """The network with a projection of [CLS] onto the teacher's space, which is thrown away afterwards."""

    def __init__(self, network: Network, width: int) -> None:
        super().__init__()
        self.network = network
        self.projection = nn.Linear(network.encoder.config.hidden_size, width)

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """(vectors [batch, width], logits [batch, 4]) of `ids` [batch, length]."""
        hidden = self.network.encoded(ids, mask)
        return self.projection(hidden.float()), self.network.heads(hidden.float())


def distill(
    config: Config,
    network: Network,
    tokenizer: RequestTokenizer,
    annotated: Sequence[Example],
    progress: Progress,
) -> None:
    """Trains `network` in place on the lessons and on the annotated training requests.

    `tokenizer` cuts at `distillation.length` tokens: a lesson's meaning is in its head and tail.
    """
    settings = config.distillation
    plan = curriculum(config, annotated, progress)
    seeds = [f"{config.seed}:distillation:{epoch}" for epoch in range(settings.epochs)]
    order = read(len(plan.lessons), plan.text, tokenizer, settings.tokens, seeds)
    vectors, wanted = torch.from_numpy(plan.vectors), torch.from_numpy(plan.requirements).float()
    student = Student(network, plan.vectors.shape[1]).to(device())
    data = digest([plan.vectors.tobytes(), plan.requirements.tobytes(), *(b.content for b in order)])
    stage = Stage("distillation", config.work, len(order), settings.learning_rate, 0.01, config.seed, data)

    def loss(step: int) -> Tensor:
        batch = order[step]
        with autocast():
            placed, logits = student(*batch.tensors())
        near = functional.cosine_similarity(placed.float(), batch.of(vectors).to(device()), dim=-1)
        needs = functional.binary_cross_entropy_with_logits(logits.float(), batch.of(wanted).to(device()))
        return (1 - near).mean() + settings.requirements_weight * needs

    run(stage, student, loss, progress)


def curriculum(config: Config, annotated: Sequence[Example], progress: Progress) -> Curriculum:
    """The annotated training requests with their labels, then the lessons with the teacher's opinion."""
    training = [e for e in annotated if e.split == "train"]
    held_out = [e for e in annotated if e.split != "train"]
    more = lessons(config.data, config.distillation.lessons, held_out)
    own = [Lesson((e.text,), e.source) for e in training]
    texts = [render(x.variants[0]) for x in (*own, *more)]
    vectors = embedded([t.text for t in texts], config.work / "teacher", progress)
    labels = np.asarray([e.scores for e in training])
    taught = requirements(vectors, texts, training)
    centred = vectors - vectors.mean(axis=0)
    centred /= np.linalg.norm(centred, axis=1, keepdims=True)
    return Curriculum((*own, *more), centred.astype(np.float32), np.concatenate([labels, taught]))


def requirements(vectors: np.ndarray, texts: Sequence[Rendered], training: Sequence[Example]) -> np.ndarray:
    """What the teacher makes of the texts after the first `len(training)`, which are annotated: [n, 4]."""
    by_teacher = kernel_ridge(vectors, texts, training)
    by_words = tfidf_ridge(training, [t.text for t in texts[len(training) :]])
    return TEACHER_SHARE * by_teacher + (1 - TEACHER_SHARE) * by_words
