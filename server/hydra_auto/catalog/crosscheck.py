"""Does the catalog as a whole make sense? What is said here needs all layers and the profiles' arithmetic."""

from __future__ import annotations

from hydra_auto.catalog.anchors import anchor_points, descents, raw_score
from hydra_auto.catalog.merge import Merged
from hydra_auto.catalog.model import Catalog, Origin
from hydra_auto.catalog.patterns import Patterns, is_wild
from hydra_auto.catalog.problem import Findings, quoted
from hydra_auto.catalog.tree import Scalar, Table
from hydra_auto.dimensions import DIMENSIONS


def check_whole(catalog: Catalog, merged: Merged, findings: Findings) -> None:
    """Anchors, allow and deny; `catalog` was built from `merged` without errors."""
    anchors = merged.root.values.get("anchors")
    if isinstance(anchors, Table) and anchors.values:
        _check_anchor_models(catalog, anchors, findings)
        _check_anchor_order(catalog, anchors, findings)
    _check_patterns(catalog, merged, findings)


def _check_anchor_models(catalog: Catalog, anchors: Table, findings: Findings) -> None:
    known = {m.id: m for m in (*catalog.models, *catalog.anchor_models)}
    anchored = {m.id for m in catalog.anchor_models}
    for node in anchors.values.values():
        assert isinstance(node, Scalar)
        if node.text not in anchored:
            message = f"the anchor {quoted(node.text)} is no model: {findings.hint(node.text, known)}"
            findings.error(node.origin, message)
        elif not known[node.text].benchmarks:
            message = f"the anchor {quoted(node.text)} has no benchmarks: choose a model that is measured"
            findings.error(node.origin, message)


def _check_anchor_order(catalog: Catalog, anchors: Table, findings: Findings) -> None:
    place = {node.text: node.origin for node in anchors.values.values() if isinstance(node, Scalar)}
    for k, dimension in enumerate(DIMENSIONS):
        points = anchor_points(catalog, k)
        for low, high in descents(points):
            message = (
                f"the anchor {quoted(high)} must be measured stronger than {quoted(low)} in {dimension}: "
                "choose other anchors"
            )
            findings.error(place[high], message)
        measured = any(raw_score(m, k, catalog.benchmarks) is not None for m in catalog.models)
        if measured and not points:
            message = f"no anchor is measured in {dimension}: its results count as labels, so add one that is"
            findings.warning(anchors.origin, message)


def _check_patterns(catalog: Catalog, merged: Merged, findings: Findings) -> None:
    """A deny that misses its model would let it through in silence."""
    ids = [m.id for m in catalog.models]
    known = [*ids, *(name for name, _ in catalog.removed)]
    lowered = {name.lower() for name in known}

    def covers_any(pattern: str) -> bool:
        if not is_wild(pattern):
            return pattern.lower() in lowered
        return any(map(Patterns([pattern]).cover, known))

    for pattern in (p for layer in (*merged.deny, *merged.allow) for p in layer.nodes):
        if isinstance(pattern, Scalar) and not covers_any(pattern.text):
            hint = findings.hint(pattern.text, ids)
            message = f"the pattern {quoted(pattern.text)} matches no model's id: {hint}"
            findings.warning(pattern.origin, message)
    deny, allow = Patterns(catalog.deny), [Patterns(layer) for layer in catalog.allow]
    left = any(not deny.cover(n) and all(layer.cover(n) for layer in allow) for n in ids)
    if ids and not left:
        findings.warning(_narrowest(merged), "`allow` and `deny` leave no model at all: widen one of them")


def _narrowest(merged: Merged) -> Origin:
    """The strongest layer's word on it, else its beginning."""
    places = [layer.origin for layer in (*merged.deny, *merged.allow)]
    strongest = [p for p in places if p.file == merged.root.origin.file]
    return strongest[-1] if strongest else merged.root.origin
