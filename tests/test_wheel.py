"""What a stranger installs: the wheel in an empty environment, outside the checkout, routes."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    dist = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(dist), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(dist.glob("hydra_auto-*.whl"))


def test_the_wheel_holds_the_catalog_and_the_bundle_and_stays_small(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "hydra_auto/catalog/builtin/default.yaml" in names
    assert {f"hydra_auto/predictor/bundle/{n}" for n in ("model.bin", "tokenizer.json", "card.json")} <= names
    assert not [n for n in names if "__pycache__" in n or "/tests/" in n]
    assert wheel.stat().st_size <= 45 * 2**20


def test_the_wheel_routes_in_an_empty_environment_outside_the_checkout(wheel: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    scripts = tmp_path / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
    subprocess.run([scripts / "python", "-m", "pip", "install", "--quiet", str(wheel)], check=True)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    command = [scripts / "hydra-auto", "route", "--json", "hi"]
    done = subprocess.run(command, cwd=elsewhere, capture_output=True, check=True)
    reply = json.loads(done.stdout)
    assert not reply["fallback"]
    assert reply["chosenModel"]["id"]
    listed = subprocess.run([scripts / "python", "-m", "pip", "list"], capture_output=True, check=True).stdout
    assert b"torch" not in listed
