"""The merged tree -> the typed catalog. What only shows when the layers are together is checked here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from attrs import asdict, evolve

from hydra_auto.catalog.effective import MergedOrigins
from hydra_auto.catalog.merge import Merged
from hydra_auto.catalog.model import DEFAULT_TIER, TIERS, Benchmark, Catalog, Model, Names, Price, Tier
from hydra_auto.catalog.problem import Findings, quoted
from hydra_auto.catalog.rules import build_rules
from hydra_auto.catalog.tree import Node, Scalar, Table, texts
from hydra_auto.dimensions import DIMENSIONS, Vector

_PER_THOUSAND: Final = {"input": 0.01, "output": 0.02}
"""USD per million tokens below which no hosted model is sold today: probably meant per thousand."""

_APART: Final = frozenset({"origin", "origins", "version"})
"""Attributes that are not content."""


def build_catalog(merged: Merged, findings: Findings) -> Catalog:
    """The catalog that `merged` says; meaningless when `findings` has errors afterwards."""
    root = merged.root
    benchmarks = {
        name: _benchmark(name, entry, root.values["benchmarks"], findings)
        for name, entry in _tables(root, "benchmarks").items()
    }
    weights = _weights(root, (1.0, 1.0, 1.0, 1.0), findings)
    if not merged.models:
        findings.error(root.origin, "the catalog has no models: add one under `models`")
    names = _names(merged.models)
    catalog = Catalog(
        version="",
        models=_models(merged.models, benchmarks, findings),
        tiers=_tiers(merged, weights, findings),
        default_tier=_text(root, "defaultTier", DEFAULT_TIER),
        weights=weights,
        allow=tuple(texts(layer) for layer in merged.allow) or (("*",),),
        deny=tuple(dict.fromkeys(p for layer in merged.deny for p in texts(layer))),
        benchmarks=benchmarks,
        anchors=_anchors(root),
        anchor_models=_models(merged.anchor_models, benchmarks, findings),
        scale="pool" if _text(root, "scale", "label") == "pool" else "label",
        rules=build_rules((*merged.locked_rules, *merged.rules), merged.models, findings),
        tier_ceiling=merged.tier_ceiling,
        allow_names=tuple(() if known == names else known for known in map(_names, merged.allow_models)),
        removed=_names(merged.removed),
        former=tuple(sorted({(name, texts(match)) for name, match in merged.former})),
        origins=MergedOrigins(merged),
    )
    return with_version(catalog)


def _names(models: Mapping[str, Table]) -> tuple[Names, ...]:
    return tuple(sorted((name, texts(entry.values.get("match"))) for name, entry in models.items()))


def with_version(catalog: Catalog) -> Catalog:
    """The catalog with the version that its content has."""
    return evolve(catalog, version=_content_hash(catalog))


def _content_hash(catalog: Catalog) -> str:
    """Twelve hex digits of the effective content: neither places nor the order of models count."""
    content = asdict(catalog, filter=lambda attribute, _: attribute.name not in _APART)
    for key in ("models", "anchor_models", "outer_models"):
        content[key] = sorted(content[key], key=lambda m: m["id"])
    text = json.dumps(content, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _models(
    entries: Mapping[str, Table], benchmarks: Mapping[str, Benchmark], findings: Findings
) -> tuple[Model, ...]:
    return tuple(_model(name, entry, benchmarks, findings) for name, entry in entries.items())


def _model(name: str, entry: Table, benchmarks: Mapping[str, Benchmark], findings: Findings) -> Model:
    limits, supports = _inner(entry, "limits"), _inner(entry, "supports")
    for key in ("vendor", "price"):
        if key not in entry.values:
            findings.error(entry.origin, f"the model {quoted(name)} has no `{key}`: add it")
    return Model(
        id=name,
        name=_text(entry, "name", name),
        vendor=_text(entry, "vendor", ""),
        family=_text(entry, "family", ""),
        match=texts(entry.values.get("match")),
        price=_price(name, _inner(entry, "price"), findings) if "price" in entry.values else Price(),
        token_factor=_number(entry, "tokenFactor", 1.0),
        context=_tokens(limits, "context"),
        output=_tokens(limits, "output"),
        vision=_flag(supports, "vision"),
        tools=_flag(supports, "tools"),
        local=_flag(entry, "local"),
        benchmarks=_scores(name, entry, benchmarks, findings),
        capabilities=_numbers(_inner(entry, "capabilities")),
        origin=entry.origin,
    )


def _price(name: str, price: Table, findings: Findings) -> Price:
    if "perRequest" in price.values:
        return Price(per_request=_number(price, "perRequest", 0.0))
    for key in ("input", "output"):
        if key not in price.values:
            message = f"the price of {quoted(name)} has no `{key}`: add it, in USD per million tokens"
            findings.error(price.origin, message)
        value = _number(price, key, 0.0)
        if 0 < value < _PER_THOUSAND[key]:
            message = (
                f"the {key} price of {quoted(name)} looks like USD per thousand tokens: write it per million"
            )
            findings.warning(price.values[key].origin, message)
    cached = _number(price, "cachedInput", 0.0) if "cachedInput" in price.values else None
    return Price(_number(price, "input", 0.0), _number(price, "output", 0.0), cached)


def _scores(
    name: str, entry: Table, benchmarks: Mapping[str, Benchmark], findings: Findings
) -> dict[str, float]:
    """The model's raw benchmark scores; says when a benchmark is unknown, or when nothing at all is known."""
    table = _inner(entry, "benchmarks")
    scores = {}
    for benchmark, value in table.values.items():
        if benchmark not in benchmarks:
            message = f"unknown benchmark {quoted(benchmark)}: {findings.hint(benchmark, benchmarks)}"
            findings.error(table.keys[benchmark], message)
        elif not isinstance(value, Table):
            scores[benchmark] = _number(table, benchmark, 0.0)
        elif "score" in value.values:
            scores[benchmark] = _number(value, "score", 0.0)
        else:
            findings.error(
                value.origin, f"{quoted(benchmark)} has no `score`: add it or remove the benchmark"
            )
    if not table.values and not _inner(entry, "capabilities").values:
        message = f"nothing is known of the model {quoted(name)}: add `benchmarks` or `capabilities`"
        findings.error(entry.origin, message)
    return scores


