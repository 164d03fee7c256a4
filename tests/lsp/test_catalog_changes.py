"""A catalog file given at initialization: on top of the default, watched, never worse than the last good."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from lsp_client import HydraClient, Starter, until

pytestmark = pytest.mark.asyncio(loop_scope="session")

MODEL = "large"
"""Of `base.yaml`."""

DENY = "deny:\n  - '{}'\n"
INVALID = "deny:\n  - '{}'\ntiers:\n  balance:\n    tau: lots\n"


async def opened(launch: Starter, file: Path) -> HydraClient:
    client = await launch()
    await client.open({"catalog": str(file)})
    await client.predictor_ready()
    await client.call("hydra/catalog")
    return client


def replace(file: Path, text: str) -> None:
    """As editors save: a new file takes the old one's name."""
    fresh = file.with_suffix(".new")
    fresh.write_text(text)
    os.replace(fresh, file)


async def gate_of(client: HydraClient, model: str) -> str | None:
    reply = await client.route("hello")
    return next(m["gate"] for m in reply["explanation"]["models"] if m["id"] == model)


async def test_the_file_given_is_in_force_on_top_of_the_default(launch: Starter, catalog_file: Path) -> None:
    catalog_file.write_text(DENY.format(MODEL))
    client = await opened(launch, catalog_file)
    assert await gate_of(client, MODEL) is not None
    assert (await client.call("hydra/catalog"))["files"][-1] == str(catalog_file)
    assert client.catalog_changes == []


async def test_a_change_is_in_force_within_a_second_and_is_told(launch: Starter, catalog_file: Path) -> None:
    catalog_file.write_text("deny: []\n")
    client = await opened(launch, catalog_file)
    assert await gate_of(client, MODEL) is None
    replace(catalog_file, DENY.format(MODEL))
    await until(lambda: bool(client.catalog_changes), 1.0)
    assert await gate_of(client, MODEL) is not None
    (change,) = client.catalog_changes
    assert change["valid"] is True
    assert change["problems"] == []
    assert change["files"][-1] == str(catalog_file)
    assert change["version"] == (await client.route("hello"))["catalogVersion"]


async def test_a_change_written_in_place_is_seen_too(launch: Starter, catalog_file: Path) -> None:
    catalog_file.write_text("deny: []\n")
    client = await opened(launch, catalog_file)
    catalog_file.write_text(DENY.format(MODEL))
    await until(lambda: bool(client.catalog_changes), 1.0)
    assert await gate_of(client, MODEL) is not None


async def test_an_invalid_change_keeps_the_last_good_and_shows_the_error_at_its_line(
    launch: Starter, catalog_file: Path
) -> None:
    catalog_file.write_text("deny: []\n")
    client = await opened(launch, catalog_file)
    catalog_file.write_text(DENY.format(MODEL))
    await until(lambda: bool(client.catalog_changes), 1.0)
    good = client.catalog_changes[-1]["version"]

    replace(catalog_file, INVALID.format("*"))
    await until(lambda: len(client.catalog_changes) == 2, 1.0)
    change = client.catalog_changes[-1]
    assert (change["valid"], change["version"]) == (False, good)
    (problem,) = change["problems"]
    assert (problem["file"], problem["line"], problem["severity"]) == (str(catalog_file), 5, "error")
    assert (await client.route("hello"))["catalogVersion"] == good
    assert await gate_of(client, MODEL) is not None
    (shown,) = client.diagnostics[catalog_file.as_uri()]
    assert shown.range.start.line == 4
    assert shown.message == problem["message"]
    assert (await client.status())["problems"] == change["problems"]

    replace(catalog_file, "deny: []\n")
    await until(lambda: len(client.catalog_changes) == 3, 1.0)
    assert client.catalog_changes[-1]["valid"] is True
    assert not client.diagnostics[catalog_file.as_uri()]
    assert await gate_of(client, MODEL) is None


async def test_a_file_invalid_from_the_start_leaves_the_default_in_force_and_says_so(
    launch: Starter, catalog_file: Path
) -> None:
    catalog_file.write_text(INVALID.format("*"))
    client = await opened(launch, catalog_file)
    assert (await client.route("hello"))["fallback"] is False
    await until(lambda: bool(client.catalog_changes), 1.0)
    assert client.catalog_changes[0]["valid"] is False
    assert client.diagnostics[catalog_file.as_uri()][0].range.start.line == 4


async def test_a_missing_file_is_told_and_counts_once_there(launch: Starter, catalog_file: Path) -> None:
    client = await opened(launch, catalog_file)
    await until(lambda: bool(client.catalog_changes), 1.0)
    assert client.catalog_changes[0]["valid"] is False
    assert client.catalog_changes[0]["problems"][0]["file"] == str(catalog_file)
    catalog_file.write_text(DENY.format(MODEL))
    await until(lambda: client.catalog_changes[-1]["valid"], 1.0)
    assert await gate_of(client, MODEL) is not None


async def test_a_deleted_file_keeps_the_last_good(launch: Starter, catalog_file: Path) -> None:
    catalog_file.write_text(DENY.format(MODEL))
    client = await opened(launch, catalog_file)
    catalog_file.unlink()
    await until(lambda: bool(client.catalog_changes), 1.0)
    assert client.catalog_changes[-1]["valid"] is False
    assert await gate_of(client, MODEL) is not None


@pytest.mark.parametrize("kind", ["binary", "folder"])
async def test_a_file_that_cannot_be_a_catalog_is_told_and_the_server_lives(
    launch: Starter, tmp_path: Path, kind: str
) -> None:
    binary = tmp_path / "catalog.yaml"
    binary.write_bytes(b"\xff\xfe\x00models: \x80")
    client = await opened(launch, {"binary": binary, "folder": tmp_path}[kind])
    assert (await client.route("hello"))["fallback"] is False
    await until(lambda: bool(client.catalog_changes), 1.0)
    assert client.catalog_changes[0]["valid"] is False


async def test_a_warning_is_shown_though_the_file_is_in_force(launch: Starter, catalog_file: Path) -> None:
    catalog_file.write_text(DENY.format("largo"))
    client = await opened(launch, catalog_file)
    await until(lambda: bool(client.catalog_changes), 1.0)
    change = client.catalog_changes[0]
    assert change["valid"] is True
    assert change["problems"][0]["severity"] == "warning"
    assert client.diagnostics[catalog_file.as_uri()][0].range.start.line == 1


async def test_a_request_in_flight_ends_on_the_catalog_that_it_began_with(
    launch: Starter, catalog_file: Path
) -> None:
    catalog_file.write_text("deny: []\n")
    client = await opened(launch, catalog_file)
    before = (await client.route("hello"))["catalogVersion"]
    slow = asyncio.ensure_future(client.route("sleep 1.5"))
    await asyncio.sleep(0.05)
    replace(catalog_file, DENY.format(MODEL))
    await until(lambda: bool(client.catalog_changes), 1.0)
    assert not slow.done()
    assert (await slow)["catalogVersion"] == before
    assert (await client.route("hello"))["catalogVersion"] == client.catalog_changes[-1]["version"] != before
