"""Capabilities from outcomes: simulated truth is recovered, and what the table does not say is not said."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from click.testing import CliRunner

from hydra_auto.catalog import check, default_catalog_path, load_catalog
from hydra_auto.cli import app
from hydra_auto.dimensions import DIMENSIONS
from hydra_auto.fitting import TableError, fit_models, fragment, needs_of, read_table
from hydra_auto.fitting.capability import Estimate, ModelFit
from hydra_auto.fitting.needs import to_label
from hydra_auto.fitting.table import Outcome
from hydra_auto.scale import IDENTITY, ScoreScale

TRUTH = {
    "tiny": (0.2, 0.25, 0.15, 0.1),
    "odd": (0.7, 0.3, 0.5, 0.4),
    "mid": (0.6, 0.55, 0.5, 0.65),
    "large": (0.8, 0.75, 0.7, 0.85),
}


def simulated(seed: int, queries: int, slope: float = 0.08, exercised: tuple[int, ...] = (0, 1, 2, 3)):
    """(needs, outcomes): each query needs mainly one or two dimensions; the exact minimum decides."""
    rng = np.random.default_rng(seed)
    needs, outcomes = {}, []
    for i in range(queries):
        need = rng.uniform(0, 0.1, 4)
        for k in rng.choice(exercised, size=min(2, len(exercised)), replace=False):
            need[k] = rng.uniform(0, 1)
        needs[f"q{i}"] = tuple(float(x) for x in need)
        for model, capability in TRUTH.items():
            margin = float(np.min(np.array(capability) - need))
            success = rng.random() < 1 / (1 + np.exp(-margin / slope))
            outcomes.append(Outcome(f"q{i}", model, float(success), 0.01))
    return needs, outcomes


def test_known_capabilities_are_recovered_within_their_intervals():
    inside = total = 0
    for seed in range(4):
        needs, outcomes = simulated(seed, 800)
        fits, slope = fit_models(outcomes, needs)
        assert 0.05 <= slope <= 0.12
        for fit in fits:
            assert (fit.n, fit.capability.keys()) == (800, set(DIMENSIONS))
            for k, name in enumerate(DIMENSIONS):
                e = fit.capability[name]
                assert 0 <= e.low < e.value < e.high <= 1
                assert e.high - e.low < 0.35
                inside += e.low <= TRUTH[fit.model][k] <= e.high
                total += 1
    assert inside / total >= 0.88  # 95 % is the nominal; 64 intervals are tried


def test_intervals_shrink_with_more_outcomes():
    widths = []
    for queries in (100, 1600):
        needs, outcomes = simulated(9, queries)
        fits, _ = fit_models(outcomes, needs)
        e = next(f for f in fits if f.model == "mid").capability.get("reasoning")
        widths.append(1.0 if e is None else e.high - e.low)
    assert widths[1] < widths[0] / 2


def test_what_the_queries_do_not_exercise_is_not_identified():
    needs, outcomes = simulated(1, 600, exercised=(1,))
    fits, _ = fit_models(outcomes, needs)
    assert all(set(fit.capability) <= {"code_gen"} for fit in fits if fit.model != "tiny")
    assert "code_gen" in next(f for f in fits if f.model == "mid").capability


def test_a_repeated_query_counts_as_one_witness():
    needs, outcomes = simulated(2, 150)
    once, _ = fit_models(outcomes, needs)
    many, _ = fit_models(outcomes * 8, needs)

    def width(fits):
        e = next(f for f in fits if f.model == "mid").capability["code_gen"]
        return e.high - e.low

    assert width(many) > 0.6 * width(once)


def test_a_model_that_never_fails_has_no_invented_ceiling():
    needs, outcomes = simulated(3, 300)
    perfect = [Outcome(o.query, "perfect", 1.0, None) for o in outcomes if o.model == "mid"]
    fits, _ = fit_models([*outcomes, *perfect], needs)
    best = next(f for f in fits if f.model == "perfect")
    assert all(e.high > 0.97 for e in best.capability.values())


def write_table(folder: Path, needs, outcomes, key: str = "needs") -> Path:
    folder.mkdir()
    with gzip.open(folder / "queries.jsonl.gz", "wt", encoding="utf-8") as file:
        for name, need in needs.items():
            row = {"id": name, "text": "x", "meta": {}, key: dict(zip(DIMENSIONS, need, strict=True))}
            file.write(json.dumps(row) + "\n")
    with open(folder / "outcomes.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "model", "score", "cost_usd", "tokens"])
        writer.writerow([next(iter(needs)), "unknown-score", "", "", ""])
        writer.writerows([o.query, o.model, o.score, o.cost, ""] for o in outcomes)
    return folder


def test_the_command_writes_a_layer_that_catalog_check_accepts(tmp_path: Path):
    needs, outcomes = simulated(5, 300)
    renamed = {"mid": "claude-haiku-4.5", "odd": "odd one: [x] # y"}
    outcomes = [Outcome(o.query, renamed.get(o.model, o.model), o.score, o.cost) for o in outcomes]
    table, out = write_table(tmp_path / "table", needs, outcomes), tmp_path / "fit.yaml"
    result = CliRunner().invoke(app, ["catalog", "fit", str(table), "--out", str(out), "--json"])
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert [m["model"] for m in told["models"]] == sorted({o.model for o in outcomes})
    text = out.read_text("utf-8")
    assert [p for p in check(text, str(out)) if p.severity == "error"] == []
    assert "n = 300" in text
    assert "95 % interval" in text
    assert "estimated from table" in text
    models = {m.id: m for m in load_catalog([default_catalog_path(), out]).models}
    assert models["large"].price.per_request == pytest.approx(0.01)
    assert models["claude-haiku-4.5"].price.output == 5
    assert set(models["odd-one:-[x]-#-y"].capabilities) <= set(DIMENSIONS)


def test_a_fit_without_anything_identified_is_a_layer_that_changes_nothing():
    needs = {"q": (0.0, 0.0, 0.0, 0.0)}
    fits, _ = fit_models([Outcome("q", "m", 1.0, None)], needs)
    text = fragment(fits, "t", load_catalog([default_catalog_path()]))
    assert check(text, "t.yaml") == []
    assert "nothing is identified" in text


def test_odd_and_colliding_names_make_a_layer_with_an_id_for_each():
    names = ["a b", "a-b", "A-B", "a-b-2", "claude haiku-4.5", "claude-haiku-4.5", "x" * 210, "x" * 205]
    names = sorted([*names, "model 🦙", 'del\x7f"\\', "\x7f", " "])
    fits = [ModelFit(name, 9, 0.5, {"reasoning": Estimate(0.5, 0.4, 0.6)}, 0.01) for name in names]
    text = fragment(fits, "t", load_catalog([default_catalog_path()]))
    assert [p for p in check(text, "t.yaml") if p.severity == "error"] == []
    ids = [entry["id"] for entry in yaml.safe_load(text)["models"]]
    assert len({i.lower() for i in ids}) == len(names)
    given = dict(zip(names, ids, strict=True))
    assert given["model 🦙"] == "model-🦙"
    found = [given[n] for n in ("A-B", "a-b", "a b", "a-b-2")]
    assert found == ["A-B", "a-b-3", "a-b-4", "a-b-2"]
    found = [given[n] for n in ("claude-haiku-4.5", "claude haiku-4.5")]
    assert found == ["claude-haiku-4.5", "claude-haiku-4.5-2"]
    assert "# a b in the table; another model has its id" in text


def test_scores_are_carried_back_to_labels_through_the_scale():
    knots = ((0.0, 0.1), (0.4, 0.3), (0.6, 0.3), (1.0, 0.7))
    scale = ScoreScale((knots,) * 4, IDENTITY.band, IDENTITY.sigma)
    assert to_label((0.2, 0.3, 0.05, 0.9), scale) == pytest.approx((0.2, 0.5, 0.0, 1.0))


def test_texts_without_needs_are_predicted(tmp_path: Path):
    needs, outcomes = simulated(6, 3)
    table = read_table(write_table(tmp_path / "t", needs, outcomes, key="ignored"))
    asked: list[str] = []

    def predict(texts):
        asked.extend(texts)
        return [(0.1, 0.2, 0.3, 0.4)] * len(texts)

    assert needs_of(table, predict, IDENTITY) == dict.fromkeys(needs, pytest.approx((0.1, 0.2, 0.3, 0.4)))
    assert asked == ["x"] * 3


def test_a_query_without_text_or_scores_is_left_out_and_a_table_of_such_is_refused(tmp_path: Path):
    texts = '{"id": "a", "text": "hi"}\n{"id": "b", "text": " "}\n'
    (tmp_path / "queries.jsonl").write_text(texts, "utf-8")
    (tmp_path / "outcomes.csv").write_text("id,model,score\na,m,1\nb,m,0\n", "utf-8")
    zeros = (0.0, 0.0, 0.0, 0.0)
    assert needs_of(read_table(tmp_path), lambda asked: [zeros for _ in asked], IDENTITY).keys() == {"a"}
    (tmp_path / "queries.jsonl").write_text(texts.replace("hi", ""), "utf-8")
    with pytest.raises(TableError, match="no query has text"):
        needs_of(read_table(tmp_path), lambda asked: [zeros for _ in asked], IDENTITY)


QUERIES = '{"id": "q", "text": "t"}\n'
BAD = {
    ("", "id,model,score\nq,m,1\n"): "row 2: the query 'q' is not in queries.jsonl",
    ("{\n", "id,model,score\n"): "queries.jsonl, row 1: not JSON",
    ("[" * 100_000, "id,model,score\n"): "queries.jsonl, row 1: not JSON",
    ("\n\n{}\n", "id,model,score\n"): "queries.jsonl, row 3: needs an object with a text `id`",
    (QUERIES * 2, "id,model,score\n"): "queries.jsonl, row 2: the id 'q' is there twice",
    ('{"id": "q", "needs": {"reasoning": 2}}\n', "id,model,score\n"): "row 1: `needs` must be",
    (QUERIES, "id,model\n"): "outcomes.csv, row 1: has no column `score`",
    (QUERIES, ""): "outcomes.csv, row 1: has no column `id`",
    (QUERIES, "id,model,score\nq,m,1\nq,m,2\n"): "outcomes.csv, row 3: the score 2 is not from 0 to 1",
    (QUERIES, "id,model,score\nq,m,good\n"): "row 2: `score` is 'good', which is no number",
    (QUERIES, "id,model,score\nq,m,nan\n"): "row 2: `score` is 'nan', which is no number",
    (QUERIES, "id,model,score\nq,,1\n"): "row 2: needs an `id` and a `model`",
    (QUERIES, "id,model,score,cost_usd\nq,m,1,-3\n"): "row 2: `cost_usd` is negative",
    (QUERIES, "id,model,score\nq,m,\n"): "no outcome has a score",
}


@pytest.mark.parametrize("files", BAD)
def test_a_bad_table_is_one_sentence_with_file_and_row(files, tmp_path: Path):
    (tmp_path / "queries.jsonl").write_text(files[0], "utf-8")
    (tmp_path / "outcomes.csv").write_text(files[1], "utf-8")
    with pytest.raises(TableError) as caught:
        read_table(tmp_path)
    assert BAD[files] in str(caught.value)
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_damaged_or_missing_table_ends_the_command_with_2(tmp_path: Path):
    (tmp_path / "queries.jsonl.gz").write_bytes(b"\x1f\x8b not gzip")
    for folder in (tmp_path, tmp_path / "none"):
        result = CliRunner().invoke(app, ["catalog", "fit", str(folder)])
        assert result.exit_code == 2
        assert str(folder) in result.stderr
        assert result.stderr.count("\n") == 1
