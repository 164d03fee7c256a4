"""What a person sees on a terminal: rich tables and progress bars; plain text when piped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from hydra_auto.catalog import Problem
from hydra_auto.catalog.model import DEFAULT, Catalog, EffectiveValue, Origin, Profile
from hydra_auto.decision_log.summary import Money, Percentiles, Summary
from hydra_auto.dimensions import DIMENSIONS
from hydra_auto.routing import because
from hydra_auto.routing.decision import Decision, Verdict
from hydra_auto.routing.explain import deciding

if TYPE_CHECKING:
    from hydra_auto.fitting import ModelFit

BAR = 20
"""Characters of a full bar."""


def print_decision(decision: Decision, catalog: Catalog, *, explain: bool, predict_ms: float) -> None:
    """The chosen model and why; with `explain`, the four scores, the table of shortfalls, and where
    `catalog` says what decided."""
    console = _console()
    flag = " [yellow](fallback)[/]" if decision.fallback else ""
    console.print(
        f"[bold green]{escape(decision.chosen.name)}[/]  [dim]{escape(decision.chosen.id)}[/]{flag}"
    )
    console.print(escape(because(decision)) + ".", soft_wrap=True)
    for warning in decision.warnings:
        console.print(f"[yellow]warning:[/] {escape(warning)}", soft_wrap=True)
    if decision.effort is not None:
        console.print(f"reasoning effort: {decision.effort}")
    if explain:
        if not decision.fallback:
            console.print(_scores_table(decision))
        console.print(_verdict_table(decision))
        for line in _gated(decision.verdicts):
            console.print(line, soft_wrap=True)
        for rule in decision.ruling.rules:
            console.print(f"[dim]rule {escape(rule.name)} · {escape(_place(rule.origin))}[/]", soft_wrap=True)
        console.print(_values_table(deciding(decision, catalog)))
        mode = "" if decision.mode is None else f" · mode {decision.mode}"
        console.print(
            f"[dim]tier {decision.tier}{mode} · τ {decision.tau:g} · confidence {decision.confidence:.2f} "
            f"({decision.bucket}) · catalog {decision.catalog_version} · prediction {predict_ms:.0f} ms[/]"
        )


def print_problems(problems: Sequence[Problem], files: Sequence[str]) -> None:
    """One line per problem, FILE:LINE:COLUMN first; one line per clean file."""
    console = _console()
    for p in problems:
        colour = "red" if p.severity == "error" else "yellow"
        where = escape(p.place)
        console.print(f"{where}: [{colour}]{p.severity}:[/] {escape(p.message)}", soft_wrap=True)
    broken = {p.file for p in problems}
    for file in files:
        if file not in broken:
            console.print(f"{escape(file)}: [green]valid[/]", soft_wrap=True)


def print_catalog(catalog: Catalog, profiles: Sequence[Profile]) -> None:
    """The effective catalog as a table, dearest first; `~` marks an estimated capability."""
    table = Table(caption="capabilities on the label scale (~ estimated); prices in USD per million tokens")
    table.add_column("id", overflow="fold")
    table.add_column("name")
    for name in ("input", "output", "context"):
        table.add_column(name, justify="right")
    for name in (*DIMENSIONS, "takes"):
        table.add_column(name, justify="right")
    table.add_column("written in", overflow="fold")
    for profile in sorted(profiles, key=lambda p: (-p.model.price.output, p.model.id)):
        table.add_row(*_catalog_row(profile))
    console = _console()
    console.print(table)
    tiers = ", ".join(f"{name} (τ {tier.tau:g})" for name, tier in catalog.tiers.items())
    values = list(catalog.origins.values())
    own = [v for v in values if v.origin.layer != DEFAULT]
    if own:
        console.print(_values_table(own))
    others = len(values) - len(own)
    files = ", ".join(sorted({v.origin.file for v in values if v.origin.layer == DEFAULT}))
    console.print(f"[dim]{others} other values: default, {escape(files)} (--json has each one's line)[/]")
    console.print(f"[dim]catalog {catalog.version} · tiers {tiers} · default {catalog.default_tier}[/]")


def print_fits(fits: Sequence[ModelFit], slope: float) -> None:
    """Fitted capabilities with their intervals, the most successful model first."""
    table = Table(
        caption=f"capability (95 % interval) on the label scale; – not identified; common slope {slope:g}"
    )
    table.add_column("model", overflow="fold")
    for name in ("n", "mean score", *DIMENSIONS):
        table.add_column(name, justify="right")
    for fit in sorted(fits, key=lambda f: (-f.success, f.model)):
        cells = [
            f"{e.value:.2f} ({e.low:.2f}–{e.high:.2f})" if (e := fit.capability.get(name)) else "–"
            for name in DIMENSIONS
        ]
        table.add_row(escape(fit.model), str(fit.n), f"{fit.success:.3f}", *cells)
    _console().print(table)


def print_benchmark(result: Mapping[str, Any]) -> None:
    """The benchmark's tables."""
    console = _console()
    table = Table(title="hydra/route over stdio, milliseconds", caption=result["machine"])
    for name in (
        "tokens",
        "p50",
        "p95",
        "encoder p50",
        "onnxruntime int8",
        "PyTorch float32",
        "ours / ort",
        "ours / torch",
    ):
        table.add_column(name, justify="right")
    for row in result["latency"]:
        table.add_row(*(f"{v:.2f}" if isinstance(v, float) else str(v) for v in row.values()))
    console.print(table)
    facts = Table(show_header=False)
    for name, value in result["figures"].items():
        facts.add_row(name, str(value))
    console.print(facts)


