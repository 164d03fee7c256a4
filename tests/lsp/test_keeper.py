"""The catalogs in force while readings take their time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from attrs import evolve

from hydra_auto.catalog import LayerTexts, Sources, read_sources
from hydra_auto.lsp import catalogs
from hydra_auto.lsp.catalogs import CatalogKeeper

pytestmark = pytest.mark.asyncio(loop_scope="function")

BASE = Path(__file__).with_name("base.yaml")
OTHER = {"deny": ["tiny"]}


class Drive:
    """Reads as the real one does, but hangs while `hanging` is set."""

    def __init__(self) -> None:
        self._free = threading.Event()
        self._free.set()
        self.begun = 0

    def hang(self) -> None:
        self._free.clear()

    def answer(self) -> None:
        self._free.set()

    def read(self, sources: Sources) -> LayerTexts:
        self.begun += 1
        assert self._free.wait(20)
        return read_sources(sources)


@pytest.fixture
def drive(monkeypatch: pytest.MonkeyPatch) -> Drive:
    found = Drive()
    monkeypatch.setattr(catalogs, "read_sources", found.read)
    return found


@pytest_asyncio.fixture
async def keeper(drive: Drive) -> AsyncIterator[CatalogKeeper]:
    found = CatalogKeeper([BASE], lambda: None)
    keeping = asyncio.create_task(found.keep(Sources((BASE,))))
    assert await found.current(None) is not None
    yield found
    drive.answer()
    keeping.cancel()
    found.stop()


async def test_a_request_waits_for_the_settings_that_came_before_it(
    keeper: CatalogKeeper, drive: Drive
) -> None:
    before = await keeper.current(None)
    drive.hang()
    changing = asyncio.create_task(keeper.change(evolve(keeper.sources, settings=OTHER)))
    await asyncio.sleep(0)
    asking = asyncio.create_task(keeper.current(None))
    await asyncio.sleep(0.1)
    assert not asking.done()
    drive.answer()
    after = await asking
    assert before is not None
    assert after is not None
    assert (before.catalog.deny, after.catalog.deny) == ((), ("tiny",))
    await changing


async def test_a_drive_that_hangs_leaves_in_force_what_is(
    keeper: CatalogKeeper, drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogs, "PATIENCE_SECONDS", 0.05)
    before = await keeper.current(None)
    drive.hang()
    changing = asyncio.create_task(keeper.change(evolve(keeper.sources, settings=OTHER)))
    await asyncio.sleep(0)
    assert await keeper.current(None) is before
    assert not changing.done()
    drive.answer()
    await changing
    assert await keeper.current(None) is not before


async def test_what_reads_as_before_stays_the_very_same(keeper: CatalogKeeper, drive: Drive) -> None:
    before, begun = await keeper.current(None), drive.begun
    keeper.changed()
    while drive.begun == begun:
        await asyncio.sleep(0.01)
    await keeper.change(evolve(keeper.sources, settings={}))
    assert await keeper.current(None) is before
