"""One file's text -> one layer, checked as far as a file alone can be."""

from __future__ import annotations

from pathlib import Path

from attrs import frozen

from hydra_auto.catalog.problem import Findings
from hydra_auto.catalog.reading import read_text
from hydra_auto.catalog.shape import CATALOG
from hydra_auto.catalog.tree import Table, read_tree


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
