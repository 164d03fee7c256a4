"""The features at work: open buffers, the client's abilities, and the answers to its requests."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from pathlib import Path
from typing import Any, Final, Protocol

from attrs import frozen
from lsprotocol import types
from pygls.uris import to_fs_path

from hydra_auto.lsp.language.actions import Asked, Target, actions
from hydra_auto.lsp.language.analysis import Stack
from hydra_auto.lsp.language.buffers import PAUSE, Content, OpenCatalog
from hydra_auto.lsp.language.check import diagnostics
from hydra_auto.lsp.language.completion import complete
from hydra_auto.lsp.language.hover import hover
from hydra_auto.lsp.language.lens import lenses
from hydra_auto.lsp.language.recent import KEPT, RecentDecisions
from hydra_auto.lsp.language.source import Source
from hydra_auto.lsp.language.symbols import symbols
from hydra_auto.lsp.language.view import View
from hydra_auto.scale import ScoreScale

FILE_NAME: Final = "hydra-catalog.yaml"

REFRESH: Final = 1.0
"""Seconds between two refreshes of the lenses at least."""


class Surroundings(Protocol):
    """What the service asks of the server."""

    async def settled(self) -> None:
        """Returns once the layers have been read."""

    def layers_of(self, path: Path) -> Stack:
        """The place of the file among the layers as they are now."""

    def catalog_files(self) -> tuple[str, ...]:
        """The layers' files."""

    def documents(self) -> Iterable[types.TextDocumentItem]:
        """All that is open in the editor, as it is now."""

    def scale(self) -> ScoreScale:
        """The predictor's."""

    def spawn(self, work: Coroutine[Any, Any, None]) -> None: ...

    def publish(self, document: OpenCatalog, version: int, found: list[types.Diagnostic]) -> None:
        """Shows a buffer's diagnostics."""

    def closed(self, document: OpenCatalog) -> None:
        """The file on disk is the truth again."""

    def refresh_lenses(self) -> None: ...

    def older_decisions(self, count: int) -> list[tuple[str, str]]:
        """(decision id, model id) from the decision log, oldest first; blocks."""

    def workspace_catalog(self, path: Path) -> Path | None:
        """The catalog of the workspace folder that `path` lies in, else of the first; None: there is none."""

    def workspace_text(self, path: Path) -> str | None:
        """The text of that catalog, None where there is no such file; blocks.

        Raises:
            PermissionError: the folder is not trusted, or the file may not or cannot be read.
        """


@frozen
class Abilities:
    """What the client can do with answers."""

    snippets: bool = False
    refresh: bool = False
    create_files: bool = False
    encoding: str = "utf-16"


