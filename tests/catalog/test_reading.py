"""Only a regular file of the folder itself is read, whatever a repository puts in its place."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from hydra_auto.catalog import CatalogError, Folder, Sources, read_sources
from hydra_auto.catalog.model import WORKSPACE
from hydra_auto.catalog.reading import path_within, read_text, read_workspace_text, workspace_file
from hydra_auto.catalog.sources import rendered


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    (folder / ".vscode").mkdir(parents=True)
    return folder


def refusal(folder: Path) -> str:
    with pytest.raises(CatalogError) as caught:
        read_workspace_text(folder)
    return str(caught.value)


def test_the_file_is_read_and_none_is_none(folder: Path) -> None:
    assert read_workspace_text(folder) is None
    assert read_workspace_text(folder / "nowhere") is None
    workspace_file(folder).write_text("deny: []\n")
    assert read_workspace_text(folder) == "deny: []\n"


def test_a_link_is_refused_wherever_it_points(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text("deny: []\n")
    workspace_file(folder).symlink_to(outside)
    assert "symbolic link" in refusal(folder)
    assert read_text(workspace_file(folder)) == "deny: []\n"  # the user may name a link


def test_a_vscode_folder_that_is_a_link_is_refused(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "hydra-catalog.yaml").write_text("deny: []\n")
    (folder / ".vscode").rmdir()
    (folder / ".vscode").symlink_to(outside, target_is_directory=True)
    assert "link" in refusal(folder)
    (folder / ".vscode").unlink()
    (folder / ".vscode").write_text("a file")
    assert "no folder" in refusal(folder)


def test_pipes_sockets_folders_and_giants_are_refused_at_once(folder: Path) -> None:
    file = workspace_file(folder)
    os.mkfifo(file)
    assert "regular file" in refusal(folder)
    file.unlink()
    file.mkdir()
    assert "regular file" in refusal(folder)
    file.rmdir()
    file.write_bytes(b"#" * (2**20 + 1))
    assert "1 MiB" in refusal(folder)
    file.unlink()
    here = Path.cwd()
    os.chdir(file.parent)  # a socket's path must be short
    try:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(file.name)
            assert "regular file" in refusal(folder)
    finally:
        os.chdir(here)


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="no device files here")
def test_a_device_is_refused_even_when_the_user_names_it() -> None:
    with pytest.raises(CatalogError, match="regular file"):
        read_text(Path("/dev/zero"))


def test_an_untrusted_folder_is_not_looked_at(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace_file(folder).write_text("deny: []\n")
    base = folder / "base.yaml"
    base.write_text("{}\n")
    sources = Sources((base,), folders=(Folder("file:///r", folder, False, settings={"deny": ["a"]}),))
    touched: list[object] = []
    real = os.open

    def opened(path: object, *args: object, **kwargs: object) -> int:
        touched.append(path)
        return real(path, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", opened)
    assert read_sources(sources).folders[0].texts == ()
    assert touched == [base]
    assert sources.watched == ()


def test_a_trusted_folder_has_its_file_and_its_settings(folder: Path) -> None:
    workspace_file(folder).write_text("deny: []\n")
    settings = {"deny": ["é\u0001\U0001f600"], "anchors": {"0.2": "x"}}
    sources = Sources((), folders=(Folder("file:///r", folder, True, settings=settings),))
    file, inline = read_sources(sources).folders[0].texts
    assert (file.layer, file.text) == (WORKSPACE, "deny: []\n")
    assert (inline.layer, inline.text) == ("workspace settings", rendered(settings))
    assert sources.watched == (workspace_file(folder),)


def test_settings_nested_without_end_are_a_problem_and_no_failure() -> None:
    settings: dict[str, object] = {}
    for _ in range(5000):
        settings = {"models": settings}
    (layer,) = read_sources(Sources((), settings=settings)).outer
    assert layer.text is None
    assert "flatten" in layer.problems[0].message


def test_paths_are_seen_from_their_folder_and_do_not_climb_out_unseen(folder: Path) -> None:
    assert path_within(folder / "src" / "a.py", folder) == "src/a.py"
    assert path_within(folder / ".." / "x", folder) == (folder.parent / "x").as_posix()
