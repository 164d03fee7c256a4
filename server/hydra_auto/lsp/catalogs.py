"""The catalog in force: loaded off the event loop, watched, and only ever replaced by a valid one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from hydra_auto.catalog import (
    CatalogError,
    CatalogWatcher,
    ParsedLayer,
    Problem,
    check,
    compose_catalog,
    parse,
    profiles,
)
from hydra_auto.catalog.model import Catalog, Profile
from hydra_auto.catalog.parse import read_layer
from hydra_auto.catalog.reading import read_text
from hydra_auto.scale import ScoreScale

logger = logging.getLogger(__name__)


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
    """Lives on the event loop. `base` are the layers below the user's file, weakest first, read once;
    `on_read` is called after every reading."""

    def __init__(self, base: Sequence[Path], on_read: Callable[[], None]) -> None:
        self._base = tuple(base)
        self._file: Path | None = None
        self._on_read = on_read
        self._layers: tuple[ParsedLayer, ...] = ()
        self._standing: Standing | None = None
        self._settled = asyncio.Event()
        self._turn = asyncio.Lock()
        self._watcher: CatalogWatcher | None = None
        self.problems: tuple[Problem, ...] = ()

    @property
    def files(self) -> tuple[str, ...]:
        """The layers' files, weakest first."""
        return tuple(str(p) for p in (*self._base, self._file) if p is not None)

    @property
    def settled(self) -> bool:
        """Whether the files have been read once."""
        return self._settled.is_set()

    @property
    def valid(self) -> bool:
        """Whether the files, as last read, are what is in force."""
        return not any(p.severity == "error" for p in self.problems)

    @property
    def version(self) -> str | None:
        """The version in force."""
        return None if self._standing is None else self._standing.catalog.version

    async def open(self, file: Path | None) -> None:
        """Reads the base, then puts `file` on top and watches it."""
        self._file = file
        try:
            self._layers = await asyncio.to_thread(_read_all, self._base)
            self._standing = Standing(compose_catalog(self._layers))
            if file is not None:
                await self._watch(file)
                await self._read(file)
        except CatalogError as error:
            self.problems = error.problems
        finally:
            self._settled.set()
            self._on_read()

    async def current(self) -> Standing | None:
        """The catalog in force; None when not even the base could be read (`problems` say why)."""
        await self._settled.wait()
        return self._standing

    def stop(self) -> None:
        """Stops watching."""
        if self._watcher is not None:
            self._watcher.stop()

    async def _watch(self, file: Path) -> None:
        loop = asyncio.get_running_loop()

        async def read_again() -> None:
            await self._read(file)
            self._on_read()

        def changed() -> None:  # on the watcher's thread
            asyncio.run_coroutine_threadsafe(read_again(), loop)

        watcher = CatalogWatcher([file], changed)
        try:
            await asyncio.to_thread(watcher.start)
            self._watcher = watcher
        except (OSError, ValueError) as error:  # the file is read all the same
            logger.warning("the catalog file is not watched (%s)", error)

    async def _read(self, file: Path) -> None:
        """An invalid file leaves in force what is."""
        async with self._turn:
            found, self.problems = await asyncio.to_thread(_on_top, self._layers, file)
            if found is not None:
                self._standing = Standing(found)


def _read_all(files: Sequence[Path]) -> tuple[ParsedLayer, ...]:
    return tuple(read_layer(file) for file in files)


def _on_top(base: Sequence[ParsedLayer], file: Path) -> tuple[Catalog | None, tuple[Problem, ...]]:
    """The catalog of `file` on top of `base`, or None, and everything to be said about it."""
    try:
        text = read_text(file)
        problems = tuple(check(text, str(file), below=base))
        if any(p.severity == "error" for p in problems):
            return None, problems
        return compose_catalog([*base, parse(text, str(file), "user")]), problems
    except CatalogError as error:
        return None, error.problems
    except Exception as error:  # whatever a file holds, the last good catalog must go on
        return None, (Problem(f"the file cannot be read ({type(error).__name__})", str(file), 1, 1),)
