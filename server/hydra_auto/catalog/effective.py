"""Where every value in force was written: the merged tree, looked up by path."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from attrs import frozen

from hydra_auto.catalog.merge import Merged
from hydra_auto.catalog.model import EffectiveValue, Origin, Plain
from hydra_auto.catalog.tree import Items, Node, Scalar, Table

Path = tuple[str, ...]


@frozen(eq=False)
class MergedOrigins:
    """The `Origins` of a catalog that was read; looks into the tree, so that asking for nothing costs
    nothing."""

    _merged: Merged

    def origin(self, *path: str) -> Origin | None:
        node = self._node(path)
        return None if node is None else node.origin

    def pattern(self, key: Literal["allow", "deny"], glob: str) -> Origin | None:
        layers = self._merged.allow if key == "allow" else self._merged.deny
        found = (node for layer in layers for node in layer.nodes if _says(node, glob))
        return next((node.origin for node in found), None)

    def values(self, *path: str) -> Iterator[EffectiveValue]:
        node = self._node(path)
        if node is not None and path != ("models",):
            yield from _leaves(node, path)
        for place, lists in self._lists():
            if place[: len(path)] == path:
                for layer in lists:
                    yield from _leaves(layer, place)
        if not path or path == ("models",):
            for name, entry in self._merged.models.items():
                yield from _leaves(entry, ("models", name))

    def _node(self, path: Path) -> Node | None:
        """What the merged mappings hold at `path`; lists that add up are apart."""
        merged = self._merged
        models = Table(merged.root.origin, merged.models, {})
        node: Node | None = models if path[:1] == ("models",) else merged.root
        for key in path[1:] if node is models else path:
            node = node.values.get(key) if isinstance(node, Table) else None
        return node

    def _lists(self) -> Iterator[tuple[Path, tuple[Node, ...]]]:
        """What is not one value but one per layer, or per rule."""
        merged = self._merged
        yield ("allow",), merged.allow
        yield ("deny",), merged.deny
        for tier, allow in merged.tier_allow.items():
            yield ("tiers", tier, "allow"), allow
        for index, rule in enumerate((*merged.locked_rules, *merged.rules)):
            yield ("rules", str(index)), (rule,)


def _leaves(node: Node, path: Path) -> Iterator[EffectiveValue]:
    if isinstance(node, Table):
        for key, value in node.values.items():
            yield from _leaves(value, (*path, key))
    elif isinstance(node, Items):
        texts: tuple[Plain, ...] = tuple(n.value for n in node.nodes if isinstance(n, Scalar))
        yield EffectiveValue(path, texts, node.origin)
    elif isinstance(node, Scalar):
        yield EffectiveValue(path, node.value, node.origin)


def _says(node: Node, text: str) -> bool:
    return isinstance(node, Scalar) and node.text == text
