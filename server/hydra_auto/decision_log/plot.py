"""The summary as a picture; needs matplotlib (the extra `eval`)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from hydra_auto.decision_log.summary import Summary

MOST_MODELS: Final = 12
"""Bars shown; the others are those chosen least."""


def draw(summary: Summary, file: Path) -> None:
    """Two panels: decisions per model, and USD with routing against always the strongest.

    Raises:
        ValueError: the file's suffix names no picture format.
        OSError: it cannot be written.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    shown = [m for m in summary.models if m.decisions][:MOST_MODELS][::-1]
    bars = left.barh([m.id for m in shown], [m.share * 100 for m in shown], color="tab:green")
    left.bar_label(bars, [str(m.decisions) for m in shown], padding=3)
    left.margins(x=0.15)
    left.set_xlabel(f"% of {summary.decisions} decisions")
    left.set_title("chosen")
    groups = [("expected", summary.expected), ("actual", summary.actual)]
    told = [(f"{name}\n({m.decisions} decisions)", m) for name, m in groups if m.decisions]
    places = range(len(told))
    right.bar([x - 0.2 for x in places], [m.cost_usd for _, m in told], 0.4, label="routed")
    right.bar([x + 0.2 for x in places], [m.strongest_cost_usd for _, m in told], 0.4, label="strongest")
    right.set_xticks(list(places), [name for name, _ in told])
    right.set_ylabel("USD")
    right.set_title("cost against always the strongest")
    if told:
        right.legend()
    figure.savefig(file, dpi=150)