def print_evaluation(document: Mapping[str, Any], out: Path | None) -> None:
    """Per workload: area above random mixing and the regimes of every system."""
    console = _console()
    for workload in document["workloads"]:
        table = Table(title=f"{workload['name']}, {workload['queries']} queries")
        table.add_column("system")
        for name in ("area above mixing", "p", "peak", "iso-quality", "aggressive: points, saving"):
            table.add_column(name, justify="right")
        for system in workload["systems"]:
            null = system.get("null") or {}
            area = "{value:.2f} [{low:.2f}, {high:.2f}]".format(**system["area"])
            regimes = [
                f"{r['points']['value']:+.1f}, {r['saving']['value']:.0f} %"
                for r in system.get("regimes", {}).values()
            ]
            table.add_row(escape(system["name"]), escape(area), f"{null['p']:.3f}" if null else "", *regimes)
        console.print(table)
    console.print(
        f"[dim]{document['seconds']:.0f} s[/]" + (f" · {escape(str(out / 'results.md'))}" if out else "")
    )


def print_log(summary: Summary) -> None:
    """The decision log's tables: models, money, and the rest line by line."""
    console = _console()
    span = f", {summary.since} to {summary.until}" if summary.decisions else ""
    console.print(f"{summary.decisions} decisions, {summary.outcomes} outcomes{escape(span)}", soft_wrap=True)
    models = Table("model")
    for name in ("chosen", "share", "", "ran", "failed"):
        models.add_column(name, justify="left" if not name else "right")
    for m in summary.models:
        bar = f"[cyan]{_bar(m.share)}[/]"
        models.add_row(escape(m.id), str(m.decisions), f"{m.share:.0%}", bar, str(m.ran), str(m.failed))
    console.print(models)
    money = Table("USD", caption="against always the strongest model that could answer")
    for name in ("decisions", "routed", "strongest", "saved", "saved, %"):
        money.add_column(name, justify="right")
    money.add_row("expected", *_money_cells(summary.expected))
    money.add_row("actual", *_money_cells(summary.actual))
    console.print(money)
    reasons = Table("fallbacks and errors", "count")
    reasons.add_row("decisions without a prediction", str(summary.fallbacks))
    for said, count in (*summary.fallback_reasons.items(), *summary.errors.items()):
        reasons.add_row(f"  {escape(said)}", str(count))
    console.print(reasons)
    for name, p in (("routing", summary.latency_ms), ("answers", summary.answer_ms)):
        console.print(f"{name}: {_percentile_words(p)}")
    if summary.damaged_lines:
        console.print(f"[yellow]warning:[/] {summary.damaged_lines} damaged lines were left out")


@contextmanager
def progress_bar(name: str, unit: str) -> Iterator[Callable[[int], None]]:
    """A counter on stderr while a terminal watches; yields the function that advances it."""
    with _progress(TextColumn("{task.completed} " + unit)) as progress:
        task = progress.add_task(name, total=None)
        yield lambda count: progress.advance(task, count)


def training_progress() -> Callable[..., Iterator[int]]:
    """A bar per stage on a terminal, one line every half minute elsewhere."""
    from hydra_auto.training.progress import lines

    if not _console_of(stderr=True).is_terminal:
        return lines
    return _training_bar


def _training_bar(steps: Iterable[int], name: str, total: int, first: int = 0) -> Iterator[int]:
    with _progress(MofNCompleteColumn(), TimeRemainingColumn()) as progress:
        task = progress.add_task(name, total=total, completed=first)
        for step in steps:
            yield step
            progress.advance(task)


def _progress(*columns: Any) -> Progress:
    console = _console_of(stderr=True)
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        *columns,
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )


