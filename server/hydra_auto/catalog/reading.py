"""Files -> text, whatever lies at their paths: links, pipes and devices among them.

What is opened is judged by its descriptor, not by its name, which may mean something else a moment later.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Final

from hydra_auto.catalog.model import Origin
from hydra_auto.catalog.problem import CatalogError, Problem
from hydra_auto.catalog.tree import MAX_BYTES

FOLDER: Final = ".vscode"
FILE: Final = "hydra-catalog.yaml"

# Windows has neither these flags nor named pipes and devices in folders; opening waits for nothing there.
_NO_WAIT: Final = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_NO_LINK: Final = getattr(os, "O_NOFOLLOW", 0)
_FOLDER: Final = getattr(os, "O_DIRECTORY", 0)


def workspace_file(folder: Path) -> Path:
    """Where a workspace folder keeps its catalog."""
    return folder / FOLDER / FILE


def path_within(file: Path, folder: Path | None) -> str:
    """The active file's path as rules see it, with `/`: relative to its workspace folder, else as it is."""
    path = Path(os.path.abspath(file))
    if folder is not None and path.is_relative_to(os.path.abspath(folder)):
        path = path.relative_to(os.path.abspath(folder))
    return path.as_posix()


def read_text(path: Path) -> str:
    """The text of a catalog file that the user or the machine's owner named; it may be a link.

    Raises:
        CatalogError: it is not a regular file of at most 1 MiB in UTF-8, or cannot be read.
    """
    try:
        return _text(os.open(path, os.O_RDONLY | _NO_WAIT), path)
    except (OSError, ValueError) as error:
        raise _not_read(path, error) from None


def read_workspace_text(folder: Path) -> str | None:
    """The text of a workspace folder's catalog, None where there is none.

    A repository brings this file, so neither it nor `.vscode` may be a link: what is read lies in `folder`.

    Raises:
        CatalogError: as `read_text`, or a link is in the way.
    """
    path = workspace_file(folder)
    try:
        return _text(_open_within(folder), path)
    except FileNotFoundError:
        return None
    except NotADirectoryError:
        # Also what opening a link as a folder says on Linux.
        raise _unreadable(
            path, f"{FOLDER} is a link or no folder: make it a folder of the workspace"
        ) from None
    except (OSError, ValueError) as error:
        if getattr(error, "errno", None) in (errno.ELOOP, errno.EMLINK):
            raise _unreadable(
                path, "this is a symbolic link, which a workspace may not use: copy the file"
            ) from None
        raise _not_read(path, error) from None


def _open_within(folder: Path) -> int:
    if os.open not in os.supports_dir_fd:  # Windows: as good as it gets
        for part in (folder / FOLDER, workspace_file(folder)):
            if os.path.realpath(part) != os.path.join(os.path.realpath(part.parent), part.name):
                raise OSError(errno.ELOOP, "symbolic link")
        return os.open(workspace_file(folder), os.O_RDONLY | _NO_WAIT)
    outer = os.open(folder, os.O_RDONLY | _FOLDER)
    try:
        inner = os.open(FOLDER, os.O_RDONLY | _FOLDER | _NO_LINK, dir_fd=outer)
    finally:
        os.close(outer)
    try:
        return os.open(FILE, os.O_RDONLY | _NO_LINK | _NO_WAIT, dir_fd=inner)
    finally:
        os.close(inner)


def _text(descriptor: int, path: Path) -> str:
    """Reads the descriptor's text, and closes it."""
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _unreadable(path, "this is not a regular file: name a YAML file")
        with open(descriptor, "rb", closefd=False) as file:
            data = file.read(MAX_BYTES + 1)
    finally:
        os.close(descriptor)
    if len(data) > MAX_BYTES:
        raise _unreadable(path, "the file is larger than 1 MiB: a catalog is far smaller, so make it shorter")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        lines = before.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        place = Origin("", str(path), len(lines), len(lines[-1]) + 1)
        raise _refused(place, "the file is not UTF-8 text from here on: save it as UTF-8") from None


def _not_read(path: Path, error: Exception) -> CatalogError:
    if isinstance(error, OSError) and error.errno == errno.ENXIO:  # a socket
        return _unreadable(path, "this is not a regular file: name a YAML file")
    reason = getattr(error, "strerror", None) or error
    return _unreadable(path, f"the file cannot be read ({reason}): check its path and permissions")


def _unreadable(path: Path, message: str) -> CatalogError:
    return _refused(Origin("", str(path), 1, 1), message)


def _refused(at: Origin, message: str) -> CatalogError:
    return CatalogError([Problem(message, at.file, at.line, at.column)])
