"""Teacher and lessons -> a student that places a request where the teacher does, in whatever language.

Two things are taught at once: the teacher's sentence vector (so that the student learns what texts mean, far
beyond the annotated ones), and the requirements that models with the labels in them predict for requests that
nobody annotated (so that its heads have seen tens of thousands of requests).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from functools import partial
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
from hydra_auto.training.finetuning import places, predict
from hydra_auto.training.lessons import Lesson, lessons
from hydra_auto.training.network import HEADS_FILE, Network, freeze, load_network
from hydra_auto.training.progress import Progress
from hydra_auto.training.reading import Batch, Said, read, said
from hydra_auto.training.steps import Stage, autocast, device, digest, keep_array, run
from hydra_auto.training.teacher import PART, embedded
from hydra_auto.training.tuning import probe, regress, tuned

TRANSLATED: Final = 0.5
"""How often a lesson with translations is read in another language than the teacher's."""

PROBED: Final = 6_000
"""How many annotated requests the projection and fresh heads begin with, or somewhat more."""

TEACHER_SHARE: Final = 2 / 3
"""Weight of the model on the teacher's vectors against TF-IDF + ridge in the voice that both make."""


@frozen
class Plan:
    """What is read: annotated requests, then lessons, n in all."""

    annotated: Sequence[Example]
    lessons: Sequence[Lesson]

    @classmethod
    def of(cls, config: Config, annotated: Sequence[Example]) -> Plan:
        """The annotated training requests, and lessons that repeat no held-out one."""
        held_out = [e for e in annotated if e.split != "train"]
        more = lessons(config.data, config.distillation.lessons, held_out)
        return cls([e for e in annotated if e.split == "train"], more)

    def said(self, i: int, rng: random.Random) -> Said:
        """Request `i`, a lesson in a language that is drawn."""
        if i < len(self.annotated):
            return said(self.annotated[i])
        lesson = self.lessons[i - len(self.annotated)]
        first, *others = lesson.variants
        text = rng.choice(others) if others and rng.random() < TRANSLATED else first
        return Said(text, lesson.mode)


@frozen
class Curriculum:
    """The targets of a plan: `vectors` [n, width] of unit length, `requirements` [n, 4] in [0, 1]."""

    vectors: np.ndarray
    requirements: np.ndarray


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
    plan = Plan.of(config, annotated)
    order = reading(config, plan, tokenizer, range(settings.epochs))
    taught = curriculum(config, plan, progress)
    vectors, wanted = torch.from_numpy(taught.vectors), torch.from_numpy(taught.requirements).float()
    student = Student(network, taught.vectors.shape[1]).to(device())
    data = digest([taught.vectors.tobytes(), taught.requirements.tobytes(), *(b.content for b in order)])
    stage = Stage("distillation", config.work, len(order), settings.learning_rate, 0.01, config.seed, data)
    if not stage.checkpoint.exists():
        _begin(student, plan, taught, tokenizer, config.predecessor is None, progress)
    freeze(network, settings.frozen)

    def loss(step: int) -> Tensor:
        batch = order[step]
        with autocast():
            placed, logits = student(*batch.tensors())
        near = functional.cosine_similarity(placed.float(), batch.of(vectors).to(device()), dim=-1)
        needs = functional.binary_cross_entropy_with_logits(logits.float(), batch.of(wanted).to(device()))
        return (1 - near).mean() + settings.requirements_weight * needs

    run(stage, student, loss, progress)


def _begin(
    student: Student,
    plan: Plan,
    taught: Curriculum,
    tokenizer: RequestTokenizer,
    fresh: bool,
    progress: Progress,
) -> None:
    """The projection, and `fresh` heads, begin as ridge regressions: while they find their way, they would
    spoil the encoder.
    """
    seen = range(0, len(plan.annotated), max(1, len(plan.annotated) // PROBED))
    read_by_student = [plan.annotated[i].rendered for i in seen]
    states = _in_parts("heads", partial(places, student.network, tokenizer), read_by_student, progress)
    regress(student.projection, states, taught.vectors[seen])
    if fresh:
        probe(student.network.heads, states, taught.requirements[seen])


def reading(config: Config, plan: Plan, tokenizer: RequestTokenizer, epochs: Iterable[int]) -> list[Batch]:
    """The batches of some of the stage's epochs."""
    seeds = [f"{config.seed}:distillation:{epoch}" for epoch in epochs]
    places, settings = range(len(plan.annotated) + len(plan.lessons)), config.distillation
    kept = config.work / "distillation"
    return read(places, plan.said, tokenizer, settings.tokens, seeds, settings.dropped, kept)


def curriculum(config: Config, plan: Plan, progress: Progress) -> Curriculum:
    """The annotated training requests' labels, then what the voices say of the lessons."""
    read_by_teacher = [
        *(e.rendered for e in plan.annotated),
        *(render(one.variants[0], mode=one.mode) for one in plan.lessons),
    ]
    vectors = embedded([r.text for r in read_by_teacher], config.work / "teacher", progress)
    labels = np.asarray([e.scores for e in plan.annotated])
    taught = requirements(config, vectors, read_by_teacher, plan.annotated, progress)
    centred = vectors - vectors.mean(axis=0)
    centred /= np.linalg.norm(centred, axis=1, keepdims=True)
    return Curriculum(centred.astype(np.float32), np.concatenate([labels, taught]))


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
        numbers = range(config.teacher_tuning.teachers)
        voices = [np.mean([_expert(config, training, n, others, progress) for n in numbers], axis=0)]
    else:
        by_teacher, by_words = kernel_ridge(vectors, texts, training), tfidf_ridge(training, others)
        voices = [TEACHER_SHARE * by_teacher + (1 - TEACHER_SHARE) * by_words]
    for name, folder in (("predecessor", config.predecessor), ("elder", config.elder)):
        if folder is not None:
            voices.append(_earlier(config, name, folder, others, progress))
    found: np.ndarray = np.mean(voices, axis=0)
    return found


def _expert(
    config: Config, training: Sequence[Example], number: int, requests: Sequence[Rendered], progress: Progress
) -> np.ndarray:
    expert = tuned(config, training, progress, number)
    return _in_parts("teacher's voice", partial(predict, expert, expert), requests, progress)


def _earlier(
    config: Config, name: str, folder: Path, requests: Sequence[Rendered], progress: Progress
) -> np.ndarray:
    """What an earlier run's network says, kept in the work folder for its heads and these requests."""
    heads = (folder / HEADS_FILE).read_bytes()
    file = config.work / f"{name}-{digest([heads, *(repr(r).encode() for r in requests)])}.npy"
    if not file.exists():
        network = load_network(folder, 0.0).to(device())
        voice = partial(predict, network, _reader(folder, network))
        said = _in_parts(f"{name}'s voice", voice, requests, progress)
        keep_array(file, said.astype(np.float32))
    kept: np.ndarray = np.load(file)
    return kept


def _in_parts(
    name: str,
    value: Callable[[Sequence[Rendered]], np.ndarray],
    requests: Sequence[Rendered],
    progress: Progress,
) -> np.ndarray:
    """`value` of the requests, [n, …], `PART` of them at a time."""
    starts = range(0, len(requests), PART)
    with autocast():
        parts = [value(requests[start : start + PART]) for start in progress(starts, name, len(starts))]
    return np.concatenate(parts)


def _reader(folder: Path, network: Network) -> RequestTokenizer:
    """The tokenizer that `save_network` put beside a network."""
    return RequestTokenizer.from_file(
        folder / "tokenizer.json", network.encoder.config.max_position_embeddings
    )
