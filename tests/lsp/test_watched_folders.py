"""Workspace folders, each with a catalog of its own: who is trusted is watched, and nobody else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from lsp_client import HydraClient, Starter, until
from lsprotocol import types

pytestmark = pytest.mark.asyncio(loop_scope="session")

GENEROUS = 15.0
"""Seconds until a change that does not come counts as missed."""


def deny(*models: str) -> str:
    return f"deny: [{', '.join(models)}]\n"


def file_of(folder: Path) -> Path:
    return folder / ".vscode" / "hydra-catalog.yaml"


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Two workspace folders: the first denies the model tiny, the second the model small."""
    for name, model in (("first", "tiny"), ("second", "small")):
        file_of(tmp_path / name).parent.mkdir(parents=True)
        file_of(tmp_path / name).write_text(deny(model))
    return tmp_path / "first", tmp_path / "second"


async def opened(client: HydraClient, folders: tuple[Path, ...], trusted: tuple[Path, ...]) -> HydraClient:
    await client.initialize_session(
        types.InitializeParams(
            capabilities=types.ClientCapabilities(),
            workspace_folders=[types.WorkspaceFolder(f.as_uri(), f.name) for f in folders],
            initialization_options={"trustedFolders": [f.as_uri() for f in trusted]},
        )
    )
    await client.predictor_ready()
    return client


async def denied(client: HydraClient, folder: Path) -> set[str]:
    """The models that a request in the folder now finds denied."""
    reply = await client.route("hello", workspaceFolder=folder.as_uri())
    return {m["id"] for m in reply["explanation"]["models"] if "deny" in (m["gate"] or "")}


async def becomes(client: HydraClient, folder: Path, *models: str) -> None:
    async def denies() -> bool:
        return await denied(client, folder) == set(models)

    await until(denies, GENEROUS)


def trust(client: HydraClient, *folders: Path) -> None:
    client.protocol.notify("hydra/didChangeTrust", {"trustedFolders": [f.as_uri() for f in folders]})


def change_folders(client: HydraClient, added: tuple[Path, ...], removed: tuple[Path, ...]) -> None:
    event = types.WorkspaceFoldersChangeEvent(
        added=[types.WorkspaceFolder(f.as_uri(), f.name) for f in added],
        removed=[types.WorkspaceFolder(f.as_uri(), f.name) for f in removed],
    )
    client.workspace_did_change_workspace_folders(types.DidChangeWorkspaceFoldersParams(event))


def is_watched(client: HydraClient, folder: Path) -> bool:
    """Whether the server process has a watch on the folder or its `.vscode`: the kernel knows."""
    inodes = {f"ino:{place.stat().st_ino:x}" for place in (folder, folder / ".vscode") if place.exists()}
    descriptors = Path(f"/proc/{client.process.pid}/fdinfo").iterdir()
    watches = (line.split() for d in descriptors for line in read(d) if line.startswith("inotify"))
    return any(inodes & set(watch) for watch in watches)


def read(descriptor: Path) -> list[str]:
    try:
        return descriptor.read_text().splitlines()
    except FileNotFoundError:  # closed since it was listed
        return []


async def test_each_folders_file_counts_in_that_folder_alone(
    launch: Starter, folders: tuple[Path, Path]
) -> None:
    first, second = folders
    client = await opened(await launch(), folders, trusted=folders)
    await becomes(client, first, "tiny")
    await becomes(client, second, "small")
    before = (await client.route("hello", workspaceFolder=second.as_uri()))["catalogVersion"]
    file_of(first).write_text(deny("medium"))
    await becomes(client, first, "medium")
    after = await client.route("hello", workspaceFolder=second.as_uri())
    assert after["catalogVersion"] == before
    file_of(second).write_text(deny("large"))
    await becomes(client, second, "large")
    assert await denied(client, first) == {"medium"}


@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel for the watches of a process")
async def test_watching_begins_with_trust_and_ends_with_it(
    launch: Starter, folders: tuple[Path, Path]
) -> None:
    first, second = folders
    client = await opened(await launch(), folders, trusted=(first,))
    await until(lambda: is_watched(client, first), GENEROUS)
    assert not is_watched(client, second)
    assert await denied(client, second) == set()

    trust(client, first, second)
    await becomes(client, second, "small")
    await until(lambda: is_watched(client, second), GENEROUS)
    file_of(second).write_text(deny("medium"))
    await becomes(client, second, "medium")

    trust(client, second)
    assert await denied(client, first) == set()  # at once: no request is decided by it any more
    await until(lambda: not is_watched(client, first), GENEROUS)
    assert is_watched(client, second)
    file_of(first).write_text(deny("large"))
    file_of(second).write_text(deny("tiny"))
    await becomes(client, second, "tiny")
    assert await denied(client, first) == set()


