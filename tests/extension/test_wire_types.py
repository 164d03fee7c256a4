"""The client's types are those of the server."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wire_types() -> ModuleType:
    spec = importlib.util.spec_from_file_location("wire_types", ROOT / "scripts" / "wire_types.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_extensions_wire_types_are_not_stale(wire_types: ModuleType) -> None:
    assert wire_types.TARGET.read_text(encoding="utf-8") == wire_types.typescript(), (
        "run `python scripts/wire_types.py` and commit extension/src/wire/protocol.ts"
    )


def test_the_check_finds_a_stale_file(
    wire_types: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stale = tmp_path / "protocol.ts"
    stale.write_text("export interface Old {}\n", encoding="utf-8")
    monkeypatch.setattr(wire_types, "TARGET", stale)
    monkeypatch.setattr("sys.argv", ["wire_types.py", "--check"])
    assert wire_types.main() == 1
    assert "wire_types.py" in capsys.readouterr().err
    monkeypatch.setattr("sys.argv", ["wire_types.py"])
    assert wire_types.main() == 0
    monkeypatch.setattr("sys.argv", ["wire_types.py", "--check"])
    assert wire_types.main() == 0


@pytest.mark.parametrize(
    ("hint", "written"),
    [
        (str | None, "string | null"),
        (tuple[str, ...], "string[]"),
        (tuple[tuple[str, ...], ...], "string[][]"),
        (tuple[int | None, ...], "(number | null)[]"),
        (dict[str, Any], "Record<string, unknown>"),
        (Literal["a", "b"], '"a" | "b"'),
        (str | Literal[False] | None, "string | false | null"),
    ],
)
def test_a_type_is_written_in_typescript(wire_types: ModuleType, hint: Any, written: str) -> None:
    assert wire_types._type(hint) == written


def test_names_are_camel_case_except_the_dimensions(wire_types: ModuleType) -> None:
    text = wire_types.typescript()
    assert "  promptTokens?: number | null;" in text
    assert "  code_gen: number;" in text
    assert 'export const ROUTE = "hydra/route";' in text
