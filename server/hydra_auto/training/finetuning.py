"""Annotated requirements -> a network whose four sigmoids predict them, by binary cross-entropy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from hydra_auto.predictor.batches import by_length
from hydra_auto.predictor.text import render
from hydra_auto.predictor.tokens import RequestTokenizer
from hydra_auto.training.config import Config
from hydra_auto.training.data import Example
from hydra_auto.training.network import Network
from hydra_auto.training.progress import Progress
from hydra_auto.training.reading import read
from hydra_auto.training.steps import Stage, autocast, device, padded, run


def finetune(
    config: Config,
    network: Network,
    tokenizer: RequestTokenizer,
    training: Sequence[Example],
    progress: Progress,
) -> None:
    """Trains `network` in place: soft labels, each head on its own (paper: BCE, [CLS], dropout .1)."""
    settings = config.fine_tuning
    targets = torch.tensor([e.scores for e in training])
    seeds = [f"{config.seed}:fine-tuning:{epoch}" for epoch in range(settings.epochs)]
    order = read(len(training), lambda i, _: training[i].text, tokenizer, settings.tokens, seeds)
    network.to(device())
    stage = Stage(
        "fine-tuning", config.work, len(order), settings.learning_rate, settings.weight_decay, config.seed
    )

    def loss(step: int) -> Tensor:
        with autocast():
            logits = network(*order[step].tensors())
        wanted = order[step].of(targets).to(device())
        return functional.binary_cross_entropy_with_logits(logits.float(), wanted)

    run(stage, network, loss, progress)


@torch.no_grad()
def predict(network: Network, tokenizer: RequestTokenizer, texts: Sequence[str]) -> np.ndarray:
    """Scores [n, 4] in [0, 1] of the float network, in eval mode, for the comparison with the int8 graph."""
    network.eval()
    rows = tokenizer.encode([render(t) for t in texts])
    scores = np.zeros((len(rows), network.heads.out_features), dtype=np.float64)
    for chunk in by_length([len(r) for r in rows], 8192):
        ids, mask = padded([rows[i] for i in chunk], tokenizer.pad_id)
        scores[chunk] = torch.sigmoid(network(ids, mask)).double().cpu().numpy()
    return scores
