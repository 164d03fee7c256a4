"""What the catalog's language features need of the server: layers, scale, log, and ways to the client."""

from __future__ import annotations

from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from hydra_auto.catalog import CatalogError, Folder
from hydra_auto.catalog.layered import LayeredCatalog
from hydra_auto.catalog.model import USER, WORKSPACE
from hydra_auto.catalog.reading import read_workspace_text
from hydra_auto.decision_log.latest import latest_decisions
from hydra_auto.lsp.language.analysis import Stack
from hydra_auto.lsp.language.buffers import OpenCatalog
from hydra_auto.lsp.log import log_failure
from hydra_auto.scale import ScoreScale

if TYPE_CHECKING:
    from hydra_auto.lsp.server import HydraServer


class ServerSurroundings:
    """The server as `language.service.Surroundings`."""

    def __init__(self, server: HydraServer) -> None:
        self._server = server

    async def settled(self) -> None:
        await self._server.catalogs.current(None)

    def layers_of(self, path: Path) -> Stack:
        layered = self._server.catalogs.layered
        return Stack(USER, ()) if layered is None else stack_of(layered, str(path))

    def catalog_files(self) -> tuple[str, ...]:
        return self._server.catalogs.files

    def documents(self) -> Iterator[types.TextDocumentItem]:
        for found in self._server.workspace.text_documents.values():
            language, version = found.language_id or "", found.version or 0
            yield types.TextDocumentItem(found.uri, language, version, found.source)

    def workspace_catalog(self, path: Path) -> Path | None:
        folder = self._folder_of(path)
        return None if folder is None else folder.file

    def workspace_text(self, path: Path) -> str | None:
        folder = self._folder_of(path)
        if folder is None or folder.path is None or not folder.trusted:
            raise PermissionError("the folder is not trusted")
        try:
            return read_workspace_text(folder.path)
        except CatalogError as error:
            raise PermissionError(str(error)) from None

    def _folder_of(self, path: Path) -> Folder | None:
        """The workspace folder that the file lies in, the innermost of several, else the first."""
        keeper = self._server.catalogs
        around = [f for f in keeper.sources.folders if f.path is not None and path.is_relative_to(f.path)]
        return max(around, key=lambda f: len(str(f.path)), default=keeper.folder(None))

    def scale(self) -> ScoreScale:
        return self._server.predictor.scale

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self._server.spawn(work)

    def publish(self, document: OpenCatalog, version: int, found: list[types.Diagnostic]) -> None:
        params = types.PublishDiagnosticsParams(uri=document.uri, version=version, diagnostics=found)
        self._server.diagnostics.show_buffer(str(document.path), params)

    def closed(self, document: OpenCatalog) -> None:
        self._server.diagnostics.close_buffer(str(document.path), document.uri)

    def refresh_lenses(self) -> None:
        self._server.spawn(self._refresh_lenses())

    async def _refresh_lenses(self) -> None:
        try:
            await self._server.workspace_code_lens_refresh_async(None)
        except Exception as error:  # a client that will not is none of our trouble
            log_failure("a refresh of the lenses", error)

    def older_decisions(self, count: int) -> list[tuple[str, str]]:
        log = self._server.outcomes.log
        return [] if log is None else latest_decisions(log.file, count)


def stack_of(layered: LayeredCatalog, file: str) -> Stack:
    """The place of `file` among the layers: its own, or the user's on top of all where it is none of them.
    Below are the layers in force, so a broken one does not hide what is wrong here."""
    outer = layered.texts.outer
    index = next((i for i, text in enumerate(outer) if text.file == file), None)
    if index is not None:
        before = {(text.layer, text.file) for text in outer[:index]}
        in_force = (x for x in layered.outer.layers if (x.source.layer, x.source.file) in before)
        return Stack(outer[index].layer, tuple(x.parsed for x in in_force))
    of_folder = any(folder.file == file for folder in layered.texts.folders)
    return Stack(WORKSPACE if of_folder else USER, tuple(x.parsed for x in layered.outer.layers))
