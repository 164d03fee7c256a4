"""The same request in many languages: is it routed as in English, what does it cost, is the need met?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from attrs import frozen

from hydra_auto.catalog import default_catalog_path, load_catalog, profiles
from hydra_auto.dimensions import DIMENSIONS, Vector
from hydra_auto.evaluation.engine import Engine, chunks_of
from hydra_auto.evaluation.scorers import score_stream
from hydra_auto.outcome_files import TableError, json_lines
from hydra_auto.predictor.bundle import read_card
from hydra_auto.routing import Request, route
from hydra_auto.routing.shortfall import deficits, shortfall

PIVOT: Final = "en"

LEAST: Final = 8
"""Parallel prompts from which on a language has a line of its own; the others share one."""


@frozen
class Parallel:
    """One wording of a request; `group` is the request, `requirement` its annotated need (label scale)."""

    id: str
    text: str
    lang: str
    group: str
    requirement: Vector


def read_parallel(file: Path) -> list[Parallel]:
    """JSON lines of `id`, `text`, `lang`, `group` and `scores` (four labels).

    Raises:
        TableError: a line lacks one of them.
    """
    return list(_rows(file))


def _rows(file: Path) -> Iterator[Parallel]:
    for where, row in json_lines(file):
        texts = [row.get(key) for key in ("id", "text", "lang", "group")]
        scores = row.get("scores")
        if (
            not all(isinstance(t, str) for t in texts)
            or not isinstance(scores, list)
            or len(scores) != len(DIMENSIONS)
        ):
            raise TableError(f"{where}: needs strings `id`, `text`, `lang`, `group` and four `scores`")
        a, b, c, d = (float(s) for s in scores)
        yield Parallel(str(row["id"]), str(row["text"]), str(row["lang"]), str(row["group"]), (a, b, c, d))


def by_language(parallel: Sequence[Parallel], bundle: Path, engine: Engine) -> dict[str, Any]:
    """Per tier of the default catalog and per language: the share of prompts that get the model that their
    English wording gets, the mean expected cost relative to English (output alone would be the same; longer
    scripts cost more input), and the share whose annotated requirement the routed model meets within the
    tier's τ. Only groups with an English wording count; hosted models are the pool."""
    import json

    lines = score_stream(bundle, ((p.id, p.text) for p in parallel), engine)
    scores = [tuple(json.loads(line)["scores"]) for line in lines]
    return {
        tier: _tier(parallel, scores, bundle, tier, engine)
        for tier in load_catalog([default_catalog_path()]).tiers
    }


def _tier(
    parallel: Sequence[Parallel], scores: Sequence[Any], bundle: Path, tier: str, engine: Engine
) -> list[dict[str, Any]]:
    rows = zip(parallel, scores, strict=True)
    routed = [r for part in engine.map(partial(_routing, bundle, tier), chunks_of(rows)) for r in part]
    english = {p.group: r for p, r in zip(parallel, routed, strict=True) if p.lang == PIVOT}
    languages: dict[str, list[tuple[bool, float, bool]]] = defaultdict(list)
    for p, (model, cost, met) in zip(parallel, routed, strict=True):
        if p.group in english:
            pivot_model, pivot_cost, _ = english[p.group]
            languages[p.lang].append((model == pivot_model, cost / pivot_cost if pivot_cost else 1.0, met))
    few = [lang for lang, found in languages.items() if len(found) < LEAST and lang != PIVOT]
    if few:
        languages[f"{len(few)} others"] = [row for lang in few for row in languages.pop(lang)]
    return [
        _line(lang, found)
        for lang, found in sorted(languages.items(), key=lambda item: (item[0] != PIVOT, -len(item[1])))
    ]


def _line(lang: str, found: Sequence[tuple[bool, float, bool]]) -> dict[str, Any]:
    same, cost, met = (np.asarray(column, dtype=float) for column in zip(*found, strict=True))
    return {
        "lang": lang,
        "prompts": len(found),
        "sameModel": float(same.mean() * 100),
        "cost": float(cost.mean()),
        "met": float(met.mean() * 100),
    }


def _routing(bundle: Path, tier: str) -> Any:
    scale = read_card(bundle).scale
    catalog = load_catalog([default_catalog_path()])
    found = profiles(catalog, scale)
    by_id = {p.model.id: p for p in found}
    tau, weights = catalog.tiers[tier].tau, catalog.tiers[tier].weights or catalog.weights

    def work(chunk: list[tuple[Parallel, Vector]]) -> list[tuple[str, float, bool]]:
        rows = []
        for p, scores in chunk:
            decision = route(Request(prompt=p.text, tier=tier), scores, catalog, found, scale)
            cost = decision.verdicts[0].cost
            need = [scale.from_label(k, label) for k, label in enumerate(p.requirement)]
            lack = deficits((need[0], need[1], need[2], need[3]), by_id[decision.chosen.id].capability)
            met = shortfall(lack, weights, scale.widths) <= max(tau, 0) + 1e-9
            rows.append((decision.chosen.id, cost, met))
        return rows

    return work
