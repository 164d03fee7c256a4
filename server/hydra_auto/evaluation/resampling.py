"""Resampled workloads: whole clusters drawn with replacement within their strata, and shuffled decisions."""

from __future__ import annotations

import numpy as np

from hydra_auto.evaluation.table import Floats, Ints
from hydra_auto.evaluation.workload import Workload


def draws(workload: Workload, replicates: int, seed: int) -> Floats:
    """[1 + replicates, n] weights. Row 0 is the workload itself; in every other row each stratum is drawn
    anew, cluster by cluster, as many as it has, and each table keeps its share of the workload, whatever
    the size of the clusters. Every figure of a row uses the same draw, so differences are paired."""
    random = np.random.default_rng(seed)
    counts = np.zeros((replicates, int(workload.cluster.max()) + 1))
    for stratum in np.unique(workload.stratum):
        own = np.unique(workload.cluster[workload.stratum == stratum])
        counts[:, own] = random.multinomial(len(own), np.full(len(own), 1 / len(own)), size=replicates)
    weights = np.concatenate([np.ones((1, len(workload))), counts[:, workload.cluster]])
    return _shares_kept(weights * workload.weight, workload.part)


def _shares_kept(weights: Floats, part: Ints) -> Floats:
    """`weights` [1 + replicates, n] with each part's total in row 0 for its total in every row."""
    for own in (part == p for p in np.unique(part)):
        totals = weights[:, own].sum(axis=1)
        weights[:, own] *= (totals[0] / np.where(totals > 0, totals, totals[0]))[:, None]
    return weights


def shuffled(choice: Ints, workload: Workload, random: np.random.Generator) -> Ints:
    """The decisions [n, T] dealt out anew among the queries of the same table and fold (which share
    catalog, prices and profiles): what is left is everything but what a decision knew of its query."""
    group = workload.part * (workload.fold.max() + 1) + workload.fold
    place = np.empty(len(workload), dtype=np.int64)
    place[np.argsort(group, kind="stable")] = np.lexsort((random.random(len(workload)), group))
    return choice[place]
