"""The whole evaluation: tables and pools in, one document of all figures out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final

import numpy as np
from attrs import evolve, field, frozen

from hydra_auto.catalog import default_catalog_path, load_catalog
from hydra_auto.evaluation.baselines import (
    Features,
    litellm,
    logistic,
    logistic_on_scores,
    nearest_neighbours,
    ranked_like,
    route_llm,
)
from hydra_auto.evaluation.changes import ERRORS, changed_frontiers, wrong_profiles
from hydra_auto.evaluation.embeddings import embeddings_of
from hydra_auto.evaluation.engine import Engine
from hydra_auto.evaluation.fitting import Profiles
from hydra_auto.evaluation.folds import FOLDS
from hydra_auto.evaluation.languages import by_language, read_parallel
from hydra_auto.evaluation.players import TAUS, priced, routed
from hydra_auto.evaluation.pool import Pool, read_pool
from hydra_auto.evaluation.scorers import BundleScorer, FileScorer, Scorer
from hydra_auto.evaluation.study import Options, study
from hydra_auto.evaluation.system import System, joined
from hydra_auto.evaluation.table import Floats, queries, read_table
from hydra_auto.evaluation.workload import Case, Mask, Workload, alone, case_of, mixed
from hydra_auto.outcome_files import TableError
from hydra_auto.scale import IDENTITY, ScoreScale
from hydra_auto.training.complexity import complexity

Progress = Callable[[str, str], AbstractContextManager[Callable[[int], None]]]
"""(name, unit) -> a bar whose `advance` the block calls."""

FEWER: Final = 4
"""How many times fewer draws and shuffles the sections beside the main workloads get."""

MODES: Final[dict[Profiles, str]] = {
    "public": "ours",
    "eq3": "ours, Eq. 3 profiles",
    "fitted": "ours, profiles fitted on other folds",
}


def _tiers() -> dict[str, float]:
    """τ of the default catalog's tiers."""
    return {name: tier.tau for name, tier in load_catalog([default_catalog_path()]).tiers.items()}


@frozen
class Job:
    """What to evaluate. `pairs` are tables with their pool files; `labels` and `parallel` add sections;
    `sections` False leaves out catalog changes and wrong profiles; `tiers` are the τ with names."""

    pairs: tuple[tuple[Path, Path], ...]
    scorer: Scorer
    cache: Path
    options: Options
    profiles: Profiles = "public"
    reference: str | None = None
    labels: Path | None = None
    parallel: Path | None = None
    bundle: Path | None = None
    sections: bool = True
    tiers: Mapping[str, float] = field(factory=_tiers)


@frozen(eq=False)
class Played:
    """A case with what its systems need: `scores` [n, 4], `features`, and the case's `systems`."""

    case: Case
    scores: Floats
    systems: tuple[System, ...]


@frozen(eq=False)
class Labels:
    """`known`: by a case's place the labels of its queries [n, 4], NaN where there is none; `remarks` name
    the tables that are left out."""

    known: Mapping[int, Floats] = field(factory=dict)
    remarks: tuple[str, ...] = ()


def evaluate(job: Job, engine: Engine, progress: Progress) -> dict[str, Any]:
    """Every figure of `job` as one JSON document (see the report for what is what).

    Raises:
        TableError, ValueError, CatalogError, BundleError: an input is unusable; one sentence says which.
    """
    started = time.monotonic()
    cases = [_scored_case(job, table, pool, engine, progress) for table, pool in job.pairs]
    if job.reference is not None and not any(job.reference in case.pool.models for case, _ in cases):
        raise ValueError(
            f"--reference {job.reference}: no pool has it; use one of {', '.join(cases[0][0].pool.models)}"
        )
    labels = _labels(job, cases, engine)
    played = _played(job, cases, engine, progress)
    document = {
        "scorer": job.scorer.name,
        "profiles": job.profiles,
        "folds": FOLDS,
        "replicates": job.options.replicates,
        "permutations": job.options.permutations,
        "seed": job.options.seed,
        "workloads": _studied(job, played, progress),
        "labels": _labelled(job, played, labels, engine, progress),
        "labelsLeftOut": list(labels.remarks),
        "changes": _changes(job, cases, engine, progress),
        "languages": _languages(job, engine),
    }
    return {**document, "seconds": round(time.monotonic() - started, 1)}


