"""The watcher on a real folder: what happens to a file is reported after it has happened."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import watchdog.observers
from watchdog.observers.polling import PollingObserver

from hydra_auto.catalog import CatalogWatcher

GENEROUS = 20.0
"""Seconds until a change that does not come counts as missed."""

QUIET = 0.5
"""Seconds in which a change that must not come would have come."""


class Reader:
    """Reads the file at every call, as a server would."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.read: list[str | None] = []
        self._came = threading.Condition()
        self._inside = False
        self.overlapped = False
        self.fails = False

    def __call__(self) -> None:
        self.overlapped |= self._inside
        self._inside = True
        text = self.file.read_text("utf-8") if self.file.exists() else None
        with self._came:
            self.read.append(text)
            self._came.notify_all()
        self._inside = False
        if self.fails:
            raise RuntimeError("a bad day")

    def sees(self, text: str | None) -> bool:
        """Whether the newest reading becomes `text`."""
        with self._came:
            return self._came.wait_for(lambda: bool(self.read) and self.read[-1] == text, GENEROUS)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "folder" / "own.yaml"
    path.parent.mkdir()
    path.write_text("first", "utf-8")
    return path


@pytest.fixture
def reader(file: Path) -> Iterator[Reader]:
    found = Reader(file)
    with CatalogWatcher([file], found, debounce=0.05):
        yield found
    assert not found.overlapped


def renamed_over(file: Path, text: str) -> None:
    other = file.with_suffix(".tmp")
    other.write_text(text, "utf-8")
    os.replace(other, file)


def test_a_write_in_place_is_reported(file: Path, reader: Reader) -> None:
    file.write_text("second", "utf-8")
    assert reader.sees("second")


def test_an_atomic_rename_is_reported_each_time(file: Path, reader: Reader) -> None:
    for text in ("second", "third"):
        renamed_over(file, text)
        assert reader.sees(text)


def test_a_write_in_parts_ends_with_the_whole(file: Path, reader: Reader) -> None:
    with open(file, "w", encoding="utf-8") as out:
        for part in ("one ", "two ", "three"):
            out.write(part)
            out.flush()
            time.sleep(0.03)
    assert reader.sees("one two three")


def test_deletion_and_creation_are_reported(file: Path, reader: Reader) -> None:
    file.unlink()
    assert reader.sees(None)
    file.write_text("again", "utf-8")
    assert reader.sees("again")
    renamed_over(file, "and again")
    assert reader.sees("and again")


def test_a_folder_that_is_deleted_and_made_again_is_watched_on(file: Path, reader: Reader) -> None:
    file.unlink()
    file.parent.rmdir()
    assert reader.sees(None)
    file.parent.mkdir()
    file.write_text("again", "utf-8")
    assert reader.sees("again")
    file.write_text("once more", "utf-8")
    assert reader.sees("once more")


def test_a_folder_that_is_moved_away_and_back_is_watched_on(file: Path, reader: Reader) -> None:
    away = file.parent.with_name("away")
    file.parent.rename(away)
    assert reader.sees(None)
    away.rename(file.parent)
    assert reader.sees("first")
    file.write_text("second", "utf-8")
    assert reader.sees("second")


def test_folders_that_do_not_exist_yet_are_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "own.yaml"
    reader = Reader(file)
    with CatalogWatcher([file], reader, debounce=0.05):
        file.parent.mkdir(parents=True)
        file.write_text("first", "utf-8")
        assert reader.sees("first")
        file.write_text("second", "utf-8")
        assert reader.sees("second")


def test_a_link_is_followed(tmp_path: Path, file: Path) -> None:
    link = tmp_path / "link.yaml"
    link.symlink_to(file)
    reader = Reader(link)
    with CatalogWatcher([link], reader, debounce=0.05):
        file.write_text("second", "utf-8")
        assert reader.sees("second")


def test_other_files_and_reading_are_not_reported(file: Path, reader: Reader) -> None:
    (file.parent / "other.yaml").write_text("x", "utf-8")
    (file.parent / "own.yaml.swp").write_text("x", "utf-8")
    file.read_text("utf-8")
    time.sleep(QUIET)
    assert reader.read == []


def test_a_call_that_fails_does_not_end_the_watching(file: Path, reader: Reader) -> None:
    reader.fails = True
    file.write_text("second", "utf-8")
    assert reader.sees("second")
    reader.fails = False
    file.write_text("third", "utf-8")
    assert reader.sees("third")


def test_two_files_are_watched(tmp_path: Path, file: Path) -> None:
    other = tmp_path / "other.yaml"
    reader = Reader(other)
    with CatalogWatcher([file, other], reader, debounce=0.05):
        other.write_text("new", "utf-8")
        assert reader.sees("new")


def test_nothing_is_reported_after_stop_and_no_thread_is_left(file: Path) -> None:
    before = set(threading.enumerate())
    reader = Reader(file)
    watcher = CatalogWatcher([file], reader, debounce=0.05)
    watcher.start()
    watcher.stop()
    watcher.stop()
    file.write_text("second", "utf-8")
    time.sleep(QUIET)
    assert reader.read == []
    assert set(threading.enumerate()) <= before


def test_stop_may_be_called_by_the_call_itself(file: Path) -> None:
    called = threading.Event()
    watcher: list[CatalogWatcher] = []

    def stop() -> None:
        watcher[0].stop()
        called.set()

    watcher.append(CatalogWatcher([file], stop, debounce=0.05))
    watcher[0].start()
    file.write_text("second", "utf-8")
    assert called.wait(GENEROUS)
    watcher[0].stop()


@pytest.mark.parametrize("fails_at", ["start", "schedule"])
def test_where_the_systems_own_way_fails_it_polls(
    file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, fails_at: str
) -> None:
    class NoMoreWatches(PollingObserver):
        pass

    def refuse(*_: object) -> None:
        raise OSError(28, "inotify watch limit reached")

    monkeypatch.setattr(NoMoreWatches, fails_at, refuse)
    monkeypatch.setattr(watchdog.observers, "Observer", NoMoreWatches)
    reader = Reader(file)
    with CatalogWatcher([file], reader, debounce=0.05):
        change_until(reader, "second", lambda: file.write_text("second", "utf-8"))
    assert "by polling" in caplog.text
    assert "inotify watch limit reached" in caplog.text


def change_until(reader: Reader, text: str, write: Callable[[], object]) -> None:
    """Polling takes its first look a moment after it starts, so one write may come too early for it."""
    deadline = time.monotonic() + GENEROUS
    while not (reader.read and reader.read[-1] == text):
        assert time.monotonic() < deadline
        write()
        time.sleep(0.2)
