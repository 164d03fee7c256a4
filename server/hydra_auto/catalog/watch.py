"""Says when catalog files change on disk."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from watchdog.events import FileSystemEvent
    from watchdog.observers.api import BaseObserver

logger = logging.getLogger(__name__)

_FILE_CHANGES: Final = frozenset({"created", "modified", "moved", "deleted", "closed"})
"""Watchdog's events after which a file may read otherwise. Opening it is left out: we do that ourselves."""

_FOLDER_CHANGES: Final = frozenset({"created", "moved", "deleted"})
"""`modified` is left out: a folder is modified by every file in it."""

_MAX_DEBOUNCES: Final = 10
"""A file that never comes to rest is reported after so many waits."""

_Stamp = tuple[int, int, int] | None
"""Inode, size and time of change of a file; None while there is none."""


class CatalogWatcher:
    """Calls `on_change()` after one of `paths` was written, replaced, deleted or made again.

    The call comes on a worker thread, never two at once, once the files have been at rest for `debounce`
    seconds; several changes may share a call, and a call may turn out to be for nothing. A file, and its
    folder, need not exist yet. Changes before `start()` returns are not seen: read the files after it.
    """

    def __init__(self, paths: Sequence[Path], on_change: Callable[[], None], debounce: float = 0.1) -> None:
        self._paths = tuple(os.path.abspath(p) for p in paths)
        self._on_change = on_change
        self._debounce = debounce
        self._places: frozenset[str] = frozenset()
        self._changed = threading.Event()
        self._folder_changed = threading.Event()
        self._stopping = threading.Event()
        self._observer: BaseObserver | None = None
        self._worker: threading.Thread | None = None

    def start(self) -> None:
        """Begins to watch; once."""
        if self._worker is not None:
            raise RuntimeError("a CatalogWatcher starts once: make a new one")
        self._observe()
        self._worker = threading.Thread(target=self._work, name="catalog-watcher", daemon=True)
        self._worker.start()

    def stop(self) -> None:
        """Ends watching; returns when no call is running any more, unless called by `on_change` itself."""
        self._stopping.set()
        self._changed.set()
        if self._worker is not None and self._worker is not threading.current_thread():
            self._worker.join()
        self._end_observer()

    def __enter__(self) -> CatalogWatcher:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def dispatch(self, event: FileSystemEvent) -> None:
        """Watchdog's entry, on its own thread."""
        relevant = _FOLDER_CHANGES if event.is_directory else _FILE_CHANGES
        touched = {os.fsdecode(p) for p in (event.src_path, event.dest_path) if p}
        if event.event_type not in relevant or not touched & self._places:
            return
        if event.is_directory:
            self._folder_changed.set()
        self._changed.set()

    def _work(self) -> None:
        # `stop` sets `_stopping` before `_changed`: whoever clears the latter still sees the former.
        while not self._stopping.is_set():
            self._changed.wait()
            try:
                if self._folder_changed.is_set():
                    self._folder_changed.clear()
                    self._observe()
                self._rest()
                if not self._stopping.is_set():
                    self._on_change()
            except Exception:
                # One failed reading must not end the watching.
                logger.exception("a change of the catalog's files could not be handled")

    def _rest(self) -> None:
        """Waits until neither events nor the files' stamps have moved for a debounce."""
        before = self._stamps()
        for _ in range(_MAX_DEBOUNCES):
            self._changed.clear()
            if self._stopping.wait(self._debounce):
                return
            now = self._stamps()
            if now == before and not self._changed.is_set():
                return
            before = now

    def _stamps(self) -> list[_Stamp]:
        return [_stamp(p) for p in self._paths]

    def _observe(self) -> None:
        """Watches the folders as they are now: the system's own way, else (inotify has limits) by polling."""
        from watchdog.observers import Observer
        from watchdog.observers.polling import PollingObserver

        self._end_observer()
        try:
            self._observer = self._begin(Observer())
        except (OSError, RuntimeError) as error:
            logger.warning("the catalog is watched by polling, as the system's own way failed: %s", error)
            self._observer = self._begin(PollingObserver())

    def _begin(self, observer: BaseObserver) -> BaseObserver:
        observer.start()
        try:
            watched: set[str] = set()
            # A folder may come or go while the watches are set: look again until nothing is new.
            while new := self._folders() - watched:
                watched |= new
                for folder in new:
                    with contextlib.suppress(FileNotFoundError):
                        observer.schedule(self, folder)  # type: ignore[arg-type]
        except BaseException:
            _end(observer)
            raise
        return observer

    def _folders(self) -> set[str]:
        """The nearest existing folders of the files, and the folders that these could vanish from. Updates
        the places whose events count: the files, links resolved, and the folders on the way to them."""
        files = {os.path.join(os.path.realpath(os.path.dirname(p)), os.path.basename(p)) for p in self._paths}
        files |= {os.path.realpath(p) for p in self._paths}
        self._places = frozenset(str(place) for f in files for place in (f, *Path(f).parents))
        nearest = {next(p for p in Path(f).parents if p.is_dir()) for f in files}
        return {str(p) for folder in nearest for p in (folder, folder.parent)}

    def _end_observer(self) -> None:
        if self._observer is not None:
            _end(self._observer)
            self._observer = None


def _end(observer: BaseObserver) -> None:
    if observer.is_alive():
        observer.stop()
        observer.join()


def _stamp(path: str) -> _Stamp:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return (found.st_ino, found.st_size, found.st_mtime_ns)
