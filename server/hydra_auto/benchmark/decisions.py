"""How long a decision takes once the scores are there, by the size of the catalog."""

from __future__ import annotations

import random
import statistics
import time
from typing import Final

from hydra_auto.catalog.model import Catalog, Model, Price, Tier
from hydra_auto.catalog.profiles import profiles
from hydra_auto.routing.decision import AvailableModel, Request
from hydra_auto.routing.pool import Stock
from hydra_auto.routing.router import route
from hydra_auto.scale import IDENTITY

OFFERED: Final = 30
"""Models that an editor offers; a quarter of them no entry covers."""


def decision_ms(models: int, offered: bool, rounds: int) -> float:
    """Median milliseconds of `route` with a made-up catalog of so many models; `offered` says whether the
    editor names the ones it has, or the whole catalog counts."""
    catalog = _catalog(models)
    found = Stock(profiles(catalog, IDENTITY))  # as a server keeps them
    request = Request("x" * 400, available=_offers(models) if offered else None)
    route(request, (0.5, 0.5, 0.5, 0.5), catalog, found, IDENTITY)
    spans = []
    for i in range(rounds):
        started = time.perf_counter()
        route(request, (0.5, 0.5, 0.5, (i % 10) / 10), catalog, found, IDENTITY)
        spans.append((time.perf_counter() - started) * 1000)
    return round(statistics.median(spans), 3)


def _catalog(models: int) -> Catalog:
    rng = random.Random(5)
    made = tuple(
        Model(
            id=f"maker-{i % 40}-model-{i:05}",
            name=f"Model {i}",
            vendor="maker",
            price=Price(rng.uniform(0.1, 5), rng.uniform(0.2, 25)),
            match=(f"*/maker-{i % 40}/model-{i:05}*",),
            capabilities={name: rng.random() for name in ("reasoning", "code_gen", "debugging", "tool_use")},
        )
        for i in range(models)
    )
    return Catalog("bench", made, {name: Tier(0.1) for name in ("efficiency", "balance", "intelligence")})


def _offers(models: int) -> tuple[AvailableModel, ...]:
    known = [i * (models // OFFERED) for i in range(OFFERED)]
    names = [f"model-{i:05}-x" if n % 4 else f"maker-{n}-new" for n, i in enumerate(known)]
    families = [f"maker-{i % 40}" for i in known]
    return tuple(AvailableModel("vendor", n, family) for n, family in zip(names, families, strict=True))
