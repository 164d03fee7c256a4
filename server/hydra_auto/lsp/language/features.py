"""The protocol's methods for catalogs in the editor, and how the server serves them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from lsprotocol import types

from hydra_auto.lsp.language.completion import TRIGGERS
from hydra_auto.lsp.log import log_failure

if TYPE_CHECKING:
    from hydra_auto.lsp.server import HydraServer

KINDS: Final = [types.CodeActionKind.QuickFix, types.CodeActionKind.Refactor]


def register(server: HydraServer) -> None:
    """Adds the features to the server, which says so in `initialize`."""
    server.feature(types.TEXT_DOCUMENT_DID_OPEN)(on_open)
    server.feature(types.TEXT_DOCUMENT_DID_CHANGE)(on_change)
    server.feature(types.TEXT_DOCUMENT_DID_CLOSE)(on_close)
    options: dict[str, Any] = {
        types.TEXT_DOCUMENT_COMPLETION: types.CompletionOptions(trigger_characters=TRIGGERS),
        types.TEXT_DOCUMENT_CODE_ACTION: types.CodeActionOptions(code_action_kinds=KINDS),
    }
    for method, handler in HANDLERS.items():
        server.feature(method, options.get(method))(_guarded(method, handler))


def on_open(ls: HydraServer, params: types.DidOpenTextDocumentParams) -> None:
    ls.language.opened(params.text_document)


def on_change(ls: HydraServer, params: types.DidChangeTextDocumentParams) -> None:
    # The server asks for whole texts, so the last change is the text.
    document = params.text_document
    if params.content_changes:
        ls.language.changed(document.uri, document.version, params.content_changes[-1].text)


def on_close(ls: HydraServer, params: types.DidCloseTextDocumentParams) -> None:
    ls.language.closed(params.text_document.uri)


async def on_completion(ls: HydraServer, params: types.CompletionParams) -> types.CompletionList | None:
    return await ls.language.completion(params.text_document.uri, params.position)


async def on_hover(ls: HydraServer, params: types.HoverParams) -> types.Hover | None:
    return await ls.language.hover(params.text_document.uri, params.position)


async def on_code_lens(ls: HydraServer, params: types.CodeLensParams) -> list[types.CodeLens]:
    return await ls.language.lenses(params.text_document.uri)


async def on_symbols(ls: HydraServer, params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
    return await ls.language.symbols(params.text_document.uri)


async def on_code_action(ls: HydraServer, params: types.CodeActionParams) -> list[types.CodeAction]:
    return await ls.language.actions(params)


HANDLERS: Final[Mapping[str, Callable[..., Any]]] = {
    types.TEXT_DOCUMENT_COMPLETION: on_completion,
    types.TEXT_DOCUMENT_HOVER: on_hover,
    types.TEXT_DOCUMENT_CODE_LENS: on_code_lens,
    types.TEXT_DOCUMENT_DOCUMENT_SYMBOL: on_symbols,
    types.TEXT_DOCUMENT_CODE_ACTION: on_code_action,
}


def _guarded(method: str, handler: Callable[..., Any]) -> Callable[..., Any]:
    """`handler`, and nothing where it fails: an editor shows such errors to whoever types."""

    async def answer(ls: HydraServer, params: Any) -> Any:
        try:
            return await handler(ls, params)
        except Exception as error:
            log_failure(method, error)
            return None

    return answer
