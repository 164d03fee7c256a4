"""When the catalog is read again: one debounced reading at a time, whoever said that something changed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final

from attrs import define, field

from hydra_auto.lsp.log import log_failure

QUIET_SECONDS: Final = 0.1
"""Rest after the last change until a reading begins: a file that is being written gets finished."""

LONGEST_WAIT_SECONDS: Final = 0.5
"""From the first change to a reading, though changes never cease."""


@define
class Debounce:
    """The state machine alone; times are seconds on any one clock that does not run backwards.

    A reading is due once changes have been quiet for `quiet`, at the latest `longest` after the first of
    them. While one runs none is due, and any number of changes meanwhile make one more due after it.
    """

    quiet: float = QUIET_SECONDS
    longest: float = LONGEST_WAIT_SECONDS
    _first: float | None = field(default=None, init=False)
    _last: float = field(default=0.0, init=False)
    _reading: bool = field(default=False, init=False)

    def changed(self, now: float) -> None:
        """Something may have changed."""
        self._first = now if self._first is None else self._first
        self._last = now

    def hurry(self) -> None:
        """Something has changed that must not wait for quiet."""
        self._first = -float("inf")

    def due_in(self, now: float) -> float | None:
        """Seconds until a reading is due, 0: now; None: not before something else happens."""
        if self._first is None or self._reading:
            return None
        return max(min(self._last + self.quiet, self._first + self.longest) - now, 0.0)

    def began(self) -> None:
        """A reading begins: it covers all changes so far."""
        self._first, self._reading = None, True

    def ended(self) -> None:
        """The reading has ended."""
        self._reading = False


class ReloadLoop:
    """Calls `read` when a reading is due, never twice at once. Lives on the event loop, all methods."""

    def __init__(self, read: Callable[[], Awaitable[None]]) -> None:
        self._read = read
        self._debounce = Debounce()
        self._happened = asyncio.Event()
        self._waiting: list[asyncio.Future[None]] = []

    def changed(self) -> None:
        """Something may have changed: there will be a reading soon."""
        self._debounce.changed(asyncio.get_running_loop().time())
        self._happened.set()

    def hurry(self) -> None:
        """Has everything read without delay."""
        self._debounce.hurry()
        self._happened.set()

    async def now(self) -> None:
        """As `hurry`; returns once a reading that began after this call has ended."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.append(done)
        self.hurry()
        await done

    async def run(self) -> None:
        """Reads whenever it is due, until cancelled. A reading that fails is logged, and the next comes."""
        loop = asyncio.get_running_loop()
        while True:
            seconds = self._debounce.due_in(loop.time())
            if seconds == 0:
                await self._reading()
                continue
            self._happened.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._happened.wait(), seconds)

    async def _reading(self) -> None:
        covered, self._waiting = self._waiting, []
        self._debounce.began()
        try:
            await self._read()
        except Exception as error:
            log_failure("reading the catalog", error)
        finally:
            self._debounce.ended()
            for done in covered:
                if not done.done():
                    done.set_result(None)