def _console() -> Console:
    """On a terminal as wide as it is; piped, wide enough that no cell is cut."""
    console = _console_of()
    return console if console.is_terminal else _console_of(width=160)


def _console_of(stderr: bool = False, width: int | None = None) -> Console:
    """One that prints texts as they are: `FILE:100:1` has no emoji in it."""
    return Console(stderr=stderr, width=width, emoji=False, highlight=False)


def _scores_table(decision: Decision) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    floor = decision.floor or (0.0,) * len(DIMENSIONS)
    for name, score, raised in zip(DIMENSIONS, decision.scores, floor, strict=True):
        note = f"context floor {raised:.2f}" if raised > score else ""
        table.add_row(name, f"{score:.2f}", f"[cyan]{_bar(score)}[/]", note)
    return table


def _verdict_table(decision: Decision) -> Table:
    table = Table(
        caption="capability (deficit) on the predictor's scale; shortfall as a fraction of its band, or "
        "after + what is to spare as a share of the requirement"
    )
    table.add_column("model", overflow="fold")
    for name in (*DIMENSIONS, "shortfall", "cost, USD"):
        table.add_column(name, justify="right")
    table.add_column("remark", overflow="fold")
    for v in (v for v in decision.verdicts if v.eligible):
        chosen = v.model_id == decision.chosen.id
        cells = [
            f"{c:.2f}" + (f" [red](−{d:.2f})[/]" if d > 0 else "")
            for c, d in zip(v.capability, v.deficit, strict=True)
        ]
        style = "bold" if chosen else "dim" if v.dominated_by else ""
        table.add_row(
            escape(v.name),
            *cells,
            f"{v.shortfall:.3f}" if v.gap > 0 else f"+{v.surplus:.0%}",
            f"{v.displayed_cost:.5f}",
            escape(_remark(v, chosen)),
            style=style,
        )
    return table


def _remark(verdict: Verdict, chosen: bool) -> str:
    remarks = [
        "chosen" if chosen else f"dominated by {verdict.dominated_by}" if verdict.dominated_by else "",
        f"estimated from {verdict.estimated_from}" if verdict.estimated_from else "",
    ]
    return "; ".join(r for r in remarks if r)


def _gated(verdicts: Sequence[Verdict]) -> list[str]:
    """One line per gate, with the models that it closed to."""
    closed: dict[str, list[str]] = {}
    for v in verdicts:
        if v.gate is not None:
            closed.setdefault(v.gate, []).append(v.name)
    return [f"[dim]{escape(gate)}: {escape(', '.join(names))}[/]" for gate, names in closed.items()]


def _bar(value: float) -> str:
    full = round(value * BAR)
    return "█" * full + "░" * (BAR - full)


def _catalog_row(profile: Profile) -> list[str]:
    model = profile.model
    shown = profile.capability if profile.label is None else profile.label
    cells = [
        f"{'~' if name in profile.estimated else ''}{v:.2f}"
        for name, v in zip(DIMENSIONS, shown, strict=True)
    ]
    takes = " ".join(n for n, yes in (("text", True), ("image", model.vision), ("tools", model.tools)) if yes)
    origin = f"{model.origin.layer}, line {model.origin.line}" if model.origin else ""
    price = model.shown_price
    prices = (
        [f"{price.per_request:g} a request", ""]
        if price.per_request is not None
        else [f"{price.input:g}", f"{price.output:g}"]
    )
    context = "?" if model.context is None else f"{model.context // 1000}k"
    return [escape(model.id), escape(model.name), *prices, context, *cells, takes, escape(origin)]


def _values_table(values: Sequence[EffectiveValue]) -> Table:
    """Values in force and where each was written."""
    table = Table("key", "value", "layer", box=None, padding=(0, 2, 0, 0))
    table.add_column("written in", overflow="fold")
    for v in values:
        shown = ", ".join(map(str, v.value)) if isinstance(v.value, tuple) else v.value
        number = f"{shown:g}" if isinstance(shown, float) else str(shown)
        table.add_row(escape(".".join(v.path)), escape(number), v.origin.layer, escape(_place(v.origin)))
    return table


def _place(origin: Origin | None) -> str:
    return "" if origin is None else f"{origin.file}:{origin.line}:{origin.column}"


def _money_cells(money: Money) -> list[str]:
    share = "" if money.share is None else f"{money.share:.1%}"
    amounts = (money.cost_usd, money.strongest_cost_usd, money.saved_usd)
    return [str(money.decisions), *(f"{usd:.4f}" for usd in amounts), share]


def _percentile_words(p: Percentiles) -> str:
    if p.p50 is None or p.p95 is None:
        return "nothing measured"
    return f"p50 {p.p50:.1f} ms, p95 {p.p95:.1f} ms"
