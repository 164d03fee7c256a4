"""The catalogs that are open in the editor: their text as it is typed, analysed off the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Final

from hydra_auto.lsp.language.analysis import Analysis, Stack, analyse
from hydra_auto.lsp.language.outline import Entry, outline
from hydra_auto.lsp.language.source import Source
from hydra_auto.lsp.language.view import Pool, View
from hydra_auto.scale import ScoreScale

LONG: Final = 64 * 1024
"""Characters whose outline takes more than a moment."""

PAUSE: Final = 0.15
"""Seconds without typing before the text is analysed unasked."""


class Content:
    """One version of a buffer's text."""

    def __init__(self, source: Source, version: int) -> None:
        self.source = source
        self.version = version

    @cached_property
    def root(self) -> Entry:
        return outline(self.source)

    async def outlined(self) -> None:
        """Returns once `root` is there; a long text is read off the event loop."""
        if len(self.source.text) > LONG:
            await asyncio.to_thread(getattr, self, "root")


class OpenCatalog:
    """Lives on the event loop. `layers` finds the buffer's place among the layers as they are now, `scale`
    gives the predictor's scale."""

    def __init__(
        self,
        uri: str,
        path: Path,
        content: Content,
        layers: Callable[[Path], Stack],
        scale: Callable[[], ScoreScale],
    ) -> None:
        self.uri, self.path, self.content = uri, path, content
        self._layers, self._scale = layers, scale
        self._turn = asyncio.Lock()
        self._analysed: tuple[object, ...] = ()
        self.analysis = Analysis((), None, None)
        self.last_pool: Pool | None = None
        """That of the last text without errors."""
        self.view: View | None = None

    async def analysed(self) -> Content:
        """Brings `analysis` up to date with the text as it is when its turn comes, which is returned; there
        is one analysis at a time, and what was typed over in the meantime is left out."""
        async with self._turn:
            content, stack, scale = self.content, self._layers(self.path), self._scale()
            wanted: tuple[object, ...] = (content, scale, stack.layer, *stack.below)
            # By identity: comparing whole catalogs would take longer than reading one.
            if [id(part) for part in wanted] != [id(part) for part in self._analysed]:
                text = content.source.text
                self.analysis = await asyncio.to_thread(analyse, text, str(self.path), stack, scale)
                self._analysed = wanted
                self.last_pool = self.analysis.pool or self.last_pool
            return content
