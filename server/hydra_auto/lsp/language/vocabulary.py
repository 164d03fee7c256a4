"""What may stand where in a catalog, as `schema.json` says it: keys with their meaning, and fixed values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final

from hydra_auto.catalog import default_catalog_path

Schema = Mapping[str, Any]
Path = Sequence[str | int]

_PARTS: Final = ("allOf", "oneOf", "anyOf")


@cache
def read_schema() -> Schema:
    """The JSON Schema that the default catalog comes with; read once in a process, for nothing changes it."""
    document: Schema = json.loads(default_catalog_path().with_name("schema.json").read_text("utf-8"))
    return document


def schemas_at(path: Path) -> list[Schema]:
    """Every subschema for the value at `path`: keys, and numbers for a list's items."""
    found = [read_schema()]
    for step in path:
        found = [inner for schema in _unfolded(found) for inner in _inside(schema, step)]
    return list(_unfolded(found))


def keys_at(path: Path) -> dict[str, Schema]:
    """The keys that have a fixed name in the mapping at `path`, in the schema's order."""
    keys: dict[str, Schema] = {}
    for schema in schemas_at(path):
        for key, value in schema.get("properties", {}).items():
            keys.setdefault(key, value)
    return keys


def words_at(path: Path) -> tuple[str | int | float | bool, ...]:
    """The only values that may stand at `path`; empty where any of a kind may."""
    words: list[str | int | float | bool] = []
    for schema in schemas_at(path):
        words += schema.get("enum", ())
        if "const" in schema:
            words.append(schema["const"])
        if schema.get("type") == "boolean":
            words += [True, False]
    return tuple(dict.fromkeys(w for w in words if w is not None))


def kinds_at(path: Path) -> frozenset[str]:
    """JSON Schema's types of the value at `path`: string, number, object, array, ... ."""
    return frozenset(s["type"] for s in schemas_at(path) if isinstance(s.get("type"), str))


def meaning(path: Path) -> str:
    """What the schema says of the value at `path`; empty where it says nothing."""
    return next((s["description"] for s in schemas_at(path) if "description" in s), "")


def is_flat(path: Path) -> bool:
    """Whether the mapping at `path` holds fixed keys with plain values alone, and so fits on a line."""
    keys = keys_at(path)
    return bool(keys) and not any(kinds_at((*path, key)) & {"object", "array"} for key in keys)


def _inside(schema: Schema, step: str | int) -> list[Schema]:
    if isinstance(step, int):
        inner = schema.get("items")
    else:
        inner = schema.get("properties", {}).get(step, schema.get("additionalProperties"))
    return [inner] if isinstance(inner, dict) else []


def _unfolded(schemas: Sequence[Schema]) -> Iterator[Schema]:
    """The schemas with what they refer to and are made of."""
    waiting = list(reversed(schemas))
    while waiting:
        schema = waiting.pop()
        yield schema
        inner = [part for name in _PARTS for part in schema.get(name, ())]
        if "$ref" in schema:
            inner.insert(0, _definition(schema["$ref"]))
        waiting.extend(reversed(inner))


def _definition(reference: str) -> Schema:
    found: Any = read_schema()
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    schema: Schema = found
    return schema
