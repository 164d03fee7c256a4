"""Which texts make the catalog, and reading them; what changes here is settings, trust and consent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

from hydra_auto.catalog.layered import FolderTexts, LayerText, LayerTexts
from hydra_auto.catalog.model import DEFAULT, ORGANISATION, USER, WORKSPACE, WORKSPACE_SETTINGS
from hydra_auto.catalog.problem import CatalogError, Problem
from hydra_auto.catalog.reading import read_text, read_workspace_text, workspace_file

USER_SETTING = "settings/hydraAuto.catalog"
FOLDER_SETTING = "settings/hydraAuto.folderCatalogs"
"""How problems and origins name what was written in the editor's settings."""


@frozen
class Folder:
    """A workspace folder: `name` is the client's (a URI or a path), `path` where it lies (None: not on this
    machine's disk), `settings` its inline catalog, `consents` the content hashes consented to."""

    name: str
    path: Path | None
    trusted: bool = False
    settings: Mapping[str, Any] | None = None
    consents: frozenset[str] = frozenset()

    @property
    def file(self) -> Path | None:
        return None if self.path is None else workspace_file(self.path)


@frozen
class Sources:
    """`base` are the default layer's files, `user` the user's, weakest first; `settings` is the user's inline
    catalog, on top of these."""

    base: tuple[Path, ...]
    organisation: Path | None = None
    user: tuple[Path, ...] = ()
    settings: Mapping[str, Any] | None = None
    folders: tuple[Folder, ...] = field(default=())

    @property
    def watched(self) -> tuple[Path, ...]:
        """The files whose changes count; those of untrusted folders are not even looked at."""
        organisation = () if self.organisation is None else (self.organisation,)
        of_folders = (f.file for f in self.folders if f.trusted and f.file is not None)
        return (*organisation, *self.user, *of_folders)


def read_sources(sources: Sources) -> LayerTexts:
    """Reads all files, which may take a while. Raises nothing: a file's trouble is its `problems`."""
    outer = [_read(path, DEFAULT) for path in sources.base]
    if sources.organisation is not None:
        outer.append(_read(sources.organisation, ORGANISATION))
    outer.extend(_read(path, USER) for path in sources.user)
    if sources.settings:
        outer.append(_inline(sources.settings, USER, USER_SETTING))
    return LayerTexts(tuple(outer), tuple(_read_folder(f) for f in sources.folders))


def rendered(settings: Mapping[str, Any]) -> str:
    """An inline catalog as the text that places in it refer to: JSON, which is YAML."""
    return json.dumps(settings, indent=2, ensure_ascii=False)


def _read_folder(folder: Folder) -> FolderTexts:
    file = None if folder.file is None else str(folder.file)
    if not folder.trusted:
        return FolderTexts(folder.name, file, trusted=False)
    texts = []
    if folder.path is not None:
        try:
            text = read_workspace_text(folder.path)
            if text is not None:
                texts.append(LayerText(WORKSPACE, str(file), text))
        except CatalogError as error:
            texts.append(LayerText(WORKSPACE, str(file), None, error.problems))
    if folder.settings:
        name = f"{FOLDER_SETTING}/{folder.name}"
        texts.append(_inline(folder.settings, WORKSPACE_SETTINGS, name))
    return FolderTexts(folder.name, file, True, tuple(texts), folder.consents)


def _inline(settings: Mapping[str, Any], layer: str, name: str) -> LayerText:
    try:
        return LayerText(layer, name, rendered(settings))
    except RecursionError:
        problem = Problem("nested far deeper than the five levels of a catalog: flatten it", name, 1, 1)
        return LayerText(layer, name, None, (problem,))


def _read(path: Path, layer: str) -> LayerText:
    try:
        return LayerText(layer, str(path), read_text(path))
    except CatalogError as error:
        return LayerText(layer, str(path), None, error.problems)
