"""The document of figures -> a page of Markdown with plots beside it, and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

PAPER: Final = {"peak": "12.9 %", "iso": "54.1 %", "aggressive": "72.5 %"}
"""Savings against always Claude Sonnet 4.6 in the abstract of arXiv 2605.17106, its own five models."""

REGIME_WORDS: Final = {
    "peak": "peak quality",
    "iso": "iso-quality",
    "aggressive": "aggressive (within 3.2 points)",
}

PAPER_TABLE: Final = "swebench_verified_openhands"


def write_report(document: Mapping[str, Any], out: Path) -> list[Path]:
    """`results.md`, `results.json` and the plots (PNG and SVG) in `out`; the files that were written."""
    from hydra_auto.evaluation.plots import draw_areas, draw_changes, draw_workload

    out.mkdir(parents=True, exist_ok=True)
    written = [out / "results.json", out / "results.md"]
    written[0].write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    written[1].write_text("\n".join(_page(document)) + "\n", encoding="utf-8")
    for suffix in (".png", ".svg"):
        for workload in document["workloads"]:
            written.append(out / f"frontier-{_slug(workload['name'])}{suffix}")
            draw_workload(workload, written[-1])
        written.append(out / f"areas{suffix}")
        draw_areas(document["workloads"], written[-1])
        for change in document["changes"] or ():
            if len(change["frontiers"]) > 1:
                written.append(out / f"changes-{_slug(change['pool'])}{suffix}")
                draw_changes(change, written[-1])
    return written


def _page(document: Mapping[str, Any]) -> Iterator[str]:
    yield "# Proof by replay"
    yield ""
    yield "Generated; do not edit. `scripts/evaluate` writes this page anew."
    yield ""
    yield from _headline(document["workloads"][0])
    yield from _how(document)
    yield ""
    yield "![Areas](areas.png)"
    for workload in document["workloads"]:
        yield from _workload(workload)
    yield from _labels(document["labels"])
    for change in document["changes"] or ():
        yield from _change(change)
    yield from _languages(document["languages"])


# --- parts -----------------------------------------------------------------------------------------------


def _headline(workload: Mapping[str, Any]) -> Iterator[str]:
    """Plain words about the first workload, whatever the figures are."""
    ours, others = workload["systems"][0], workload["systems"][1:]
    area, null = ours["area"], ours["null"]
    above = area["low"] > 0
    yield f"**{workload['name']}, {workload['queries']} queries.** At equal cost, routing gives {_points(area)} points"
    yield (
        "against mixing the best single models at random: "
        + ("more, and the interval excludes zero." if above else "the interval excludes zero, on the wrong side."
           if area["high"] < 0 else "the interval includes zero, so nothing is proven.")
    )  # fmt: skip
    if null:
        yield (
            f"The same decisions dealt out at random over the queries give {null['mean']:.2f} (95th percentile "
            f"{null['high']:.2f}); as much as ours or more in a share of {null['p']:.3f} of the shuffles."
        )
    rivals = [s for s in others if s["family"] == "untrained"]
    for rival in rivals:
        yield f"{'Ahead of' if rival['areaBehindFirst']['value'] > 0 else 'Behind'} {rival['name']} by {_points(rival['areaBehindFirst'], absolute=True)}."
    yield f"An oracle that sees the outcomes is {_points(ours['areaToOracle'])} points further up."
    yield ""


def _how(document: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f"Scores: {document['scorer']}. {document['folds']} folds by a hash of the instance id, the same in every table. "
        "The router sees list prices, prompt lengths and, per model, a token factor fitted on the other folds; "
        "never `meta`, never a recorded cost of the fold it is judged on. The choices are the router's own code, "
        "every request as the first turn of a conversation: **the conversation policy is not replayed**, because the "
        "tables have one turn per query."
    )
    yield ""
    yield (
        f"Brackets are 95 % percentile intervals of {document['replicates']} bootstrap draws of whole repositories (SWE-bench) "
        "or queries, paired over all systems; τ is selected anew in every draw, for each fold on the other folds. Token "
        "factors and fitted profiles are not refitted per draw. SWE-bench has few repositories, one of which is half of "
        "it, so its intervals are rough. *Area* is the mean quality, in points, above random mixing at "
        "equal cost, over the whole range from the cheapest to the best single model; the curve is taken position by "
        "position of the knob, not thinned out to lucky ones, while the mixing picks its models in hindsight: zero is a hard mark."
    )
    yield ""
    yield (
        "QR is quality over what the best model of the pool reaches on each query, saving (the paper's CS) is against the "
        "reference, misroute is the share of queries on which another model of the pool scored higher. They are our reading "
        "of the paper's terms, whose full text could not be had here."
    )


def _workload(workload: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield f"## {workload['name']}"
    yield ""
    for table in workload["tables"]:
        marks = [*table["remarks"]]
        yield (
            f"- `{table['name']}` with pool `{table['pool']}`: {table['queries']} queries, strongest {table['strongest']}"
            + (f"; {'; '.join(marks)}" if marks else "")
        )
    yield ""
    if workload["queries"] < 400:
        yield (
            f"With {workload['queries']} queries a single figure is mostly noise: the standard error of one quality "
            f"is about {_standard_error(workload):.1f} points. Read the intervals, not the values."
        )
        yield ""
    yield f"![Frontier](frontier-{_slug(workload['name'])}.png)"
    yield ""
    yield from _table(
        ("always", "quality", "cost"),
        [(name, _points(s["quality"]), _cost(s["cost"])) for name, s in workload["singles"].items()],
    )
    yield ""
    yield from _table(
        (
            "system",
            "trained on these tables",
            "area above mixing",
            "first system ahead by",
            "to the oracle",
            "shuffled",
            "p",
        ),
        [_area_row(s) for s in workload["systems"] if s["family"] != "bound"],
    )
    yield ""
    yield from _regimes(workload)


def _area_row(system: Mapping[str, Any]) -> tuple[str, ...]:
    null = system.get("null") or {}
    trained = {"ours": "no", "untrained": "no", "in-domain": "yes"}[system["family"]]
    if "fitted" in system["name"]:
        trained = "profiles only"
    return (
        system["name"],
        trained,
        _points(system["area"]),
        _points(system["areaBehindFirst"]),
        f"{system['areaToOracle']['value']:.2f}",
        f"{null['mean']:.2f}" if null else "",
        f"{null['p']:.3f}" if null else "",
    )


def _regimes(workload: Mapping[str, Any]) -> Iterator[str]:
    paper = any(t["name"] == PAPER_TABLE for t in workload["tables"]) and len(workload["tables"]) == 1
    yield (
        f"Against always {workload['reference']} (quality {_points(workload['referenceQuality'])}, cost "
        f"{_cost(workload['referenceCost'])}); τ selected on the other folds:"
    )
    yield ""
    rows = []
    for system in workload["systems"]:
        for regime, r in system.get("regimes", {}).items():
            rows.append(
                (
                    system["name"],
                    REGIME_WORDS[regime],
                    _points(r["points"]),
                    _points(r["saving"]),
                    *((PAPER[regime],) if paper else ()),
                    _points(r["aboveMixing"]),
                    f"{r['QR']['value']:.1f}",
                    f"{r['misroute']['value']:.1f}",
                )
            )
    header = ("system", "regime", "points against it", "saving, %", *(("paper's saving",) if paper else ()), "above mixing at equal cost", "QR, %", "misroute, %")  # fmt: skip
    yield from _table(header, rows)
    if paper:
        yield ""
        yield from _paper_words(workload)
    yield ""
    ours = workload["systems"][0]["regimes"]
    yield from _table(
        ("model", *(REGIME_WORDS[r] for r in ours)),
        [(m, *(f"{ours[r]['share'][m]:.0f} %" for r in ours)) for m in ours["peak"]["share"]],
    )


def _paper_words(workload: Mapping[str, Any]) -> Iterator[str]:
    """What no routing at all would give beside the paper's figures."""
    quality, cost = workload["referenceQuality"]["value"], workload["referenceCost"]["value"]
    better = [
        (name, s["quality"]["value"] - quality, (1 - s["cost"]["value"] / cost) * 100)
        for name, s in workload["singles"].items()
        if s["quality"]["value"] >= quality and s["cost"]["value"] < cost
    ]
    for name, points, saving in better:
        yield (
            f"Without any routing, always {name} gives {points:+.1f} points and saves {saving:.0f} % here; a saving against "
            "the reference says little about routing. The paper's own savings are on another pool and its own runs."
        )


