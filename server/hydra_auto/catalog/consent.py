"""What a repository's catalog may do unasked, and what waits until the user has consented to its content.

Narrowing is free: allow, deny, tiers, weights, rules, and removing models. What could be used to trick the
user (models and all that is said of them, and what their profiles hang on) waits. A consent is to the
folder's content as it is, byte for byte: whoever changes it asks again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Final

from attrs import evolve, frozen

from hydra_auto.catalog.model import Catalog, Model, Price, with_outer_cost
from hydra_auto.catalog.parse import ParsedLayer
from hydra_auto.catalog.patterns import specificity
from hydra_auto.catalog.problem import quoted
from hydra_auto.catalog.tree import Node, Scalar, Table

_WAITING: Final = ("models", "benchmarks", "anchors", "scale")
"""Top-level keys that wait for consent; a model's removal does not."""

SHOWN: Final = 50
"""Changes that are told one by one."""

PATTERNS: Final = 5
"""Patterns of one model that are named."""


@frozen
class Pending:
    """What waits for consent to the content of this hash, one sentence per change."""

    content_hash: str
    changes: tuple[str, ...]


def content_hash(texts: Sequence[str]) -> str:
    """32 hexadecimal digits that no other texts have: what a consent is given to."""
    digest = sha256()
    for text in texts:
        data = text.encode("utf-8", "surrogatepass")
        digest.update(b"%d:" % len(data) + data)
    return digest.hexdigest()[:32]


def free_part(layer: ParsedLayer) -> ParsedLayer:
    """The layer without what waits for consent."""
    root = layer.root
    values = {k: v for k, v in root.values.items() if k not in _WAITING}
    models = root.values.get("models")
    removed = {k: v for k, v in models.values.items() if _is_null(v)} if isinstance(models, Table) else {}
    if isinstance(models, Table) and removed:
        values["models"] = Table(models.origin, removed, {k: models.keys[k] for k in removed})
    keys = {k: place for k, place in root.keys.items() if k in values}
    return evolve(layer, root=Table(root.origin, values, keys))


def asks_consent(layer: ParsedLayer) -> bool:
    """Whether anything in the layer waits for consent."""
    return free_part(layer).root.values != layer.root.values


def changes(layers: Sequence[ParsedLayer], free: Catalog, whole: Catalog) -> tuple[str, ...]:
    """What consent would change, one sentence each: `whole` is the catalog with it, `free` without."""
    before = {m.id: m for m in free.models}
    found = [c for m in whole.models for c in _model_changes(before.get(m.id), m)]
    keys = [key for layer in layers for key in _WAITING[1:] if key in layer.root.values]
    found.extend(f"changes `{key}`, which all capabilities hang on" for key in keys)
    found = list(dict.fromkeys(found))
    more = [f"and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
    return (*found[:SHOWN], *more)


def with_outer_costs(whole: Catalog, outer: Catalog) -> Catalog:
    """`whole` with what its models cost outside the workspace, where the workspace says otherwise."""
    known = {m.id: m for m in outer.models}
    models = (
        with_outer_cost(m, known[m.id].price, known[m.id].token_factor) if m.id in known else m
        for m in whole.models
    )
    return evolve(whole, models=tuple(models), outer_models=outer.models)


def _is_null(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value is None


def _model_changes(before: Model | None, after: Model) -> Iterator[str]:
    name = quoted(after.id)
    if before is None:
        yield f"adds the model {name} at {_price(after.price)}, standing for {_patterns(after.match)}"
        return
    if before.price != after.price:
        yield f"prices {name} at {_price(after.price)} instead of {_price(before.price)}"
    if before.match != after.match:
        yield f"lets {name} stand for {_patterns(after.match)}"
    for what in ("capabilities", "benchmarks"):
        if getattr(before, what) != getattr(after, what):
            yield f"changes the {what} of {name}"
    others = ("name", "vendor", "family", "token_factor", "context", "output", "vision", "tools", "local")
    changed = [k for k in others if getattr(before, k) != getattr(after, k)]
    if changed:
        yield f"changes {', '.join(changed)} of {name}"


def _patterns(match: Sequence[str]) -> str:
    """The patterns that cover most first: those that spell out least."""
    named = [quoted(p) for p in sorted(match, key=specificity)]
    more = f" and {len(named) - PATTERNS} more" if len(named) > PATTERNS else ""
    return (", ".join(named[:PATTERNS]) or "only its id") + more


def _price(price: Price) -> str:
    if price.per_request is not None:
        return f"{price.per_request:g} USD a request"
    return f"{price.input:g}/{price.output:g} USD per million tokens in/out"
