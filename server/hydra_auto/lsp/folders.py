"""Workspace folders as clients name them, and what the settings say of them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from pygls.uris import to_fs_path

from hydra_auto.catalog import Folder, Sources
from hydra_auto.catalog.reading import path_within
from hydra_auto.lsp.protocol import InitializationOptions

_SCHEME: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+:")
"""At least two letters: one is a drive."""


def sources_of(base: Sequence[Path], options: InitializationOptions, workspace: Sequence[str]) -> Sources:
    """What makes the catalogs under these options; `workspace` are the editor's folders in their order.

    Where the editor lists no folders, those count that are trusted or have settings.
    """
    catalog, organisation = options.catalog, options.organisation_catalog
    user = named_file(catalog) if isinstance(catalog, str) else None
    listed = workspace or (*options.trusted_folders, *options.folder_catalogs)
    return Sources(
        base=tuple(base),
        organisation=None if organisation is None else named_file(organisation),
        user=() if user is None else (user,),
        settings=catalog if isinstance(catalog, dict) else None,
        folders=tuple(_folder(name, options) for name in _each_once(listed)),
    )


def folder_path(name: str) -> Path | None:
    """Where the folder lies that is called so; None: not on this machine's disk."""
    if not name or not _can_be_a_path(name):
        return None
    if not _SCHEME.match(name):
        return Path(os.path.normpath(os.path.abspath(name)))
    if not name.lower().startswith("file:"):
        return None
    try:
        path = to_fs_path(name)
    except ValueError:  # a host that none can be
        return None
    return Path(os.path.normpath(path)) if path and _can_be_a_path(path) else None


def named_file(path: str) -> Path | None:
    """The file that a setting names, where `~` is a home folder; None: no file can be called so here."""
    if not _can_be_a_path(path):
        return None
    found = os.path.expanduser(path)
    return None if found.startswith("~") else Path(found).absolute()


def same_folder(folder: Folder, name: str) -> bool:
    """Whether `name` is another way to call the folder."""
    return folder.name == name or (folder.path is not None and folder.path == folder_path(name))


def active_file(name: str | None, folder: Folder | None) -> str | None:
    """The active file's path as rules see it; `name` is a URI or a path."""
    path = None if name is None else folder_path(name)
    return name if path is None else path_within(path, None if folder is None else folder.path)


def _can_be_a_path(text: str) -> bool:
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:  # half of a surrogate pair
        return False


def _each_once(names: Iterable[str]) -> list[str]:
    """Two spellings of one folder are one folder, called as it was first."""
    found: dict[object, str] = {}
    for name in names:
        found.setdefault(folder_path(name) or name, name)
    return list(found.values())


def _folder(name: str, options: InitializationOptions) -> Folder:
    folder = Folder(name, folder_path(name))
    settings = [s for key, s in options.folder_catalogs.items() if same_folder(folder, key)]
    return Folder(
        name=name,
        path=folder.path,
        trusted=any(same_folder(folder, trusted) for trusted in options.trusted_folders),
        settings=settings[0] if settings else None,
        consents=frozenset(c.content_hash for c in options.consents if same_folder(folder, c.folder)),
    )