@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel for the watches of a process")
async def test_folders_come_and_go_while_the_server_runs(launch: Starter, folders: tuple[Path, Path]) -> None:
    first, second = folders
    client = await opened(await launch(), (first,), trusted=(first,))
    await until(lambda: is_watched(client, first), GENEROUS)
    assert not is_watched(client, second)
    change_folders(client, added=(second,), removed=())
    trust(client, first, second)
    await becomes(client, second, "small")
    await until(lambda: is_watched(client, second), GENEROUS)
    change_folders(client, added=(), removed=(first,))
    await until(lambda: not is_watched(client, first), GENEROUS)
    assert is_watched(client, second)
    file_of(second).write_text(deny("large"))
    await becomes(client, second, "large")
    assert [f["folder"] for f in (await client.status())["folders"]] == [second.as_uri()]


async def test_the_editors_word_on_an_untrusted_folder_changes_nothing(
    launch: Starter, folders: tuple[Path, Path]
) -> None:
    first, second = folders
    client = await opened(await launch(), folders, trusted=(first,))
    await becomes(client, first, "tiny")
    file_of(second).write_text(deny("large"))
    events = [types.FileEvent(file_of(f).as_uri(), types.FileChangeType.Changed) for f in folders]
    client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams(events))
    file_of(first).write_text(deny("medium"))
    await becomes(client, first, "medium")
    assert await denied(client, second) == set()


async def test_a_deleted_catalog_counts_no_more_and_is_no_error(
    launch: Starter, folders: tuple[Path, Path]
) -> None:
    first, second = folders
    client = await opened(await launch(), folders, trusted=folders)
    await becomes(client, first, "tiny")
    file_of(first).unlink()
    await becomes(client, first)
    file_of(first).write_text(deny("small"))
    await becomes(client, first, "small")
    shutil.rmtree(file_of(first).parent)
    await becomes(client, first)
    file_of(first).parent.mkdir()
    file_of(first).write_text(deny("medium"))
    await becomes(client, first, "medium")
    shutil.rmtree(first)
    await becomes(client, first)
    assert all(change["valid"] for change in client.catalog_changes)
    assert await denied(client, second) == {"small"}


async def test_an_invalid_catalog_stays_at_its_last_good_in_its_own_folder(
    launch: Starter, folders: tuple[Path, Path]
) -> None:
    first, second = folders
    client = await opened(await launch(), folders, trusted=folders)
    await becomes(client, first, "tiny")
    file_of(first).write_text("deny: []\ntiers:\n  balance: {tau: lots}\n")
    await until(lambda: bool(client.catalog_changes), GENEROUS)
    assert client.catalog_changes[-1]["valid"] is False
    (shown,) = client.diagnostics[file_of(first).as_uri()]
    assert shown.range.start.line == 2
    assert await denied(client, first) == {"tiny"}
    file_of(second).write_text(deny("large"))
    await becomes(client, second, "large")
    assert await denied(client, first) == {"tiny"}
    file_of(first).write_text(deny("medium"))
    await becomes(client, first, "medium")
    assert client.catalog_changes[-1]["valid"] is True
    assert not client.diagnostics[file_of(first).as_uri()]


async def test_a_link_in_the_files_place_is_refused_and_the_last_good_stays(
    launch: Starter, folders: tuple[Path, Path], tmp_path: Path
) -> None:
    first, _ = folders
    client = await opened(await launch(), folders, trusted=folders)
    await becomes(client, first, "tiny")
    elsewhere = tmp_path / "elsewhere.yaml"
    elsewhere.write_text(deny("large"))
    link = tmp_path / "link"
    link.symlink_to(elsewhere)
    os.replace(link, file_of(first))
    await until(lambda: bool(client.catalog_changes), GENEROUS)
    assert "link" in client.catalog_changes[-1]["problems"][0]["message"]
    assert await denied(client, first) == {"tiny"}
    file_of(first).unlink()
    file_of(first).write_text(deny("small"))
    await becomes(client, first, "small")


async def test_a_checkout_of_hundreds_of_files_ends_on_the_branchs_catalog(
    launch: Starter, folders: tuple[Path, Path]
) -> None:
    first, _ = folders

    def git(*words: str) -> None:
        who = ("-c", "user.name=t", "-c", "user.email=t@example.org")
        subprocess.run(["git", *who, *words], cwd=first, check=True, capture_output=True)

    git("init", "--quiet", "--initial-branch", "tiny")
    for branch in ("tiny", "large"):
        if branch != "tiny":
            git("checkout", "--quiet", "-b", branch)
        for number in range(300):
            (first / f"{number}.txt").write_text(f"{branch} {number}")
        file_of(first).write_text(deny(branch))
        git("add", "--all")
        git("commit", "--quiet", "--message", branch)
    client = await opened(await launch(), folders, trusted=folders)
    for branch in ("tiny", "large", "tiny"):
        git("checkout", "--quiet", branch)
        await becomes(client, first, branch)
    assert all(change["valid"] for change in client.catalog_changes)
