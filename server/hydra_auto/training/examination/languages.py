"""Do the scores, and the model that is chosen, depend on the language that a request is written in?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from hydra_auto.catalog import default_catalog_path, load_catalog, profiles
from hydra_auto.catalog.model import Catalog
from hydra_auto.dimensions import DIMENSIONS, Vector
from hydra_auto.predictor.text import Rendered, render
from hydra_auto.routing import route
from hydra_auto.routing.decision import AvailableModel, Decision, Request
from hydra_auto.scale import ScoreScale
from hydra_auto.training.data import Prompt, held_out_prompts

Scorer = Callable[[Sequence[Rendered]], list[Vector]]

GROUPS: Final = 240
"""Parallel groups looked at: those with the most languages, in the order of the data among equals."""

POOL: Final = ("gemma3:4b", "gpt-oss:20b", "claude-haiku-4.5", "claude-opus-4.8")
"""The reference pool of four models, from the weakest to the strongest."""

ALLOWANCE: Final = 0.03
"""A translation's model may fall this much shorter of the English need than the tier accepts."""

SCRIPTS: Final = {
    "Latin": "en de fr es it pt nl pl cs ro hu sv da fi no nb vi id ms tr sw ca et lv lt sk sl hr sq az uz "
    "af eu ga is tl",
    "Cyrillic": "ru uk bg sr mk be kk ky mn tg",
    "CJK": "zh zh-cn zh-tw ja ko",
    "Arabic and Hebrew": "ar fa ur he ps sd",
    "Indic": "hi bn ta te mr gu kn ml pa ne si or",
    "Thai and its neighbours": "th lo my km",
}


def examine(data: Path, scorer: Scorer, scale: ScoreScale) -> dict[str, Any]:
    """Per script family: spread of the scores inside a group, and how often routing goes as for English."""
    chosen = _groups(data)
    texts = [p for group in chosen for p in group]
    scores = dict(
        zip(((p.group, p.lang) for p in texts), scorer([render(p.text) for p in texts]), strict=True)
    )
    router = _Router(scale)
    return {
        "groups": len(chosen),
        "pool": list(POOL),
        "tau": router.tau,
        "allowance": ALLOWANCE,
        "families": {
            family: _family(chosen, set(codes.split()), scores, router)
            for family, codes in SCRIPTS.items()
            if any(p.lang in codes.split() and p.lang != "en" for p in texts)
        },
    }


def _groups(data: Path) -> list[list[Prompt]]:
    groups: dict[str, dict[str, Prompt]] = defaultdict(dict)
    for prompt in held_out_prompts(data):
        groups[prompt.group].setdefault(prompt.lang, prompt)
    with_english = [list(g.values()) for g in groups.values() if "en" in g and len(g) > 2]
    return sorted(with_english, key=lambda g: -len(g))[:GROUPS]


def _family(
    groups: Sequence[Sequence[Prompt]],
    codes: set[str],
    scores: dict[tuple[str, str], Vector],
    router: _Router,
) -> dict[str, Any]:
    spreads, same, costs, english_costs, met = [], [], [], [], []
    for group in groups:
        members = [p for p in group if p.lang in codes and p.lang != "en"]
        if not members:
            continue
        english = scores[group[0].group, "en"]
        own = [scores[p.group, p.lang] for p in members]
        spreads.append(np.std([english, *own], axis=0))
        for score in own:
            same.append(router.reference(score).chosen.id == router.reference(english).chosen.id)
            decision, wanted = router.default(score), router.default(english)
            costs.append(decision.verdicts[0].cost)
            english_costs.append(wanted.verdicts[0].cost)
            met.append(router.shortfall(decision, english) <= decision.tau + ALLOWANCE)
    spread = np.mean(spreads, axis=0)
    return {
        "translations": len(same),
        "deviation": {name: round(float(s), 4) for name, s in zip(DIMENSIONS, spread, strict=True)},
        "sameModel": round(float(np.mean(same)), 4),
        "costAgainstEnglish": round(float(np.sum(costs) / np.sum(english_costs)), 4),
        "englishNeedMet": round(float(np.mean(met)), 4),
    }


class _Router:
    """Routes bare scores at tier balance, on the four reference models and on the whole default catalog."""

    def __init__(self, scale: ScoreScale) -> None:
        self._scale = scale
        self._catalog: Catalog = load_catalog([default_catalog_path()])
        self._profiles = profiles(self._catalog, scale)
        self._offer = tuple(AvailableModel(vendor="pool", id=name) for name in POOL)
        self._kept: dict[tuple[Vector, bool], Decision] = {}

    @property
    def tau(self) -> float:
        """The threshold of tier balance in the default catalog."""
        return self._catalog.tiers["balance"].tau

    def reference(self, scores: Vector) -> Decision:
        """The decision among the four reference models."""
        return self._decided(scores, True)

    def default(self, scores: Vector) -> Decision:
        """The decision on the default catalog."""
        return self._decided(scores, False)

    def shortfall(self, decision: Decision, need: Vector) -> float:
        """The shortfall of `decision`'s model against another need, which `need` are the scores of."""
        verdicts = self.default(need).verdicts
        return next(v.shortfall for v in verdicts if v.model_id == decision.chosen.id)

    def _decided(self, scores: Vector, reference: bool) -> Decision:
        key = (scores, reference)
        if key not in self._kept:
            request = Request(
                prompt="", tier="balance", prompt_tokens=400, available=self._offer if reference else None
            )
            self._kept[key] = route(request, scores, self._catalog, self._profiles, self._scale)
        return self._kept[key]
