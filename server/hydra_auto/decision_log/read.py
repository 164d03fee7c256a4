"""Reading the log back, whatever became of its files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from math import isfinite
from pathlib import Path
from typing import Any

from attrs import frozen


@frozen
class LoggedDecision:
    """One decision; costs in USD as expected then, `total_ms` the whole request's milliseconds."""

    time: str
    decision_id: str
    model: str
    cost: float
    strongest_cost: float
    fallback_reason: str | None
    total_ms: float


@frozen
class LoggedOutcome:
    """One outcome; costs in USD by the tokens that were spent (None: not told)."""

    decision_id: str | None
    model: str
    ran: bool
    error: str | None
    latency_ms: float | None
    cost: float | None
    strongest_cost: float | None


@frozen
class Log:
    """What `files` (oldest first) hold; `damaged` lines held nothing that can be read."""

    files: tuple[str, ...]
    decisions: tuple[LoggedDecision, ...]
    outcomes: tuple[LoggedOutcome, ...]
    damaged: int


def read_log(file: Path) -> Log:
    """`file` and what was rotated out of it.

    Raises:
        FileNotFoundError: there is neither.
        OSError: one of them cannot be read.
    """
    files = [*_rotated(file), *([file] if file.exists() else [])]
    if not files:
        raise FileNotFoundError(file)
    decisions, outcomes, damaged = [], [], 0
    for line in _lines(files):
        try:
            entry = _entry(json.loads(line))
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
            damaged += 1
            continue
        if isinstance(entry, LoggedDecision):
            decisions.append(entry)
        else:
            outcomes.append(entry)
    return Log(tuple(str(f) for f in files), tuple(decisions), tuple(outcomes), damaged)


def _rotated(file: Path) -> list[Path]:
    found = [p for p in file.parent.glob("*") if p.stem == file.name and p.suffix[1:].isdecimal()]
    return sorted(found, key=lambda p: -int(p.suffix[1:]))


def _lines(files: list[Path]) -> Iterator[bytes]:
    for file in files:
        with file.open("rb") as stream:
            yield from (line for line in stream if line.strip())


def _entry(line: Any) -> LoggedDecision | LoggedOutcome:
    """Raises KeyError, TypeError or ValueError: it is neither."""
    if line["kind"] == "decision":
        return LoggedDecision(
            time=_text(line["time"]),
            decision_id=_text(line["decisionId"]),
            model=_text(line["model"]),
            cost=_number(line["costUsd"]),
            strongest_cost=_number(line["strongestCostUsd"]),
            fallback_reason=_text(line["fallbackReason"]) if line["fallback"] else None,
            total_ms=_number(line["totalMs"]),
        )
    if line["kind"] == "outcome":
        return LoggedOutcome(
            decision_id=_optional(_text, line["decisionId"]),
            model=_text(line["model"]),
            ran=line["ran"] is True,
            error=_optional(_text, line["error"]),
            latency_ms=_optional(_number, line["latencyMs"]),
            cost=_optional(_number, line["costUsd"]),
            strongest_cost=_optional(_number, line["strongestCostUsd"]),
        )
    raise ValueError("neither a decision nor an outcome")


def _optional(read: Any, value: Any) -> Any:
    return None if value is None else read(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise TypeError
    return float(value)
