"""Changes of catalog files reach the requests, whichever way they come about and whoever tells of them."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest
from lsp_client import SLOW_SERVER, HydraClient, Starter, until
from lsprotocol import types

pytestmark = pytest.mark.asyncio(loop_scope="session")

GENEROUS = 15.0
"""Seconds until a change that does not come counts as missed."""

QUIET = 1.2
"""Seconds in which news that must not come would have come."""

UNPRIVILEGED = Path(__file__).with_name("unprivileged.py")


def deny(*models: str) -> str:
    return f"deny: [{', '.join(models)}]\n"


def replace(file: Path, text: str) -> None:
    fresh = file.with_suffix(".new")
    fresh.write_text(text)
    os.replace(fresh, file)


async def opened(client: HydraClient, file: Path) -> HydraClient:
    await client.open({"catalog": str(file)})
    await client.predictor_ready()
    return client


async def denied(client: HydraClient) -> set[str]:
    """The models that a request now finds denied."""
    reply = await client.route("hello")
    return {m["id"] for m in reply["explanation"]["models"] if "deny" in (m["gate"] or "")}


async def becomes(client: HydraClient, *models: str) -> None:
    async def denies() -> bool:
        return await denied(client) == set(models)

    await until(denies, GENEROUS)


async def quiet(client: HydraClient) -> None:
    """Nothing is said about catalogs for a while."""
    said = len(client.catalog_changes)
    await asyncio.sleep(QUIET)
    assert len(client.catalog_changes) == said


async def test_the_editors_word_alone_leads_to_a_reading(launch: Starter, catalog_file: Path) -> None:
    catalog_file.write_text(deny("tiny"))
    client = await opened(await launch("--blind"), catalog_file)
    await becomes(client, "tiny")
    catalog_file.write_text(deny("small"))
    await quiet(client)
    assert await denied(client) == {"tiny"}
    event = types.FileEvent(catalog_file.as_uri(), types.FileChangeType.Changed)
    client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
    await becomes(client, "small")


async def test_thousands_of_the_editors_words_make_few_readings_and_one_message(
    launch: Starter, catalog_file: Path
) -> None:
    catalog_file.write_text(deny("tiny"))
    client = await opened(await launch(), catalog_file)
    event = types.FileEvent(catalog_file.as_uri(), types.FileChangeType.Changed)
    for number in range(3000):
        client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
        if number == 1500:
            replace(catalog_file, deny("small"))
    await becomes(client, "small")
    await quiet(client)
    assert len(client.catalog_changes) == 1


@pytest.mark.parametrize("able", [True, False])
async def test_an_editor_that_can_is_asked_for_news_of_the_folders_catalogs(
    launch: Starter, able: bool
) -> None:
    client = await launch()
    asked: list[Any] = []

    @client.feature(types.CLIENT_REGISTER_CAPABILITY)
    def _(params: types.RegistrationParams) -> None:
        asked.extend(params.registrations)

    capability = types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=able)
    workspace = types.WorkspaceClientCapabilities(did_change_watched_files=capability)
    await client.initialize_session(
        types.InitializeParams(capabilities=types.ClientCapabilities(workspace=workspace))
    )
    await client.predictor_ready()
    if not able:
        assert not asked
        return
    await until(lambda: bool(asked), GENEROUS)
    (wish,) = asked
    assert wish.method == types.WORKSPACE_DID_CHANGE_WATCHED_FILES
    assert "hydra-catalog.yaml" in str(wish.register_options)


async def test_what_reads_as_before_is_not_told_and_keeps_its_version(
    launch: Starter, catalog_file: Path
) -> None:
    catalog_file.write_text(deny("tiny"))
    client = await opened(await launch(), catalog_file)
    version = (await client.route("hello"))["catalogVersion"]
    os.utime(catalog_file, (1, 1))
    await quiet(client)
    replace(catalog_file, deny("tiny"))  # another file of the same content
    await quiet(client)
    replace(catalog_file, deny("small"))  # an edit that is undone at once
    replace(catalog_file, deny("tiny"))
    await quiet(client)
    replace(catalog_file, "# a remark\n" + deny("tiny"))  # another text that says the same
    await quiet(client)
    assert client.catalog_changes == []
    assert (await client.route("hello"))["catalogVersion"] == version


async def test_an_edit_that_is_undone_later_is_back_at_its_old_version(
    launch: Starter, catalog_file: Path
) -> None:
    catalog_file.write_text(deny("tiny"))
    client = await opened(await launch(), catalog_file)
    version = (await client.route("hello"))["catalogVersion"]
    replace(catalog_file, deny("small"))
    await becomes(client, "small")
    replace(catalog_file, deny("tiny"))
    await becomes(client, "tiny")
    assert (await client.route("hello"))["catalogVersion"] == version
    assert [change["version"] == version for change in client.catalog_changes] == [False, True]


async def test_a_file_that_is_edited_without_pause_counts_all_the_while(
    launch: Starter, catalog_file: Path
) -> None:
    catalog_file.write_text(deny("tiny"))
    client = await opened(await launch(), catalog_file)
    edits = 0

    async def edit_for_ever() -> None:
        nonlocal edits
        while True:
            edits += 1
            replace(catalog_file, f"weights: {{reasoning: {1 + edits / 1000}}}\n")
            await asyncio.sleep(0.02)

    editing = asyncio.ensure_future(edit_for_ever())
    await until(lambda: len(client.catalog_changes) >= 4, GENEROUS)
    editing.cancel()
    replace(catalog_file, deny("large"))
    await becomes(client, "large")
    versions = [change["version"] for change in client.catalog_changes]
    assert len(set(versions)) == len(versions)


async def test_a_lost_permission_keeps_the_last_good_and_a_regained_one_counts(
    launch: Starter, catalog_file: Path
) -> None:
    catalog_file.write_text(deny("tiny"))
    client = await opened(await launch(command=(UNPRIVILEGED, SLOW_SERVER)), catalog_file)
    await becomes(client, "tiny")
    catalog_file.chmod(0o000)
    await until(lambda: bool(client.catalog_changes), GENEROUS)
    (change,) = client.catalog_changes
    assert change["valid"] is False
    assert "Permission denied" in change["problems"][0]["message"]
    assert client.diagnostics[catalog_file.as_uri()][0].message == change["problems"][0]["message"]
    assert await denied(client) == {"tiny"}
    catalog_file.chmod(0o644)
    await until(lambda: client.catalog_changes[-1]["valid"], GENEROUS)
    assert await denied(client) == {"tiny"}
    catalog_file.write_text(deny("small"))
    await becomes(client, "small")


async def test_a_link_that_is_swapped_counts(launch: Starter, tmp_path: Path) -> None:
    link = tmp_path / "catalog.yaml"
    for name in ("tiny", "small"):
        (tmp_path / f"{name}.yaml").write_text(deny(name))
    link.symlink_to(tmp_path / "tiny.yaml")
    client = await opened(await launch(), link)
    await becomes(client, "tiny")
    fresh = tmp_path / "fresh"
    fresh.symlink_to(tmp_path / "small.yaml")
    os.replace(fresh, link)
    await becomes(client, "small")
    (tmp_path / "small.yaml").write_text(deny("medium"))
    await becomes(client, "medium")


async def test_a_deleted_file_counts_again_once_it_is_there(launch: Starter, catalog_file: Path) -> None:
    catalog_file.write_text(deny("tiny"))
    client = await opened(await launch(), catalog_file)
    catalog_file.unlink()
    await until(lambda: bool(client.catalog_changes), GENEROUS)
    assert client.catalog_changes[-1]["valid"] is False
    assert await denied(client) == {"tiny"}
    catalog_file.write_text(deny("small"))
    await becomes(client, "small")
    assert client.catalog_changes[-1]["valid"] is True
