"""The language section compares wordings of the same request."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hydra_auto.evaluation.engine import Serial
from hydra_auto.evaluation.languages import by_language, read_parallel
from hydra_auto.evaluation.table import TableError
from hydra_auto.predictor.bundle import default_bundle_path

TEXTS = (
    "rename x to y",
    "prove that this scheduler is deadlock-free",
    "the CI is red, find out why and fix it",
)


def written(file: Path, rows: list[dict[str, object]]) -> Path:
    file.write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
    return file


def test_the_same_words_in_another_language_are_routed_the_same(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"id": f"{lang}{g}", "text": text, "lang": lang, "group": f"g{g}", "scores": [0, 0, 0, 0]}
        for g, text in enumerate(TEXTS * 3)
        for lang in ("en", "xx")
    ]
    rows.append({"id": "lone", "text": "hallo", "lang": "de", "group": "no English", "scores": [0, 0, 0, 0]})
    found = by_language(read_parallel(written(tmp_path / "p.jsonl", rows)), default_bundle_path(), Serial())
    assert set(found) == {"efficiency", "balance", "intelligence"}
    for lines in found.values():
        assert [(x["lang"], x["prompts"], x["sameModel"], x["cost"]) for x in lines] == [
            ("en", 9, 100.0, 1.0),
            ("xx", 9, 100.0, 1.0),
        ]
        assert all(x["met"] == 100.0 for x in lines)  # nothing is required


def test_a_wording_without_a_group_is_refused_with_its_row(tmp_path: Path) -> None:
    file = written(tmp_path / "p.jsonl", [{"id": "a", "text": "x", "lang": "en", "scores": [0, 0, 0, 0]}])
    with pytest.raises(TableError, match=r"p\.jsonl, row 1: needs strings"):
        read_parallel(file)
