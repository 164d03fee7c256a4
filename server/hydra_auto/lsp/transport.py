"""Standard input -> messages: the framing of LSP's base protocol, whatever bytes arrive."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, BinaryIO, Final

from pygls.exceptions import JsonRpcInvalidRequest, JsonRpcParseError

BODY_LIMIT: Final = 64 * 1024 * 1024
"""Bytes of the largest message that is read (a 10 MB prompt, every character escaped, fits)."""

LINE_LIMIT: Final = 8 * 1024
"""Bytes of the longest header line that is kept together."""

CHUNK: Final = 1024 * 1024

_LENGTH = re.compile(rb"\s*content-length\s*:\s*(\d{1,15})\s*", re.IGNORECASE)


def read_body(stream: BinaryIO) -> bytes | None:
    """The next message's body, however it is packed; None at the end of the stream. Blocks.

    Raises:
        JsonRpcInvalidRequest: the message has no length, or more than `BODY_LIMIT` bytes; the stream
            then stands behind it.
    """
    length = _read_length(stream)
    if length is None:
        return None
    if length > BODY_LIMIT:
        _skip(stream, length)
        raise JsonRpcInvalidRequest(
            f"a message of {length} bytes is too large; {BODY_LIMIT} bytes are read at most"
        )
    body = stream.read(length)
    return body if len(body) == length else None


def decode(body: bytes) -> dict[str, Any]:
    """The message in `body`. Bytes that are no UTF-8 become U+FFFD, so that the request they stand in
    is still answered under its own id.

    Raises:
        JsonRpcParseError: no JSON.
        JsonRpcInvalidRequest: JSON, but no object.
    """
    try:
        message = json.loads(body.decode("utf-8", "replace"))
    except json.JSONDecodeError as error:
        raise JsonRpcParseError(f"the message is no JSON: {error.msg} at character {error.pos}") from None
    except (ValueError, RecursionError):
        raise JsonRpcParseError(
            "the message is no JSON that can be read: nested too deep, or a number too long"
        ) from None
    if not isinstance(message, dict):
        raise JsonRpcInvalidRequest("a message must be one JSON object")
    return message


def _read_length(stream: BinaryIO) -> int | None:
    """The length that the next header block gives; None at the end of the stream."""
    length: int | None = None
    empty = True
    while line := stream.readline(LINE_LIMIT):
        if line in (b"\r\n", b"\n"):
            if length is not None:
                return length
            if not empty:
                raise JsonRpcInvalidRequest("a message must begin with `Content-Length: N` and an empty line")
            continue
        empty = False
        if match := _LENGTH.fullmatch(line):
            length = int(match.group(1))
    return None


def _skip(stream: BinaryIO, length: int) -> None:
    while length > 0 and (chunk := stream.read(min(length, CHUNK))):
        length -= len(chunk)


class StreamWriter:
    """Whole messages to a stream; a client that has gone is told to `on_broken`, once, not raised."""

    def __init__(self, stream: BinaryIO, on_broken: Callable[[], object]) -> None:
        self._stream = stream
        self._on_broken = on_broken
        self._open = True

    def write(self, data: bytes) -> None:
        """Writes and flushes; does nothing after `close`."""
        if not self._open:
            return
        try:
            self._stream.write(data)
            self._stream.flush()
        except OSError:
            self._open = False
            self._on_broken()

    def close(self) -> None:
        """No more messages; the stream itself ends with the process."""
        self._open = False
