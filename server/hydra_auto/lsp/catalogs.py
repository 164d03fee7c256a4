"""The catalog in force: loaded off the event loop, watched, and only ever replaced by a valid one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
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
from hydra_auto.catalog.parse import read_layer, read_text
from hydra_auto.lsp.reload import ReloadLoop
from hydra_auto.scale import ScoreScale


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
    `on_read` is called after every reading that found something new."""

    def __init__(self, base: Sequence[Path], on_read: Callable[[], None]) -> None:
        self._base = tuple(base)
        self._file: Path | None = None
        self._on_read = on_read
        self._layers: tuple[ParsedLayer, ...] = ()
        self._standing: Standing | None = None
        self._settled = asyncio.Event()
        self._read_as: str | tuple[Problem, ...] | None = None
        self._reloads = ReloadLoop(self._read)
        self._watcher: CatalogWatcher | None = None
        # One worker, so one reading at a time; its own, so that a hanging drive holds up nothing else.
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="catalog")
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

    async def keep(self, file: Path | None) -> None:
        """Reads the base, then puts `file` on top, and again whenever it changes; until cancelled."""
        self._file = file
        loop = asyncio.get_running_loop()
        try:
            self._layers = await loop.run_in_executor(self._worker, _read_all, self._base)
            self._standing = Standing(compose_catalog(self._layers))
            await self._read()
        except CatalogError as error:
            self.problems = error.problems
        finally:
            self._settled.set()
            self._on_read()
        if file is not None and self._layers:
            self._watcher = CatalogWatcher(lambda: _call_in(loop, self._reloads.changed))
            self._watcher.watch([file])
            await self._reloads.run()

    def changed(self) -> None:
        """The editor says that a catalog file may have changed."""
        self._reloads.changed()

    async def current(self) -> Standing | None:
        """The catalog in force; None when not even the base could be read (`problems` say why)."""
        await self._settled.wait()
        return self._standing

    def stop(self) -> None:
        """Stops watching; what is being read now is not waited for."""
        self._worker.shutdown(wait=False, cancel_futures=True)
        if self._watcher is not None:
            self._watcher.stop()

    async def _read(self) -> None:
        """An invalid file leaves in force what is; a file that reads as before is left alone."""
        if self._file is None:
            return
        loop = asyncio.get_running_loop()
        read_as = await loop.run_in_executor(self._worker, _text_of, self._file)
        if read_as == self._read_as:
            return
        found, problems = await loop.run_in_executor(
            self._worker, _on_top, self._layers, str(self._file), read_as
        )
        self._read_as, self.problems = read_as, problems
        if found is not None:
            self._standing = Standing(found)
        self._on_read()


def _call_in(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    with contextlib.suppress(RuntimeError):  # the loop has ended
        loop.call_soon_threadsafe(call)


def _read_all(files: Sequence[Path]) -> tuple[ParsedLayer, ...]:
    return tuple(read_layer(file) for file in files)


def _text_of(file: Path) -> str | tuple[Problem, ...]:
    """The file's text, or why there is none."""
    try:
        return read_text(file)
    except CatalogError as error:
        return error.problems


def _on_top(
    base: Sequence[ParsedLayer], file: str, read_as: str | tuple[Problem, ...]
) -> tuple[Catalog | None, tuple[Problem, ...]]:
    """The catalog of the file's text on top of `base`, or None, and everything to be said about it."""
    if not isinstance(read_as, str):
        return None, read_as
    try:
        problems = tuple(check(read_as, file, below=base))
        if any(p.severity == "error" for p in problems):
            return None, problems
        return compose_catalog([*base, parse(read_as, file, "user")]), problems
    except CatalogError as error:
        return None, error.problems
    except Exception as error:  # whatever a file holds, the last good catalog must go on
        return None, (Problem(f"the file cannot be read ({type(error).__name__})", file, 1, 1),)
