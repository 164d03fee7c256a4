"""The command line: `hydra-auto …`. Everything heavy is imported by the command that needs it."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from hydra_auto import __version__

if TYPE_CHECKING:
    from hydra_auto.catalog.model import Catalog
    from hydra_auto.predictor.encoder import Predictor
    from hydra_auto.routing.decision import Decision, Request
    from hydra_auto.scale import ScoreScale

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Decides, locally and in milliseconds, which model should answer a chat request.",
)
catalog_app = typer.Typer(no_args_is_help=True, help="Validate and show model catalogs.")
app.add_typer(catalog_app, name="catalog")


class Tier(StrEnum):
    """The three tiers, from the most economical to the most capable."""

    efficiency = "efficiency"
    balance = "balance"
    intelligence = "intelligence"


CatalogOption = Annotated[
    list[Path] | None,
    typer.Option("--catalog", metavar="FILE", help="Catalog on top of the default one; may be repeated."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
BundleOption = Annotated[
    Path | None, typer.Option("--bundle", metavar="DIR", help="Model bundle instead of the shipped one.")
]


@app.command()
def route(
    prompt: Annotated[
        str, typer.Argument(metavar="PROMPT", help="The request, or - for standard input.")
    ] = "-",
    tier: Annotated[Tier | None, typer.Option(help="Tier instead of the catalog's default.")] = None,
    catalog: CatalogOption = None,
    bundle: BundleOption = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show every model with its shortfall.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Say which model should answer one request."""
    from hydra_auto.routing.decision import Request

    started = time.perf_counter()
    text = _text(prompt)
    if not text.strip():
        _refuse("the prompt is empty: give the request as an argument, or pipe it in")
    decision, predict_ms = _decide(Request(prompt=text, tier=tier), _catalog(catalog), bundle)
    total_ms = (time.perf_counter() - started) * 1000
    if as_json:
        from hydra_auto.lsp.protocol import to_json

        _print_json(to_json(decision, predict_ms=predict_ms, total_ms=total_ms))
        return
    from hydra_auto.console import print_decision

    print_decision(decision, explain=explain, predict_ms=predict_ms)


@app.command()
def score(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="JSON lines with `text`, or - for stdin.")
    ] = "-",
    bundle: BundleOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="JSON lines, which is what it always prints.")
    ] = False,
) -> None:
    """Score requests: JSON lines in (`text`, optional `id`), JSON lines out (`id`, `scores`)."""
    from hydra_auto.console import progress_bar
    from hydra_auto.scoring import read_requests, scored

    try:
        predictor = _predictor(bundle)
        rows = read_requests(_lines(file), "standard input" if file == "-" else file)
        with progress_bar("scoring", unit="requests") as advance:
            for row in scored(predictor, rows):
                print(json.dumps(row, ensure_ascii=False))
                advance(1)
    except ValueError as error:
        _refuse(str(error))


@app.command()
def serve() -> None:
    """Run the language server on standard input and output."""
    from hydra_auto.lsp.serve import serve as run_server

    run_server()


@catalog_app.command("check")
def catalog_check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Catalog files.")],
    as_json: JsonOption = False,
) -> None:
    """Validate catalog files; problems come as FILE:LINE:COLUMN and end with exit code 2."""
    from hydra_auto.catalog import check_file
    from hydra_auto.console import print_problems

    problems = [p for f in files for p in check_file(f)]
    if as_json:
        from attrs import asdict

        _print_json([asdict(p) for p in problems])
    else:
        print_problems(problems, [str(f) for f in files])
    if any(p.severity == "error" for p in problems):
        raise typer.Exit(2)


@catalog_app.command("show")
def catalog_show(
    catalog: CatalogOption = None, bundle: BundleOption = None, as_json: JsonOption = False
) -> None:
    """Show the effective catalog: prices, limits, capabilities and where each model was written."""
    from hydra_auto.catalog import profiles

    effective = _catalog(catalog)
    found = profiles(effective, _scale(bundle))
    if as_json:
        from hydra_auto.lsp.protocol import catalog_to_json

        files = [str(f) for f in _layers(catalog)]
        _print_json(catalog_to_json(effective, found, files))
    else:
        from hydra_auto.console import print_catalog

        print_catalog(effective, found)


