"""Layers -> one tree, weakest first; every value keeps the place where it was written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import field, frozen

from hydra_auto.catalog.parse import ParsedLayer
from hydra_auto.catalog.problem import Findings, quoted
from hydra_auto.catalog.tree import Items, Node, Scalar, Table

_APART = frozenset({"models", "allow", "deny", "anchors"})
"""Keys that do not simply merge key by key."""


@frozen
class Merged:
    """All layers' word. `allow` and `deny` have one list per layer that gives one; `root`, without these,
    has the place of the strongest layer; `models` and `anchor_models` are entries by id, the latter as
    they were when `anchors` was written."""

    root: Table
    models: Mapping[str, Table] = field(factory=dict)
    allow: tuple[Items, ...] = ()
    deny: tuple[Items, ...] = ()
    anchor_models: Mapping[str, Table] = field(factory=dict)


def merge_layers(layers: Iterable[ParsedLayer], findings: Findings) -> Merged:
    """The layers on top of each other; there is at least one."""
    first, *others = layers
    merged = _with_layer(Merged(Table(first.root.origin, {}, {})), first.root, findings)
    for layer in others:
        merged = _with_layer(merged, layer.root, findings)
    return merged


def _with_layer(below: Merged, layer: Table, findings: Findings) -> Merged:
    models = _merged_models(below.models, layer.values.get("models"), findings)
    root = _overlaid(below.root, _without(layer, _APART))
    anchors = layer.values.get("anchors")
    anchor_models = below.anchor_models
    if isinstance(anchors, Table):
        root = _overlaid(_without(root, frozenset({"anchors"})), _only(layer, "anchors"))
        # A model that this very layer removes may still say what a label means.
        known = {**below.models, **models}
        wanted = (node.text for node in anchors.values.values() if isinstance(node, Scalar))
        anchor_models = {name: known[name] for name in wanted if name in known}
    allow, deny = _list(layer, "allow"), _list(layer, "deny")
    return Merged(root, models, below.allow + allow, below.deny + deny, anchor_models)


def _merged_models(below: Mapping[str, Table], node: Node | None, findings: Findings) -> Mapping[str, Table]:
    models = dict(below)
    for name, entry in _entries(node):
        if isinstance(entry, Table):
            models[name] = _overlaid(models[name], entry) if name in models else entry
        elif models.pop(name, None) is None:
            message = f"{quoted(name)} is removed, but no layer below has it: {findings.hint(name, models)}"
            findings.warning(entry.origin, message)
    return models


def _entries(node: Node | None) -> Iterable[tuple[str, Node]]:
    """(id, entry) of a layer's `models`; what is no mapping removes the model."""
    if isinstance(node, Items):
        for item in node.nodes:
            assert isinstance(item, Table)
            name = item.values["id"]
            assert isinstance(name, Scalar)
            yield name.text, _without(item, frozenset({"id"}))
    elif isinstance(node, Table):
        for key, value in node.values.items():
            place = node.keys[key]
            removal = Scalar(place, "", None, plain=True)
            yield key, Table(place, value.values, value.keys) if isinstance(value, Table) else removal


def _overlaid(below: Table, above: Table) -> Table:
    """`above` on `below`: mappings key by key, everything else replaced. The place is `above`'s."""
    values, keys = dict(below.values), {**below.keys, **above.keys}
    for key, value in above.values.items():
        old = values.get(key)
        both = isinstance(old, Table) and isinstance(value, Table)
        if both and not (key == "price" and _per_request(old) != _per_request(value)):
            values[key] = _overlaid(old, value)  # type: ignore[arg-type]
        else:
            values[key] = value
    return Table(above.origin, values, keys)


def _per_request(price: Node | None) -> bool:
    """Prices per request and per token exclude each other, so one replaces the other."""
    return isinstance(price, Table) and "perRequest" in price.values


def _without(table: Table, keys: frozenset[str]) -> Table:
    return Table(
        table.origin,
        {k: v for k, v in table.values.items() if k not in keys},
        {k: v for k, v in table.keys.items() if k not in keys},
    )


def _only(table: Table, key: str) -> Table:
    return Table(table.origin, {key: table.values[key]}, {key: table.keys[key]})


def _list(layer: Table, key: str) -> tuple[Items, ...]:
    node = layer.values.get(key)
    return (node,) if isinstance(node, Items) else ()
