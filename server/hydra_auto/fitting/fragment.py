"""Fits -> a catalog layer in YAML, with where each number comes from as comments."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from hydra_auto.catalog.model import Catalog, Model
from hydra_auto.dimensions import DIMENSIONS
from hydra_auto.fitting.capability import ModelFit


def fragment(fits: Sequence[ModelFit], source: str, catalog: Catalog) -> str:
    """A layer for on top of `catalog` that `catalog check` accepts.

    A model that `catalog` knows (by its id) gets capabilities alone. Another one needs a price: the table's
    mean cost of a request, else the catalog's dearest, said so in a comment. Models without an identified
    dimension are named in comments only.
    """
    known = {m.id.lower(): m for m in catalog.models}
    lines = [
        f"# Capabilities on the label scale, estimated from {_plain(source)}",
        "# by `hydra-auto catalog fit`.",
    ]
    entries = [_entry(fit, known, catalog) for fit in fits if fit.capability]
    lines += ["models:", *(line for entry in entries for line in entry)] if entries else ["{}"]
    for fit in fits:
        if not fit.capability:
            lines.append(f"# {_plain(fit.model)}: nothing is identified by its {fit.n} outcomes")
    return "\n".join(lines) + "\n"


def catalog_id(name: str) -> str:
    """A table's model name as an id: ids have no spaces."""
    return re.sub(r"\s+", "-", name.strip())[:200]


def _entry(fit: ModelFit, known: Mapping[str, Model], catalog: Catalog) -> list[str]:
    name = catalog_id(fit.model)
    found = known.get(name.lower())
    lines = [
        f"  - id: {json.dumps(found.id if found else name)}  # n = {fit.n}, mean score {fit.success:.3f}"
    ]
    if found is None:
        lines += ["    vendor: unknown", *_price(fit, catalog)]
    lines.append("    capabilities:")
    for dimension in DIMENSIONS:
        if dimension in fit.capability:
            e = fit.capability[dimension]
            lines.append(f"      {dimension}: {e.value:.3f}  # 95 % interval {e.low:.3f} to {e.high:.3f}")
        else:
            lines.append(f"      # {dimension}: not identified")
    return lines


def _price(fit: ModelFit, catalog: Catalog) -> list[str]:
    if fit.cost is not None:
        return [f"    price: {{perRequest: {fit.cost:.8f}}}  # mean cost in the table"]
    tokens = [m.price for m in catalog.models if m.price.per_request is None]
    most_in, most_out = (max((getattr(p, k) for p in tokens), default=0) for k in ("input", "output"))
    return [
        f"    price: {{input: {most_in:g}, output: {most_out:g}}}  # unknown, so the dearest: write yours"
    ]


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)[:300]
