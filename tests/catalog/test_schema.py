"""The JSON Schema that editors use says the same as the parser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from catalog_texts import BASE, MODEL
from jsonschema import Draft202012Validator
from test_bad_catalogs import SHAPES

from hydra_auto.catalog import CatalogError, default_catalog_path, parse
from hydra_auto.catalog.problem import Findings
from hydra_auto.catalog.tree import Items, Node, Scalar, Table, read_tree

SCHEMA = json.loads((Path(__file__).parents[2] / "catalog" / "schema.json").read_text("utf-8"))

NOT_IN_A_SCHEMA = {"anchors: {.2: tiny, 0.20: small}\n"}
"""That two keys are the same number."""

NOT_IN_JSON = {text for text in SHAPES if any(n in text for n in (".nan", ".inf", "1e999"))}
"""Numbers that an editor's YAML reader hands on in its own way."""

LAYERS = [
    "{}\n",
    "deny: [a, 'b*']\n",
    "models: {a: null, b: {tokenFactor: 2}}\n",
    "models: {a: {price: {perRequest: 0}}, b: {price: {}}}\n",
    "models: [{id: a}, {id: b, benchmarks: {x: 3, y: {score: -4.5}}}]\n",
    "anchors: {.25: a, '0.5': b}\n",
    "tiers: {balance: {tau: 1, allow: [], weights: {debugging: 0}, maxCost: 0}}\n",
    f"models:\n{MODEL}",
    BASE,
]


def plain(node: Node) -> Any:
    if isinstance(node, Table):
        return {key: plain(value) for key, value in node.values.items()}
    if isinstance(node, Items):
        return [plain(item) for item in node.nodes]
    assert isinstance(node, Scalar)
    return node.value


def accepted_by_schema(text: str) -> bool:
    document = plain(read_tree(text, "a.yaml", "user", Findings()))
    return bool(Draft202012Validator(SCHEMA).is_valid(document))


def accepted_by_parser(text: str) -> bool:
    try:
        parse(text, "a.yaml", "user")
    except CatalogError:
        return False
    return True


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("text", LAYERS)
def test_both_accept_good_layers(text: str) -> None:
    assert accepted_by_parser(text)
    assert accepted_by_schema(text)


@pytest.mark.parametrize("text", sorted(set(SHAPES) - NOT_IN_A_SCHEMA - NOT_IN_JSON))
def test_both_refuse_bad_layers(text: str) -> None:
    assert not accepted_by_parser(text)
    assert not accepted_by_schema(text)


def test_the_schema_knows_every_key_of_the_parser() -> None:
    from hydra_auto.catalog.shape import CATALOG

    assert set(SCHEMA["properties"]) == set(CATALOG.fields)


def test_both_accept_the_default_catalog() -> None:
    text = default_catalog_path().read_text("utf-8")
    assert accepted_by_parser(text)
    assert accepted_by_schema(text)
