"""The benchmark runs and fills its tables; what it measures is never judged here."""

from __future__ import annotations

import pytest

from hydra_auto.benchmark.run import LENGTHS, request_of, run_benchmark
from hydra_auto.predictor.bundle import default_bundle_path
from hydra_auto.predictor.encoder import Predictor
from hydra_auto.predictor.text import render


@pytest.mark.parametrize("tokens", LENGTHS)
def test_a_benchmark_request_has_the_length_that_its_row_says(tokens: int) -> None:
    predictor = Predictor.load(default_bundle_path())
    found = len(predictor.token_ids(render(request_of(predictor, tokens))))
    assert tokens - 3 <= found <= tokens


def test_the_benchmark_measures_the_server_and_both_peers_in_one_run() -> None:
    result = run_benchmark(None, rounds=10)
    assert [row["tokens"] for row in result["latency"]] == pytest.approx(LENGTHS, abs=3)
    for row in result["latency"]:
        assert all(value > 0 for value in row.values())
        assert row["p95"] >= row["p50"]
        assert row["ratioTorch"] == pytest.approx(row["encoder"] / row["torch"], rel=0.02)
    assert all(value > 0 for value in result["figures"].values())
