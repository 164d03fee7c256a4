"""What the extension brings and installs is what pyproject.toml asks for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
BUNDLED = ROOT / "extension" / "bundled"
NOT_SERVED = {"click", "rich", "transformers"}


def pins(name: str) -> dict[str, list[Requirement]]:
    text = (BUNDLED / f"{name}.txt").read_text(encoding="utf-8")
    found: dict[str, list[Requirement]] = {}
    for line in re.sub(r"\\\n", " ", text).splitlines():
        if not line.startswith("#"):
            requirement = Requirement(line.split("--hash", 1)[0])
            found.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return found


def wanted() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [r for r in map(Requirement, project["dependencies"]) if r.name not in NOT_SERVED]


@pytest.mark.parametrize("requirement", wanted(), ids=lambda r: r.name)
def test_each_requirement_of_the_server_is_pinned_within_its_range(requirement: Requirement) -> None:
    pinned = {**pins("libs"), **pins("native")}[canonicalize_name(requirement.name)]
    for pin in pinned:
        (specifier,) = pin.specifier
        assert specifier.operator == "=="
        assert requirement.specifier.contains(specifier.version)


@pytest.mark.parametrize("minor", range(11, 15))
def test_each_python_gets_one_version_of_each_native_part(minor: int) -> None:
    environment = {"python_version": f"3.{minor}", "python_full_version": f"3.{minor}.0"}
    for name, choices in pins("native").items():
        fitting = [p for p in choices if p.marker is None or p.marker.evaluate(environment)]
        assert len(fitting) == 1, name


@pytest.mark.parametrize("name", ["libs", "native", "pip"])
def test_every_pin_has_hashes(name: str) -> None:
    text = (BUNDLED / f"{name}.txt").read_text(encoding="utf-8")
    for entry in re.split(r"\n(?=[a-z])", text.split("\n", 1)[1]):
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry[:40]


def test_what_is_vendored_has_no_compiled_parts_and_needs_nothing_that_is_missing() -> None:
    native = {"ctranslate2", "numpy", "tokenizers"}
    assert set(pins("native")) == native
    assert not native & set(pins("libs"))
