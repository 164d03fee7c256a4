"""What a layer may not say: what an outer layer has locked, and what a repository may only narrow."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeAlias

from attrs import evolve, field, frozen

from hydra_auto.catalog.model import DEFAULT_TIER, FOLDER_LAYERS, TIERS, Origin
from hydra_auto.catalog.problem import Findings, quoted
from hydra_auto.catalog.tree import Items, Node, Scalar, Table

_NARROWING = frozenset({"allow", "deny", "remove", "rules"})
"""Top-level keys that add up so that no layer undoes another's; locked rules come before all others."""

Path: TypeAlias = tuple[str, ...]
"""The keys that lead to a value: ("models", "gpt-5.4", "price")."""

_OPEN = (("models",), ("tiers",))
"""Mappings in which some keys count although the mapping is locked."""


@frozen
class Guard:
    """Locked paths and where they were locked; what is below is locked with them."""

    _locks: Mapping[Path, Origin] = field(factory=dict)

    def with_locks(self, lock: Items, models: Collection[str], benchmarks: Collection[str]) -> Guard:
        """The guard with the list `lock` too, in which the ids of `models` and `benchmarks` are known."""
        ids = {"models": models, "benchmarks": benchmarks, "anchors": ()}
        new = {_keys(node.text, ids): node.origin for node in lock.nodes if isinstance(node, Scalar)}
        return evolve(self, locks={**self._locks, **new})

    def lock_of(self, path: Path) -> Origin | None:
        """Where `path`, or something above it, was locked."""
        above = (path[:n] for n in range(1, len(path) + 1))
        return next((self._locks[p] for p in above if p in self._locks), None)


def _keys(lock: str, ids: Mapping[str, Collection[str]]) -> Path:
    """The keys that a lock's text joins with dots. Ids may have dots of their own: what follows a key of
    `ids` is the longest of its ids that fits, else all that is left."""
    key, _, rest = lock.partition(".")
    if key not in ids or not rest:
        return (key, *_keys(rest, ids)) if rest else (key,)
    parts = rest.split(".")
    heads = (".".join(parts[:n]) for n in range(len(parts), 0, -1))
    name = next((head for head in heads if head in ids[key]), rest)
    below = rest[len(name) + 1 :]
    return (key, name, *_keys(below, ids)) if below else (key, name)


def permitted(said: Table, guard: Guard, layer: str, below: Table, findings: Findings) -> Table:
    """What of a layer's `said` counts on top of `below`; what does not is a warning at its place."""
    return _permitted(said, (), guard, layer, below, findings)


def _permitted(
    said: Table, path: Path, guard: Guard, layer: str, below: Node | None, findings: Findings
) -> Table:
    values: dict[str, Node] = {}
    for key, value in said.values.items():
        here = (*path, key)
        name = ".".join(here)
        old = below.values.get(key) if isinstance(below, Table) else None
        lock = guard.lock_of(here)
        if _raises_ceiling(key, path, value, old) and (lock is not None or layer in FOLDER_LAYERS):
            by = _by(lock) if lock else "a workspace may only lower it"
            findings.warning(said.keys[key], f"{quoted(name)} stays at {_shown(old)}: {by}")
        elif isinstance(value, Table) and (lock is None or here in _OPEN or path == ("tiers",)):
            values[key] = _permitted(value, here, guard, layer, old, findings)
        elif lock is None or _narrows(key, path, value, old):
            values[key] = value
        else:
            findings.warning(said.keys[key], f"{quoted(name)} does not count: {_by(lock)}, so remove it")
    kept = {k: v for k, v in values.items() if not _emptied(v, said.values[k])}
    return Table(said.origin, kept, {k: o for k, o in said.keys.items() if k in kept})


def _narrows(key: str, path: Path, value: Node, old: Node | None) -> bool:
    """Whether a value may stand although it is locked, because it only takes away."""
    if not path and key in _NARROWING:
        return True
    if _is_tier(path) and key in ("allow", "maxCost"):
        return True  # a higher ceiling was refused before; every layer's `allow` must match
    if key == "defaultTier" and not path:
        return _rank(value) <= _rank(old)
    return path == ("models",) and isinstance(value, Scalar)  # a removal


def _raises_ceiling(key: str, path: Path, value: Node, old: Node | None) -> bool:
    if key != "maxCost" or not _is_tier(path) or not isinstance(value, Scalar) or not isinstance(old, Scalar):
        return False
    return float(value.value or 0) > float(old.value or 0)


def _is_tier(path: Path) -> bool:
    return len(path) == 2 and path[0] == "tiers"


def _rank(tier: Node | None) -> int:
    name = tier.value if isinstance(tier, Scalar) else DEFAULT_TIER
    return TIERS.index(name) if name in TIERS else len(TIERS)


def _emptied(kept: Node, said: Node) -> bool:
    """Whether nothing is left of a mapping in which something stood."""
    return isinstance(kept, Table) and not kept.values and isinstance(said, Table) and bool(said.values)


def _by(lock: Origin) -> str:
    return f"the {lock.layer} locks it ({lock.file}, line {lock.line})"


def _shown(node: Node | None) -> str:
    return quoted(node.text) if isinstance(node, Scalar) else "what it is"
