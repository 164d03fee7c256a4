"""The log's end, read without reading the rest."""

from __future__ import annotations

import json
from pathlib import Path

from hydra_auto.decision_log.latest import TAIL, latest_decisions


def line(i: int, **more: object) -> str:
    return json.dumps({"kind": "decision", "decisionId": f"d{i}", "model": f"m{i}", **more}) + "\n"


def test_the_last_decisions_come_oldest_first_from_the_rotated_file_on(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    (tmp_path / "log.jsonl.1").write_text(line(1) + line(2))
    file.write_text(line(3) + "damaged\n[]\n" + json.dumps({"kind": "outcome"}) + "\n" + line(4))
    assert latest_decisions(file, 3) == [("d2", "m2"), ("d3", "m3"), ("d4", "m4")]


def test_no_log_is_no_decisions(tmp_path: Path) -> None:
    assert latest_decisions(tmp_path / "none.jsonl", 5) == []
    assert latest_decisions(tmp_path, 5) == []


def test_of_a_long_file_the_end_alone_is_read_from_the_first_whole_line_on(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    file.write_text(line(1, prompt="x" * TAIL) + line(2))
    assert latest_decisions(file, 5) == [("d2", "m2")]
