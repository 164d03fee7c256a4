from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from lsp_client import SLOW_SERVER, HydraClient, Starter, end, start


@pytest_asyncio.fixture(loop_scope="session")
async def launch() -> AsyncIterator[Starter]:
    """Starts servers with the test predictor (`launch("--load-seconds", 1)`) or any command."""
    clients: list[HydraClient] = []

    async def launch(
        *arguments: str | Path | float, command: tuple[str | Path, ...] = (SLOW_SERVER,)
    ) -> HydraClient:
        client = await start(*command, *(str(a) for a in arguments))
        clients.append(client)
        return client

    yield launch
    for client in clients:
        await end(client)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def shared() -> AsyncIterator[HydraClient]:
    """One server for all tests that must leave it as alive as they found it."""
    client = await initialized(await start(SLOW_SERVER))
    yield client
    await end(client)


@pytest_asyncio.fixture(loop_scope="session")
async def own(launch: Starter) -> HydraClient:
    """A server of the test's own, for it to end."""
    return await initialized(await launch())


async def initialized(client: HydraClient) -> HydraClient:
    await client.open()
    await client.predictor_ready()
    return client


@pytest.fixture
def catalog_file(tmp_path: Path) -> Path:
    """Where a test writes the catalog that it hands to the server."""
    return tmp_path / "catalog.yaml"
