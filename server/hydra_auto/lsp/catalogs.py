"""The catalogs in force, one per workspace folder: read and composed off the event loop, watched, and each
layer only ever replaced by a valid one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from hydra_auto.catalog import (
    CatalogWatcher,
    Folder,
    LayeredCatalog,
    LayerTexts,
    Problem,
    Sources,
    compose_layers,
    profiles,
    read_sources,
)
from hydra_auto.catalog.layered import FolderCatalog
from hydra_auto.catalog.model import Catalog
from hydra_auto.lsp.folders import same_folder
from hydra_auto.lsp.reload import ReloadLoop
from hydra_auto.routing.pool import Stock
from hydra_auto.scale import ScoreScale

PATIENCE_SECONDS: Final = 2.0
"""How long a request waits at most for a reading after the first one: a drive may hang, and what is in force
then decides."""


class Standing:
    """One catalog with the profiles of its models; a request keeps the one that it began with."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._profiles: dict[ScoreScale, Stock] = {}

    def profiles(self, scale: ScoreScale) -> Stock:
        """The models' profiles on `scale`; there are at most two scales in a server's life."""
        if scale not in self._profiles:
            self._profiles[scale] = Stock(profiles(self.catalog, scale))
        return self._profiles[scale]


class CatalogKeeper:
    """Lives on the event loop. `base` are the default layer's files; `on_read` is called after every
    reading."""

    def __init__(self, base: Sequence[Path], on_read: Callable[[], None]) -> None:
        self._sources = Sources(tuple(base))
        self._on_read = on_read
        self._layered: LayeredCatalog | None = None
        self._standings: dict[str | None, Standing] = {}
        self._settled = asyncio.Event()
        self._reloads = ReloadLoop(self._read)
        self._watcher: CatalogWatcher | None = None
        # One worker, so one reading at a time; its own, so that a hanging drive holds up nothing else.
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="catalog")

    @property
    def sources(self) -> Sources:
        """What is read, as of now."""
        return self._sources

    @property
    def layered(self) -> LayeredCatalog | None:
        """Everything in force with its layers; None before the first reading."""
        return self._layered

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the texts as they were read last."""
        return () if self._layered is None else self._layered.problems

    @property
    def files(self) -> tuple[str, ...]:
        """The files outside the folders, weakest layer first, then those of the trusted folders."""
        named = [*self._sources.base, *self._sources.watched]
        return tuple(str(path) for path in named)

    @property
    def settled(self) -> bool:
        """Whether everything has been read under the settings, trust and consent as of now."""
        return self._settled.is_set()

    @property
    def valid(self) -> bool:
        """Whether the texts, as last read, are what is in force."""
        return not any(p.severity == "error" for p in self.problems)

    @property
    def version(self) -> str | None:
        """The version in force for the first folder."""
        standing = self._standing(self.folder(None))
        return None if standing is None else standing.catalog.version

    async def keep(self, sources: Sources) -> None:
        """Reads everything now, and again whenever it changes; until cancelled."""
        loop = asyncio.get_running_loop()
        self._sources = sources
        self._watcher = CatalogWatcher(lambda: _call_in(loop, self._reloads.changed))
        self._reloads.hurry()
        await self._reloads.run()

    async def change(self, sources: Sources) -> None:
        """Other settings, trust or consent. What lost trust counts no more from this call on; everything
        else is in force when it returns, and requests wait for it."""
        if sources == self._sources:
            return
        self._sources = sources
        self._settled.clear()
        self._watch()
        await self._reloads.now()

    def changed(self) -> None:
        """The editor says that a catalog file may have changed."""
        self._reloads.changed()

    def folder(self, name: str | None) -> Folder | None:
        """The workspace folder that a client calls `name`, a URI or a path; None: the first."""
        folders = self._sources.folders
        if name is None:
            return folders[0] if folders else None
        return next((f for f in folders if same_folder(f, name)), None)

    def folder_catalog(self, folder: Folder) -> FolderCatalog | None:
        """What is in force of the folder's own layers; None: nothing, as of one that is not trusted."""
        found = None if self._layered is None else self._layered.folders.get(folder.name)
        return found if found is not None and found.texts.trusted and folder.trusted else None

    def consents_to(self, folder: str, content_hash: str) -> bool:
        """Whether the folder's layers, with that content, are in force as a whole."""
        found = None if self._layered is None else self._layered.folders.get(folder)
        return found is not None and found.pending is None and found.content_hash == content_hash

    async def current(self, folder: Folder | None) -> Standing | None:
        """The catalog in force in `folder` (None: outside all); None when not even the layers outside the
        folders make one (`problems` say why). Waits while settings, trust or consent are new."""
        patience = None if self._layered is None else PATIENCE_SECONDS
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._settled.wait(), patience)
        return self._standing(folder)

    def stop(self) -> None:
        """Stops watching; what is being read now is not waited for."""
        self._worker.shutdown(wait=False, cancel_futures=True)
        if self._watcher is not None:
            self._watcher.stop()

    def _standing(self, folder: Folder | None) -> Standing | None:
        own = folder is not None and self.folder_catalog(folder) is not None
        return self._standings.get(folder.name if own and folder is not None else None)

    async def _read(self) -> None:
        """What reads as before is left alone."""
        loop, sources = asyncio.get_running_loop(), self._sources
        try:
            texts: LayerTexts = await loop.run_in_executor(self._worker, read_sources, sources)
            if self._layered is None or texts != self._layered.texts:
                self._layered = await loop.run_in_executor(self._worker, compose_layers, texts, self._layered)
                self._standings = _standings(self._layered, self._standings)
        finally:
            if sources is self._sources and not self.settled:
                self._settled.set()
                self._watch()  # only now, for it would slow a server's first reading
            self._on_read()

    def _watch(self) -> None:
        if self._watcher is not None:
            self._watcher.watch(self._sources.watched)


def _standings(layered: LayeredCatalog, before: dict[str | None, Standing]) -> dict[str | None, Standing]:
    """One for each catalog, the same as before for one that is the same as before: it has its profiles."""
    known = {id(standing.catalog): standing for standing in before.values()}
    found: dict[str | None, Standing] = {}
    of_folders = [(name, own.catalog) for name, own in layered.folders.items()]
    for name, catalog in ((None, layered.outer.catalog), *of_folders):
        if catalog is not None:
            found[name] = known.setdefault(id(catalog), Standing(catalog))
    return found


def _call_in(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    with contextlib.suppress(RuntimeError):  # the loop has ended
        loop.call_soon_threadsafe(call)