# --- cases and systems -----------------------------------------------------------------------------------


def _scored_case(
    job: Job, folder: Path, pool_file: Path, engine: Engine, progress: Progress
) -> tuple[Case, Floats]:
    pool: Pool = read_pool(pool_file)
    table = read_table(folder, pool.names, str(pool_file))
    case = case_of(table, pool)
    with progress(f"scoring {table.name}", "queries") as advance:
        scores = job.scorer.scores(table, engine, advance)[case.rows]
    known: Mask = np.asarray(np.isfinite(scores).all(axis=1))
    if not known.any():
        raise TableError(
            f"{job.scorer.name}: scores no query of {folder}; its ids must be those of queries.jsonl"
        )
    missing = int((~known).sum())
    if missing:
        case = _remarked(
            case, f"{missing} of {len(known)} queries left out: {job.scorer.name} does not score them"
        )
    case = case.only(known)
    if case.in_one_fold:
        raise TableError(
            f"{folder}: nothing can be fitted, for all its usable queries ({len(case.rows)}) are in one of "
            f"{FOLDS} folds; add some"
        )
    return case, scores[known]


def _remarked(case: Case, remark: str) -> Case:
    return evolve(case, remarks=(*case.remarks, remark))


def _played(
    job: Job, cases: Sequence[tuple[Case, Floats]], engine: Engine, progress: Progress
) -> list[Played]:
    lengths = [np.log1p(case.characters).astype(float) for case, _ in cases]
    by_length = ranked_like(lengths, [scores for _, scores in cases])
    found = []
    for (case, scores), length in zip(cases, by_length, strict=True):
        with progress(f"embedding {case.name}", "queries") as advance:
            features = _features(job, case, engine, advance)
        with progress(f"replaying {case.name}", "systems") as advance:
            systems = []
            for system in _systems(job, case, scores, length, features, engine):
                systems.append(system)
                advance(1)
        found.append(Played(case, scores, tuple(systems)))
    return found


def _features(job: Job, case: Case, engine: Engine, advance: Callable[[int], None]) -> Features:
    texts = [q.text for q in queries(case.table.folder)]
    verdicts = [complexity(texts[i]) for i in case.rows]
    return Features(verdicts, embeddings_of(case.table, job.cache, engine, advance)[case.rows])


def _systems(
    job: Job, case: Case, scores: Floats, length: Floats, features: Features, engine: Engine
) -> Iterator[System]:
    """The first is the one that the others are compared with."""
    scale = job.scorer.scale
    order = [job.profiles, *(how for how in MODES if how != job.profiles)]
    taus = np.unique([*TAUS, *job.tiers.values()])[::-1]
    for how in order:
        yield routed(MODES[how], "ours", case, scores, scale, how, engine, taus)
    yield priced("ours, shortfall priced", case, scores, scale, job.profiles)
    yield routed("prompt length", "untrained", case, length, scale, job.profiles, engine)
    yield litellm(case, features)
    yield nearest_neighbours(case, features)
    yield logistic(case, features)
    yield logistic_on_scores(case, scores)
    yield route_llm(case, features)


# --- sections --------------------------------------------------------------------------------------------


def _studied(job: Job, played: Sequence[Played], progress: Progress) -> list[dict[str, Any]]:
    workloads: list[tuple[Workload, list[System], str | None]] = []
    if len(played) > 1:
        systems = [joined(parts) for parts in zip(*(p.systems for p in played), strict=True)]
        for equal in (False, True):
            workloads.append((mixed([p.case for p in played], equal=equal), systems, None))
    workloads += [(alone(p.case), list(p.systems), _reference_in(job, p.case)) for p in played]
    found = []
    for workload, systems, reference in workloads:
        with progress(f"resampling {workload.name}", "systems") as advance:
            found.append(study(workload, systems, job.options, reference, advance, job.tiers))
    return found


def _reference_in(job: Job, case: Case) -> str | None:
    return job.reference if job.reference in case.pool.models else None


