"""Small synthetic outcome tables and their pools, made in the test."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hydra_auto.dimensions import DIMENSIONS

MODELS = ("small", "middle", "large")
PRICES = {"small": 0.5, "middle": 3.0, "large": 15.0}
ABILITY = {"small": 0.3, "middle": 0.6, "large": 1.0}

Row = tuple[str, str, str, str]


def write_table(
    folder: Path, queries: Sequence[dict[str, object]], rows: Sequence[Row], plain: bool = False
) -> Path:
    """`queries.jsonl` and `outcomes.csv`, gzipped unless `plain`."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(q) + "\n" for q in queries)
    cells = "".join(",".join(r) + "\n" for r in [("id", "model", "score", "cost_usd"), *rows])
    for name, text in (("queries.jsonl", lines), ("outcomes.csv", cells)):
        if plain:
            (folder / name).write_text(text, encoding="utf-8")
        else:
            (folder / f"{name}.gz").write_bytes(gzip.compress(text.encode()))
    return folder


def synthetic(
    folder: Path, n: int = 120, seed: int = 0, costs: bool = True, noise: float = 0.0, repositories: int = 8
) -> tuple[Path, dict[str, float]]:
    """A table in which a model succeeds exactly where its ability reaches the query's difficulty, and the
    difficulties by id. `noise` is the share of outcomes that are a coin's."""
    random = np.random.default_rng(seed)
    difficulty = {f"q{seed}-{i}": float(random.uniform()) for i in range(n)}
    queries: list[dict[str, object]] = [
        {
            "id": q,
            "text": f"request {q} " + "x" * int(random.integers(5, 400)),
            "meta": {"repo": f"r{i % repositories}"},
        }
        for i, q in enumerate(difficulty)
    ]
    rows: list[Row] = []
    for q, d in difficulty.items():
        for model in MODELS:
            lucky = random.uniform() < noise
            score = random.integers(0, 2) if lucky else int(ABILITY[model] >= d)
            cost = f"{PRICES[model] / 1000 * random.uniform(0.5, 1.5):.6f}" if costs else ""
            rows.append((q, model, str(score), cost))
    return write_table(folder, queries, rows), difficulty


def write_pool(file: Path, models: Sequence[str] = MODELS, extra: str = "") -> Path:
    """A pool whose capabilities are the abilities by which `synthetic` makes outcomes."""
    entries = []
    for m in models:
        price, ability = PRICES.get(m, 1.0), ABILITY.get(m, 0.5)
        can = ", ".join(f"{dimension}: {ability}" for dimension in DIMENSIONS)
        entries.append(
            f"  - id: {m}\n    vendor: test\n    price: {{input: {price}, output: {price}}}\n"
            f"    capabilities: {{{can}}}\n"
        )
    file.write_text(extra + "models:\n" + "".join(entries), encoding="utf-8")
    return file


def write_scores(file: Path, scores: dict[str, float]) -> Path:
    """A score file that requires as much of every dimension as `scores` says."""
    lines = [json.dumps({"id": q, "scores": [s] * 4}) for q, s in scores.items()]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file
