"""The merged tree's rules -> typed rules; a rule that can never do anything is a warning."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from hydra_auto.catalog.model import Rule, Threshold, Use, When
from hydra_auto.catalog.problem import Findings, quoted
from hydra_auto.catalog.tree import Items, Node, Scalar, Table
from hydra_auto.dimensions import DIMENSIONS


def build_rules(tables: Sequence[Table], models: Collection[str], findings: Findings) -> tuple[Rule, ...]:
    """The rules in the order of `tables`, which is that of their precedence; `models` are the ids known."""
    rules = tuple(_rule(table, findings) for table in tables)
    for rule, table in zip(rules, tables, strict=True):
        use = table.values.get("use")
        if rule.use.model is not None and rule.use.model not in models and isinstance(use, Table):
            message = (
                f"the rule {quoted(rule.name)} uses the unknown model {quoted(rule.use.model)} and so does "
                f"nothing: {findings.hint(rule.use.model, models)}"
            )
            findings.warning(use.values["model"].origin, message)
    return rules


def _rule(table: Table, findings: Findings) -> Rule:
    when, use = _table(table, "when"), _table(table, "use")
    if not use.values:
        place = table.keys.get("use", table.origin)
        findings.error(place, "the rule has nothing in `use`: name a `model`, a `tier` or an `effort`")
    origin = table.origin
    return Rule(
        name=_text(table, "name") or f"{origin.layer} rule of line {origin.line}",
        when=When(
            needs={
                name: _threshold(when.values[name], findings) for name in DIMENSIONS if name in when.values
            },
            languages=_words(when.values.get("language")),
            paths=_words(when.values.get("path")),
            locations=_words(when.values.get("location")),
            modes=_words(when.values.get("mode")),
        ),
        use=Use(_text(use, "model"), _text(use, "tier"), _text(use, "effort")),
        origin=origin,
    )


def _threshold(node: Node, findings: Findings) -> Threshold:
    if isinstance(node, Scalar):
        return Threshold(float(node.value or 0))
    assert isinstance(node, Table)
    least, below = _number(node, "atLeast"), _number(node, "below")
    if below is not None and below <= (least or 0):
        message = f"no requirement is at least {least or 0:g} and below {below:g}: the rule can never fire"
        findings.warning(node.origin, message)
    return Threshold(least or 0.0, below)


def _table(table: Table, key: str) -> Table:
    node = table.values.get(key)
    return node if isinstance(node, Table) else Table(table.origin, {}, {})


def _text(table: Table, key: str) -> str | None:
    node = table.values.get(key)
    return node.text if isinstance(node, Scalar) else None


def _number(table: Table, key: str) -> float | None:
    node = table.values.get(key)
    return float(node.value or 0) if isinstance(node, Scalar) else None


def _words(node: Node | None) -> tuple[str, ...]:
    """One word, or a list of them."""
    nodes = node.nodes if isinstance(node, Items) else () if node is None else (node,)
    return tuple(n.text for n in nodes if isinstance(n, Scalar))
