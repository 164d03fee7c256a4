"""A Ray cluster gives what one process gives, bit for bit, and memory stays flat."""

from __future__ import annotations

import json
import resource
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from outcome_tables import synthetic, write_pool

from hydra_auto.evaluation.cluster import engine_named
from hydra_auto.evaluation.engine import CHUNK, IN_FLIGHT, Engine, Ray, Serial, chunks_of
from hydra_auto.evaluation.players import routed
from hydra_auto.evaluation.pool import read_pool
from hydra_auto.evaluation.scorers import BundleScorer, score_stream
from hydra_auto.evaluation.table import read_table
from hydra_auto.evaluation.throughput import measured
from hydra_auto.evaluation.workload import case_of
from hydra_auto.predictor.bundle import default_bundle_path, read_card

WORKERS = 2


@pytest.fixture(scope="module")
def cluster() -> Iterator[Engine]:
    with engine_named("ray", WORKERS) as engine:
        assert isinstance(engine, Ray)
        yield engine


def doubling(add: int) -> Callable[[], Callable[[list[int]], list[int]]]:
    """Made here and now, so that it travels to the workers by value: they cannot import tests."""
    return lambda: lambda chunk: [2 * row + add for row in chunk]


def test_chunks_are_of_256_rows_whatever_the_number_of_workers() -> None:
    assert [len(c) for c in chunks_of(range(2 * CHUNK + 3))] == [256, 256, 3]
    assert list(chunks_of([])) == []


def test_a_cluster_gives_the_chunks_in_their_order(cluster: Engine) -> None:
    rows = range(9 * CHUNK + 1)
    found = [
        list(cluster.map(doubling(1), chunks_of(rows))),
        list(Serial().map(doubling(1), chunks_of(rows))),
    ]
    assert found[0] == found[1]
    assert [row for chunk in found[0] for row in chunk] == [2 * r + 1 for r in rows]


@pytest.mark.parametrize("name", ["serial", "ray"])
def test_rows_are_read_only_a_few_chunks_ahead(name: str, cluster: Engine) -> None:
    engine, ahead = (Serial(), 1) if name == "serial" else (cluster, IN_FLIGHT * WORKERS + 1)
    read = 0

    def rows() -> Iterator[int]:
        nonlocal read
        for row in range(40 * CHUNK):
            read += 1
            yield row

    for done, _ in enumerate(engine.map(doubling(0), chunks_of(rows())), 1):
        assert read <= (done + ahead) * CHUNK


def test_scores_on_a_cluster_are_bit_for_bit_those_of_one_process(cluster: Engine) -> None:
    texts = [(f"r{i}", f"fix the bug number {i} " + "in the parser " * (i % 9)) for i in range(CHUNK + 44)]
    one = list(score_stream(default_bundle_path(), iter(texts), Serial()))
    many = list(score_stream(default_bundle_path(), iter(texts), cluster))
    assert one == many
    assert [json.loads(line)["id"] for line in many] == [name for name, _ in texts]


def test_memory_does_not_grow_with_the_rows() -> None:
    """A gigabyte of rows passes, and hardly any of it is ever here at once."""

    def passed(chunks: int) -> float:
        rows = ("x" * 1000 + str(i) for i in range(chunks * CHUNK))
        for _ in Serial().map(lambda: lambda chunk: [row[::-1] for row in chunk], chunks_of(rows)):
            pass
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    few = passed(40)
    assert passed(4_000) < few + 16


def test_both_engines_are_compared_on_the_same_rows(cluster: Engine) -> None:
    texts = ["fix it", "why does this hang?"]
    one, many = (measured(e, texts, CHUNK + 9, default_bundle_path()) for e in (Serial(), cluster))
    assert one["digest"] == many["digest"]
    assert min(one["rowsPerSecond"], many["rowsPerSecond"]) > 0


def test_a_replay_on_a_cluster_makes_the_same_choices(cluster: Engine, tmp_path: Path) -> None:
    folder, _ = synthetic(tmp_path / "t", n=60)
    pool = read_pool(write_pool(tmp_path / "pool.yaml"))
    table = read_table(folder, pool.names, "pool.yaml")
    case, scale = case_of(table, pool), read_card(default_bundle_path()).scale
    found = []
    for i, engine in enumerate((Serial(), cluster)):
        scorer = BundleScorer(default_bundle_path(), tmp_path / str(i))
        scores = scorer.scores(table, engine, lambda _: None)[case.rows]
        found.append((scores, routed("ours", "ours", case, scores, scale, "public", engine).choice))
    assert (found[0][0] == found[1][0]).all()
    assert (found[0][1] == found[1][1]).all()


def test_a_tables_scores_are_kept_by_the_bundles_hash(tmp_path: Path) -> None:
    folder, _ = synthetic(tmp_path / "t", n=5)
    table = read_table(folder, [("small",)], "pool.yaml")
    scorer = BundleScorer(default_bundle_path(), tmp_path / "cache")
    scored: list[int] = []
    first = scorer.scores(table, Serial(), scored.append)
    again = scorer.scores(table, Serial(), scored.append)
    assert sum(scored) == 5
    assert np.array_equal(first, again)
    assert [scorer.digest[:16] in f.name for f in (tmp_path / "cache").iterdir()] == [True]


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(ValueError, match="use serial or ray"), engine_named("spark", 2):
        pass