def _labels(job: Job, cases: Sequence[tuple[Case, Floats]], engine: Engine) -> Labels:
    """What the file of labels knows of `cases`.

    Raises:
        TableError: too little of each of them.
    """
    if job.labels is None:
        return Labels()
    known: dict[int, Floats] = {}
    remarks = []
    for place, (case, _) in enumerate(cases):
        labels = FileScorer(job.labels).scores(case.table, engine, lambda _: None)[case.rows]
        own: Mask = np.asarray(np.isfinite(labels).all(axis=1))
        if not own.any():
            remarks.append(f"{case.name} left out: none of its queries is labelled")
        elif case.only(own).in_one_fold:
            remarks.append(
                f"{case.name} left out: all its labelled queries ({own.sum()}) are in one of {FOLDS} folds"
            )
        else:
            known[place] = labels
    if not known:
        raise TableError(f"{job.labels}: has too few labels of the tables' queries: {'; '.join(remarks)}")
    return Labels(known, tuple(remarks))


def _labelled(
    job: Job, played: Sequence[Played], labels: Labels, engine: Engine, progress: Progress
) -> list[dict[str, Any]] | None:
    """What the annotated requirements themselves would reach, beside the predictor on the same queries."""
    if not labels.known:
        return None
    cases, rows = [], []
    for place, values in labels.known.items():
        p = played[place]
        own: Mask = np.asarray(np.isfinite(values).all(axis=1))
        case = p.case.only(own)
        cases.append(case)
        rows.append(_label_systems(job, case, p.scores[own], values[own], IDENTITY, engine))
    found = []
    fewer = job.options.fewer(FEWER)
    if len(cases) > 1:
        systems = [joined(s) for s in zip(*rows, strict=True)]
        found.append(study(mixed(cases, equal=False), systems, fewer))
    with progress("resampling the labelled queries", "tables") as advance:
        for case, systems in zip(cases, rows, strict=True):
            found.append(study(alone(case), systems, fewer, _reference_in(job, case)))
            advance(1)
    return found


def _label_systems(
    job: Job, case: Case, scores: Floats, labels: Floats, label_scale: ScoreScale, engine: Engine
) -> list[System]:
    systems = []
    for name, values, scale in (("labels", labels, label_scale), ("predictor", scores, job.scorer.scale)):
        for how in MODES:
            systems.append(routed(f"{name}, {how} profiles", "ours", case, values, scale, how, engine))
        systems.append(priced(f"{name}, shortfall priced", case, values, scale, job.profiles))
        systems.append(_renamed(logistic_on_scores(case, values), f"{name}, logistic regression on them"))
    return systems


def _renamed(system: System, name: str) -> System:
    return System(name, system.family, system.choice, system.knobs, system.remark)


def _changes(
    job: Job, cases: Sequence[tuple[Case, Floats]], engine: Engine, progress: Progress
) -> list[dict[str, Any]] | None:
    if not job.sections:
        return None
    options = evolve(job.options.fewer(FEWER), permutations=0)
    tau = job.tiers["balance"]
    found = []
    for case, scores in cases:
        wrong = len(case.pool.models) * 4 * len(ERRORS)
        with progress(f"wrong profiles of {case.pool.name}, of {wrong}", "profiles") as advance:
            found.append(
                {
                    "table": case.name,
                    "pool": case.pool.name,
                    "frontiers": changed_frontiers(case, scores, job.scorer.scale, options, engine),
                    "tau": tau,
                    "wrong": wrong_profiles(case, scores, job.scorer.scale, tau, engine, advance),
                }
            )
    return found


def _languages(job: Job, engine: Engine) -> dict[str, Any] | None:
    if job.parallel is None:
        return None
    if job.bundle is None:
        raise ValueError("--parallel needs a bundle: a file of scores cannot score other languages")
    return by_language(read_parallel(job.parallel), job.bundle, engine)


def bundle_scorer(bundle: Path, cache: Path) -> BundleScorer:
    """The scorer of a bundle that can be read.

    Raises:
        BundleError: it cannot.
    """
    scorer = BundleScorer(bundle, cache)
    _ = scorer.scale
    return scorer
