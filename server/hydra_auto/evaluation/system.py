"""A way to choose models, played on a workload: one choice per query and per position of its knob."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from attrs import frozen

from hydra_auto.evaluation.table import Floats, Ints
from hydra_auto.evaluation.workload import Workload

Family = Literal["ours", "untrained", "in-domain", "null", "bound"]
"""`untrained`: never saw these tables' outcomes beyond the pool's profiles; `in-domain`: trained on the
other folds' outcomes; `bound`: sees the outcomes themselves."""


@frozen(eq=False)
class System:
    """`choice` [n, T]: the model (a place in the query's own pool) at each position of the knob, which goes
    from the cheapest to the dearest; `knobs` [T] are the positions' own values."""

    name: str
    family: Family
    choice: Ints
    knobs: Floats
    remark: str = ""


def joined(systems: Sequence[System]) -> System:
    """The same system on several cases, one below the other, with one knob for all."""
    first = systems[0]
    if any(len(s.knobs) != len(first.knobs) for s in systems):
        raise ValueError(f"{first.name}: the knobs of its tables differ")
    return System(
        first.name, first.family, np.concatenate([s.choice for s in systems]), first.knobs, first.remark
    )


def played(values: Floats, choice: Ints) -> Floats:
    """[n, T] what the chosen models' `values` [n, M] are."""
    offsets = np.arange(len(values))[:, None] * values.shape[1]
    return np.asarray(values.ravel()[offsets + choice])


def oracle(workload: Workload, prices: Floats) -> System:
    """Sees every outcome: at each of `prices` λ [T], descending, the model with the largest score - λ cost.
    The costs are counted in the mean cost of the whole."""
    unit = np.nanmean(workload.cost)
    choice = np.stack(
        [np.nanargmax(workload.score - price * workload.cost / unit, axis=1) for price in prices], axis=1
    )
    return System("oracle", "bound", choice, prices, "sees the outcomes")
