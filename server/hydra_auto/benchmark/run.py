"""The benchmark itself: a real server over real stdio, then the encoder beside its peers."""

from __future__ import annotations

import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import psutil

from hydra_auto.benchmark.client import StdioClient
from hydra_auto.benchmark.decisions import decision_ms
from hydra_auto.benchmark.peers import Scorer, onnxruntime_peer, torch_peer
from hydra_auto.predictor.bundle import default_bundle_path, read_card
from hydra_auto.predictor.encoder import Predictor
from hydra_auto.predictor.text import render

LENGTHS: Final = (16, 64, 256, 512)
"""Tokens of the requests, prefix included."""

WARM_UP: Final = 5
"""Requests before the clock counts."""

PROCESS_STARTS: Final = 5
WORDS: Final = (
    "why does the second await of my asyncio test hang and how do I find out which task holds the lock "
)


def run_benchmark(bundle: Path | None, rounds: int) -> dict[str, Any]:
    """`machine`, `latency` (one row per length, milliseconds) and `figures`; `rounds` requests a length.

    Raises:
        BundleError: the bundle cannot be used.
    """
    folder = bundle or default_bundle_path()
    card = read_card(folder)
    predictor = Predictor.load(folder)
    prompts = {n: request_of(predictor, n) for n in LENGTHS}
    served, figures = _over_stdio(prompts, rounds)
    shape = card.document["training"]["encoder"]
    peers = {"onnxruntime": onnxruntime_peer(shape), "torch": torch_peer(shape)}
    latency = [_row(predictor, n, prompts[n], served[n], peers, rounds) for n in LENGTHS]
    figures["command line, process start to decision (median), s"] = _command_line(prompts[16])
    figures["import of hydra_auto.cli (median), s"] = _import_time()
    for models in (40, 5000):
        for offered, words in ((True, "30 offered"), (False, "all of them eligible")):
            key = f"decision after scoring, catalog of {models:,}, {words} (median), ms"
            figures[key] = decision_ms(models, offered, rounds)
    return {"machine": _machine(), "latency": latency, "figures": figures}


def request_of(predictor: Predictor, tokens: int) -> str:
    """A request of plain words that is `tokens` ids long, or a few fewer; at the limit, cut to it."""
    words = (WORDS * 60).split()
    if tokens >= predictor.card.max_tokens:
        return " ".join(words)
    count = 1
    while len(predictor.token_ids(render(" ".join(words[: count + 1])))) <= tokens:
        count += 1
    return " ".join(words[:count])


def _over_stdio(prompts: dict[int, str], rounds: int) -> tuple[dict[int, list[float]], dict[str, Any]]:
    started = time.perf_counter()
    with StdioClient() as client:
        client.request("hydra/route", {"prompt": "hi"})
        first_answer = time.perf_counter() - started
        while client.request("hydra/route", {"prompt": "hi"})["fallback"]:
            time.sleep(0.01)
        first_decision = time.perf_counter() - started
        times: dict[int, list[float]] = {}
        for tokens, prompt in prompts.items():
            spans = [_timed(client, prompt) for _ in range(rounds + WARM_UP)]
            times[tokens] = spans[WARM_UP:]
        memory = psutil.Process(client.process.pid).memory_info().rss / 2**20
    return times, {
        "server, process start to first answer (it may be the fallback), s": round(first_answer, 3),
        "server, process start to first decision, s": round(first_decision, 3),
        "server, resident memory after the run, MB": round(memory, 1),
    }


def _timed(client: StdioClient, prompt: str) -> float:
    started = time.perf_counter()
    client.request("hydra/route", {"prompt": prompt})
    return (time.perf_counter() - started) * 1000


def _row(
    predictor: Predictor, tokens: int, prompt: str, served: list[float], peers: dict[str, Scorer], rounds: int
) -> dict[str, Any]:
    request = render(prompt)
    ids = predictor.token_ids(request)
    own = _median(lambda: predictor.scores([request]), rounds)
    rivals = {name: _median(partial(peer, ids), rounds) for name, peer in peers.items()}
    return {
        "tokens": len(ids),
        "p50": round(statistics.median(served), 3),
        "p95": round(statistics.quantiles(served, n=20)[-1], 3),
        "encoder": round(own, 3),
        **{name: round(value, 3) for name, value in rivals.items()},
        "ratioOnnxruntime": round(own / rivals["onnxruntime"], 3),
        "ratioTorch": round(own / rivals["torch"], 3),
    }


def _median(call: Callable[[], object], rounds: int) -> float:
    """Median milliseconds of `call`."""
    spans = []
    for _ in range(rounds + WARM_UP):
        started = time.perf_counter()
        call()
        spans.append((time.perf_counter() - started) * 1000)
    return statistics.median(spans[WARM_UP:])


def _command_line(prompt: str) -> float:
    code = "from hydra_auto.cli import main; main()"
    return _process([sys.executable, "-c", code, "route", "--json", prompt])


def _import_time() -> float:
    bare = _process([sys.executable, "-c", "pass"])
    return round(_process([sys.executable, "-c", "import hydra_auto.cli"]) - bare, 3)


def _process(command: Sequence[str]) -> float:
    spans = []
    for _ in range(PROCESS_STARTS):
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        spans.append(time.perf_counter() - started)
    return round(statistics.median(spans), 3)


def _machine() -> str:
    cores, python = psutil.cpu_count(), platform.python_version()
    return f"{platform.machine()}, {cores} cores, one thread each, Python {python}"
