"""The document of figures -> a page of Markdown with plots beside it, and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from hydra_auto.evaluation.wording import HOW, LABELS, LANGUAGES, NO_ROUTING, NOISE, PROFILES, lines

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
    written[0].write_text(json.dumps(_rounded(document), ensure_ascii=False) + "\n", encoding="utf-8")
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
    yield from headline(document["workloads"][0])
    yield from _how(document)
    yield ""
    yield "![Areas](areas.png)"
    for workload in document["workloads"]:
        yield from _workload(workload)
    yield from _labels(document["labels"], document["labelsLeftOut"])
    for change in document["changes"] or ():
        yield from _change(change)
    yield from _languages(document["languages"])


# --- parts -----------------------------------------------------------------------------------------------


def headline(workload: Mapping[str, Any]) -> Iterator[str]:
    """Plain words about a workload, whatever its figures are."""
    ours, others = workload["systems"][0], workload["systems"][1:]
    area, null = ours["area"], ours["null"]
    verdict = "the interval includes zero, so nothing is proven"
    if area["low"] > 0:
        verdict = "better, and the interval excludes zero"
    elif area["high"] < 0:
        verdict = "worse, and the interval excludes zero"
    yield f"**{workload['name']}, {workload['queries']} queries.** On average over the costs from the"
    yield f"cheapest to the best single model, routing is {points(area)} points above"
    yield f"mixing single models at random at equal cost: {verdict}. The knob itself covers {_covered(ours)}"
    yield "of these costs; beyond its ends the router is mixed at random with the cheapest or the best model."
    yield f"The same decisions dealt out at random over the queries give {null['mean']:.2f} (95th percentile"
    yield f"{null['high']:.2f}); a share of {null['p']:.3f} of the shuffles reach as much as ours."
    for rival in (s for s in others if s["family"] == "untrained"):
        ahead = "Ahead of" if rival["areaBehindFirst"]["value"] > 0 else "Behind"
        yield f"{ahead} {rival['name']} by {points(rival['areaBehindFirst'], absolute=True)}."
    yield f"An oracle that sees the outcomes is {points(ours['areaToOracle'])} points further up."
    yield ""


def _how(document: Mapping[str, Any]) -> Iterator[str]:
    said = {key: document[key] for key in ("scorer", "folds", "replicates")}
    yield from lines(HOW.format(**said))
    yield ""
    yield from table(("system", "what it is"), list(PROFILES.items()))


def _workload(workload: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield f"## {workload['name']}"
    yield ""
    for t in workload["tables"]:
        yield (
            f"- `{t['name']}` with pool `{t['pool']}`: {t['queries']} queries, "
            + "; ".join((f"strongest {t['strongest']}", *t["remarks"]))
        )
    yield ""
    if workload["queries"] < 400:
        said = NOISE.format(queries=workload["queries"], error=_standard_error(workload))
        yield from lines(said)
        yield ""
    yield f"![Frontier](frontier-{_slug(workload['name'])}.png)"
    yield ""
    yield from table(
        ("always", "quality", "cost"),
        [(name, points(s["quality"]), _cost(s["cost"])) for name, s in workload["singles"].items()],
    )
    yield ""
    yield from table(
        (
            "system",
            "trained on these tables",
            "area above mixing",
            "first system ahead by",
            "to the oracle",
            "knob covers",
            "shuffled",
            "p",
        ),
        [_area_row(s) for s in workload["systems"] if s["family"] != "bound"],
    )
    yield ""
    yield from _regimes(workload)


def _area_row(system: Mapping[str, Any]) -> tuple[str, ...]:
    trained = {"ours": "no", "untrained": "no", "in-domain": "yes"}[system["family"]]
    if "fitted" in system["name"]:
        trained = "profiles only"
    return (
        system["name"],
        trained,
        points(system["area"]),
        points(system["areaBehindFirst"]),
        f"{system['areaToOracle']['value']:.2f}",
        _covered(system),
        *_null_cells(system),
    )


def _regimes(workload: Mapping[str, Any]) -> Iterator[str]:
    paper = any(t["name"] == PAPER_TABLE for t in workload["tables"]) and len(workload["tables"]) == 1
    yield (
        f"Against {reference(workload)} (quality {points(workload['referenceQuality'])}, cost "
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
                    points(r["points"]),
                    points(r["saving"]),
                    *((PAPER[regime],) if paper else ()),
                    points(r["aboveMixing"]),
                    f"{r['QR']['value']:.1f}",
                    f"{r['misroute']['value']:.1f}",
                )
            )
    first = workload["systems"][0]
    header = ["system", "regime", "points against it", "saving, %", *(["paper's saving"] if paper else [])]
    header += ["above mixing at equal cost", "QR, %", "misroute, %"]
    yield from table(header, rows)
    if paper:
        yield ""
        yield from _paper_words(workload)
    yield ""
    yield f"The tiers of the default catalog against {reference(workload)}:"
    yield ""
    yield from tiers(workload)
    yield ""
    ours = {**{REGIME_WORDS[r]: f for r, f in first["regimes"].items()}, **first["marks"]}
    yield from table(
        ("model", *ours),
        [(m, *(f"{f['share'][m]:.0f} %" for f in ours.values())) for m in first["regimes"]["peak"]["share"]],
    )


def reference(workload: Mapping[str, Any]) -> str:
    """The reference in words: a model that always answers, or each pool's strongest."""
    name: str = workload["reference"]
    return name if name.startswith("always-") else f"always {name}"


