"""When the catalog is read again: the state machine on a clock of its own, and the loop in simulated time."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Awaitable, Callable, Coroutine
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydra_auto.lsp.reload import LONGEST_WAIT_SECONDS, QUIET_SECONDS, Debounce, ReloadLoop


def test_nothing_is_due_before_anything_changed() -> None:
    assert Debounce().due_in(0) is None


def test_a_reading_is_due_once_changes_have_been_quiet() -> None:
    state = Debounce(quiet=1, longest=10)
    state.changed(0)
    assert state.due_in(0.25) == 0.75
    state.changed(0.5)
    assert state.due_in(0.5) == 1
    assert state.due_in(1.5) == 0
    assert state.due_in(99) == 0


def test_changes_that_never_cease_put_a_reading_off_only_so_long() -> None:
    state = Debounce(quiet=1, longest=3)
    for tenths in range(30):
        state.changed(tenths / 10)
    assert state.due_in(2.9) == pytest.approx(0.1)
    assert state.due_in(3) == 0


def test_while_a_reading_runs_none_is_due_and_a_burst_meanwhile_makes_one_more() -> None:
    state = Debounce(quiet=1, longest=3)
    state.changed(0)
    state.began()
    assert state.due_in(5) is None
    for time in (5, 5.1, 5.2):
        state.changed(time)
    assert state.due_in(5.2) is None
    state.ended()
    assert state.due_in(5.2) == 1
    state.began()
    state.ended()
    assert state.due_in(99) is None


def test_what_must_not_wait_is_due_at_once_unless_a_reading_runs() -> None:
    state = Debounce(quiet=1, longest=3)
    state.hurry()
    assert state.due_in(0) == 0
    state.changed(0)
    assert state.due_in(0) == 0
    state.began()
    state.hurry()
    assert state.due_in(0) is None
    state.ended()
    assert state.due_in(0) == 0


# --- the loop, in simulated time ---------------------------------------------------------------------


class Skipping(selectors.SelectSelector):
    """Does not wait: the waiting time has passed at once."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        assert timeout is not None, "the loop waits for something that never comes"
        self.now += max(timeout, 1e-9)  # as any real clock, it always moves
        return super().select(0)


class SimulatedLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.simulated = Skipping()
        super().__init__(self.simulated)

    def time(self) -> float:
        return self.simulated.now


class Disk:
    """Versions that are written at given times, and readings that take a given time each: they see what
    was written when they began."""

    def __init__(self, reading_seconds: float) -> None:
        self.reading_seconds = reading_seconds
        self.written = 0
        self.readings: list[tuple[float, float, int]] = []
        """When each began and ended, and the version that it saw."""
        self.at_once = 0
        self.fails = False

    async def read(self) -> None:
        loop = asyncio.get_running_loop()
        began, seen = loop.time(), self.written
        self.at_once += 1
        assert self.at_once == 1, "two readings at once"
        await asyncio.sleep(self.reading_seconds)
        self.at_once -= 1
        self.readings.append((began, loop.time(), seen))
        if self.fails:
            raise RuntimeError("a bad day")


def simulate(disk: Disk, story: Callable[[ReloadLoop], Awaitable[None]], rest: float = 60) -> None:
    """Runs the loop while `story` happens and for a while after it, in no time."""

    async def run() -> None:
        reloads = ReloadLoop(disk.read)
        running = asyncio.create_task(reloads.run())
        await story(reloads)
        await asyncio.sleep(rest)
        running.cancel()

    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        runner.run(run())


def writing(disk: Disk, gaps: list[float]) -> Callable[[ReloadLoop], Coroutine[Any, Any, None]]:
    async def story(reloads: ReloadLoop) -> None:
        for gap in gaps:
            await asyncio.sleep(gap)
            disk.written += 1
            reloads.changed()

    return story


def test_a_burst_is_read_once() -> None:
    disk = Disk(0.05)
    simulate(disk, writing(disk, [0.01] * 8))
    assert [seen for _, _, seen in disk.readings] == [8]


def test_a_burst_during_a_reading_causes_exactly_one_more() -> None:
    disk = Disk(5)
    simulate(disk, writing(disk, [0.0, 1.0, *[0.01] * 20]))
    assert [seen for _, _, seen in disk.readings] == [1, 22]


def test_a_constant_stream_is_read_all_the_while() -> None:
    disk = Disk(0.05)
    simulate(disk, writing(disk, [0.01] * 1000))
    begins = [began for began, _, _ in disk.readings]
    assert len(begins) > 15
    waits = [later - earlier for earlier, later in pairwise(begins)]
    assert max(waits) <= LONGEST_WAIT_SECONDS + 0.05 + 0.02
    assert disk.readings[-1][2] == 1000


def test_a_reading_that_fails_does_not_end_the_loop() -> None:
    disk = Disk(0.05)
    disk.fails = True
    simulate(disk, writing(disk, [0.0, 10.0]))
    assert [seen for _, _, seen in disk.readings] == [1, 2]


def test_a_reading_asked_for_now_begins_after_the_call_and_is_waited_for() -> None:
    disk = Disk(2)

    async def story(reloads: ReloadLoop) -> None:
        await reloads.now()
        ((began, ended, _),) = disk.readings
        assert (round(began, 3), round(ended, 3)) == (0, 2)
        reloads.changed()
        await asyncio.sleep(1)  # that reading has begun
        disk.written = 1
        await asyncio.gather(reloads.now(), reloads.now())
        assert disk.readings[-1][2] == 1

    simulate(disk, story)
    assert len(disk.readings) == 3


@given(
    gaps=st.lists(st.sampled_from([0.0, 0.001, 0.02, 0.099, 0.1, 0.101, 0.3, 0.6, 2.0]), max_size=60),
    reading=st.sampled_from([0.0, 0.01, 0.2, 0.7, 3.0]),
)
def test_every_change_is_covered_in_time_by_one_reading_at_a_time(gaps: list[float], reading: float) -> None:
    disk = Disk(reading)
    simulate(disk, writing(disk, gaps))
    times, now = [], 0.0
    for gap in gaps:
        now += gap
        times.append(now)
    assert len(disk.readings) <= len(times)
    for version, written in enumerate(times, start=1):
        covering = next(began for began, _, seen in disk.readings if seen >= version)
        assert covering - written <= max(LONGEST_WAIT_SECONDS, reading + QUIET_SECONDS) + 1e-3
    for (_, ended, _), (began, _, seen) in pairwise(disk.readings):
        assert began >= ended
        assert seen > 0
    if times:
        began, _, seen = disk.readings[-1]
        assert seen == len(times)
        assert began - times[-1] <= max(QUIET_SECONDS, reading + QUIET_SECONDS) + 1e-3