class LanguageService:
    """Lives on the event loop."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._open: dict[str, OpenCatalog] = {}
        self._log_read = False
        self._refreshing = False
        self.abilities = Abilities()
        self.recent = RecentDecisions()

    # --- buffers --------------------------------------------------------------------------------------

    def opened(self, item: types.TextDocumentItem) -> None:
        """A catalog is open from now on; every other document is none of ours."""
        path = _path(item.uri)
        if not self._is_catalog(path):
            return
        content = self._content(item.text, item.version)
        around = self._around
        self._open[item.uri] = OpenCatalog(item.uri, path, content, around.layers_of, around.scale)
        around.spawn(self._read_log())
        around.spawn(self._check(item.uri, content, 0.0))

    def changed(self, uri: str, version: int, text: str) -> None:
        document = self._open.get(uri)
        if document is not None:
            document.content = self._content(text, version)
            self._around.spawn(self._check(uri, document.content, PAUSE))

    def closed(self, uri: str) -> None:
        document = self._open.pop(uri, None)
        if document is not None:
            self._around.closed(document)

    def files_changed(self) -> None:
        """The layers may be other files than before: buffers become catalogs, or cease to be."""
        for uri in [uri for uri, document in self._open.items() if not self._is_catalog(document.path)]:
            self.closed(uri)
        for item in self._around.documents():
            if item.uri not in self._open:
                self.opened(item)

    def catalog_changed(self) -> None:
        """Layers have been read again: what is said of the buffers on top of them may be different."""
        for uri, document in self._open.items():
            self._around.spawn(self._check(uri, document.content, 0.0))
        self._refresh()

    def decided(self, decision_id: str, model_id: str, offers: Any) -> None:
        """A request was routed."""
        self.recent.add(decision_id, model_id, offers)
        self._refresh()

    # --- answers --------------------------------------------------------------------------------------

    async def completion(self, uri: str, position: types.Position) -> types.CompletionList | None:
        """Never waits for an analysis: names come from the last one that there is."""
        document = self._open.get(uri)
        if document is None:
            return None
        content = document.content
        await content.outlined()
        view, snippets = self._view(document), self.abilities.snippets
        return complete(content.source, content.root, position, view, snippets=snippets)

    async def hover(self, uri: str, position: types.Position) -> types.Hover | None:
        if (document := await self._analysed(uri)) is None:
            return None
        content = document.content
        return hover(content.source, content.root, position, self._view(document))

    async def lenses(self, uri: str) -> list[types.CodeLens]:
        if (document := await self._analysed(uri)) is None:
            return []
        return lenses(document.content.source, document.content.root, self._view(document))

    async def symbols(self, uri: str) -> list[types.DocumentSymbol]:
        document = self._open.get(uri)
        if document is None:
            return []
        content = document.content
        await content.outlined()
        return symbols(content.source, content.root)

    async def actions(self, params: types.CodeActionParams) -> list[types.CodeAction]:
        uri = params.text_document.uri
        if (document := await self._analysed(uri)) is None:
            return []
        target = await self._target(document)
        asked = Asked(params.range, params.context.diagnostics, params.context.only)
        content = document.content
        return actions(uri, content.source, content.root, asked, self._view(document), target)

    # --- inside ---------------------------------------------------------------------------------------

    def _is_catalog(self, path: Path) -> bool:
        return path.name == FILE_NAME or str(path) in self._around.catalog_files()

    def _content(self, text: str, version: int) -> Content:
        return Content(Source(text, self.abilities.encoding), version)

    async def _analysed(self, uri: str) -> OpenCatalog | None:
        document = self._open.get(uri)
        if document is not None:
            await self._around.settled()
            await document.analysed()
            await document.content.outlined()
        return document

    async def _check(self, uri: str, content: Content, pause: float) -> None:
        """Shows what is wrong with the buffer once nobody has typed for `pause` seconds."""
        await asyncio.sleep(pause)
        await self._around.settled()
        document = self._open.get(uri)
        if document is None or document.content is not content:
            return
        analysed = await document.analysed()
        if analysed is not document.content or self._open.get(uri) is not document:
            return
        problems, file = document.analysis.problems, str(document.path)
        # Off the loop, for whom a model dominates takes a while to find among thousands.
        found = await asyncio.to_thread(
            diagnostics, content.source, content.root, file, problems, self._view(document)
        )
        if document.content is content and self._open.get(uri) is document:
            self._around.publish(document, content.version, found)

    def _view(self, document: OpenCatalog) -> View:
        """Kept while its parts are the same, for it remembers what it has found in them."""
        pool, below, offers = document.last_pool, document.analysis.below, self.recent.offers
        view = document.view
        if view is None or view.pool is not pool or view.below is not below or view.offers != offers:
            document.view = view = View(pool, below, offers)
        view.shares = self.recent.shares()
        return view

    async def _target(self, document: OpenCatalog) -> Target | None:
        """The workspace's catalog: as it is being typed where it is open, else as it is on disk; None where
        it is this one, or may not be read."""
        around = self._around
        path = around.workspace_catalog(document.path)
        if path is None or path == document.path:
            return None
        for other in self._open.values():
            if other.path == path:
                return Target(other.uri, other.content.source, other.content.version)
        try:
            text = await asyncio.to_thread(around.workspace_text, document.path)
        except PermissionError:
            return None
        if text is None and not self.abilities.create_files:
            return None
        return Target(path.as_uri(), None if text is None else Source(text, self.abilities.encoding))

    async def _read_log(self) -> None:
        if not self._log_read:
            self._log_read = True
            self.recent.add_older(await asyncio.to_thread(self._around.older_decisions, KEPT))
            self._refresh()

    def _refresh(self) -> None:
        """Has the lenses drawn again, not too often."""
        if self._open and self.abilities.refresh and not self._refreshing:
            self._refreshing = True
            self._around.spawn(self._refresh_soon())

    async def _refresh_soon(self) -> None:
        await asyncio.sleep(REFRESH)
        self._refreshing = False
        self._around.refresh_lenses()


def abilities(
    capabilities: types.ClientCapabilities, encoding: types.PositionEncodingKind | str | None
) -> Abilities:
    """What `initialize` says of the client."""
    document, workspace = capabilities.text_document, capabilities.workspace
    items = document and document.completion and document.completion.completion_item
    edits = workspace and workspace.workspace_edit
    operations = (edits and edits.resource_operations) or ()
    return Abilities(
        snippets=bool(items and items.snippet_support),
        refresh=bool(workspace and workspace.code_lens and workspace.code_lens.refresh_support),
        create_files=bool(edits and edits.document_changes)
        and types.ResourceOperationKind.Create in operations,
        encoding=types.PositionEncodingKind(encoding or "utf-16").value,
    )


def _path(uri: str) -> Path:
    """The file of a URI; of one that is no file's (an untitled buffer's), its path all the same."""
    return Path(to_fs_path(uri) or uri.partition(":")[2])
