"""Tables met with their pools: what is judged, alone or mixed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from attrs import evolve, frozen

from hydra_auto.evaluation.folds import folds_of
from hydra_auto.evaluation.pool import Pool
from hydra_auto.evaluation.replay import expected_costs
from hydra_auto.evaluation.table import Floats, Ints, OutcomeTable
from hydra_auto.outcome_files import TableError

Mask = npt.NDArray[np.bool_]


@frozen(eq=False)
class Case:
    """n queries of one table x the m models of one pool, nothing unknown.

    `rows` [n] are the queries' places in the table; `score` [n, m] in [0, 1], `cost` [n, m] in USD.
    `recorded` [n, m] is the same with NaN where a cost was filled in. `declared`: the table has no costs at
    all, so they are list price x declared tokens. `remarks` say what was left out or filled in.
    """

    table: OutcomeTable
    pool: Pool
    rows: Ints
    fold: Ints
    score: Floats
    cost: Floats
    recorded: Floats
    declared: bool
    remarks: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.table.name

    @property
    def ids(self) -> list[str]:
        return [self.table.ids[i] for i in self.rows]

    @property
    def characters(self) -> Ints:
        return self.table.characters[self.rows]

    @property
    def strongest(self) -> int:
        """The model with the best mean score over all queries; of equals the cheaper one."""
        mean, cost = self.score.mean(axis=0), self.cost.mean(axis=0)
        return min(range(len(mean)), key=lambda j: (-mean[j], cost[j]))

    @property
    def cheapest(self) -> int:
        return int(np.argmin(self.cost.mean(axis=0)))

    @property
    def in_one_fold(self) -> bool:
        """Whether nothing can be fitted: no query is in another fold than the one that is judged."""
        return bool((self.fold == self.fold[0]).all())

    def only(self, keep: Mask) -> Case:
        """The case of the queries that `keep` [n] names."""
        parts = {k: getattr(self, k)[keep] for k in ("rows", "fold", "score", "cost", "recorded")}
        return evolve(self, **parts)


def case_of(table: OutcomeTable, pool: Pool) -> Case:
    """The queries that have a text and a known score of every model of the pool.

    A cost that is unknown where others of that model are known is filled in with that model's mean, and
    counted; a table without any cost gets list price x declared tokens, and says so.

    Raises:
        TableError: no query is left, or a model has costs for none of them while others have.
    """
    has_text = table.characters > 0
    scored: Mask = np.asarray(np.isfinite(table.score).all(axis=1))
    rows = np.flatnonzero(has_text & scored)
    if not len(rows):
        raise TableError(f"{table.folder}: no query has a text and a score of every model of {pool.file}")
    remarks = _left_out(table, pool, has_text, scored)
    recorded = table.cost[rows]
    declared = not np.isfinite(recorded).any()
    if declared:
        cost = expected_costs(pool.catalog, table.characters[rows].tolist())
        remarks.append("no costs recorded: list price x declared tokens instead")
    else:
        cost, said = _filled(recorded, table, pool)
        remarks += said
    fold = folds_of([table.ids[i] for i in rows])
    return Case(table, pool, rows, fold, table.score[rows], cost, recorded, declared, tuple(remarks))


def _left_out(table: OutcomeTable, pool: Pool, has_text: Mask, scored: Mask) -> list[str]:
    remarks = []
    if missing := int((~has_text).sum()):
        remarks.append(f"{missing} of {len(table.ids)} queries left out: no text")
    if missing := int((has_text & ~scored).sum()):
        remarks.append(
            f"{missing} of {len(table.ids)} queries left out: not scored for every model of {pool.name}"
        )
    return remarks


def _filled(recorded: Floats, table: OutcomeTable, pool: Pool) -> tuple[Floats, list[str]]:
    cost, remarks = recorded.copy(), []
    for j, model in enumerate(pool.models):
        unknown = ~np.isfinite(cost[:, j])
        if unknown.all():
            raise TableError(
                f"{table.folder}: {model!r} has no cost while other models of {pool.file} have; "
                "leave it out of the pool"
            )
        if unknown.any():
            cost[unknown, j] = cost[~unknown, j].mean()
            remarks.append(f"{int(unknown.sum())} unknown costs of {model} filled in with its mean")
    return cost, remarks


@frozen(eq=False)
class Workload:
    """What figures are computed on: n queries, each with its own part's models.

    `score`, `cost` [n, M] are padded with NaN where a part has fewer models; `weight` [n] is how much a query
    counts; `cluster` [n] and `stratum` [n] are how they are resampled: clusters within strata.
    """

    name: str
    cases: tuple[Case, ...]
    part: Ints
    fold: Ints
    weight: Floats
    cluster: Ints
    stratum: Ints
    score: Floats
    cost: Floats

    def __len__(self) -> int:
        return len(self.part)


def alone(case: Case) -> Workload:
    """One table, costs in USD."""
    return _joined(case.name, (case,), (case.cost,), equal=False)


def mixed(cases: Sequence[Case], *, equal: bool) -> Workload:
    """All tables, every query with its own table's pool; a cost is divided by the mean cost of that table's
    always-strongest model. `equal`: every table counts the same, else every query."""
    costs = [c.cost / c.cost[:, c.strongest].mean() for c in cases]
    return _joined("mixed, tables equal" if equal else "mixed", tuple(cases), costs, equal=equal)


def _joined(name: str, cases: tuple[Case, ...], costs: Sequence[Floats], *, equal: bool) -> Workload:
    width = max(c.score.shape[1] for c in cases)
    cluster, stratum = _clusters(cases)
    return Workload(
        name=name,
        cases=cases,
        part=np.concatenate([np.full(len(c.rows), i) for i, c in enumerate(cases)]),
        fold=np.concatenate([c.fold for c in cases]),
        weight=np.concatenate([np.full(len(c.rows), 1 / len(c.rows) if equal else 1.0) for c in cases]),
        cluster=cluster,
        stratum=stratum,
        score=np.concatenate([_padded(c.score, width) for c in cases]),
        cost=np.concatenate([_padded(c, width) for c in costs]),
    )


def _clusters(cases: Sequence[Case]) -> tuple[Ints, Ints]:
    """Numbers of clusters and of strata. A stratum is a table, or several that share a cluster: the same
    repository is drawn, or not, in all of them at once."""
    names = [[c.table.clusters[i] for i in c.rows] for c in cases]
    stratum_of: list[int] = []
    for t, own in enumerate(names):
        shared = next((stratum_of[s] for s in range(t) if set(names[s]) & set(own)), t)
        stratum_of.append(shared)
    number: dict[tuple[int, str], int] = {}
    cluster = [number.setdefault((stratum_of[t], n), len(number)) for t, own in enumerate(names) for n in own]
    stratum = [stratum_of[t] for t, own in enumerate(names) for _ in own]
    return np.asarray(cluster), np.asarray(stratum)


def _padded(values: Floats, width: int) -> Floats:
    return np.pad(values, ((0, 0), (0, width - values.shape[1])), constant_values=np.nan)
