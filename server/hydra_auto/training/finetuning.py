"""Annotated requirements -> a network whose four sigmoids predict them, by binary cross-entropy."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from hydra_auto.dimensions import DIMENSIONS
from hydra_auto.predictor.batches import by_length
from hydra_auto.predictor.text import Rendered
from hydra_auto.predictor.tokens import RequestTokenizer
from hydra_auto.training.config import Config, FineTuning, Often, TeacherTuning
from hydra_auto.training.data import LIFELIKE, OWN, WRITTEN, Example
from hydra_auto.training.network import Network, freeze
from hydra_auto.training.progress import Progress
from hydra_auto.training.reading import Batch, Reader, read, said
from hydra_auto.training.steps import Stage, autocast, device, digest, padded, run


def finetune(
    config: Config,
    network: Network,
    tokenizer: RequestTokenizer,
    training: Sequence[Example],
    progress: Progress,
) -> None:
    """Trains `network` in place (paper: BCE, [CLS], dropout .1)."""
    freeze(network, config.fine_tuning.frozen)
    learn("fine-tuning", config, config.fine_tuning, network.to(device()), tokenizer, training, progress)


def learn(
    name: str,
    config: Config,
    settings: FineTuning | TeacherTuning,
    module: nn.Module,
    reader: Reader,
    training: Sequence[Example],
    progress: Progress,
) -> None:
    """The stage `name`: trains `module` (already on the device) on soft labels, each head on its own."""
    targets = torch.tensor([e.scores for e in training])
    order = reading(name, config, settings, reader, training, range(settings.epochs))
    data = digest([targets.numpy().tobytes(), *(b.content for b in order)])
    rate, decay = settings.learning_rate, settings.weight_decay
    stage = Stage(name, config.work, len(order), rate, decay, config.seed, data)

    def loss(step: int) -> Tensor:
        with autocast():
            logits = module(*order[step].tensors())
        wanted = order[step].of(targets).to(device())
        return functional.binary_cross_entropy_with_logits(logits.float(), wanted)

    run(stage, module, loss, progress)


def reading(
    name: str,
    config: Config,
    settings: FineTuning | TeacherTuning,
    reader: Reader,
    training: Sequence[Example],
    epochs: Iterable[int],
) -> list[Batch]:
    """The batches of some of the stage's epochs."""
    found: list[Batch] = []
    for epoch in epochs:
        seed = f"{config.seed}:{name}:{epoch}"
        places = _places(training, settings.often, seed)
        found += read(
            places,
            lambda i, _: said(training[i]),
            reader,
            settings.tokens,
            [seed],
            settings.dropped,
            config.work / name,
        )
    return found


def _places(training: Sequence[Example], often: Often, seed: str) -> list[int]:
    """The places of the requests that an epoch reads, each as many times as `often` says."""
    rng = random.Random(f"{seed}:often")
    times = {WRITTEN: often.written, LIFELIKE: often.lifelike, OWN: often.own}
    return [i for i, e in enumerate(training) for _ in range(_drawn(times.get(e.source, often.public), rng))]


def _drawn(times: float, rng: random.Random) -> int:
    """A whole number of times, `times` on average."""
    return int(times) + (rng.random() < times % 1)


def predict(network: nn.Module, reader: Reader, requests: Sequence[Rendered]) -> np.ndarray:
    """Scores [n, 4] in [0, 1] of a float network in eval mode: ours beside its int8 graph, or a rival."""
    network.eval()
    return _each(lambda ids, mask: torch.sigmoid(network(ids, mask)), len(DIMENSIONS), reader, requests)


def places(network: Network, reader: Reader, requests: Sequence[Rendered]) -> np.ndarray:
    """The hidden states of [CLS], [n, width], of a float network in eval mode."""
    network.eval()
    return _each(network.encoded, network.encoder.config.hidden_size, reader, requests)


@torch.no_grad()
def _each(
    value: Callable[[Tensor, Tensor], Tensor], width: int, reader: Reader, requests: Sequence[Rendered]
) -> np.ndarray:
    """`value` [n, width] of each request."""
    rows = reader.encode(requests)
    found = np.zeros((len(rows), width), dtype=np.float64)
    for chunk in by_length([len(r) for r in rows], 8192):
        ids, mask = padded([rows[i] for i in chunk], reader.pad_id)
        found[chunk] = value(ids, mask).double().cpu().numpy()
    return found
