"""The watcher on a real disk: what happens to a file is reported after it has happened."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import watchdog.observers

from hydra_auto.catalog import CatalogWatcher

GENEROUS = 20.0
"""Seconds until a change that does not come counts as missed."""

QUIET = 0.6
"""Seconds in which a change that must not come would have come."""

NEVER = 3600.0


class Reader:
    """Reads the file at every call, as a server would: its text, None where there is none, or the error."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.read: list[object] = []
        self._came = threading.Condition()
        self._inside = False
        self.overlapped = False
        self.fails = False

    def __call__(self) -> None:
        self.overlapped |= self._inside
        self._inside = True
        with self._came:
            self.read.append(read(self.file))
            self._came.notify_all()
        self._inside = False
        if self.fails:
            raise RuntimeError("a bad day")

    def sees(self, found: object) -> bool:
        """Whether the newest reading becomes `found`."""
        with self._came:
            return self._came.wait_for(lambda: bool(self.read) and self.read[-1] == found, GENEROUS)

    def comes(self, count: int) -> bool:
        with self._came:
            return self._came.wait_for(lambda: len(self.read) >= count, GENEROUS)


def read(file: Path) -> object:
    try:
        return file.read_text("utf-8")
    except FileNotFoundError:
        return None
    except OSError as error:
        return type(error)


def refuse_watches(patch: pytest.MonkeyPatch) -> None:
    """As a system does that has none left, and as a network drive that sends no events."""

    def refuse() -> None:
        raise OSError(28, "inotify watch limit reached")

    patch.setattr(watchdog.observers, "Observer", refuse)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "folder" / ".vscode" / "hydra-catalog.yaml"
    path.parent.mkdir(parents=True)
    path.write_text("first", "utf-8")
    return path


@pytest.fixture(params=["events and looks", "looks alone"])
def watching(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Path], Reader]]:
    """Watches a file that reads as it does now; both ways must be right, whatever happens to the file."""
    watchers: list[tuple[CatalogWatcher, Reader]] = []
    if request.param == "looks alone":
        refuse_watches(monkeypatch)

    def watch(file: Path) -> Reader:
        reader = Reader(file)
        watcher = CatalogWatcher(reader, 0.5 if request.param == "events and looks" else 0.05)
        watchers.append((watcher, reader))
        watcher.watch([file])
        assert reader.sees(read(file))
        return reader

    yield watch
    for watcher, reader in watchers:
        watcher.stop()
        assert not reader.overlapped


@pytest.fixture
def reader(file: Path, watching: Callable[[Path], Reader]) -> Reader:
    return watching(file)


def renamed_over(file: Path, text: str) -> None:
    other = file.with_suffix(".tmp")
    other.write_text(text, "utf-8")
    os.replace(other, file)


def link_swapped(link: Path, target: Path) -> None:
    fresh = link.with_suffix(".tmp")
    fresh.symlink_to(target)
    os.replace(fresh, link)


def test_a_write_in_place_is_reported(file: Path, reader: Reader) -> None:
    file.write_text("second", "utf-8")
    assert reader.sees("second")


def test_an_atomic_rename_is_reported_each_time(file: Path, reader: Reader) -> None:
    for text in ("second", "third", "fourth"):
        renamed_over(file, text)
        assert reader.sees(text)


def test_a_write_in_parts_ends_with_the_whole(file: Path, reader: Reader) -> None:
    with open(file, "w", encoding="utf-8") as out:
        for part in ("one ", "two ", "three"):
            out.write(part)
            out.flush()
            time.sleep(0.03)
        assert reader.sees("one two three")  # though it is still open


def test_deletion_and_creation_are_reported(file: Path, reader: Reader) -> None:
    file.unlink()
    assert reader.sees(None)
    file.write_text("again", "utf-8")
    assert reader.sees("again")
    renamed_over(file, "and again")
    assert reader.sees("and again")


@pytest.mark.parametrize("levels", [1, 2], ids=["the .vscode folder", "the workspace folder"])
def test_a_folder_that_is_deleted_and_made_again_is_watched_on(
    file: Path, reader: Reader, levels: int
) -> None:
    folder = file.parents[levels - 1]
    for text in ("again", "and again"):
        shutil.rmtree(folder)
        assert reader.sees(None)
        file.parent.mkdir(parents=True)
        file.write_text(text, "utf-8")
        assert reader.sees(text)
        file.write_text(f"{text}, later", "utf-8")
        assert reader.sees(f"{text}, later")


def test_a_folder_that_is_replaced_at_once_is_watched_on(file: Path, reader: Reader) -> None:
    other = file.parent.with_name("other")
    shutil.copytree(file.parent, other)
    shutil.rmtree(file.parent)
    other.rename(file.parent)
    file.write_text("second", "utf-8")
    assert reader.sees("second")
    renamed_over(file, "third")
    assert reader.sees("third")


