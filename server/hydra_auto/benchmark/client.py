"""A bare JSON-RPC client over a child's stdio: pygls' own builds a class for every object of a reply,
which takes longer than the server's whole answer and would be measured with it."""

from __future__ import annotations

import json
import subprocess
import sys
from types import TracebackType
from typing import Any


class StdioClient:
    """Starts `python -m hydra_auto`, asks one request at a time (`request`) or many at once (`send`, then
    `receive`), and shuts it down on leaving. `options` are initialization options."""

    def __init__(self, **options: Any) -> None:
        command = [sys.executable, "-m", "hydra_auto"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._options = {"log": False, **options}  # a benchmark's decisions are nobody's history
        self._last_id = 0

    def request(self, method: str, params: Any) -> dict[str, Any]:
        """The result of one request; notifications that come before it are skipped.

        Raises:
            RuntimeError: the server replies with an error or ends.
        """
        sent = self.send(method, params)
        while True:
            message = self.receive()
            if message.get("id") == sent:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']['message']}")
                result: dict[str, Any] = message["result"]
                return result

    def send(self, method: str, params: Any) -> int:
        """Sends a request without waiting for its reply, which will have the returned id."""
        self._last_id += 1
        self._send({"id": self._last_id, "method": method, "params": params})
        return self._last_id

    def notify(self, method: str, params: Any) -> None:
        """Sends one notification."""
        self._send({"method": method, "params": params})

    def __enter__(self) -> StdioClient:
        client: dict[str, Any] = {"processId": None, "rootUri": None, "capabilities": {}}
        self.request("initialize", {**client, "initializationOptions": self._options})
        self.notify("initialized", {})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.request("shutdown", None)
            self.notify("exit", None)
            self.process.wait(timeout=30)
        else:
            self.process.kill()

    def _send(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self.process.stdin.flush()

    def receive(self) -> dict[str, Any]:
        """The next message: a reply, or what the server says of its own accord.

        Raises:
            RuntimeError: the server ends.
        """
        assert self.process.stdout is not None
        length = 0
        while line := self.process.stdout.readline():
            if line == b"\r\n":
                message: dict[str, Any] = json.loads(self.process.stdout.read(length))
                return message
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        raise RuntimeError("the server ended without a reply")
