"""What a layer may not say: what an outer layer has locked, and what a repository may only narrow."""

from __future__ import annotations

from attrs import evolve, field, frozen

from hydra_auto.catalog.model import FOLDER_LAYERS, TIERS, Origin
from hydra_auto.catalog.problem import Findings, quoted
from hydra_auto.catalog.tree import Items, Node, Scalar, Table

_NARROWING = frozenset({"allow", "deny", "remove", "rules"})
"""Top-level keys that add up so that no layer undoes another's; locked rules come before all others."""


@frozen
class Guard:
    """Locked paths ("tiers.balance.tau", "models") and where they were locked; what is below is locked
    with them."""

    _locks: dict[str, Origin] = field(factory=dict)

    def with_locks(self, lock: Items) -> Guard:
        new = {node.text: node.origin for node in lock.nodes if isinstance(node, Scalar)}
        return evolve(self, locks=self._locks | new)

    def lock_of(self, path: str) -> Origin | None:
        """Where `path`, or something above it, was locked."""
        for lock, origin in self._locks.items():
            if path == lock or path.startswith(lock + "."):
                return origin
        return None


def permitted(said: Table, guard: Guard, layer: str, below: Table, findings: Findings) -> Table:
    """What of a layer's `said` counts on top of `below`; what does not is a warning at its place."""
    return _permitted(said, "", guard, layer, below, findings)


def _permitted(
    said: Table, path: str, guard: Guard, layer: str, below: Node | None, findings: Findings
) -> Table:
    values: dict[str, Node] = {}
    for key, value in said.values.items():
        here = f"{path}.{key}" if path else key
        old = below.values.get(key) if isinstance(below, Table) else None
        lock = guard.lock_of(here)
        if _raises_ceiling(key, path, value, old) and (lock is not None or layer in FOLDER_LAYERS):
            by = _by(lock) if lock else "a workspace may only lower it"
            findings.warning(said.keys[key], f"{quoted(here)} stays at {_shown(old)}: {by}")
        elif isinstance(value, Table) and (lock is None or here in ("models", "tiers") or path == "tiers"):
            values[key] = _permitted(value, here, guard, layer, old, findings)
        elif lock is None or _narrows(key, path, value, old):
            values[key] = value
        else:
            findings.warning(said.keys[key], f"{quoted(here)} does not count: {_by(lock)}, so remove it")
    kept = {k: v for k, v in values.items() if not _emptied(v, said.values[k])}
    return Table(said.origin, kept, {k: o for k, o in said.keys.items() if k in kept})


def _narrows(key: str, path: str, value: Node, old: Node | None) -> bool:
    """Whether a value may stand although it is locked, because it only takes away."""
    if not path and key in _NARROWING:
        return True
    if _is_tier(path) and key in ("allow", "maxCost"):
        return True  # a higher ceiling was refused before; every layer's `allow` must match
    if key == "defaultTier" and not path:
        return _rank(value) <= _rank(old)
    return path == "models" and isinstance(value, Scalar)  # a removal


def _raises_ceiling(key: str, path: str, value: Node, old: Node | None) -> bool:
    if key != "maxCost" or not _is_tier(path) or not isinstance(value, Scalar) or not isinstance(old, Scalar):
        return False
    return float(value.value or 0) > float(old.value or 0)


def _is_tier(path: str) -> bool:
    return path.startswith("tiers.") and path.count(".") == 1


def _rank(tier: Node | None) -> int:
    name = tier.value if isinstance(tier, Scalar) else "balance"
    return TIERS.index(name) if name in TIERS else len(TIERS)


def _emptied(kept: Node, said: Node) -> bool:
    """Whether nothing is left of a mapping in which something stood."""
    return isinstance(kept, Table) and not kept.values and isinstance(said, Table) and bool(said.values)


def _by(lock: Origin) -> str:
    return f"the {lock.layer} locks it ({lock.file}, line {lock.line})"


def _shown(node: Node | None) -> str:
    return quoted(node.text) if isinstance(node, Scalar) else "what it is"