def _benchmark(name: str, entry: Table, parent: Node, findings: Findings) -> Benchmark:
    assert isinstance(parent, Table)
    place = parent.keys[name]
    for key in ("low", "high", "measures"):
        if key not in entry.values:
            findings.error(place, f"the benchmark {quoted(name)} has no `{key}`: add it")
    low, high = _number(entry, "low", 0.0), _number(entry, "high", 0.0)
    if {"low", "high"} <= entry.values.keys() and low >= high:
        message = (
            f"`low` of {quoted(name)} must be below `high`, but {low:g} is not below {high:g}: correct them"
        )
        findings.error(entry.values["low"].origin, message)
    measures = _numbers(_inner(entry, "measures"))
    if "measures" in entry.values and not measures:
        message = f"the benchmark {quoted(name)} measures nothing: name a dimension and its weight"
        findings.error(entry.values["measures"].origin, message)
    return Benchmark(low, high, measures)


def _tiers(merged: Merged, weights: Vector, findings: Findings) -> dict[str, Tier]:
    root = merged.root
    entries = _tables(root, "tiers")
    tiers = {}
    for name in TIERS:
        entry = entries.get(name)
        if entry is None or "tau" not in entry.values:
            place = root.origin if entry is None else entry.origin
            findings.error(place, f"the tier `{name}` has no `tau`: add it under `tiers`")
            continue
        tiers[name] = Tier(
            tau=_number(entry, "tau", 0.0),
            weights=_weights(entry, weights, findings) if "weights" in entry.values else None,
            allow=tuple(texts(layer) for layer in merged.tier_allow.get(name, ())) or (("*",),),
            max_cost=_number(entry, "maxCost", 0.0) if "maxCost" in entry.values else None,
        )
    return tiers


def _weights(table: Table, otherwise: Vector, findings: Findings) -> Vector:
    """The four weights under `weights`; those that are not given are `otherwise`'s."""
    given = _inner(table, "weights")
    w = [_number(given, name, otherwise[k]) for k, name in enumerate(DIMENSIONS)]
    if not any(w):
        findings.error(given.origin, "all `weights` are 0: at least one dimension must count")
    return (w[0], w[1], w[2], w[3])


def _anchors(root: Table) -> tuple[tuple[float, str], ...]:
    table = _inner(root, "anchors")
    return tuple(sorted((float(level), _text(table, level, "")) for level in table.values))


# --- reading a tree whose shape is known to be right ---------------------------------------------------


def _inner(table: Table, key: str) -> Table:
    node = table.values.get(key)
    return node if isinstance(node, Table) else Table(table.origin, {}, {})


def _tables(table: Table, key: str) -> dict[str, Table]:
    return {k: v for k, v in _inner(table, key).values.items() if isinstance(v, Table)}


def _value(table: Table, key: str) -> Any:
    node = table.values.get(key)
    return node.value if isinstance(node, Scalar) else None


def _number(table: Table, key: str, otherwise: float) -> float:
    value = _value(table, key)
    return otherwise if value is None else float(value)


def _numbers(table: Table) -> dict[str, float]:
    return {key: _number(table, key, 0.0) for key in table.values}


def _tokens(table: Table, key: str) -> int | None:
    value = _value(table, key)
    return None if value is None else int(value)


def _text(table: Table, key: str, otherwise: str) -> str:
    value = _value(table, key)
    return otherwise if value is None else str(value)


def _flag(table: Table, key: str) -> bool:
    return _value(table, key) is True