@app.command()
def convert(
    source: Annotated[
        str, typer.Argument(help="Hugging Face ModernBERT folder, or an id where a hub is reachable.")
    ],
    dest: Annotated[Path, typer.Argument(help="Folder for the bundle.")],
    quantization: Annotated[str, typer.Option(help="int8, int16, float16, bfloat16 or float32.")] = "int8",
) -> None:
    """Convert a Hugging Face ModernBERT encoder to a model bundle for CTranslate2."""
    from hydra_auto.conversion import ConversionError, convert_bundle

    try:
        complete = convert_bundle(source, dest, quantization=quantization)
    except ConversionError as error:
        _refuse(str(error))
    if not complete:
        print(f"hydra-auto: {source} has no heads, so {dest} gives hidden states, no scores", file=sys.stderr)
    print(dest)


@app.command()
def train(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="TOML file; see training/README.md.")],
) -> None:
    """Train a predictor and make its bundle; the same command goes on after an interruption."""
    _needs("torch", "train")
    from hydra_auto.console import training_progress
    from hydra_auto.training.config import read_config
    from hydra_auto.training.pipeline import train as run_training

    try:
        settings = read_config(config)
        print(run_training(settings, training_progress()))
    except ValueError as error:
        _refuse(str(error))


@app.command()
def bench(
    as_json: JsonOption = False,
    rounds: Annotated[int, typer.Option(min=10, help="Requests per length.")] = 60,
    bundle: BundleOption = None,
) -> None:
    """Measure start-up, latency over stdio and memory, beside onnxruntime and PyTorch in the same run."""
    for package in ("torch", "onnxruntime", "psutil"):
        _needs(package, "eval")
    from hydra_auto.benchmark import run_benchmark
    from hydra_auto.console import print_benchmark

    result = run_benchmark(bundle, rounds)
    if as_json:
        _print_json(result)
    else:
        print_benchmark(result)


@app.callback(invoke_without_command=True)
def version(show: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    """Common options."""
    if show:
        print(f"hydra-auto {__version__}")
        raise typer.Exit


def main() -> None:
    """The console script: one line on stderr and exit code 2 for bad usage, 1 for anything else."""
    import click

    try:
        sys.exit(app(standalone_mode=False))
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message())
        sys.exit(2)
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        where = f"; see {context.command_path} --help" if context else ""
        print(f"hydra-auto: {error.format_message().rstrip('.')}{where}", file=sys.stderr)
        sys.exit(2)
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
        scores = predictor.scores([render(request.prompt, request.turn)])[0]
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


def _scale(bundle: Path | None) -> ScoreScale:
    """The bundle's scale, from its card alone; labels themselves where there is no usable bundle."""
    from hydra_auto.predictor.bundle import BundleError, default_bundle_path, read_card
    from hydra_auto.scale import IDENTITY

    try:
        return read_card(bundle or default_bundle_path()).scale
    except BundleError as error:
        print(f"hydra-auto: {error}", file=sys.stderr)
        return IDENTITY


def _catalog(files: Sequence[Path] | None) -> Catalog:
    from hydra_auto.catalog import CatalogError, load_catalog

    try:
        return load_catalog(_layers(files))
    except CatalogError as error:
        _refuse(str(error))


def _layers(files: Sequence[Path] | None) -> list[Path]:
    from hydra_auto.catalog import default_catalog_path

    return [default_catalog_path(), *(files or [])]


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


def _needs(package: str, extra: str) -> None:
    from importlib.util import find_spec

    if find_spec(package) is None:
        _refuse(f"this command needs the extra `{extra}`: pip install 'hydra-auto[{extra}]'")


def _print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2 if sys.stdout.isatty() else None))


def _refuse(message: str) -> NoReturn:
    print(f"hydra-auto: {message}", file=sys.stderr)
    raise typer.Exit(2)
