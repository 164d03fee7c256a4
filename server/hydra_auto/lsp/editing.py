"""What the catalog's language features need of the server: layers, scale, log, and ways to the client."""

from __future__ import annotations

from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from hydra_auto.catalog.model import DEFAULT, USER
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

    def layers_of(self, path: Path) -> Stack:
        keeper = self._server.catalogs
        if str(path) in map(str, keeper._base):
            return Stack(DEFAULT, ())
        return Stack(USER, keeper._layers)

    def catalog_files(self) -> tuple[str, ...]:
        return self._server.catalogs.files

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

    async def workspace_text(self, path: Path) -> tuple[Path, str | None] | None:
        return None
