"""Editors without the server: the JSON Schema accepts what we ship and document, and explains every key."""

from __future__ import annotations

import json
import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from hydra_auto.catalog import check, default_catalog_path
from hydra_auto.lsp.language.vocabulary import keys_at, meaning

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "catalog" / "schema.json").read_text("utf-8"))
README = (ROOT / "README.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def as_editors_read(text: str) -> Any:
    """YAML 1.2 as JSON, the way that editors' schema checkers see it: keys are texts."""
    document = YAML(typ="safe", pure=True).load(StringIO(text))
    return json.loads(json.dumps(document, default=str))


def complaints(text: str) -> list[str]:
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(as_editors_read(text))]


def test_the_default_catalog_fits_the_schema() -> None:
    assert complaints(default_catalog_path().read_text("utf-8")) == []


def test_the_readme_has_examples() -> None:
    assert EXAMPLES


@pytest.mark.parametrize("text", EXAMPLES)
def test_the_readmes_examples_fit_the_schema_and_the_reader(text: str) -> None:
    assert complaints(text) == []
    assert [p for p in check(text, "example.yaml") if p.severity == "error"] == []


def test_the_schema_still_complains() -> None:
    assert complaints("models: [{id: x, price: {input: cheap}}]")
    assert complaints("rules: [{when: {mode: agent}}]")


def test_every_key_is_explained() -> None:
    waiting: list[tuple[str | int, ...]] = [(), ("models", 0), ("benchmarks", "b"), ("rules", 0)]
    waiting.append(("models", 0, "benchmarks", "b"))
    silent = []
    while waiting:
        path = waiting.pop()
        inner = [(*path, key) for key in keys_at(path)]
        silent += [p for p in inner if not meaning(p)]
        waiting += inner
    assert silent == []