def _labels(labels: Sequence[Mapping[str, Any]] | None) -> Iterator[str]:
    if not labels:
        return
    yield ""
    yield "## What the annotated labels themselves would reach"
    yield ""
    yield (
        "The same router with the annotated requirements in the predictor's place, and the predictor on the same queries. "
        "The gap between the two is what a better predictor could win; what is missing above the labels, no predictor of "
        "these four numbers wins with this way to choose."
    )
    yield ""
    rows = [
        (f"{w['name']} ({w['queries']})", s["name"], _points(s["area"]), f"{s['null']['mean']:.2f}" if s.get("null") else "",
         f"{s['null']['p']:.3f}" if s.get("null") else "")
        for w in labels
        for s in w["systems"]
        if s["family"] != "bound"
    ]  # fmt: skip
    yield from _table(("workload", "requirements from", "area above mixing", "shuffled", "p"), rows)


def _change(change: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield f"## The catalog changes, the bundle does not: {change['pool']}"
    yield ""
    if len(change["frontiers"]) > 1:
        yield f"![Changes](changes-{_slug(change['pool'])}.png)"
        yield ""
        rows = []
        for f in change["frontiers"]:
            for regime, r in f["regimes"].items():
                rows.append((f["name"], REGIME_WORDS[regime], _points(r["quality"]), _cost(r["cost"])))
        yield from _table(("catalog", "regime", "quality", "cost"), rows)
        yield ""
    yield f"One capability wrong at a time, at τ = {change['tau']:g} (change of quality in points, of cost in percent):"
    yield ""
    rows = []
    for error in sorted({w["error"] for w in change["wrong"]}):
        own = [w for w in change["wrong"] if w["error"] == error]
        worst = min(own, key=lambda w: (w["points"], -w["cost"]))
        dearest = max(own, key=lambda w: w["cost"])
        rows.append(
            (
                f"{error:+.1f}",
                f"{sum(w['points'] for w in own) / len(own):+.2f}",
                f"{sum(w['cost'] for w in own) / len(own):+.1f} %",
                f"{worst['points']:+.1f} ({worst['model']}, {worst['dimension']})",
                f"{dearest['cost']:+.0f} % ({dearest['model']}, {dearest['dimension']})",
            )
        )
    yield from _table(("wrong by", "mean points", "mean cost", "worst quality", "largest cost"), rows)


def _languages(languages: Mapping[str, Any] | None) -> Iterator[str]:
    if not languages:
        return
    yield ""
    yield "## Language"
    yield ""
    yield (
        "Parallel wordings of held-out requests with annotated requirements, routed over the default catalog's hosted "
        "models: the share that gets the model of its English wording, expected cost relative to it, and the share whose "
        "annotated requirement the routed model meets within the tier's τ."
    )
    for tier, lines in languages.items():
        yield ""
        yield f"Tier {tier}:"
        yield ""
        yield from _table(
            ("language", "prompts", "same model as English", "cost", "requirement met"),
            [
                (
                    x["lang"],
                    str(x["prompts"]),
                    f"{x['sameModel']:.0f} %",
                    f"{x['cost']:.2f}",
                    f"{x['met']:.0f} %",
                )
                for x in lines
            ],
        )


# --- words and cells -------------------------------------------------------------------------------------


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(header)} |"
    yield f"|{'---|' * len(header)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _points(interval: Mapping[str, float], absolute: bool = False) -> str:
    value, low, high = interval["value"], interval["low"], interval["high"]
    if absolute and value < 0:
        value, low, high = -value, -high, -low
    return f"{value:.2f} [{low:.2f}, {high:.2f}]"


def _cost(interval: Mapping[str, float]) -> str:
    return f"{interval['value']:.4g} [{interval['low']:.4g}, {interval['high']:.4g}]"


def _standard_error(workload: Mapping[str, Any]) -> float:
    p = workload["referenceQuality"]["value"] / 100
    return float((p * (1 - p) / workload["queries"]) ** 0.5 * 100)


def _slug(name: str) -> str:
    return "-".join("".join(c if c.isalnum() else " " for c in name).split())
