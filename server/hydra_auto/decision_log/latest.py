"""The end of the log alone, for those who need no more and must not wait for the rest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

TAIL: Final = 2**20
"""Bytes of a file's end that are looked at."""


def latest_decisions(file: Path, count: int) -> list[tuple[str, str]]:
    """(decision id, model id) of the last `count` decisions at most, oldest first, from the end of `file`
    and of the file rotated out last; nothing where neither can be read."""
    found: list[tuple[str, str]] = []
    for part in (file.with_name(f"{file.name}.1"), file):
        try:
            found += [entry for line in _tail(part) if (entry := _decision(line)) is not None]
        except OSError:
            continue
    return found[-count:]


def _tail(file: Path) -> list[bytes]:
    with file.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(0, size - TAIL))
        lines = stream.read(TAIL).split(b"\n")
    return lines[1:] if size > TAIL else lines


def _decision(line: bytes) -> tuple[str, str] | None:
    try:
        entry: Any = json.loads(line)
        kind, decision_id, model = entry["kind"], entry["decisionId"], entry["model"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    sound = kind == "decision" and isinstance(decision_id, str) and isinstance(model, str)
    return (decision_id, model) if sound else None
