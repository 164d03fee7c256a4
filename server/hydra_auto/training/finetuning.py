"""Annotated requirements -> a network whose four sigmoids predict them, by binary cross-entropy."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from hydra_auto.predictor.text import TURNS, Rendered, render
from hydra_auto.predictor.tokens import RequestTokenizer
from hydra_auto.training.config import Config
from hydra_auto.training.data import Example
from hydra_auto.training.network import Network
from hydra_auto.training.progress import Progress
from hydra_auto.training.steps import Stage, autocast, device, epochs, padded, run


def finetune(
    config: Config,
    network: Network,
    tokenizer: RequestTokenizer,
    training: Sequence[Example],
    progress: Progress,
) -> None:
    """Trains `network` in place: soft labels, each head on its own (paper: BCE, [CLS], dropout .1)."""
    settings = config.fine_tuning
    requests = [render(e.text) for e in training]
    ids = tokenizer.encode(requests)
    targets = torch.tensor([e.scores for e in training])
    order = epochs([len(i) for i in ids], settings.tokens, settings.epochs, config.seed)
    network.to(device())
    stage = Stage(
        "fine-tuning", config.work, len(order), settings.learning_rate, settings.weight_decay, config.seed
    )

    def loss(step: int) -> Tensor:
        rng = random.Random(f"{config.seed}:{step}")
        rows = tokenizer.encode([random_turn(requests[i], rng) for i in order[step]])
        batch, mask = padded(rows, tokenizer.pad_id)
        with autocast():
            logits = network(batch, mask)
        wanted = targets[order[step]].to(device())
        return functional.binary_cross_entropy_with_logits(logits.float(), wanted)

    run(stage, network, loss, progress)


def random_turn(request: Rendered, rng: random.Random) -> Rendered:
    """The request as if sent at a random turn: the annotated prompts carry none, so it must not matter."""
    turn = rng.choice(TURNS)
    return Rendered((*request.signals[:-1], turn), request.text)


@torch.no_grad()
def predict(network: Network, tokenizer: RequestTokenizer, texts: Sequence[str]) -> np.ndarray:
    """Scores [n, 4] in [0, 1] of the float network, in eval mode, for the comparison with the int8 graph."""
    network.eval()
    rows = tokenizer.encode([render(t) for t in texts])
    scores = np.zeros((len(rows), network.heads.out_features), dtype=np.float64)
    for chunk in epochs([len(r) for r in rows], 8192, 1, 0):
        ids, mask = padded([rows[i] for i in chunk], tokenizer.pad_id)
        scores[chunk] = torch.sigmoid(network(ids, mask)).double().cpu().numpy()
    return scores
