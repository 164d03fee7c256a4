"""`hydra-auto evaluate` as scripts see it, on small tables made here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from outcome_tables import MODELS, synthetic, write_pool, write_scores, write_table

from hydra_auto.evaluation.readme import BEGIN, END, with_headline
from hydra_auto.evaluation.report import write_report

Run = tuple[dict[str, Any], Path]
"""What the command printed, and the folder that it wrote."""

COMMAND = [sys.executable, "-c", "from hydra_auto.cli import main; main()", "evaluate"]


def evaluate(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=300)


def refused(*arguments: object) -> str:
    done = evaluate(*arguments)
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("hydra-auto: ")
    assert done.stderr.count("\n") == 1
    return done.stderr


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Two tables of one pool, evaluated once with everything there is."""
    root = tmp_path_factory.mktemp("run")
    tables, scores = [], {}
    for seed in (0, 1):
        folder, difficulty = synthetic(root / f"table{seed}", n=60, seed=seed, costs=seed == 0)
        tables.append(folder)
        scores.update(difficulty)
    pool = write_pool(root / "pool.yaml")
    (root / "pool").mkdir()
    (root / "pool" / "no-small-one.yaml").write_text('deny: ["small"]\n', encoding="utf-8")
    file = write_scores(root / "scores.jsonl", scores)
    done = evaluate(
        *tables, "--pool", pool, "--scores", file, "--labels", file, "--replicates", 40, "--permutations", 12,
        "--cache", root / "cache", "--out", root / "out", "--reference", "large", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), root / "out"


def test_it_prints_every_workload_as_json(run: Run) -> None:
    names = [w["name"] for w in run[0]["workloads"]]
    assert names == ["mixed", "mixed, tables equal", "table0", "table1"]
    assert run[0]["workloads"][2]["reference"] == "large"
    assert run[0]["workloads"][3]["tables"][0]["declaredCosts"]
    for workload in run[0]["workloads"]:
        assert {s["family"] for s in workload["systems"]} == {"ours", "untrained", "in-domain", "bound"}
        for system in workload["systems"]:
            assert system["area"]["low"] <= system["area"]["high"]
            if system["family"] != "bound":
                assert set(system["regimes"]) == {"peak", "iso", "aggressive"}
        assert list(workload["systems"][0]["marks"]) == ["efficiency", "balance", "intelligence"]


def test_labels_as_scores_reach_what_the_scores_reach(run: Run) -> None:
    by_name = {s["name"]: s["area"]["value"] for s in run[0]["labels"][0]["systems"]}
    assert by_name["labels, public profiles"] == by_name["predictor, public profiles"]


def test_catalog_changes_and_wrong_profiles_are_shown(run: Run) -> None:
    change = run[0]["changes"][0]
    assert [list(f["models"]) for f in change["frontiers"]] == [list(MODELS), ["middle", "large"]]
    assert len(change["wrong"]) == 3 * 4 * 4


def test_the_report_has_a_page_pictures_and_the_figures(run: Run) -> None:
    out = run[1]
    page = (out / "results.md").read_text("utf-8")
    assert "the conversation policy is not replayed" in page
    assert "mostly noise" in page
    assert "list price x declared tokens" in page
    for name in ("areas", "frontier-table0", "frontier-mixed", "changes-pool"):
        assert (out / f"{name}.png").stat().st_size > 5000
        assert (out / f"{name}.svg").read_text("utf-8").startswith("<?xml")
    assert "| knob covers |" in page
    assert json.loads((out / "results.json").read_text("utf-8"))["workloads"]


def test_the_same_figures_make_the_same_page(run: Run, tmp_path: Path) -> None:
    write_report(run[0], tmp_path)
    assert (tmp_path / "results.md").read_text("utf-8") == (run[1] / "results.md").read_text("utf-8")


def test_the_readme_gets_its_figures_between_the_markers_and_nowhere_else(run: Run) -> None:
    readme = f"above\n{BEGIN}\nold\n{END}\nbelow\n"
    once = with_headline(readme, run[0])
    assert once.startswith(f"above\n{BEGIN}\n**mixed, 120 queries.**")
    assert once.endswith(f"{END}\nbelow\n")
    assert "old" not in once
    assert with_headline(once, run[0]) == once
    with pytest.raises(ValueError, match="has no line"):
        with_headline("nothing", run[0])


def test_a_table_with_a_single_label_is_left_out_with_a_remark(tmp_path: Path) -> None:
    tables, scores = [], {}
    labels: dict[str, float] = {}
    for seed, labelled in ((0, 40), (1, 1)):
        folder, difficulty = synthetic(tmp_path / f"table{seed}", n=40, seed=seed)
        tables.append(folder)
        scores.update(difficulty)
        labels.update(list(difficulty.items())[:labelled])
    done = evaluate(
        *tables, "--pool", write_pool(tmp_path / "pool.yaml"), "--cache", tmp_path / "cache",
        "--scores", write_scores(tmp_path / "scores.jsonl", scores),
        "--labels", write_scores(tmp_path / "labels.jsonl", labels),
        "--replicates", 8, "--permutations", 4, "--out", tmp_path / "out", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert [w["name"] for w in json.loads(done.stdout)["labels"]] == ["table0"]
    remark = "table1 left out: all its labelled queries (1) are in one of 5 folds"
    assert remark in (tmp_path / "out" / "results.md").read_text("utf-8")


@pytest.fixture
def pool(tmp_path: Path) -> Path:
    return write_pool(tmp_path / "pool.yaml")


def test_bad_input_is_one_line_and_exit_code_2(tmp_path: Path, pool: Path) -> None:
    table, difficulty = synthetic(tmp_path / "t", n=5)
    doubled = write_table(
        tmp_path / "d", [{"id": "a", "text": "x"}], [("a", m, "1", "1") for m in (*MODELS, "small")]
    )
    strange = write_scores(tmp_path / "s.jsonl", {"nobody": 0.5})
    wrong = tmp_path / "w.jsonl"
    wrong.write_text(
        json.dumps({"id": next(iter(difficulty)), "scores": [2, 0, 0, 0]}) + "\n", encoding="utf-8"
    )
    single = write_scores(tmp_path / "single.jsonl", {next(iter(difficulty)): 0.5})
    extra = write_pool(tmp_path / "extra.yaml", models=(*MODELS, "unheard-of"))
    assert "row 5" in refused(doubled, "--pool", pool)
    assert "unheard-of" in refused(table, "--pool", extra)
    assert "scores no query" in refused(table, "--pool", pool, "--scores", strange)
    assert "row 1: `scores` must be four numbers" in refused(table, "--pool", pool, "--scores", wrong)
    assert "in one of 5 folds" in refused(table, "--pool", pool, "--scores", single)
    known = write_scores(tmp_path / "known.jsonl", difficulty)
    assert "too few labels" in refused(table, "--pool", pool, "--scores", known, "--labels", single)
    assert "has neither queries.jsonl" in refused(tmp_path, "--pool", pool)
    assert "no-such-pool.yaml" in refused(table, "--pool", tmp_path / "no-such-pool.yaml")
    assert "1 tables and 2 pools" in refused(table, "--pool", pool, "--pool", pool)
    assert "no pool has it" in refused(table, "--pool", pool, "--reference", "gpt-9")
    assert "card.json" in refused(table, "--pool", pool, "--bundle", tmp_path)
    assert "--pool" in refused(table)