def test_a_folder_that_is_moved_away_and_back_is_watched_on(file: Path, reader: Reader) -> None:
    away = file.parent.with_name("away")
    file.parent.rename(away)
    assert reader.sees(None)
    away.rename(file.parent)
    assert reader.sees("first")
    file.write_text("second", "utf-8")
    assert reader.sees("second")


def test_folders_that_do_not_exist_yet_are_waited_for(
    tmp_path: Path, watching: Callable[[Path], Reader]
) -> None:
    file = tmp_path / "a" / "b" / "own.yaml"
    reader = watching(file)
    file.parent.mkdir(parents=True)
    file.write_text("first", "utf-8")
    assert reader.sees("first")
    file.write_text("second", "utf-8")
    assert reader.sees("second")


def test_a_link_is_followed_and_its_swap_reported(
    tmp_path: Path, file: Path, watching: Callable[[Path], Reader]
) -> None:
    link, other = tmp_path / "own.yaml", tmp_path / "elsewhere" / "other.yaml"
    other.parent.mkdir()
    other.write_text("other", "utf-8")
    link.symlink_to(file)
    reader = watching(link)
    file.write_text("second", "utf-8")
    assert reader.sees("second")
    link_swapped(link, other)
    assert reader.sees("other")
    other.write_text("other, changed", "utf-8")
    assert reader.sees("other, changed")
    other.unlink()
    assert reader.sees(None)


def test_a_swapped_link_on_the_way_to_the_file_is_reported(
    tmp_path: Path, watching: Callable[[Path], Reader]
) -> None:
    """As Kubernetes mounts configuration: file -> ..data/file, ..data -> the newest folder."""
    for text in ("one", "two"):
        (tmp_path / text).mkdir()
        (tmp_path / text / "own.yaml").write_text(text, "utf-8")
    data, file = tmp_path / "..data", tmp_path / "own.yaml"
    data.symlink_to(tmp_path / "one")
    file.symlink_to(Path("..data") / "own.yaml")
    reader = watching(file)
    link_swapped(data, tmp_path / "two")
    assert reader.sees("two")


def test_a_folder_in_the_files_place_is_reported(file: Path, reader: Reader) -> None:
    file.unlink()
    file.mkdir()
    assert reader.sees(IsADirectoryError)
    file.rmdir()
    file.write_text("a file again", "utf-8")
    assert reader.sees("a file again")


