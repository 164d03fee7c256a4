"""The context floor: a prompt is not everything, and "fix this" with a file attached is not trivial."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from hydra_auto.dimensions import DIMENSIONS, Vector
from hydra_auto.predictor.text import strip_harness
from hydra_auto.routing.decision import Request
from hydra_auto.scale import ScoreScale

WORDS: Final = 12
CHARACTERS: Final = 80
"""A message of fewer words *and* fewer characters says too little to be judged alone.

Both must hold because not every script puts spaces between words. This is a rule of routing and more
generous than the predictor's `short` signal, which its training has fixed.
"""

LEVEL: Final = 0.6
RAISED: Final = frozenset({"reasoning", "debugging"})
"""The floor: label .6 (a good mid-size model) in these dimensions, 0 in the others."""

MODES: Final = frozenset({"agent", "edit"})
"""Editor modes that work on files whether or not the message names them."""


@frozen
class Need:
    """What is asked of a model: `scores` as predicted, the context's `floor` and the conversation's
    `anchor` where there are any; all on one scale."""

    scores: Vector
    floor: Vector | None = None
    anchor: Vector | None = None

    @property
    def required(self) -> Vector:
        """What matching uses: the elementwise largest of `scores`, `floor` and `anchor`."""
        a, b, c, d = map(max, self.scores, self.floor or self.scores, self.anchor or self.scores)
        return (a, b, c, d)


def context_floor(request: Request, scale: ScoreScale) -> Vector | None:
    """The least that `request` requires, on `scale`, or None where its text may speak for itself.

    A short message gets the floor when it comes with references or in an agent or edit mode. A title or
    summary (event `utility`) does not work on its context and gets none.
    """
    leans_on_context = request.references > 0 or (request.mode or "").lower() in MODES
    if request.event == "utility" or not leans_on_context or not _short(request.prompt):
        return None
    a, b, c, d = (scale.from_label(k, LEVEL) if name in RAISED else 0.0 for k, name in enumerate(DIMENSIONS))
    return (a, b, c, d)


def _short(prompt: str) -> bool:
    """Whether the user's own words are few: an editor's harness text around them does not count."""
    text = strip_harness(prompt)
    return len(text) < CHARACTERS and len(text.split()) < WORDS
