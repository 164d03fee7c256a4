"""A real client of the server under test: pytest-lsp's, with our own methods' documents as plain dicts."""

from __future__ import annotations

import asyncio
import io
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import attrs
from lsprotocol import types
from pygls.protocol import JsonRPCNotification, JsonRPCResponseMessage, default_converter
from pytest_lsp.client import LanguageClient, register_lsp_features

from hydra_auto.lsp.transport import read_body

SERVER = Path(__file__).parents[2] / "server"
SLOW_SERVER = Path(__file__).parent / "slow_server.py"
REAL_SERVER = ("-m", "hydra_auto")


class HydraClient(LanguageClient):
    """Records what the server sends: `catalog_changes`, and `replies` before any library judges them."""

    def __init__(self) -> None:
        super().__init__(converter_factory=_raw_converter)
        register_lsp_features(self)
        self.catalog_changes: list[dict[str, Any]] = []
        self.replies: list[dict[str, Any]] = []
        structure = self.protocol.structure_message

        def record(document: dict[str, Any]) -> Any:
            if "jsonrpc" in document and "method" not in document:
                self.replies.append(dict(document))
            return structure(document)

        self.protocol.structure_message = record  # type: ignore[method-assign]

        @self.feature("hydra/didChangeCatalog")
        def _(params: dict[str, Any]) -> None:
            self.catalog_changes.append(params)

    @property
    def process(self) -> asyncio.subprocess.Process:
        assert self._server is not None
        return self._server

    async def open(
        self, options: dict[str, Any] | None = None, progress: bool = False
    ) -> types.InitializeResult:
        window = types.WindowClientCapabilities(work_done_progress=progress)
        return await self.initialize_session(
            types.InitializeParams(
                capabilities=types.ClientCapabilities(window=window),
                initialization_options=options,
                process_id=os.getpid(),
            )
        )

    async def route(self, prompt: str, **params: Any) -> dict[str, Any]:
        return await self.call("hydra/route", {"prompt": prompt, **params})

    async def status(self) -> dict[str, Any]:
        return await self.call("hydra/status")

    async def call(self, method: str, params: Any = None, msg_id: int | None = None) -> dict[str, Any]:
        return await asyncio.wait_for(self.protocol.send_request_async(method, params, msg_id), 20)

    async def next_reply(self, request_id: object) -> dict[str, Any]:
        """The one reply under `request_id` (None: to a message whose id the server could not know)."""

        def found() -> list[dict[str, Any]]:
            return [d for d in self.replies if d.get("id") == request_id]

        await until(lambda: bool(found()), 10)
        (reply,) = found()
        self.replies.remove(reply)
        return reply

    async def predictor_ready(self) -> None:
        await until(self._is_settled, 15)

    async def send_raw(self, body: bytes) -> None:
        await self.send_bytes(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    async def send_bytes(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        await self.process.stdin.drain()

    async def _is_settled(self) -> bool:
        return (await self.status())["predictor"]["state"] != "loading"


Starter = Callable[..., Awaitable[HydraClient]]


async def start(*command: str | Path) -> HydraClient:
    """A client with its server process; the caller ends both with `end`."""
    client = HydraClient()
    env = {**os.environ, "PYTHONPATH": str(SERVER)}
    await client.start_io(sys.executable, *(str(c) for c in command), env=env)
    return client


async def end(client: HydraClient) -> None:
    """Ends the server as an editor does, or hard if the test has left it in no state to."""
    if client.process.returncode is None:
        try:
            await asyncio.wait_for(client.shutdown_session(), 5)
        except Exception:
            client.process.kill()
    await client.process.wait()
    await client.stop()


async def until(condition: Callable[[], Any | Awaitable[Any]], seconds: float) -> None:
    """Waits until the condition holds, at most `seconds`; then it is a failure."""
    loop = asyncio.get_running_loop()
    limit = loop.time() + seconds
    while True:
        held = condition()
        if await held if isinstance(held, Awaitable) else held:
            return
        assert loop.time() < limit, f"not within {seconds} s"
        await asyncio.sleep(0.02)


def _raw_converter() -> Any:
    converter = default_converter()
    for cls in (JsonRPCNotification, JsonRPCResponseMessage):
        converter.register_structure_hook(
            cls, lambda message, t: t(**{a.name: message.get(a.name) for a in attrs.fields(t)})
        )
    return converter


def unframed(data: bytes) -> list[dict[str, Any]]:
    """All messages in `data`, which must be whole messages and nothing else."""
    stream, messages = io.BytesIO(data), []
    while body := read_body(stream):
        messages.append(json.loads(body))
    assert data.count(b"Content-Length: ") == len(messages)
    return messages


def frame(message: dict[str, Any]) -> bytes:
    body = json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
