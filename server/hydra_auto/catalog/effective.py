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
        if path and path[0] == "models":
            node: Node | None = Table(self._merged.root.origin, self._merged.models, {})
            path = path[1:]
        else:
            node = self._merged.root
        for key in path:
            node = node.values.get(key) if isinstance(node, Table) else None
        return None if node is None else node.origin

    def pattern(self, key: Literal["allow", "deny"], glob: str) -> Origin | None:
        layers = self._merged.allow if key == "allow" else self._merged.deny
        found = (node for layer in layers for node in layer.nodes if _says(node, glob))
        return next((node.origin for node in found), None)

    def values(self) -> Iterator[EffectiveValue]:
        merged = self._merged
        yield from _leaves(merged.root, ())
        for key, layers in (("allow", merged.allow), ("deny", merged.deny)):
            for layer in layers:
                yield from _leaves(layer, (key,))
        for tier, layers in merged.tier_allow.items():
            for layer in layers:
                yield from _leaves(layer, ("tiers", tier, "allow"))
        for index, rule in enumerate((*merged.locked_rules, *merged.rules)):
            yield from _leaves(rule, ("rules", str(index)))
        for name, entry in merged.models.items():
            yield from _leaves(entry, ("models", name))


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
