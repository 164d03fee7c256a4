"""The editor's own word that catalog files changed; the disk's watcher is in `catalog.watch`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lsprotocol import types

if TYPE_CHECKING:
    from hydra_auto.lsp.server import HydraServer

FOLDER_CATALOGS: Final = "**/.vscode/hydra-catalog.yaml"


async def ask_for_watched_files(ls: HydraServer) -> None:
    """Asks an editor that can for news of the folders' catalogs: where the server sees no disk events
    (containers, network drives), the editor may."""
    workspace = ls.client_capabilities.workspace
    files = workspace and workspace.did_change_watched_files
    if not (files and files.dynamic_registration):
        return
    options = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher(FOLDER_CATALOGS)])
    method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
    wish = types.Registration("hydra-catalogs", method, options)
    await ls.client_register_capability_async(types.RegistrationParams([wish]))


def on_watched_files(ls: HydraServer, _: types.DidChangeWatchedFilesParams) -> None:
    """Which files does not matter: only what counts is read, and what reads as before changes nothing."""
    ls.catalogs.changed()
