"""Says when catalog files may have changed on disk.

Two feeds make one report. A look at the files themselves twice a second is always right: on network
drives, when the system has no watches left or drops events, when folders are replaced, links swapped,
permissions lost. watchdog only shortens the wait for the next look. (Its own polling observer would list
and stat whole folders; a handful of files is all that matters here.)
"""

from __future__ import annotations

import contextlib
import logging
import os
import stat
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from watchdog.events import FileSystemEvent
    from watchdog.observers.api import BaseObserver, ObservedWatch

logger = logging.getLogger(__name__)

LOOK_SECONDS: Final = 0.5
"""From one look to the next; with the debounce behind it, a change counts well within a second."""

_GAP_SECONDS: Final = 0.02
"""Rest after a look, so that thousands of events a second make at most fifty."""

_COARSE_SECONDS: Final = 2.0
"""The coarsest clock of a file system (FAT's). As long after a change, a second one of the same length may
leave the same stamp, so every look counts as a change."""

_END_SECONDS: Final = 2.0
"""How long `stop` waits; watchdog's threads need half a second at worst."""

_EDITOR_FOLDER: Final = ".vscode"

_Stamp = tuple[object, ...]
_Folder = tuple[int, int]
"""Device and inode."""


class CatalogWatcher:
    """Calls `on_change()` after one of the watched files was written, replaced, deleted, made again or made
    readable or unreadable; it may also call for nothing. The call comes on a thread of the watcher's own,
    never two at once, and must be quick.

    A file, and its folder, need not exist. Folders are watched as they come and go, not recursively.
    """

    def __init__(self, on_change: Callable[[], None], look_seconds: float = LOOK_SECONDS) -> None:
        self._on_change = on_change
        self._look_seconds = look_seconds
        self._files: frozenset[str] = frozenset()
        self._names: frozenset[str] = frozenset()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        # From here on the thread's own.
        self._observer: BaseObserver | None = None
        self._observed: dict[str, tuple[_Folder, ObservedWatch]] = {}
        self._stamps: dict[str, _Stamp] = {}
        self._restless_until = -float("inf")
        self._complained: set[str] = set()

    def watch(self, files: Iterable[Path]) -> None:
        """From now on these files and no others; returns at once. A first call follows as soon as new files
        are watched: no change is missed by whoever reads them in it."""
        self._files = frozenset(os.path.abspath(f) for f in files)
        self._wake.set()
        if self._thread is None and self._files and not self._stopping.is_set():
            self._thread = threading.Thread(target=self._work, name="catalog-watcher", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Ends watching. No call is running any more when it returns, unless `on_change` calls it itself or
        a drive hangs, on which nobody should wait."""
        self._stopping.set()
        self._wake.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(_END_SECONDS)

    def dispatch(self, event: FileSystemEvent) -> None:
        """watchdog's entry, on its thread. Names are enough: it costs a look."""
        paths = (event.src_path, event.dest_path)
        if any(os.path.basename(os.fsdecode(path)) in self._names for path in paths if path):
            self._wake.set()

    def _work(self) -> None:
        try:
            while not self._stopping.is_set():
                self._wake.clear()  # before the look: what comes during it wakes again
                try:
                    self._look()
                except Exception:  # one bad turn must not end the watching
                    logger.exception("the catalog's files could not be looked at")
                self._stopping.wait(_GAP_SECONDS)
                self._wake.wait(self._look_seconds if self._files else None)
        finally:
            self._end_observer()

    def _look(self) -> None:
        files = self._files
        self._observe(files)  # before the stamps: what changes after them is an event
        stamps = {file: _stamp(file) for file in files}
        now = time.monotonic()
        if moved := stamps != self._stamps:
            self._stamps = stamps
            self._restless_until = now + _COARSE_SECONDS
        if moved or now < self._restless_until:
            self._on_change()

    def _observe(self, files: Iterable[str]) -> None:
        """Has watchdog watch the folders of `files` as they are now."""
        folders = _folders(files)
        self._names = frozenset(
            os.path.basename(p) for f in files for p in (f, os.path.realpath(f), os.path.dirname(f))
        )
        alive = {e.watch for e in self._observer.emitters if e.is_alive()} if self._observer else set()
        for path, (folder, watch) in list(self._observed.items()):
            if folders.get(path) != folder or watch not in alive:
                del self._observed[path]
                self._unschedule(watch)
        for path, folder in folders.items():
            if path not in self._observed and (scheduled := self._schedule(path)):
                self._observed[path] = (folder, scheduled)

    def _schedule(self, path: str) -> ObservedWatch | None:
        """None where the system refuses (inotify has limits): looks go on, and each of them tries again."""
        try:
            if self._observer is None:
                self._observer = _started_observer()
            return self._observer.schedule(self, path, event_filter=_relevant_events())  # type: ignore[arg-type]
        except FileNotFoundError:  # gone since it was listed
            return None
        except (OSError, RuntimeError) as error:
            if path not in self._complained:
                self._complained.add(path)
                logger.warning("%s is watched by polling alone, as the system refuses: %s", path, error)
            return None

    def _unschedule(self, watch: ObservedWatch) -> None:
        assert self._observer is not None
        with contextlib.suppress(KeyError, OSError):
            self._observer.unschedule(watch)

    def _end_observer(self) -> None:
        if self._observer is not None:
            self._observer.stop()
            self._observer.join()


def _started_observer() -> BaseObserver:
    # Imported on the watcher's thread: the event loop does not wait for it.
    from watchdog.observers import Observer

    observer = Observer()
    observer.start()
    return observer


def _relevant_events() -> list[type[FileSystemEvent]]:
    """Without the opening of files, which we do ourselves; the system then does not even send it."""
    from watchdog import events

    return [
        events.FileCreatedEvent,
        events.FileModifiedEvent,
        events.FileMovedEvent,
        events.FileDeletedEvent,
        events.FileClosedEvent,
        events.DirCreatedEvent,
        events.DirMovedEvent,
        events.DirDeletedEvent,
    ]


def _folders(files: Iterable[str]) -> Mapping[str, _Folder]:
    """The existing folders to be watched for `files`: each file's own and that of what it links to. A
    `.vscode` comes and goes, so the folder around it too; there no link is followed, as none is read."""
    places: set[str] = set()
    for file in files:
        home = os.path.dirname(file)
        if os.path.basename(home) == _EDITOR_FOLDER:
            workspace = os.path.realpath(os.path.dirname(home))
            places |= {workspace, os.path.join(workspace, _EDITOR_FOLDER)}
        else:
            places |= {os.path.realpath(home), os.path.dirname(os.path.realpath(file))}
    found: dict[str, _Folder] = {}
    for place in places:
        with contextlib.suppress(OSError, ValueError):
            entry = os.lstat(place)
            if stat.S_ISDIR(entry.st_mode):
                found[place] = (entry.st_dev, entry.st_ino)
    return found


def _stamp(file: str) -> _Stamp:
    """Differs after whatever may change what the file reads as: also a swapped link, a lost permission."""
    try:
        link, target = os.lstat(file), os.stat(file)
    except OSError as error:
        return (error.errno,)
    except ValueError:  # no path at all
        return ()
    return (
        link.st_ino,
        target.st_dev,
        target.st_ino,
        target.st_size,
        target.st_mtime_ns,
        target.st_ctime_ns,
    )
