"""One file's text -> one layer, checked as far as a file alone can be."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from attrs import frozen

from hydra_auto.catalog.model import Origin
from hydra_auto.catalog.problem import CatalogError, Findings, Problem
from hydra_auto.catalog.shape import CATALOG
from hydra_auto.catalog.tree import MAX_BYTES, Table, read_tree


@frozen
class ParsedLayer:
    """A catalog file whose every value has the right shape; `root` still knows all their places."""

    name: str
    file: str
    root: Table


def parse(text: str, file: str, layer: str = "default") -> ParsedLayer:
    """The layer in `text`; `file` is how problems name it.

    Raises:
        CatalogError: with all problems of the text.
    """
    findings = Findings()
    root = read_tree(text, file, layer, findings)
    CATALOG.check(root, "", findings)
    findings.raise_errors()
    return ParsedLayer(layer, file, root)


def read_layer(path: Path, layer: str = "default") -> ParsedLayer:
    """The layer in a file.

    Raises:
        CatalogError: the file cannot be read, or with all problems of its text.
    """
    return parse(read_text(path), str(path), layer)


def read_text(path: Path) -> str:
    """A catalog file's text: a regular file of at most 1 MiB in UTF-8.

    Raises:
        CatalogError: it is not.
    """
    try:
        # Looked at before it is opened: a named pipe would wait for ever.
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise _unreadable(path, "this is not a regular file: name a YAML file")
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise _unreadable(
            path, f"the file cannot be read ({reason}): check its path and permissions"
        ) from None
    if len(data) > MAX_BYTES:
        raise _unreadable(path, "the file is larger than 1 MiB: a catalog is far smaller, so make it shorter")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        lines = before.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        place = Origin("", str(path), len(lines), len(lines[-1]) + 1)
        raise _refused(place, "the file is not UTF-8 text from here on: save it as UTF-8") from None


def _unreadable(path: Path, message: str) -> CatalogError:
    return _refused(Origin("", str(path), 1, 1), message)


def _refused(at: Origin, message: str) -> CatalogError:
    return CatalogError([Problem(message, at.file, at.line, at.column)])
