"""What starts a server or answers a request must not pull in what only some parts of it need."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SERVER = Path(__file__).parents[1] / "server"
NATIVE = {"numpy", "ctranslate2", "tokenizers", "transformers", "torch", "safetensors", "sklearn", "scipy"}


def loaded_by(statement: str) -> set[str]:
    """Top-level names of the modules that a fresh interpreter holds after `statement`."""
    program = f"import json, sys\n{statement}\nprint(json.dumps(sorted(sys.modules)))"
    out = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        check=True,
        env={"PYTHONPATH": str(SERVER), "PATH": ""},
    ).stdout
    return {name.split(".")[0] for name in json.loads(out)}


@pytest.mark.parametrize("module", ["routing", "catalog", "lsp", "cli", "predictor.bundle"])
def test_importing_it_loads_nothing_native(module: str) -> None:
    assert loaded_by(f"import hydra_auto.{module}") & NATIVE == set()


def test_every_module_of_the_pure_packages_is_pure() -> None:
    pure = [
        ".".join(path.relative_to(SERVER).with_suffix("").parts)
        for folder in ("routing", "catalog", "lsp")
        for path in (SERVER / "hydra_auto" / folder).rglob("*.py")
        if path.name != "__init__.py"
    ]
    assert len(pure) > 15
    assert loaded_by("import " + ", ".join(pure)) & NATIVE == set()


def test_the_wire_types_need_no_language_server() -> None:
    assert loaded_by("import hydra_auto.lsp.protocol") & {"pygls", "lsprotocol"} == set()
