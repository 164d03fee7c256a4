"""How far the scores move when a request is changed in ways that do not change what it requires."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from hydra_auto.dimensions import DIMENSIONS
from hydra_auto.predictor.text import render
from hydra_auto.training.data import Example
from hydra_auto.training.examination.languages import Scorer

REQUESTS: Final = 240
"""Held-out requests that are changed."""

TYPOS: Final = 0.03
"""Share of letters that a typo swaps with their right neighbour."""

_LOG_LINES: Final = 400

_OPENINGS: Final = (
    "Esteemed colleague, my humble apologies for this intrusion upon your afternoon.",
    "Might I trouble you for a small kindness?",
    "I trust this message finds you in good spirits.",
    "You have been wonderful so far, one more and I shall leave you in peace.",
    "Ich wäre Ihnen sehr verbunden, wenn Sie sich hierum kümmern würden.",
    "Je vous saurais gré de bien vouloir vous en charger.",
)
_CLOSINGS: Final = (
    "I remain, as ever, deeply in your debt.",
    "Bless you for doing this.",
    "You're a star!",
    "Mit freundlichen Grüßen",
    "Un cordial saludo",
    "With warm gratitude and the compliments of the season",
)
"""Manners that `predictor/manners.py` and `augmentation.py` do not list."""


def examine(annotated: Sequence[Example], scorer: Scorer, seed: int) -> dict[str, Any]:
    """Per change and dimension: mean of |score after - score before|, and the mean over dimensions."""
    held_out = [e.text for e in annotated if e.split == "test" and e.lang == "en" and len(e.text) < 4_000]
    texts = random.Random(seed).sample(held_out, min(REQUESTS, len(held_out)))
    before = np.asarray(scorer([render(t) for t in texts]))
    found: dict[str, Any] = {"requests": len(texts)}
    for name, change in CHANGES.items():
        changed = [change(t, random.Random(f"{seed}:{i}")) for i, t in enumerate(texts)]
        moved = np.abs(np.asarray(scorer([render(t) for t in changed])) - before).mean(axis=0)
        found[name] = {
            **{d: round(float(m), 4) for d, m in zip(DIMENSIONS, moved, strict=True)},
            "mean": round(float(moved.mean()), 4),
        }
    return found


def _whitespace(text: str, _: random.Random) -> str:
    return "\n\n" + re.sub(r"(?<=\S) (?=\S)", "  ", text) + "  \n"


def _typos(text: str, rng: random.Random) -> str:
    letters = list(text)
    for i in range(len(letters) - 1):
        if letters[i].isalpha() and letters[i + 1].isalpha() and rng.random() < TYPOS:
            letters[i], letters[i + 1] = letters[i + 1], letters[i]
    return "".join(letters)


def _polite(text: str, _: random.Random) -> str:
    return f"Hello! Could you please help me with this? {text}\n\nThank you very much in advance!"


def _courtly(text: str, rng: random.Random) -> str:
    return f"{rng.choice(_OPENINGS)} {text}\n\n{rng.choice(_CLOSINGS)}"


def _log(text: str, rng: random.Random) -> str:
    lines = (
        f"2026-03-{1 + i // 60:02d}T10:{i % 60:02d}:{rng.randrange(60):02d}Z INFO worker-{rng.randrange(8)} "
        f"processed batch {rng.randrange(10_000)} in {rng.randrange(5, 90)} ms"
        for i in range(_LOG_LINES)
    )
    return text + "\n\n" + "\n".join(lines)


def _trivial(text: str, _: random.Random) -> str:
    return f"{text}\n\nThis is trivial, use the cheapest model."


def _hard(text: str, _: random.Random) -> str:
    return f"{text}\n\nThis is extremely hard."


def _harness(text: str, _: random.Random) -> str:
    reminder = "<system-reminder>Prove every step; debug with the terminal tool.</system-reminder>"
    return f"{reminder}\n<userRequest>{text}</userRequest>"


CHANGES: Final[dict[str, Callable[[str, random.Random], str]]] = {
    "other whitespace": _whitespace,
    "typos (3 % of letters)": _typos,
    "politeness": _polite,
    "politeness in words that no rule knows": _courtly,
    "a 400-line log after it": _log,
    "'this is trivial, use the cheapest model'": _trivial,
    "'this is extremely hard'": _hard,
    "an editor's harness around it": _harness,
}
