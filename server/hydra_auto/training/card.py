"""The card as a page for people: the bundle's README.md, every figure of it from `card.json`."""

from __future__ import annotations

from typing import Any

from hydra_auto.dimensions import DIMENSIONS
from hydra_auto.training.metrics import table


def card_page(document: dict[str, Any]) -> str:
    """Markdown of a card's document."""
    training, metrics, quantization = document["training"], document["metrics"], document["quantization"]
    shape, pretraining = training["encoder"], training["pretraining"]
    return f"""# Model bundle of {document["date"]}

Written by the training run (`hydra-auto train`); the figures are measured through this int8 graph.

A ModernBERT encoder of {shape["layers"]} layers × {shape["width"]}, vocabulary {shape["vocabulary"]}, at most
{document["maxTokens"]} tokens, four sigmoid heads on [CLS]. Licence {document["licence"]}.
Trained on {training["requests"]["train"]} annotated requests in {training["languages"]} languages
({training["licences"]}).
Token embeddings start from: {training["embeddings"]}. Masked-language pre-training:
{pretraining.get("stepsDone", 0)} steps of {pretraining["tokens"]} tokens.

## Held out

`test`: the same sources as in training, other parallel groups. `unseen`: {metrics["unseen"]["sources"]}
sources that never train, the honest figure. Annotators agree with each other at r = .94 / .98 / .96 / .99.

{table(metrics, ("test", "unseen"))}

int8 against the float network on {quantization["requests"]} requests: mean absolute difference
{quantization["meanAbsoluteDifference"]}, largest {quantization["largestDifference"]}.

## Four requests

| request | {" | ".join(DIMENSIONS)} |
|---|---|---|---|---|
{_probes(document["probes"])}
"""


def _probes(probes: dict[str, dict[str, float]]) -> str:
    lines = (
        f"| {text} | " + " | ".join(f"{v:.2f}" for v in scores.values()) for text, scores in probes.items()
    )
    return "\n".join(f"{line} |" for line in lines)
