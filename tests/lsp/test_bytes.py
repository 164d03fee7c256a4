"""Bytes that no sound client sends: each gets its error, and the process lives on."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from lsp_client import HydraClient, Starter, frame

pytestmark = pytest.mark.asyncio(loop_scope="session")

HELLO = {"jsonrpc": "2.0", "id": 1, "method": "hydra/route", "params": {"prompt": "hello"}}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"\xff\xfe\x00\x80 binary", -32700),
        (b'{"jsonrpc": "2.0", "id": 1, "method": ', -32700),
        (b"[" * 100_000, -32700),
        (b'{"jsonrpc": "2.0", "id": %s}' % (b"9" * 5000), -32700),
        (b"[]", -32600),
        (b"7", -32600),
        (b'{"jsonrpc": "2.0", "id": {}, "method": "hydra/status"}', -32600),
    ],
    ids=["binary", "cut off", "nested too deep", "endless number", "batch", "no object", "no id"],
)
async def test_a_message_that_is_none_gets_one_error_without_an_id(
    shared: HydraClient, body: bytes, code: int
) -> None:
    await shared.send_raw(body)
    error = (await shared.next_reply(None))["error"]
    assert error["code"] == code
    assert error["message"]
    assert "\n" not in error["message"]
    assert (await shared.route("hello"))["fallback"] is False


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"jsonrpc": "1.0", "id": 5, "method": "hydra/status"}, -32600),
        ({"id": 5, "method": "hydra/status"}, -32600),
        ({"jsonrpc": "2.0", "id": 5, "method": 3}, -32600),
        ({"jsonrpc": "2.0", "id": 5, "method": "hydra/unknown"}, -32601),
        ({"jsonrpc": "2.0", "id": 5, "method": "textDocument/hover", "params": {"textDocument": 3}}, -32602),
        ({"jsonrpc": "2.0", "id": 5, "method": "initialize", "params": {"capabilities": {}}}, -32600),
    ],
)
async def test_a_request_that_is_wrong_gets_its_error_under_its_own_id(
    shared: HydraClient, message: dict[str, Any], code: int
) -> None:
    await shared.send_bytes(frame(message))
    assert (await shared.next_reply(5))["error"]["code"] == code
    assert (await shared.route("hello"))["fallback"] is False


async def test_a_prompt_with_bytes_that_are_no_utf_8_is_answered_under_its_id(shared: HydraClient) -> None:
    body = json.dumps({**HELLO, "id": 77}).encode().replace(b"hello", b"fix \xff\xc3\x28\xed\xa0\x80 this")
    await shared.send_raw(body)
    assert (await shared.next_reply(77))["result"]["fallback"] is False


async def test_a_header_without_a_length_is_refused_and_the_next_message_is_read(shared: HydraClient) -> None:
    await shared.send_bytes(b"Content-Length: many\r\n\r\n")
    assert (await shared.next_reply(None))["error"]["code"] == -32600
    assert (await shared.route("hello"))["fallback"] is False


async def test_a_message_beyond_the_limit_is_refused_and_the_next_one_is_read(shared: HydraClient) -> None:
    size = 64 * 1024 * 1024 + 1
    await shared.send_bytes(b"Content-Length: %d\r\n\r\n" % size)
    for _ in range(64):
        await shared.send_bytes(b"x" * (1024 * 1024))
    await shared.send_bytes(b"x")
    assert (await shared.next_reply(None))["error"]["code"] == -32600
    assert (await shared.route("hello"))["fallback"] is False


async def test_header_names_are_read_in_any_case_and_other_headers_are_passed_over(
    shared: HydraClient,
) -> None:
    body = json.dumps({**HELLO, "id": 78}).encode()
    await shared.send_bytes(b"Content-Type: x\r\ncontent-length:%d\r\n\r\n%b" % (len(body), body))
    assert "result" in await shared.next_reply(78)


async def test_parameters_may_hold_anything_under_any_name(shared: HydraClient) -> None:
    params = {"prompt": "x", "jsonrpc": {"jsonrpc": "2.0", "id": 3, "method": "exit"}, "type_name": "\ud800"}
    await shared.send_bytes(frame({**HELLO, "id": 79, "params": params}))
    error = (await shared.next_reply(79))["error"]
    assert (error["code"], error["message"][:32]) == (-32602, "hydra/route: unknown parameter '")


async def test_a_request_before_initialize_is_told_so(launch: Starter) -> None:
    client = await launch()
    await client.send_bytes(frame(HELLO))
    assert (await client.next_reply(1))["error"]["code"] == -32002
    await client.open()
    assert (await client.route("hello"))["catalogVersion"]


async def test_a_request_after_shutdown_is_told_so(launch: Starter) -> None:
    client = await launch()
    await client.open()
    await client.shutdown_async(None)
    await client.send_bytes(frame(HELLO))
    assert (await client.next_reply(1))["error"]["code"] == -32600
    client.exit(None)
    assert await asyncio.wait_for(client.process.wait(), 5) == 0
