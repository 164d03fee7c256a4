"""How a long run tells where it stands; the command line passes a rich bar, tests and logs a plain one."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import Protocol


class Progress(Protocol):
    """Wraps an iterable of steps and shows how far it is."""

    def __call__(self, steps: Iterable[int], name: str, total: int, first: int = 0) -> Iterator[int]: ...


def lines(steps: Iterable[int], name: str, total: int, first: int = 0) -> Iterator[int]:
    """One line on stderr every half minute: for logs, where a bar would be noise."""
    started = shown = time.monotonic()
    for step in steps:
        yield step
        now = time.monotonic()
        if now - shown > 30 or step + 1 == total:
            rate = (now - started) / (step + 1 - first)
            print(f"{name}: {step + 1}/{total}, {rate:.2f} s a step", file=sys.stderr, flush=True)
            shown = now
