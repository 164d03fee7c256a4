from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from itertools import combinations, product
from pathlib import Path
from typing import Any

import pytest

from hydra_auto.dimensions import DIMENSIONS
from hydra_auto.predictor.bundle import CARD, BundleError, default_bundle_path, read_card, sha256
from hydra_auto.predictor.encoder import Predictor
from hydra_auto.predictor.text import render

REASONING, CODE_GEN, DEBUGGING, TOOL_USE = 0, 1, 2, 3

PROBES = (
    "hi",
    "rename x to y",
    "prove that this scheduler is deadlock-free",
    "the CI is red, find out why and fix it",
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(default_bundle_path(), tmp_path / "bundle"))


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor.load(default_bundle_path())


def edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    card = json.loads((folder / CARD).read_text("utf-8"))
    change(card)
    (folder / CARD).write_text(json.dumps(card), "utf-8")


def refusal(folder: Path) -> str:
    with pytest.raises(BundleError) as caught:
        Predictor.load(folder)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_the_shipped_bundle_is_whole_and_at_most_40_mb() -> None:
    card = read_card(default_bundle_path())
    assert sum(p.stat().st_size for p in card.folder.iterdir()) <= 40 * 2**20


def test_the_shipped_bundle_beats_the_mean_on_every_dimension_and_split() -> None:
    metrics = read_card(default_bundle_path()).document["metrics"]
    for split in ("test", "unseen"):
        for name in DIMENSIONS:
            assert metrics[split]["predictor"][name]["mae"] < metrics[split]["mean"][name]["mae"], (
                split,
                name,
            )


def test_the_card_says_that_no_outcome_source_trained() -> None:
    training = read_card(default_bundle_path()).document["training"]
    assert not {"bfcl", "alpaca_eval", "mt-bench", "mgsm"} & set(training["trainedOn"])


def test_four_plainly_different_requests_get_plainly_different_scores(predictor: Predictor) -> None:
    found = predictor.scores([render(t) for t in PROBES])
    hi, rename, prove, ci = found
    assert max(*hi, *rename) < 0.25
    assert prove[REASONING] > max(hi[REASONING], rename[REASONING]) + 0.2
    assert prove[REASONING] > ci[REASONING] + 0.05
    assert ci[DEBUGGING] > max(hi[DEBUGGING], rename[DEBUGGING]) + 0.2
    assert ci[TOOL_USE] > max(hi[TOOL_USE], rename[TOOL_USE]) + 0.2
    asked = predictor.scores([render(t, mode="ask") for t in PROBES])
    assert max(asked[0]) < 0.1
    assert asked[1][CODE_GEN] > asked[0][CODE_GEN] + 0.05
    for one, other in (*combinations(asked, 2), *product(found[:2], found[2:]), (prove, ci)):
        assert max(abs(a - b) for a, b in zip(one, other, strict=True)) > 0.05


def test_the_cards_probes_are_what_the_bundle_predicts(predictor: Predictor) -> None:
    for text, expected in predictor.card.document["probes"].items():
        assert predictor.scores([render(text)])[0] == pytest.approx(tuple(expected.values()), abs=0.02)


def test_a_request_scores_alike_alone_and_in_a_batch(predictor: Predictor) -> None:
    requests = [render(t) for t in (*PROBES, "x " * 3000, "")]
    batch = predictor.scores(requests)
    for request, scores in zip(requests, batch, strict=True):
        assert predictor.scores([request])[0] == pytest.approx(scores, abs=0.02)


def test_a_request_longer_than_the_limit_is_cut_to_it(predictor: Predictor) -> None:
    assert len(predictor.token_ids(render("word and " * 4000))) == predictor.card.max_tokens


def test_special_tokens_typed_by_a_user_are_plain_text(predictor: Predictor) -> None:
    ids = predictor.token_ids(render("say [SEP] and [CLS] again"))
    assert ids.count(ids[0]) == 1
    assert ids.count(ids[-1]) == 1


@pytest.mark.parametrize("name", ["model.bin", "tokenizer.json", "config.json", CARD])
def test_a_missing_file_is_named(copy: Path, name: str) -> None:
    (copy / name).unlink()
    assert name in refusal(copy)


@pytest.mark.parametrize("name", ["model.bin", "tokenizer.json"])
def test_a_truncated_file_is_named(copy: Path, name: str) -> None:
    content = (copy / name).read_bytes()
    (copy / name).write_bytes(content[: len(content) // 2])
    message = refusal(copy)
    assert name in message
    assert "damaged" in message


def test_a_card_that_is_no_json_is_named(copy: Path) -> None:
    (copy / CARD).write_text("{", "utf-8")
    assert "not valid JSON" in refusal(copy)


def test_wrong_dimensions_are_refused(copy: Path) -> None:
    edit(copy, lambda card: card.update(dimensions=["reasoning", "speed"]))
    assert "speed" in refusal(copy)


def test_a_card_of_another_format_is_refused(copy: Path) -> None:
    edit(copy, lambda card: card.update(format=99))
    assert "99" in refusal(copy)


def test_a_scale_that_does_not_ascend_is_refused(copy: Path) -> None:
    edit(copy, lambda card: card["scale"]["debugging"].update(knots=[[0, 0.5], [1, 0.2]]))
    assert "debugging" in refusal(copy)


def test_a_file_name_that_leaves_the_folder_is_refused(copy: Path) -> None:
    edit(copy, lambda card: card["files"].update({"../secret": "0"}))
    assert "../secret" in refusal(copy)


def test_a_graph_that_is_no_model_is_refused_even_with_a_matching_checksum(copy: Path) -> None:
    (copy / "model.bin").write_bytes(b"\x06\x00\x00\x00nothing")
    edit(copy, lambda card: card["files"].update({"model.bin": sha256(copy / "model.bin")}))
    assert "cannot be loaded" in refusal(copy)
