"""Bad input is one sentence with file and row; partial costs are handled and counted."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from outcome_tables import MODELS, synthetic, write_pool, write_table

from hydra_auto.evaluation.folds import folds_of
from hydra_auto.evaluation.pool import read_pool
from hydra_auto.evaluation.table import TableError, read_table
from hydra_auto.evaluation.workload import alone, case_of, mixed

QUERIES = [{"id": "a", "text": "one"}, {"id": "b", "text": "two"}]
GOOD = [(q, m, "1", "0.5") for q in "ab" for m in MODELS]


def read(folder: Path, names: tuple[str, ...] = MODELS) -> object:
    return read_table(folder, [(m,) for m in names], "pool.yaml")


@pytest.mark.parametrize("plain", [True, False])
def test_plain_and_gzipped_tables_read_the_same(tmp_path: Path, plain: bool) -> None:
    table = read_table(write_table(tmp_path / "t", QUERIES, GOOD, plain), [(m,) for m in MODELS], "pool.yaml")
    assert table.ids == ("a", "b")
    assert table.score.tolist() == [[1.0] * 3] * 2
    assert table.cost.tolist() == [[0.5] * 3] * 2
    assert table.characters.tolist() == [3, 3]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([*GOOD, ("a", "small", "1", "0.5")], "outcomes.csv.gz, row 8: 'small' on 'a' is there twice"),
        (
            [*GOOD, ("z", "small", "1", "0.5")],
            "outcomes.csv.gz, row 8: the query 'z' is not in queries.jsonl",
        ),
        ([("a", "small", "yes", "0.5")], "row 2: `score` is 'yes', and must be a number"),
        ([("a", "small", "1.5", "0.5")], "row 2: `score` is 1.5, and must lie between 0 and 1"),
        ([("a", "small", "1", "-2")], "row 2: `cost_usd` is -2, and must lie between"),
        ([("a", "small", "1", "nan")], "row 2: `cost_usd` is nan"),
        (GOOD[:2], "pool.yaml: the model 'large' has no outcome in"),
    ],
)
def test_a_bad_outcome_is_one_sentence_with_file_and_row(
    tmp_path: Path, rows: list[tuple[str, str, str, str]], said: str
) -> None:
    folder = write_table(tmp_path / "t", QUERIES, rows)
    with pytest.raises(TableError) as caught:
        read(folder)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    folder = write_table(tmp_path / "t", QUERIES, [])
    (folder / "outcomes.csv.gz").write_bytes(gzip.compress(b"id,model,score\na,small,1\n"))
    with pytest.raises(TableError, match=r"row 1: the column `cost_usd` is missing"):
        read(folder)


def test_a_row_with_too_few_cells_is_named(tmp_path: Path) -> None:
    folder = write_table(tmp_path / "t", QUERIES, [])
    (folder / "outcomes.csv.gz").write_bytes(gzip.compress(b"id,model,score,cost_usd\na,small,1\n"))
    with pytest.raises(TableError, match=r"row 2: has not as many cells"):
        read(folder)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"id": 3}', "row 3: needs an object with a string `id`"),
        ("[]", "row 3: needs a JSON object"),
        ("{", "row 3: not JSON"),
        ('{"id": "c", "text": 7}', "row 3: `text` must be a string"),
        ('{"id": "a"}', "row 3: the id 'a' is there twice"),
    ],
)
def test_a_bad_query_is_one_sentence_with_file_and_row(tmp_path: Path, line: str, said: str) -> None:
    folder = write_table(tmp_path / "t", QUERIES, GOOD, plain=True)
    with (folder / "queries.jsonl").open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    with pytest.raises(TableError) as caught:
        read(folder)
    assert said in str(caught.value)


def test_a_damaged_archive_is_said(tmp_path: Path) -> None:
    folder = write_table(tmp_path / "t", QUERIES, GOOD)
    whole = (folder / "outcomes.csv.gz").read_bytes()
    (folder / "outcomes.csv.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(TableError, match="damaged"):
        read(folder)


def test_a_folder_without_tables_is_said(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"has neither queries\.jsonl nor queries\.jsonl\.gz"):
        read(tmp_path)


def test_unscored_and_textless_queries_are_left_out_and_counted(tmp_path: Path) -> None:
    queries = [*QUERIES, {"id": "c"}, {"id": "d", "text": "four"}]
    rows = [*GOOD, *[("c", m, "1", "1") for m in MODELS], ("d", "small", "", "1"), ("d", "large", "1", "1")]
    pool = read_pool(write_pool(tmp_path / "pool.yaml"))
    case = case_of(read_table(write_table(tmp_path / "t", queries, rows), pool.names, "pool.yaml"), pool)
    assert case.ids == ["a", "b"]
    assert case.remarks[0] == "1 of 4 queries left out: no text"
    assert case.remarks[1].startswith("1 of 4 queries left out: not scored")


def test_a_partial_cost_becomes_the_models_mean_and_is_counted_never_zero(tmp_path: Path) -> None:
    rows = [(q, m, "1", "" if (q, m) == ("a", "large") else "0.5") for q, m, _, _ in GOOD]
    pool = read_pool(write_pool(tmp_path / "pool.yaml"))
    case = case_of(read_table(write_table(tmp_path / "t", QUERIES, rows), pool.names, "pool.yaml"), pool)
    assert case.cost.min() == 0.5
    assert case.remarks == ("1 unknown costs of large filled in with its mean",)
    assert np.isnan(case.recorded).sum() == 1


def test_a_model_without_any_cost_among_others_with_costs_is_refused(tmp_path: Path) -> None:
    rows = [(q, m, s, "" if m == "large" else c) for q, m, s, c in GOOD]
    pool = read_pool(write_pool(tmp_path / "pool.yaml"))
    table = read_table(write_table(tmp_path / "t", QUERIES, rows), pool.names, "pool.yaml")
    with pytest.raises(TableError, match="'large' has no cost"):
        case_of(table, pool)


def test_a_table_without_costs_gets_declared_ones_and_says_so(tmp_path: Path) -> None:
    folder, _ = synthetic(tmp_path / "t", n=20, costs=False)
    pool = read_pool(write_pool(tmp_path / "pool.yaml"))
    case = case_of(read_table(folder, pool.names, "pool.yaml"), pool)
    assert case.declared
    assert case.cost.min() > 0
    assert "list price x declared tokens" in case.remarks[-1]


def test_an_instance_has_the_same_fold_in_every_table() -> None:
    assert folds_of(["a", "b", "c"]).tolist() == [folds_of([i])[0] for i in "abc"]
    assert set(folds_of([str(i) for i in range(200)]).tolist()) == {0, 1, 2, 3, 4}


def test_the_mixed_workload_counts_costs_in_each_tables_strongest(tmp_path: Path) -> None:
    pool = read_pool(write_pool(tmp_path / "pool.yaml"))
    folders = [synthetic(tmp_path / f"t{s}", seed=s, n=40 + 40 * s)[0] for s in (0, 1)]
    cases = [case_of(read_table(f, pool.names, "pool.yaml"), pool) for f in folders]
    for equal in (False, True):
        workload = mixed(cases, equal=equal)
        for part in (0, 1):
            own = workload.part == part
            assert workload.cost[own, 2].mean() == pytest.approx(1.0)
            assert workload.weight[own].sum() == pytest.approx(1.0 if equal else own.sum())
    assert set(alone(cases[0]).stratum.tolist()) == {0}


def test_tables_of_the_same_repositories_are_resampled_together(tmp_path: Path) -> None:
    pool = read_pool(write_pool(tmp_path / "pool.yaml"))
    folders = [synthetic(tmp_path / f"t{s}", seed=s)[0] for s in (0, 1)]
    cases = [case_of(read_table(f, pool.names, "pool.yaml"), pool) for f in folders]
    workload = mixed(cases, equal=False)
    assert len(np.unique(workload.cluster)) == 8
    assert set(workload.stratum.tolist()) == {0}


def test_only_the_pools_own_models_count_and_a_denied_one_does_not(tmp_path: Path) -> None:
    pool = read_pool(write_pool(tmp_path / "pool.yaml", extra='deny: ["large"]\n'))
    assert pool.models == ("small", "middle")


def test_a_pool_of_one_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"pool\.yaml: a pool needs at least two models"):
        read_pool(write_pool(tmp_path / "pool.yaml", models=("small",)))
