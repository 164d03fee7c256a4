"""Frontiers as pictures (matplotlib, imported when drawn)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

STYLE = {
    "ours": ("tab:green", 1.6),
    "untrained": ("tab:blue", 1.2),
    "in-domain": ("tab:orange", 1.2),
    "bound": ("0.6", 1.2),
}
DASHES = ("--", ":", "-.", (0, (1, 1)), (0, (5, 1)))


def draw_workload(workload: Mapping[str, Any], file: Path) -> None:
    """The frontier of every system, with the interval of the first, the single models and random mixing."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5.5), layout="constrained")
    axes = figure.subplots()
    for i, system in enumerate(workload["systems"]):
        colour, width = STYLE[system["family"]]
        curve = system["frontier"]
        line = DASHES[i % len(DASHES)] if i else "-"
        axes.plot(curve["cost"], curve["quality"], color=colour, lw=width, ls=line, label=system["name"])
        if i == 0:
            low, high = curve["qualityLow"], curve["qualityHigh"]
            axes.fill_between(curve["cost"], low, high, color=colour, alpha=0.12, lw=0)
    mixing = workload["mixing"]
    axes.plot(mixing["cost"], mixing["quality"], color="black", lw=1.4, label="random mixing")
    for name, single in workload["singles"].items():
        place = (single["cost"]["value"], single["quality"]["value"])
        axes.plot(*place, "ko", ms=4)
        axes.annotate(name, place, fontsize=7, xytext=(4, -8), textcoords="offset points")
    unit = "of each table's always-strongest" if "mixed" in workload["name"] else "USD"
    axes.set_xlabel(f"cost per query, {unit}")
    axes.set_ylabel("quality, points")
    axes.set_title(f"{workload['name']}, {workload['queries']} queries")
    axes.legend(fontsize=7, loc="lower right")
    axes.grid(alpha=0.25)
    _save(figure, file)


def draw_changes(change: Mapping[str, Any], file: Path) -> None:
    """The same bundle's frontier before and after each change of the catalog."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4.5), layout="constrained")
    axes = figure.subplots()
    for frontier in change["frontiers"]:
        curve = frontier["frontier"]
        axes.plot(curve["cost"], curve["quality"], marker=".", ms=3, label=frontier["name"])
    axes.set_xlabel("cost per query, USD")
    axes.set_ylabel("quality, points")
    axes.set_title(f"{change['table']}: the catalog changes, the bundle does not")
    axes.legend(fontsize=8)
    axes.grid(alpha=0.25)
    _save(figure, file)


def draw_areas(workloads: Sequence[Mapping[str, Any]], file: Path) -> None:
    """Area above random mixing of every system, one panel per workload, with intervals and the null."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.2 * len(workloads), 4.8), layout="constrained")
    panels = figure.subplots(1, len(workloads), sharey=True, squeeze=False)[0]
    for axes, workload in zip(panels, workloads, strict=True):
        systems = [s for s in workload["systems"] if s["family"] != "bound"][::-1]
        for y, system in enumerate(systems):
            area = system["area"]
            colour = STYLE[system["family"]][0]
            axes.plot([area["low"], area["high"]], [y, y], color=colour, lw=2)
            axes.plot(area["value"], y, "o", color=colour)
            if system.get("null"):
                axes.plot(system["null"]["mean"], y, "x", color="black", ms=6)
        axes.axvline(0, color="black", lw=0.8)
        axes.set_yticks(range(len(systems)), [s["name"] for s in systems], fontsize=8)
        axes.set_title(f"{workload['name']} ({workload['queries']})", fontsize=9)
        axes.set_xlabel("points above random mixing (x: shuffled)", fontsize=8)
    _save(figure, file)


def _save(figure: Any, file: Path) -> None:
    """Without a date in it, so that the same figures make the same file."""
    metadata = {"Date": None} if file.suffix == ".svg" else {"Software": None}
    figure.savefig(file, dpi=110, metadata=metadata)