def tiers(workload: Mapping[str, Any]) -> Iterator[str]:
    """The table of what the default catalog's tiers achieve."""
    header = ("tier", "τ", "points against it", "saving, %", "above mixing at equal cost")
    marks = workload["systems"][0]["marks"]
    yield from table(
        header,
        [
            (name, f"{f['knob'][0]:g}", points(f["points"]), points(f["saving"]), points(f["aboveMixing"]))
            for name, f in marks.items()
        ],
    )


def _paper_words(workload: Mapping[str, Any]) -> Iterator[str]:
    """What no routing at all would give beside the paper's figures."""
    quality, cost = workload["referenceQuality"]["value"], workload["referenceCost"]["value"]
    better = [
        (name, s["quality"]["value"] - quality, (1 - s["cost"]["value"] / cost) * 100)
        for name, s in workload["singles"].items()
        if s["quality"]["value"] >= quality and s["cost"]["value"] < cost
    ]
    for name, gain, saving in better:
        yield from lines(NO_ROUTING.format(name=name, points=gain, saving=saving))


def _labels(labels: Sequence[Mapping[str, Any]] | None, left_out: Sequence[str]) -> Iterator[str]:
    if not labels:
        return
    yield ""
    yield "## What the annotated labels themselves would reach"
    yield ""
    yield from lines(LABELS)
    yield ""
    if left_out:
        yield f"{'; '.join(left_out)}."
        yield ""
    rows = [
        (f"{w['name']} ({w['queries']})", s["name"], points(s["area"]), _covered(s), *_null_cells(s))
        for w in labels
        for s in w["systems"]
        if s["family"] != "bound"
    ]
    header = ("workload", "requirements from", "area above mixing", "knob covers", "shuffled", "p")
    yield from table(header, rows)


def _covered(system: Mapping[str, Any]) -> str:
    return f"{system['covered']:.0f} %"


def _null_cells(system: Mapping[str, Any]) -> tuple[str, str]:
    null = system.get("null")
    return (f"{null['mean']:.2f}", f"{null['p']:.3f}") if null else ("", "")


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
                rows.append((f["name"], REGIME_WORDS[regime], points(r["quality"]), _cost(r["cost"])))
        yield from table(("catalog", "regime", "quality", "cost"), rows)
        yield ""
    yield f"One capability wrong at a time, at τ = {change['tau']:g} (quality in points, cost in percent):"
    yield ""
    wrong = []
    for error in sorted({w["error"] for w in change["wrong"]}):
        own = [w for w in change["wrong"] if w["error"] == error]
        worst = min(own, key=lambda w: (w["points"], -w["cost"]))
        dearest = max(own, key=lambda w: w["cost"])
        wrong.append(
            (
                f"{error:+.1f}",
                f"{sum(w['points'] for w in own) / len(own):+.2f}",
                f"{sum(w['cost'] for w in own) / len(own):+.1f} %",
                f"{worst['points']:+.1f} ({worst['model']}, {worst['dimension']})",
                f"{dearest['cost']:+.0f} % ({dearest['model']}, {dearest['dimension']})",
            )
        )
    yield from table(("wrong by", "mean points", "mean cost", "worst quality", "largest cost"), wrong)


def _languages(languages: Mapping[str, Any] | None) -> Iterator[str]:
    if not languages:
        return
    yield ""
    yield "## Language"
    yield ""
    yield from lines(LANGUAGES)
    for tier, rows in languages.items():
        yield ""
        yield f"Tier {tier}:"
        yield ""
        yield from table(
            ("language", "prompts", "same model as English", "cost", "requirement met"),
            [
                (
                    x["lang"],
                    str(x["prompts"]),
                    f"{x['sameModel']:.0f} %",
                    f"{x['cost']:.2f}",
                    f"{x['met']:.0f} %",
                )
                for x in rows
            ],
        )


# --- words and cells -------------------------------------------------------------------------------------


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A Markdown table, line by line."""
    yield f"| {' | '.join(header)} |"
    yield f"|{'---|' * len(header)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def points(interval: Mapping[str, float], absolute: bool = False) -> str:
    """A figure with its interval; `absolute`: without its sign."""
    value, low, high = interval["value"], interval["low"], interval["high"]
    if absolute and value < 0:
        value, low, high = -value, -high, -low
    return f"{value:.2f} [{low:.2f}, {high:.2f}]"


def _cost(interval: Mapping[str, float]) -> str:
    return f"{interval['value']:.4g} [{interval['low']:.4g}, {interval['high']:.4g}]"


def _standard_error(workload: Mapping[str, Any]) -> float:
    p = workload["referenceQuality"]["value"] / 100
    return float((p * (1 - p) / workload["queries"]) ** 0.5 * 100)


def _rounded(value: Any) -> Any:
    """Floats to six significant digits: what is beyond them says nothing and would fill the repository."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, Mapping):
        return {key: _rounded(inner) for key, inner in value.items()}
    return [_rounded(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def _slug(name: str) -> str:
    return "-".join("".join(c if c.isalnum() else " " for c in name).split())
