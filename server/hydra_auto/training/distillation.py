"""Teacher and lessons -> a student that places a request where the teacher does, in whatever language.

Two things are taught at once: the teacher's sentence vector (so that the student learns what texts mean, far
beyond the annotated ones), and the requirements that models with the labels in them predict for requests that
nobody annotated (so that its heads have seen tens of thousands of requests).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
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
from hydra_auto.training.finetuning import predict
from hydra_auto.training.lessons import Lesson, lessons
from hydra_auto.training.network import Network, load_network
from hydra_auto.training.progress import Progress
from hydra_auto.training.reading import Reader, Said, read, said
from hydra_auto.training.steps import Stage, autocast, device, digest, run
from hydra_auto.training.teacher import PART, embedded
from hydra_auto.training.tuning import tuned

TRANSLATED: Final = 0.5
"""How often a lesson with translations is read in another language than the teacher's."""

TEACHER_SHARE: Final = 2 / 3
"""Weight of the model on the teacher's vectors against TF-IDF + ridge in the voice that both make."""


@frozen
class Curriculum:
    """Annotated requests, then lessons, n in all, with their targets: `vectors` [n, width] of unit length,
    `requirements` [n, 4] in [0, 1].
    """

    annotated: Sequence[Example]
    lessons: Sequence[Lesson]
    vectors: np.ndarray
    requirements: np.ndarray

    def said(self, i: int, rng: random.Random) -> Said:
        """Request `i`, a lesson in a language that is drawn."""
        if i < len(self.annotated):
            return said(self.annotated[i], rng)
        lesson = self.lessons[i - len(self.annotated)]
        first, *others = lesson.variants
        text = rng.choice(others) if others and rng.random() < TRANSLATED else first
        return Said(text, lesson.mode)


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
    order = read(len(plan.requirements), plan.said, tokenizer, settings.tokens, seeds)
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
    """The annotated training requests with their labels, then the lessons with what the voices say."""
    training = [e for e in annotated if e.split == "train"]
    held_out = [e for e in annotated if e.split != "train"]
    more = lessons(config.data, config.distillation.lessons, held_out)
    read_by_teacher = [
        *(e.rendered for e in training),
        *(render(one.variants[0], mode=one.mode) for one in more),
    ]
    vectors = embedded([r.text for r in read_by_teacher], config.work / "teacher", progress)
    labels = np.asarray([e.scores for e in training])
    taught = requirements(config, vectors, read_by_teacher, training, progress)
    centred = vectors - vectors.mean(axis=0)
    centred /= np.linalg.norm(centred, axis=1, keepdims=True)
    return Curriculum(training, more, centred.astype(np.float32), np.concatenate([labels, taught]))


def requirements(
    config: Config,
    vectors: np.ndarray,
    texts: Sequence[Rendered],
    training: Sequence[Example],
    progress: Progress,
) -> np.ndarray:
    """What the voices say, on average, of the texts after the first `len(training)`, the annotated: [n, 4].

    They are the fine-tuned teacher, or where the run tunes none, the frozen one with kernel ridge (2/3) and
    TF-IDF + ridge (1/3); and the network of an earlier run, where one is named. They err differently: their
    mean is better than either.
    """
    others = texts[len(training) :]
    if config.teacher_tuning.epochs:
        expert = tuned(config, training, progress)
        voices = [_heard("teacher's voice", expert, expert, others, progress)]
    else:
        by_teacher, by_words = kernel_ridge(vectors, texts, training), tfidf_ridge(training, others)
        voices = [TEACHER_SHARE * by_teacher + (1 - TEACHER_SHARE) * by_words]
    if config.predecessor is not None:
        earlier = load_network(config.predecessor, 0.0).to(device())
        reader = _reader(config.predecessor, earlier)
        voices.append(_heard("predecessor's voice", earlier, reader, others, progress))
    found: np.ndarray = np.mean(voices, axis=0)
    return found


def _heard(
    name: str, network: nn.Module, reader: Reader, requests: Sequence[Rendered], progress: Progress
) -> np.ndarray:
    starts = range(0, len(requests), PART)
    with autocast():
        parts = [
            predict(network, reader, requests[start : start + PART])
            for start in progress(starts, name, len(starts))
        ]
    return np.concatenate(parts)


def _reader(folder: Path, network: Network) -> RequestTokenizer:
    """The tokenizer that `save_network` put beside a network."""
    return RequestTokenizer.from_file(
        folder / "tokenizer.json", network.encoder.config.max_position_embeddings
    )
