"""Files -> the catalog in force; and what is wrong with a file, which is the same path without the end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hydra_auto.catalog.build import build_catalog
from hydra_auto.catalog.crosscheck import check_whole
from hydra_auto.catalog.default import default_catalog_path
from hydra_auto.catalog.merge import merge_layers
from hydra_auto.catalog.model import ORGANISATION, USER, Catalog
from hydra_auto.catalog.parse import ParsedLayer, parse, read_layer
from hydra_auto.catalog.problem import CatalogError, Findings, Problem
from hydra_auto.catalog.reading import read_text


def load_catalog(paths: Sequence[Path]) -> Catalog:
    """The catalog of these files, weakest first: the default layer, then users' layers on top of it.

    Raises:
        CatalogError: with all problems of all files, when one of them is an error.
        ValueError: no path.
    """
    layers: list[ParsedLayer] = []
    problems: list[Problem] = []
    for index, path in enumerate(paths):
        try:
            layers.append(read_layer(path, "user" if index else "default"))
        except CatalogError as error:
            problems.extend(error.problems)
    if problems:
        raise CatalogError(problems)
    return compose_catalog(layers)


def compose_catalog(layers: Sequence[ParsedLayer]) -> Catalog:
    """The catalog of these layers, weakest first.

    Raises:
        CatalogError: the layers together make no catalog.
        ValueError: no layer.
    """
    findings = Findings()
    catalog = compose_into(layers, findings)
    findings.raise_errors()
    return catalog


def check(
    text: str, file: str, below: Sequence[ParsedLayer] | None = None, layer: str = "user"
) -> list[Problem]:
    """All problems of a catalog text as a `layer` on top of `below` (None: the default catalog; empty: it
    must stand alone). Problems that lie in the layers below are left out, unless they are errors."""
    try:
        base = [read_layer(default_catalog_path())] if below is None else list(below)
        layers = [*base, parse(text, file, layer if base else "default")]
    except CatalogError as error:
        return list(error.problems)
    findings = Findings()
    compose_into(layers, findings)
    return [p for p in findings.problems if p.file == file or p.severity == "error"]


def check_file(path: Path, layer: str = USER, organisation: Path | None = None) -> list[Problem]:
    """All problems of a catalog file as a `layer` on top of the default catalog and the `organisation`'s,
    unless it is the default one. An organisation's that has errors, which are its own, is left out."""
    default = default_catalog_path()
    try:
        text = read_text(path)
        if default.exists() and path.samefile(default):
            return check(text, str(path), below=())
        below = [read_layer(default)]
    except CatalogError as error:
        return list(error.problems)
    if organisation is not None and not any(p.severity == "error" for p in check_organisation(organisation)):
        below.append(read_layer(organisation, ORGANISATION))
    return check(text, str(path), below, layer)


def check_organisation(path: Path) -> list[Problem]:
    """All problems of an organisation's catalog file, on top of the default catalog."""
    return check_file(path, ORGANISATION)


def compose_into(layers: Sequence[ParsedLayer], findings: Findings) -> Catalog:
    """The catalog of at least one layer; meaningless when `findings` has errors afterwards."""
    if not layers:
        raise ValueError("a catalog needs at least one layer")
    merged = merge_layers(layers, findings)
    catalog = build_catalog(merged, findings)
    if not findings.failed:
        check_whole(catalog, merged, findings)
    return catalog
