"""The catalogs in force: read off the event loop, watched, and only ever replaced by valid ones."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from hydra_auto.catalog import (
    CatalogWatcher,
    LayeredCatalog,
    Problem,
    Sources,
    compose_layers,
    profiles,
    read_sources,
)
from hydra_auto.catalog.model import Catalog, Profile
from hydra_auto.lsp.reload import ReloadLoop
from hydra_auto.scale import ScoreScale

PATIENCE_SECONDS: Final = 2.0
"""How long a request waits for a reading that settings, trust or consent call for; a drive may hang."""


class Standing:
    """One catalog with the profiles of its models; a request keeps the one that it began with."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._profiles: dict[ScoreScale, tuple[Profile, ...]] = {}

    def profiles(self, scale: ScoreScale) -> tuple[Profile, ...]:
        """The models' profiles on `scale`; there are at most two scales in a server's life."""
        if scale not in self._profiles:
            self._profiles[scale] = tuple(profiles(self.catalog, scale))
        return self._profiles[scale]


class CatalogKeeper:
    """Lives on the event loop; only reading and composing run on its worker. `base` are the files of the
    default layer; `on_read` is called after every reading that found something new.

    What the sources name is watched on disk; `changed` is for whoever else hears of changes. All of them
    lead to one debounced reading at a time.
    """

    def __init__(self, base: Sequence[Path], on_read: Callable[[], None]) -> None:
        self.sources = Sources(tuple(base))
        self.layered: LayeredCatalog | None = None
        self._on_read = on_read
        self._outer: Standing | None = None
        self._of_folders: dict[str, Standing] = {}
        self._settled = asyncio.Event()
        self._reloads = ReloadLoop(self._read)
        self._watcher: CatalogWatcher | None = None
        # One worker, so one reading at a time; its own, so that a hanging drive holds up nothing else.
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="catalog")

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Of the files as last read, which may be worse than what is in force."""
        return () if self.layered is None else self.layered.problems

    @property
    def files(self) -> tuple[str, ...]:
        """The files outside the folders, weakest layer first."""
        named = (*self.sources.base, self.sources.organisation, self.sources.user)
        return tuple(str(p) for p in named if p is not None)

    @property
    def settled(self) -> bool:
        """Whether the sources, as they are configured now, have been read."""
        return self._settled.is_set()

    @property
    def valid(self) -> bool:
        """Whether the files, as last read, are what is in force."""
        return not any(p.severity == "error" for p in self.problems)

    @property
    def version(self) -> str | None:
        """The version in force outside the folders."""
        return None if self._outer is None else self._outer.catalog.version

    async def keep(self) -> None:
        """Keeps the newest valid catalogs in force, until cancelled."""
        loop = asyncio.get_running_loop()
        self._watcher = CatalogWatcher(lambda: _call_in(loop, self._reloads.changed))
        self._watcher.watch(self.sources.watched)
        await self._reloads.run()

    async def configure(self, sources: Sources) -> None:
        """From now on these sources; what is no longer trusted counts no more at once, everything else as
        soon as it is read, which this waits for, and requests too."""
        self.sources = sources
        self._settled.clear()
        if self._watcher is not None:
            self._watcher.watch(sources.watched)
        await self._reloads.now()

    def changed(self) -> None:
        """The editor says that a catalog file may have changed."""
        self._reloads.changed()

    async def current(self, folder: str | None = None) -> Standing | None:
        """The catalog in force for `folder` (as the sources name it); None when not even the base could be
        read (`problems` say why)."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._settled.wait(), PATIENCE_SECONDS)
        trusted = any(f.name == folder and f.trusted for f in self.sources.folders)
        own = self._of_folders.get(folder) if folder is not None and trusted else None
        return self._outer if own is None else own

    def stop(self) -> None:
        """Stops watching; what is being read now is not waited for."""
        self._worker.shutdown(wait=False, cancel_futures=True)
        if self._watcher is not None:
            self._watcher.stop()

    async def _read(self) -> None:
        """A text that reads as before is left alone; a wrong one leaves in force what is."""
        loop, sources, before = asyncio.get_running_loop(), self.sources, self.layered
        texts = await loop.run_in_executor(self._worker, read_sources, sources)
        found = before
        if before is None or texts != before.texts:
            found = await loop.run_in_executor(self._worker, compose_layers, texts, before)
        if sources is not self.sources:
            return  # read under settings that no longer hold: another reading follows
        assert found is not None
        if found is not before:
            self._put_in_force(found)
        self._settled.set()
        if found is not before:
            self._on_read()

    def _put_in_force(self, found: LayeredCatalog) -> None:
        """Catalogs that stay keep their profiles."""
        known = {id(s.catalog): s for s in (self._outer, *self._of_folders.values()) if s is not None}

        def standing(catalog: Catalog) -> Standing:
            return known.setdefault(id(catalog), Standing(catalog))

        self.layered = found
        self._outer = None if found.outer.catalog is None else standing(found.outer.catalog)
        self._of_folders = {name: standing(folder.catalog) for name, folder in found.folders.items()}


def _call_in(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    with contextlib.suppress(RuntimeError):  # the loop has ended
        loop.call_soon_threadsafe(call)
