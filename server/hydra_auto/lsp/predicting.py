"""The predictor off the event loop: loaded and run on one thread of its own, within a deadline."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from attrs import frozen

from hydra_auto.dimensions import DIMENSIONS, Vector
from hydra_auto.lsp.log import log_failure
from hydra_auto.lsp.protocol import PredictorState, PredictorStatus
from hydra_auto.predictor.bundle import BundleError, Card
from hydra_auto.predictor.text import Rendered, render
from hydra_auto.scale import IDENTITY, ScoreScale


class PredictorLike(Protocol):
    """What the server needs of a loaded predictor; it is called from one thread at a time."""

    @property
    def card(self) -> Card:
        """The bundle's card: its name and its scale."""

    def scores(self, requests: Sequence[Rendered]) -> list[Vector]:
        """The requirement of each request, in [0, 1]."""


@frozen
class Prediction:
    """`scores` on `scale`, or None and the `reason`; `milliseconds` of rendering and scoring."""

    scores: Vector | None
    scale: ScoreScale
    reason: str = ""
    milliseconds: float = 0.0


class BackgroundPredictor:
    """Lives on the event loop; only loading, which begins at once, and scoring run on its thread, one
    after the other."""

    def __init__(self, load: Callable[[], PredictorLike]) -> None:
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="predictor")
        self._loading = self._worker.submit(load)
        self._predictor: PredictorLike | None = None
        self._state: PredictorState = "loading"
        self._reason: str | None = "the predictor is still loading"
        self.settled = asyncio.Event()

    @property
    def status(self) -> PredictorStatus:
        """Whether requests are scored, and if not, why."""
        name = None if self._predictor is None else self._predictor.card.name
        return PredictorStatus(self._state, self._reason, name)

    @property
    def scale(self) -> ScoreScale:
        """The loaded bundle's scale, the label scale itself until there is one."""
        return IDENTITY if self._predictor is None else self._predictor.card.scale

    async def settle(self) -> None:
        """Waits for the loading; a failure is kept as the reason why every request gets the fallback."""
        try:
            self._predictor = await asyncio.wrap_future(self._loading)
            self._state, self._reason = "ready", None
        except Exception as error:
            self._state, self._reason = "failed", _why_not_loaded(error)
        finally:
            self.settled.set()

    async def predict(self, prompt: str, turn: int | None, mode: str | None, deadline_ms: int) -> Prediction:
        """The scores of one request, or why there are none. Never raises but when cancelled."""
        if self._predictor is None:
            return Prediction(None, self.scale, self._reason or "")
        try:
            scoring = self._worker.submit(_score, self._predictor, prompt, turn, mode)
            return await asyncio.wait_for(asyncio.wrap_future(scoring), deadline_ms / 1000)
        except TimeoutError:
            return Prediction(None, self.scale, f"the predictor took longer than {deadline_ms} ms")
        except Exception as error:
            # Its kind alone: the reason is logged, and the message may quote the prompt.
            log_failure("a prediction", error)
            return Prediction(None, self.scale, f"the predictor failed ({type(error).__name__})")

    def stop(self) -> None:
        """Takes no more work; what runs now is not waited for."""
        self._worker.shutdown(wait=False, cancel_futures=True)


def _score(predictor: PredictorLike, prompt: str, turn: int | None, mode: str | None) -> Prediction:
    started = time.perf_counter()
    rendered = render(prompt, turn, mode)
    scale = predictor.card.scale
    if not rendered.text:
        return Prediction(None, scale, "the prompt is empty")
    scores = predictor.scores([rendered])[0]
    if len(scores) != len(DIMENSIONS) or not all(0 <= s <= 1 for s in scores):
        return Prediction(None, scale, "the predictor failed: its scores are not four numbers from 0 to 1")
    return Prediction(scores, scale, milliseconds=(time.perf_counter() - started) * 1000)


def _why_not_loaded(error: Exception) -> str:
    if isinstance(error, BundleError):
        return str(error)
    if isinstance(error, ImportError):
        way = "reinstall hydra-auto, in the editor run “Install the Predictor”"
        return f"the predictor's native parts are missing ({error}); {way}"
    return f"the predictor could not be loaded ({_brief(error)})"


def _brief(error: Exception) -> str:
    """The error on one line, cut where it goes on and on."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:200]
