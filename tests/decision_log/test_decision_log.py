"""The log as a file, and what `hydra-auto log` makes of it."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hydra_auto.decision_log.read import read_log
from hydra_auto.decision_log.summary import summarize
from hydra_auto.decision_log.write import DecisionLog

COMMAND = [sys.executable, "-c", "from hydra_auto.cli import main; main()", "log"]
PNG = b"\x89PNG"


def decision(name: str, model: str = "tiny", cost: float = 1.0, **fields: Any) -> dict[str, Any]:
    usual = {"time": "2026-01-01T00:00:00+00:00", "strongestCostUsd": 4.0, "fallback": False}
    usual |= {"kind": "decision", "fallbackReason": None, "totalMs": 10.0}
    return {**usual, "decisionId": name, "model": model, "costUsd": cost, **fields}


def outcome(name: str | None, model: str = "tiny", **fields: Any) -> dict[str, Any]:
    usual = {"kind": "outcome", "ran": True, "error": None, "latencyMs": None}
    usual |= {"costUsd": None, "strongestCostUsd": None}
    return {**usual, "decisionId": name, "model": model, **fields}


def written(file: Path, *records: dict[str, Any]) -> Path:
    file.write_text("".join(json.dumps(r) + "\n" for r in records))
    return file


def hydra_log(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*COMMAND, *map(str, arguments)], capture_output=True, timeout=60)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    late = decision("3", "large", 4.0, totalMs=90.0, fallback=True, fallbackReason="too late")
    return written(
        tmp_path / "log.jsonl",
        decision("1"),
        outcome("1", ran=False, error="rateLimited", costUsd=0.0, strongestCostUsd=0.0),
        outcome("1", "small", costUsd=1.5, strongestCostUsd=6.0, latencyMs=700),
        decision("2"),
        outcome("2"),
        late,
        outcome(None, "tiny", costUsd=9.0, strongestCostUsd=9.0),
        decision("4"),
    )


def test_a_log_is_rotated_by_size_and_read_back_whole_and_in_order(tmp_path: Path) -> None:
    log = DecisionLog(tmp_path / "log.jsonl", max_bytes=2000, kept=3)
    for n in range(80):
        log.append(decision(str(n)))
    log.stop()
    assert len(list(tmp_path.iterdir())) == 4
    assert all(p.stat().st_size <= 2000 for p in tmp_path.iterdir())
    read = read_log(tmp_path / "log.jsonl")
    numbers = [int(d.decision_id) for d in read.decisions]
    assert numbers == list(range(numbers[0], 80))
    assert 20 < len(numbers) < 80
    assert read.damaged == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_every_file_of_a_log_is_its_owners_alone_even_one_that_was_open_to_all(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    file.touch(0o644)
    log = DecisionLog(file, max_bytes=400)
    for n in range(5):
        log.append(decision(str(n)))
    log.stop()
    assert {stat.S_IMODE(p.stat().st_mode) for p in tmp_path.iterdir()} == {0o600}
    assert len(list(tmp_path.iterdir())) > 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets nobody move an open file")
def test_a_log_that_another_window_rotated_goes_on_in_the_new_file(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    ours, theirs = DecisionLog(file), DecisionLog(file)
    ours.append(decision("1"))
    ours._worker.submit(os.replace, file, tmp_path / "log.jsonl.1")
    ours.append(decision("2"))
    ours.stop()
    theirs.append(decision("3"))
    theirs.stop()
    assert [d.decision_id for d in read_log(file).decisions] == ["1", "2", "3"]
    assert len(file.read_text().splitlines()) == 2


def test_what_is_no_regular_file_is_left_alone(tmp_path: Path) -> None:
    log = DecisionLog(tmp_path)
    log.append(decision("1"))
    log.stop()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "line",
    [
        b"{torn",
        b"\xff\xfe",
        b"[]",
        b"7",
        b'{"kind": "other"}',
        b"[" * 100_000,
        json.dumps(decision("1", cost=True)).encode(),
        json.dumps(decision("1", model=None)).encode(),
        json.dumps(decision("1", totalMs=float("inf"))).encode(),
        json.dumps(decision("1", costUsd=10**400)).encode(),
        json.dumps(outcome("1", latencyMs="fast")).encode(),
        json.dumps({"kind": "decision"}).encode(),
    ],
)
def test_a_damaged_line_is_counted_and_the_others_are_read(tmp_path: Path, line: bytes) -> None:
    file = written(tmp_path / "log.jsonl", decision("1"))
    file.write_bytes(line + b"\n\n" + file.read_bytes())
    log = read_log(file)
    assert (len(log.decisions), log.damaged) == (1, 1)


def test_the_summary_adds_up(file: Path) -> None:
    s = summarize(read_log(file))
    assert [(m.id, m.decisions, m.share, m.ran, m.failed) for m in s.models] == [
        ("tiny", 3, 0.75, 2, 1),
        ("large", 1, 0.25, 0, 0),
        ("small", 0, 0.0, 1, 0),
    ]
    assert (s.expected.cost_usd, s.expected.strongest_cost_usd, s.expected.saved_usd) == (7.0, 16.0, 9.0)
    assert s.expected.share == 9 / 16
    assert (s.actual.decisions, s.actual.cost_usd, s.actual.strongest_cost_usd) == (1, 1.5, 6.0)
    assert (s.fallbacks, s.fallback_reasons) == (1, {"too late": 1})
    assert s.errors == {"rateLimited": 1}
    assert (s.latency_ms.p50, s.latency_ms.p95) == (10.0, 90.0)
    assert (s.answer_ms.p50, s.answer_ms.p95) == (700.0, 700.0)


def test_the_command_prints_tables(file: Path) -> None:
    done = hydra_log("--file", file)
    words = done.stdout.decode()
    assert done.returncode == 0, done.stderr
    for said in ("4 decisions", "tiny", "75%", "56.2%", "75.0%", "too late", "rateLimited", "p95 90.0 ms"):
        assert said in words


def test_the_command_prints_json_and_counts_damaged_lines(file: Path) -> None:
    with file.open("a") as lines:
        lines.write("{torn")
    document = json.loads(hydra_log("--file", file, "--json").stdout)
    assert document["damagedLines"] == 1
    assert document["models"][0]["id"] == "tiny"
    assert document["expected"]["savedUsd"] == 9.0
    assert document["latencyMs"] == {"p50": 10.0, "p95": 90.0}


def test_an_empty_log_is_no_error(tmp_path: Path) -> None:
    file = written(tmp_path / "log.jsonl")
    assert b"0 decisions" in hydra_log("--file", file).stdout
    assert json.loads(hydra_log("--file", file, "--json").stdout)["latencyMs"]["p50"] is None


def test_the_command_draws_a_plot(file: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    done = hydra_log("--file", file, "--plot", tmp_path / "out.png")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out.png").read_bytes().startswith(PNG)


def test_the_command_refuses_in_one_sentence(file: Path, tmp_path: Path) -> None:
    for arguments, said in (
        (("--file", tmp_path / "none.jsonl"), "no decision log"),
        (("--file", tmp_path), "directory"),
        (("--file", file, "--plot", tmp_path / "out.nonsense"), "nonsense"),
        (("--file", file, "--plot", tmp_path / "no" / "out.png"), "no such folder"),
    ):
        done = hydra_log(*arguments)
        message = done.stderr.decode()
        assert (done.returncode, message.count("\n")) == (2, 1), message
        assert message.startswith("hydra-auto: ")
        assert said in message.lower()


def test_without_matplotlib_the_plot_is_refused_with_the_extra_to_install(file: Path) -> None:
    hidden = "import sys, importlib.util as u; f = u.find_spec; "
    hidden += "u.find_spec = lambda n, *a: None if n == 'matplotlib' else f(n, *a); "
    program = hidden + "from hydra_auto.cli import main; main()"
    command = [sys.executable, "-c", program, "log", "--file", str(file), "--plot", "x.png"]
    done = subprocess.run(command, capture_output=True, timeout=60)
    assert done.returncode == 2
    assert done.stderr.decode().count("\n") == 1
    assert b"hydra-auto[eval]" in done.stderr