def test_a_change_that_keeps_length_and_time_is_reported(
    file: Path, watching: Callable[[Path], Reader], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hydra_auto.catalog.watch._COARSE_SECONDS", 0.0)  # no call without a change
    reader = watching(file)
    time.sleep(QUIET)
    before = file.stat()
    file.write_text("FIRST", "utf-8")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert reader.sees("FIRST")


def test_a_second_change_that_a_coarse_clock_does_not_tell_from_the_first_is_reported(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_watches(monkeypatch)
    monkeypatch.setattr("hydra_auto.catalog.watch._stamp", lambda name: (os.stat(name).st_size,))
    reader = Reader(file)
    watcher = CatalogWatcher(reader, look_seconds=0.05)
    watcher.watch([file])
    for text in ("the second", "the  third"):
        file.write_text(text, "utf-8")
        assert reader.sees(text)
    watcher.stop()


def test_lost_and_regained_permissions_are_reported(
    file: Path, watching: Callable[[Path], Reader], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the reading then says depends on who reads (root reads anything): that it is called counts."""
    monkeypatch.setattr("hydra_auto.catalog.watch._COARSE_SECONDS", 0.0)  # no call without a change
    reader = watching(file)
    for mode in (0o000, 0o644):
        time.sleep(QUIET)
        calls = len(reader.read)
        file.chmod(mode)
        assert reader.comes(calls + 1)


def test_a_file_that_never_rests_is_reported_all_the_while_and_at_the_end(file: Path, reader: Reader) -> None:
    enough = threading.Event()

    def write() -> None:
        number = 0
        while not enough.is_set():
            renamed_over(file, str(number := number + 1))
        renamed_over(file, "last")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert reader.comes(20)
    finally:
        enough.set()
        writer.join()
    assert reader.sees("last")


def test_a_git_checkout_ends_with_the_file_of_the_branch(file: Path) -> None:
    """Hundreds of files and the folders on the way come and go with it."""
    folder, reader = file.parents[1], Reader(file)

    def git(*words: str) -> None:
        who = ("-c", "user.name=t", "-c", "user.email=t@example.org")
        subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)

    def commit(text: str) -> None:
        for number in range(400):
            (folder / f"{number}.txt").write_text(f"{text} {number}", "utf-8")
        file.write_text(text, "utf-8")
        git("add", "--all")
        git("commit", "--quiet", "--message", text)

    watcher = CatalogWatcher(reader)
    watcher.watch([file])
    git("init", "--quiet", "--initial-branch", "one")
    commit("of branch one")
    git("checkout", "--quiet", "-b", "two")
    commit("of branch two")
    for branch in ("one", "two", "one"):
        git("checkout", "--quiet", branch)
        assert reader.sees(f"of branch {branch}")
    git("checkout", "--quiet", "--orphan", "none")
    git("rm", "-r", "--quiet", "--force", ".")
    assert reader.sees(None)
    watcher.stop()


def test_a_call_that_fails_does_not_end_the_watching(file: Path, reader: Reader) -> None:
    reader.fails = True
    file.write_text("second", "utf-8")
    assert reader.sees("second")
    reader.fails = False
    file.write_text("third", "utf-8")
    assert reader.sees("third")


def test_the_files_can_be_changed_while_watching(tmp_path: Path, file: Path) -> None:
    other = tmp_path / "other.yaml"
    readers = Reader(file), Reader(other)
    watcher = CatalogWatcher(lambda: [reader() for reader in readers] and None)
    watcher.watch([file])
    assert readers[0].sees("first")
    watcher.watch([file, other])
    other.write_text("new", "utf-8")
    assert readers[1].sees("new")
    file.write_text("second", "utf-8")
    assert readers[0].sees("second")
    watcher.watch([other])
    other.write_text("newer", "utf-8")
    assert readers[1].sees("newer")
    watcher.stop()


def test_watchdog_reports_without_any_look(file: Path) -> None:
    """A look that never comes: what is reported then is what makes changes count at once."""
    reader = Reader(file)
    watcher = CatalogWatcher(reader, look_seconds=NEVER)
    watcher.watch([file])
    assert reader.sees("first")
    file.write_text("second", "utf-8")
    assert reader.sees("second")
    renamed_over(file, "third")
    assert reader.sees("third")
    shutil.rmtree(file.parent)
    assert reader.sees(None)
    file.parent.mkdir()  # seen in the workspace folder, so that the new `.vscode` is watched
    for text in ("fourth", "fifth"):
        file.write_text(text, "utf-8")
        assert reader.sees(text)
        time.sleep(QUIET)
    watcher.stop()


def test_other_files_and_reading_are_not_reported(file: Path) -> None:
    reader = Reader(file)
    watcher = CatalogWatcher(reader, look_seconds=NEVER)
    watcher.watch([file])
    assert reader.sees("first")
    time.sleep(QUIET)
    calls = len(reader.read)
    (file.parent / "settings.json").write_text("x", "utf-8")
    (file.parent / "hydra-catalog.yaml.swp").write_text("x", "utf-8")
    (file.parents[1] / "source.py").write_text("x", "utf-8")
    file.read_text("utf-8")
    time.sleep(QUIET)
    assert len(reader.read) == calls
    watcher.stop()


def test_files_that_are_no_longer_watched_are_not_reported(file: Path) -> None:
    reader = Reader(file)
    watcher = CatalogWatcher(reader)
    watcher.watch([file])
    assert reader.sees("first")
    watcher.watch([])
    time.sleep(QUIET)
    calls = len(reader.read)
    file.write_text("second", "utf-8")
    time.sleep(QUIET)
    assert len(reader.read) == calls
    watcher.stop()


def test_nothing_is_reported_after_stop_and_no_thread_is_left(file: Path) -> None:
    before = set(threading.enumerate())
    reader = Reader(file)
    watcher = CatalogWatcher(reader)
    watcher.watch([file])
    assert reader.sees("first")
    watcher.stop()
    watcher.stop()
    calls = len(reader.read)
    file.write_text("second", "utf-8")
    watcher.watch([file])
    time.sleep(QUIET)
    assert len(reader.read) == calls
    assert set(threading.enumerate()) <= before


def test_stop_may_be_called_by_the_call_itself(file: Path) -> None:
    called = threading.Event()
    watcher: list[CatalogWatcher] = []

    def stop() -> None:
        watcher[0].stop()
        called.set()

    watcher.append(CatalogWatcher(stop))
    watcher[0].watch([file])
    assert called.wait(GENEROUS)
    watcher[0].stop()


def test_where_the_system_refuses_to_watch_it_says_so_once_and_looks(
    file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    refuse_watches(monkeypatch)
    reader = Reader(file)
    watcher = CatalogWatcher(reader, look_seconds=0.05)
    watcher.watch([file])
    for text in ("second", "third"):
        file.write_text(text, "utf-8")
        assert reader.sees(text)
    watcher.stop()
    said = [r.getMessage() for r in caplog.records if "inotify watch limit reached" in r.getMessage()]
    assert len(said) == len({file.parent, file.parents[1]})
