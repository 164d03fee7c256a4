"""The card's pictures: reliability of the four scores, and the losses of the stages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hydra_auto.dimensions import DIMENSIONS
from hydra_auto.training.steps import losses


def draw_reliability(document: dict[str, Any], destination: Path) -> None:
    """Mean label against mean score in ten equal-mass bins, per dimension, for both held-out splits."""
    figure, axes = _figure(len(DIMENSIONS))
    for axis, name in zip(axes, DIMENSIONS, strict=True):
        axis.plot([0, 1], [0, 1], color="0.7", linewidth=1)
        for split, marker in (("test", "o"), ("unseen", "s")):
            bins = document["metrics"][split]["reliability"][name]
            error = document["metrics"][split]["calibrationError"][name]
            axis.plot(
                [b["score"] for b in bins],
                [b["label"] for b in bins],
                marker=marker,
                markersize=4,
                label=f"{split} (error {error:.3f})",
            )
        axis.set(title=name, xlabel="mean score", ylabel="mean label", xlim=(0, 1), ylim=(0, 1))
        axis.legend(fontsize=7)
    figure.savefig(destination)


def draw_losses(work: Path, destination: Path) -> None:
    """The loss of every step of every stage that ran in `work`."""
    found = sorted(work.glob("*.losses.jsonl"))
    figure, axes = _figure(max(1, len(found)))
    for axis, path in zip(axes, found, strict=False):
        rows = list(losses(path))
        axis.plot([r["step"] for r in rows], [r["loss"] for r in rows], linewidth=0.7)
        axis.set(title=path.name.removesuffix(".losses.jsonl"), xlabel="step", ylabel="loss")
    figure.savefig(destination)


def _figure(columns: int) -> tuple[Any, Any]:
    """A row of `columns` axes on a figure of its own; no global state of pyplot is touched."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.2 * columns, 3.2), layout="constrained")
    FigureCanvasSVG(figure)
    return figure, figure.subplots(1, columns, squeeze=False)[0]
