"""The other ways to choose, on the same folds and the same pool."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import fmean
from typing import Any, Final

import numpy as np
from attrs import frozen

from hydra_auto.catalog import profiles
from hydra_auto.catalog.dominance import exceeded
from hydra_auto.evaluation.system import System
from hydra_auto.evaluation.table import Floats, Ints
from hydra_auto.evaluation.workload import Case, Mask
from hydra_auto.scale import IDENTITY
from hydra_auto.training.complexity import Complexity

NEIGHBOURS: Final = 20
PRICES: Final = np.concatenate([[1e9], np.geomspace(30.0, 1e-3, 70), [0.0]])
"""Quality that one table's always-strongest cost is worth, λ: cheap at the start, free at the end."""

SHARES: Final = np.linspace(0.0, 1.0, 72)
"""Share of queries that RouteLLM's threshold sends to the strong model on the other folds."""

SHIFTS: Final = np.linspace(1.2, -1.2, 49)
"""How far LiteLLM's tier boundaries are moved; 0, in the middle, is its default."""


@frozen(eq=False)
class Features:
    """What the baselines read of a case's n texts: LiteLLM's verdicts and frozen embeddings [n, d]."""

    complexity: Sequence[Complexity]
    embeddings: Floats


def ranked_like(values: Sequence[Floats], scores: Sequence[Floats]) -> list[Floats]:
    """Scalars per case ([n] each) -> requirements [n, 4] each: over all cases together the k-th smallest
    value gets the k-th smallest requirement in every dimension. So a plain number, such as a prompt's
    length, takes the predictor's place in the same router, with the same distribution."""
    pooled, everything = np.sort(np.concatenate(values)), np.sort(np.concatenate(scores), axis=0)
    found = []
    for own in values:
        rank = (np.searchsorted(pooled, own, "left") + np.searchsorted(pooled, own, "right") - 1) / 2
        found.append(everything[np.clip(rank.round().astype(int), 0, len(everything) - 1)])
    return found


def litellm(case: Case, features: Features) -> System:
    """LiteLLM's complexity router, its four tiers spread over the pool as an operator would who knows
    list prices and public benchmarks; the knob moves its boundaries."""
    ladder = _ladder(case)
    of_tier = ladder[np.linspace(0, len(ladder) - 1, 4).round().astype(int)]
    tiers = np.asarray([[c.tier(float(s)) for s in SHIFTS] for c in features.complexity])
    return System(
        "LiteLLM complexity router", "untrained", of_tier[tiers], SHIFTS, "boundaries moved; default 0"
    )


def _ladder(case: Case) -> Ints:
    """Places of the pool's models that none exceeds in (list price, mean public capability), by price. The
    capabilities are the public ones that the router sees, on the label scale; no outcome is looked at."""
    price = [m.price.input + m.price.output + (m.price.per_request or 0.0) for m in case.pool.catalog.models]
    public = profiles(case.pool.catalog, IDENTITY)
    merits = [(-paid, fmean(p.capability)) for paid, p in zip(price, public, strict=True)]
    beaten = exceeded(list(dict.fromkeys(merits)))
    kept = [j for j, own in enumerate(merits) if own not in beaten]
    return np.asarray(sorted(kept, key=lambda j: merits[j], reverse=True))


def nearest_neighbours(case: Case, features: Features) -> System:
    """The mean score of the nearest texts of the other folds, per model, against its mean cost there."""
    from sklearn.neighbors import KNeighborsRegressor

    def predicted(train: Mask, test: Mask) -> Floats:
        model = KNeighborsRegressor(min(NEIGHBOURS, int(train.sum()))).fit(
            features.embeddings[train], case.score[train]
        )
        return np.asarray(model.predict(features.embeddings[test]))

    return _by_utility("kNN on embeddings", case, predicted)


def logistic(case: Case, features: Features) -> System:
    """One logistic regression per model on the embeddings, fitted on the other folds."""

    def predicted(train: Mask, test: Mask) -> Floats:
        x, held_out = features.embeddings[train], features.embeddings[test]
        return np.stack([_success(x, y, held_out) for y in case.score[train].T], axis=1)

    return _by_utility("logistic regression on embeddings", case, predicted)


def logistic_on_scores(case: Case, scores: Floats) -> System:
    """One logistic regression per model on the four predicted scores: what these tables' own outcomes could
    make of them, if the router were trained on them."""
    spread = scores.std(axis=0)
    scaled = scores / np.where(spread > 0, spread, 1.0)

    def predicted(train: Mask, test: Mask) -> Floats:
        return np.stack([_success(scaled[train], y, scaled[test]) for y in case.score[train].T], axis=1)

    return _by_utility("logistic regression on the four scores", case, predicted)


def route_llm(case: Case, features: Features) -> System:
    """RouteLLM's approach: a binary classifier of "the strong model does better than the weak one" on the
    embeddings, and a threshold; strong and weak are the other folds' best and cheapest."""
    choice = np.zeros((len(case.rows), len(SHARES)), dtype=np.int64)
    for train, test in _folds(case):
        strong = int(case.score[train].mean(axis=0).argmax())
        weak = int(case.cost[train].mean(axis=0).argmin())
        wins = (case.score[train][:, strong] > case.score[train][:, weak]).astype(float)
        x = features.embeddings
        here, there = _success(x[train], wins, x[test]), _success(x[train], wins, x[train])
        thresholds = np.quantile(there, 1 - SHARES)
        to_strong = here[:, None] >= thresholds
        to_strong[:, 0], to_strong[:, -1] = False, True
        choice[test] = np.where(to_strong, strong, weak)
    return System("RouteLLM (binary classifier)", "in-domain", choice, SHARES)


def _by_utility(name: str, case: Case, predicted: Callable[[Mask, Mask], Floats]) -> System:
    """At each λ the model with the largest predicted score - λ · mean cost on the other folds."""
    choice = np.zeros((len(case.rows), len(PRICES)), dtype=np.int64)
    for train, test in _folds(case):
        mean = case.cost[train].mean(axis=0)
        unit = mean[case.score[train].mean(axis=0).argmax()]
        utility = predicted(train, test)[:, None, :] - PRICES[:, None] * mean / unit
        choice[test] = utility.argmax(axis=2)
    return System(name, "in-domain", choice, PRICES)


def _success(x: Floats, score: Floats, held_out: Floats) -> Floats:
    """P(success) of the held-out rows. A score between 0 and 1 counts as that share of a success."""
    from sklearn.linear_model import LogisticRegression

    if score.min() == score.max():
        return np.full(len(held_out), float(score.min()))
    both = np.concatenate([x, x])
    target = np.repeat([1, 0], len(x))
    weight = np.concatenate([score, 1 - score])
    model: Any = LogisticRegression(max_iter=1000).fit(
        both[weight > 0], target[weight > 0], weight[weight > 0]
    )
    return np.asarray(model.predict_proba(held_out)[:, 1])


def _folds(case: Case) -> list[tuple[Mask, Mask]]:
    return [(case.fold != f, case.fold == f) for f in np.unique(case.fold)]
