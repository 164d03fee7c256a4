"""Whether the scores know what models fail at, on the queries and models that can be compared."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Sequence
from pathlib import Path

from hydra_auto.predictor.text import Rendered
from hydra_auto.training.examination.difficulty import examine


def by_length(requests: Sequence[Rendered]) -> list[tuple[float, float, float, float]]:
    return [(len(r.text) / 100, 0.0, 0.0, 0.0) for r in requests]


def table(root: Path, queries: dict[str, str], scores: dict[str, dict[str, float]]) -> None:
    folder = root / "outcomes" / "t"
    folder.mkdir(parents=True)
    with gzip.open(folder / "queries.jsonl.gz", "wt") as file:
        for name, text in queries.items():
            file.write(json.dumps({"id": name, "text": text, "meta": {}}) + "\n")
    with gzip.open(folder / "outcomes.csv.gz", "wt", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "model", "score", "cost_usd"))
        writer.writerows((q, m, s, "") for q, row in scores.items() for m, s in row.items())
    with gzip.open(root / "requirements-outcomes.jsonl.gz", "wt"):
        pass


def test_queries_without_a_text_and_models_that_not_all_queries_had_do_not_count(tmp_path: Path) -> None:
    queries = {f"q{i}": "x" * (10 * i) for i in range(6)}  # q0 has no text
    scores = {f"q{i}": {"old": 1 - i / 6, "older": 1 - i / 6} for i in range(6)}
    for i in (4, 5):
        scores[f"q{i}"]["new"] = 1.0  # the hardest were tried on a stronger model as well
    scores["q0"] = {"old": 0.0, "older": 0.0}
    table(tmp_path, queries, scores)
    found = examine(tmp_path, by_length)["t"]
    assert found["queries"] == 5
    assert found["predictor"] == 1.0
