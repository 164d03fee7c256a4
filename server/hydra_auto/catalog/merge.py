"""Layers -> one tree, weakest first; every value keeps the place where it was written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from attrs import evolve, field, frozen

from hydra_auto.catalog.locks import Guard, permitted
from hydra_auto.catalog.model import DEFAULT_TIER, ORGANISATION
from hydra_auto.catalog.parse import ParsedLayer
from hydra_auto.catalog.problem import Findings, quoted
from hydra_auto.catalog.tree import Items, Node, Scalar, Table, texts

_APART = frozenset({"models", "remove", "allow", "deny", "anchors", "rules", "lock"})
"""Keys that do not simply merge key by key."""


@frozen
class Merged:
    """All layers' word.

    `allow` and `deny` have one list per layer that gives one, `tier_allow` the same per tier; `root`,
    without these, has the place of the strongest layer; `models` and `anchor_models` are entries by id, the
    latter as they were when `anchors` was written; `removed` are the entries that no layer brought back, by
    id, and `former` are (id, `match`) of entries whose globs a layer replaced; `allow_models` are the entries
    as they were when each list of `allow` was written. Of the rules, `locked_rules` come before `rules`; both
    are in the order of their precedence. `tier_ceiling` is the default tier as it was locked.
    """

    root: Table
    models: Mapping[str, Table] = field(factory=dict)
    removed: Mapping[str, Table] = field(factory=dict)
    former: tuple[tuple[str, Node], ...] = ()
    allow: tuple[Items, ...] = ()
    allow_models: tuple[Mapping[str, Table], ...] = ()
    deny: tuple[Items, ...] = ()
    tier_allow: Mapping[str, tuple[Items, ...]] = field(factory=dict)
    anchor_models: Mapping[str, Table] = field(factory=dict)
    locked_rules: tuple[Table, ...] = ()
    rules: tuple[Table, ...] = ()
    guard: Guard = field(factory=Guard)
    tier_ceiling: str | None = None


def merge_layers(layers: Iterable[ParsedLayer], findings: Findings) -> Merged:
    """The layers on top of each other; there is at least one."""
    first, *others = layers
    merged = Merged(Table(first.root.origin, {}, {}))
    for layer in (first, *others):
        merged = _with_layer(merged, layer, findings)
    return merged


def _with_layer(below: Merged, layer: ParsedLayer, findings: Findings) -> Merged:
    said = permitted(_by_id(layer.root), below.guard, layer.name, _standing(below), findings)
    models = _merged_models(below.models, said, findings)
    earlier = {**below.removed, **below.models}
    root = _overlaid(below.root, _without_tier_allow(_without(said, _APART)))
    anchors = said.values.get("anchors")
    anchor_models = below.anchor_models
    if isinstance(anchors, Table):
        root = _overlaid(_without(root, frozenset({"anchors"})), _only(said, "anchors"))
        # A model that this very layer removes may still say what a label means.
        known = {**below.models, **models}
        wanted = (node.text for node in anchors.values.values() if isinstance(node, Scalar))
        anchor_models = {name: known[name] for name in wanted if name in known}
    merged = evolve(
        below,
        root=root,
        models=models,
        removed={name: entry for name, entry in earlier.items() if name not in models},
        former=below.former + _replaced_matches(earlier, models),
        allow=below.allow + _list(said, "allow"),
        allow_models=below.allow_models + tuple(models for _ in _list(said, "allow")),
        deny=below.deny + _list(said, "deny"),
        tier_allow=_merged_tier_allow(below.tier_allow, said),
        anchor_models=anchor_models,
        rules=_rules(said) + below.rules,
    )
    return _locked(merged, layer, findings)


def _standing(below: Merged) -> Table:
    """What the layers below say, as far as a lock or a ceiling looks at it."""
    models = Table(below.root.origin, below.models, {})
    return Table(below.root.origin, {**below.root.values, "models": models}, below.root.keys)


def _locked(merged: Merged, layer: ParsedLayer, findings: Findings) -> Merged:
    """`merged` with what `layer` locks. Rules that are locked keep their precedence over all later ones."""
    lock = layer.root.values.get("lock")
    if not isinstance(lock, Items):
        return merged
    if layer.name != ORGANISATION:
        findings.warning(layer.root.keys["lock"], "only the organisation's catalog locks values: remove it")
        return merged
    benchmarks = merged.root.values.get("benchmarks")
    known = benchmarks.values if isinstance(benchmarks, Table) else {}
    guard = merged.guard.with_locks(lock, models={**merged.models, **merged.removed}, benchmarks=known)
    if guard.lock_of(("defaultTier",)) is not None:
        tier = merged.root.values.get("defaultTier")
        merged = evolve(merged, tier_ceiling=tier.text if isinstance(tier, Scalar) else DEFAULT_TIER)
    if guard.lock_of(("rules",)) is None:
        return evolve(merged, guard=guard)
    return evolve(merged, guard=guard, locked_rules=merged.locked_rules + merged.rules, rules=())


def _merged_models(below: Mapping[str, Table], said: Table, findings: Findings) -> Mapping[str, Table]:
    """Removals come first: who removes a model and brings it back under the same id replaces it."""
    models = dict(below)
    for name, place in _removed(said):
        if models.pop(name, None) is None:
            message = f"{quoted(name)} is removed, but no layer below has it: {findings.hint(name, models)}"
            findings.warning(place.origin, message)
    entries = said.values.get("models")
    for name, entry in entries.values.items() if isinstance(entries, Table) else ():
        if isinstance(entry, Table):
            models[name] = _overlaid(models[name], entry) if name in models else entry
    return models


def _replaced_matches(
    earlier: Mapping[str, Table], models: Mapping[str, Table]
) -> tuple[tuple[str, Node], ...]:
    """(id, `match`) of the `earlier` entries that have other globs in `models`."""
    matches = [(name, entry.values.get("match"), models.get(name)) for name, entry in earlier.items()]
    return tuple(
        (name, match)
        for name, match, now in matches
        if match is not None and now is not None and texts(match) != texts(now.values.get("match"))
    )


def _removed(said: Table) -> Iterator[tuple[str, Node]]:
    """(id, place) of what a layer takes out: null under `models`, and the list `remove`."""
    entries, listed = said.values.get("models"), said.values.get("remove")
    for name, entry in entries.values.items() if isinstance(entries, Table) else ():
        if isinstance(entry, Scalar):
            yield name, entry
    for node in listed.nodes if isinstance(listed, Items) else ():
        if isinstance(node, Scalar):
            yield node.text, node


def _by_id(layer: Table) -> Table:
    """The layer with its `models` as a mapping from id to entry, whose place is the entry's or the key's;
    what is no mapping removes the model."""
    models = layer.values.get("models")
    if models is None:
        return layer
    entries = dict(_entries(models))
    keys = {name: entry.origin for name, entry in entries.items()}
    return Table(layer.origin, {**layer.values, "models": Table(models.origin, entries, keys)}, layer.keys)


def _entries(node: Node) -> Iterator[tuple[str, Node]]:
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


def _merged_tier_allow(
    below: Mapping[str, tuple[Items, ...]], said: Table
) -> Mapping[str, tuple[Items, ...]]:
    merged, tiers = dict(below), said.values.get("tiers")
    for name, tier in tiers.values.items() if isinstance(tiers, Table) else ():
        allow = tier.values.get("allow") if isinstance(tier, Table) else None
        if isinstance(allow, Items):
            merged[name] = (*merged.get(name, ()), allow)
    return merged


def _without_tier_allow(said: Table) -> Table:
    tiers = said.values.get("tiers")
    if not isinstance(tiers, Table):
        return said
    apart = frozenset({"allow"})
    rest = {k: _without(v, apart) if isinstance(v, Table) else v for k, v in tiers.values.items()}
    return Table(said.origin, {**said.values, "tiers": Table(tiers.origin, rest, tiers.keys)}, said.keys)


def _rules(said: Table) -> tuple[Table, ...]:
    rules = said.values.get("rules")
    return tuple(r for r in rules.nodes if isinstance(r, Table)) if isinstance(rules, Items) else ()


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
