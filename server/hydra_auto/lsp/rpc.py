"""pygls' protocol with what it leaves open: every request, however broken, gets exactly one reply."""

from __future__ import annotations

import logging
from typing import Any

import attrs
from cattrs import Converter
from lsprotocol import types
from pygls.exceptions import (
    JsonRpcException,
    JsonRpcInvalidParams,
    JsonRpcInvalidRequest,
    JsonRpcServerNotInitialized,
)
from pygls.protocol import (
    JsonRPCNotification,
    JsonRPCRequestMessage,
    LanguageServerProtocol,
    default_converter,
)

from hydra_auto.lsp.log import log_failure
from hydra_auto.lsp.transport import decode

logger = logging.getLogger(__name__)


def raw_params_converter() -> Converter:
    """pygls' converter, except that parameters of our own methods arrive as plain JSON: as pygls builds
    them (named tuples), an unknown name could not be told from a known one."""
    converter: Converter = default_converter()  # type: ignore[no-untyped-call]
    for cls in (JsonRPCRequestMessage, JsonRPCNotification):
        converter.register_structure_hook(cls, _with_raw_params)
    return converter


def _with_raw_params(message: dict[str, Any], cls: type) -> Any:
    return cls(**{a.name: message.get(a.name) for a in attrs.fields(cls)})


class HydraProtocol(LanguageServerProtocol):
    """Decodes, guards the life cycle, and hands what is sound to pygls."""

    accepting = False
    """Whether `initialize` has succeeded."""

    @property
    def shutting_down(self) -> bool:
        """Whether the client has asked for shutdown."""
        return bool(self._shutdown)

    def receive(self, body: bytes) -> None:
        """Handles one message; raises nothing but the SystemExit of `exit`."""
        try:
            message = decode(body)
        except JsonRpcException as error:
            self.refuse(None, error)
            return
        try:
            check_envelope(message)
            self._check_life_cycle(message)
            structured = self.structure_message(message)
        except JsonRpcException as error:
            self._refuse_message(message, error)
            return
        try:
            self.handle_message(structured)
        except Exception as error:  # pygls trusts members that it has not checked
            log_failure("a message", error)

    def refuse(self, request_id: int | str | None, error: JsonRpcException) -> None:
        """Sends the error as the reply to a request, or (None) to a message whose id is unknown."""
        logger.warning("refused a message (%d)", error.code)
        document = {"code": error.code, "message": error.message}
        self._send_data({"jsonrpc": self.VERSION, "id": request_id, "error": document})

    def _check_life_cycle(self, message: dict[str, Any]) -> None:
        method = message.get("method")
        if method is None or method == types.EXIT:
            return
        if self.shutting_down:
            raise JsonRpcInvalidRequest(f"{method}: the server is shutting down")
        if method == types.INITIALIZE and self.accepting:
            raise JsonRpcInvalidRequest("initialize: the server is already initialized")
        if method != types.INITIALIZE and not self.accepting:
            raise JsonRpcServerNotInitialized(f"{method}: send `initialize` first")

    def _refuse_message(self, message: dict[str, Any], error: JsonRpcException) -> None:
        """A request gets the error; to a notification or a reply nobody may answer."""
        request_id = message.get("id")
        if "method" not in message or "id" not in message:
            logger.warning("ignored a message (%d)", error.code)
        elif not _is_id(request_id):
            self.refuse(None, error)
        elif isinstance(error, JsonRpcInvalidRequest | JsonRpcServerNotInitialized):
            self.refuse(request_id, error)
        else:  # pygls could not build the method's parameters, and says no more than that
            reason = f"{message['method']}: its parameters do not fit the protocol"
            self.refuse(request_id, JsonRpcInvalidParams(reason))


def check_envelope(message: dict[str, Any]) -> None:
    """Raises JsonRpcInvalidRequest unless `message` has the members of a JSON-RPC 2.0 message."""
    if message.get("jsonrpc") != "2.0":
        raise JsonRpcInvalidRequest('a message must say `"jsonrpc": "2.0"`')
    if not isinstance(message.get("method", ""), str):
        raise JsonRpcInvalidRequest("`method` must be a string")
    if "method" in message and "id" in message and not _is_id(message["id"]):
        raise JsonRpcInvalidRequest("`id` must be a string or a whole number")


def _is_id(value: Any) -> bool:
    return type(value) in (str, int)
