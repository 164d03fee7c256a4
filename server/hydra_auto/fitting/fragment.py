"""Fits -> a catalog layer in YAML, with where each number comes from as comments."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from itertools import chain, count

from hydra_auto.catalog.model import Catalog, Model
from hydra_auto.dimensions import DIMENSIONS
from hydra_auto.fitting.capability import ModelFit


def fragment(fits: Sequence[ModelFit], source: str, catalog: Catalog) -> str:
    """A layer for on top of `catalog` that `catalog check` accepts.

    A model that `catalog` knows (by its id) gets capabilities alone. Another one needs a price: the table's
    mean cost of a request, else the catalog's dearest, said so in a comment. Models without an identified
    dimension are named in comments only. No two models get one id.
    """
    known = {m.id.lower(): m for m in catalog.models}
    lines = [
        f"# Capabilities on the label scale, estimated from {_plain(source)}",
        "# by `hydra-auto catalog fit`.",
    ]
    fitted = [fit for fit in fits if fit.capability]
    ids = _ids([fit.model for fit in fitted], known)
    entries = [_entry(fit, ids[fit.model], known, catalog) for fit in fitted]
    lines += ["models:", *(line for entry in entries for line in entry)] if entries else ["{}"]
    for fit in fits:
        if not fit.capability:
            lines.append(f"# {_plain(fit.model)}: nothing is identified by its {fit.n} outcomes")
    return "\n".join(lines) + "\n"


def catalog_id(name: str) -> str:
    """A table's model name as an id: ids have no spaces and no control characters."""
    return re.sub(r"\s+", "-", _plain(name).strip())[:200] or "unnamed"


def _ids(names: Sequence[str], known: Mapping[str, Model]) -> dict[str, str]:
    """An id for each name, distinct whatever their case. Where several would have one, the model that is
    called just so has it, and the others get a number."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    spoken_for = {catalog_id(name).lower() for name in names} | known.keys()
    for name in sorted(names, key=lambda name: catalog_id(name) != name):
        plain = catalog_id(name)
        numbered = (i for n in count(2) if (i := f"{plain[:190]}-{n}").lower() not in spoken_for)
        found[name] = next(i for i in chain([plain], numbered) if i.lower() not in taken)
        taken.add(found[name].lower())
    return found


def _entry(fit: ModelFit, name: str, known: Mapping[str, Model], catalog: Catalog) -> list[str]:
    found = known.get(name.lower())
    quoted = json.dumps(found.id if found else name, ensure_ascii=False)  # YAML knows no pairs of surrogates
    lines = [f"  - id: {quoted}  # n = {fit.n}, mean score {fit.success:.3f}"]
    if name != catalog_id(fit.model):
        lines.append(f"    # {_plain(fit.model)} in the table; another model has its id")
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
