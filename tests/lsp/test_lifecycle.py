"""However the client leaves, no process and no thread stays."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from lsp_client import SERVER, SLOW_SERVER, HydraClient, Starter, frame, unframed

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"capabilities": {}, "processId": None},
}


async def busy(client: HydraClient) -> asyncio.Future[object]:
    """A prediction is running that takes far longer than the test."""
    call = asyncio.ensure_future(client.route("sleep 60"))
    await asyncio.sleep(0.2)
    return call


async def left_with(client: HydraClient) -> int:
    return await asyncio.wait_for(client.process.wait(), 20)


@pytest.mark.parametrize("working", [False, True], ids=["idle", "predicting"])
@pytest.mark.asyncio(loop_scope="session")
async def test_shutdown_and_exit_leave_no_process(own: HydraClient, working: bool) -> None:
    call = await busy(own) if working else None
    await own.shutdown_async(None)
    own.exit(None)
    assert await left_with(own) == 0
    if call is not None:
        with pytest.raises(Exception, match=r"cancel|exited"):
            await call


@pytest.mark.parametrize("working", [False, True], ids=["idle", "predicting"])
@pytest.mark.asyncio(loop_scope="session")
async def test_a_closed_standard_input_leaves_no_process(own: HydraClient, working: bool) -> None:
    call = await busy(own) if working else None
    assert own.process.stdin is not None
    own.process.stdin.close()
    assert await left_with(own) == 1
    if call is not None:
        with pytest.raises(Exception, match=r"cancel|exited"):
            await call


@pytest.mark.asyncio(loop_scope="session")
async def test_shutdown_while_the_predictor_loads_leaves_no_process(launch: Starter) -> None:
    client = await launch("--load-seconds", 60)
    await client.open()
    await client.shutdown_async(None)
    client.exit(None)
    assert await left_with(client) == 0


@pytest.mark.asyncio(loop_scope="session")
async def test_a_watched_catalog_does_not_keep_the_process(launch: Starter, catalog_file: Path) -> None:
    catalog_file.write_text("deny: []\n")
    client = await launch()
    await client.open({"catalog": str(catalog_file)})
    assert (await client.status())["catalogFiles"][-1] == str(catalog_file)
    await client.shutdown_async(None)
    client.exit(None)
    assert await left_with(client) == 0


@pytest.mark.asyncio(loop_scope="session")
async def test_exit_without_shutdown_ends_with_code_1(own: HydraClient) -> None:
    own.exit(None)
    assert await left_with(own) == 1


def test_a_client_that_stops_reading_leaves_no_process() -> None:
    with subprocess.Popen(
        [sys.executable, SLOW_SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(SERVER)},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.close()
        process.stdin.write(frame(INITIALIZE))
        process.stdin.flush()
        assert process.wait(timeout=5) == 1


def test_no_prompt_is_ever_logged_and_standard_output_holds_messages_only() -> None:
    secret = "xyzzy-secret"
    messages = [
        INITIALIZE,
        {"jsonrpc": "2.0", "method": "initialized", "params": {}},
        {"jsonrpc": "2.0", "id": 2, "method": "hydra/route", "params": {"prompt": secret}},
        {
            "jsonrpc": "2.0",
            "id": 3,
            "method": "hydra/route",
            "params": {"prompt": secret, "tier": secret},
        },
        {"jsonrpc": "2.0", "id": 4, "method": "hydra/route", "params": {"prompt": secret, "available": []}},
        {"jsonrpc": "2.0", "id": 5, "method": "hydra/route", "params": [secret]},
        {"jsonrpc": "2.0", "id": 6, "method": secret, "params": {}},
        {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": [secret]}},
        {"jsonrpc": "2.0", "method": secret, "params": {"prompt": secret}},
        {"jsonrpc": "2.0", "id": secret, "method": "hydra/route", "params": {"prompt": secret}},
        {"jsonrpc": "2.0", "id": 7, "method": "shutdown"},
    ]
    broken = b"Content-Length: 14\r\n\r\n{" + secret.encode() + b"}"
    with subprocess.Popen(
        [sys.executable, SLOW_SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(SERVER)},
    ) as process:
        assert process.stdin is not None
        process.stdin.write(b"".join(frame(m) for m in messages[:-1]) + broken)
        process.stdin.flush()
        assert process.stdout is not None
        out = b""
        while (answered := out.count(b'"result"') + out.count(b'"error"')) < 8:
            read = os.read(process.stdout.fileno(), 65_536)
            assert read, f"the server ended after {answered} replies"
            out += read
        rest, err = process.communicate(frame(messages[-1]) + frame({"jsonrpc": "2.0", "method": "exit"}), 10)
        out += rest
    assert process.returncode == 0, err
    assert b"a stray line on standard output" in err
    assert secret.encode() not in err
    assert b"stray" not in out
    ids = [m.get("id") for m in unframed(out) if "method" not in m]
    assert sorted(ids, key=str) == [1, 2, 3, 4, 5, 6, 7, None, secret]
