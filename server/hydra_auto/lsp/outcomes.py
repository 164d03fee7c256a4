"""What became of decisions: the models' health, the latest decisions, and the decision log."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Final

from attrs import evolve, frozen

from hydra_auto.catalog.model import Model
from hydra_auto.decision_log.record import Spent, decision_record, outcome_record, strongest
from hydra_auto.decision_log.write import DecisionLog
from hydra_auto.lsp.protocol import OutcomeParams, new_decision_id
from hydra_auto.routing import Decision, Request
from hydra_auto.routing.decision import ModelKey
from hydra_auto.routing.health import (
    Health,
    Offers,
    after_choice,
    after_failure,
    after_no_answer,
    after_success,
    offers_of,
    vetoes,
)

KEPT: Final = 1000
"""Decisions that an outcome can still be joined to; the oldest goes first."""


@frozen
class Decided:
    """What is kept of a decision until its outcome comes; `models` are the pool's by id, at its prices."""

    conversation_id: str | None
    offers: Offers | None
    models: Mapping[str, Model]
    strongest: Model
    logged: bool


class Outcomes:
    """Lives on the event loop; `clock` gives seconds and never runs backwards. `log` and `log_prompts` are
    set once the client has said what it wants."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._health = Health()
        self._decided: OrderedDict[str, Decided] = OrderedDict()
        self.log: DecisionLog | None = None
        self.log_prompts = False

    def informed(self, request: Request) -> Request:
        """`request` with the models that are to be left alone now."""
        return evolve(request, vetoes=vetoes(self._health, self._clock(), offers_of(request.available)))

    def decided(self, request: Request, decision: Decision, predict_ms: float, total_ms: float) -> str:
        """Takes note of a decision and gives it its id. A utility request is not logged."""
        decision_id, offers = new_decision_id(), offers_of(request.available)
        logged = request.event != "utility"
        models = {v.model_id: v.model for v in decision.verdicts}
        best = strongest(decision).model
        self._decided[decision_id] = Decided(request.conversation_id, offers, models, best, logged)
        if len(self._decided) > KEPT:
            self._decided.popitem(last=False)
        self._health = after_choice(self._health, decision.chosen.key, self._clock(), offers)
        if self.log is not None and logged:
            self.log.append(
                decision_record(
                    request,
                    decision,
                    decision_id=decision_id,
                    predict_ms=predict_ms,
                    total_ms=total_ms,
                    with_prompt=self.log_prompts,
                )
            )
        return decision_id

    def report(self, outcome: OutcomeParams) -> str | None:
        """Takes note of an outcome; the id of the decision that it belongs to, None: none is known."""
        decision_id = self._find(outcome)
        decided = None if decision_id is None else self._decided[decision_id]
        self._health = self._after(outcome, None if decided is None else decided.offers)
        if self.log is not None and (decided is None or decided.logged):
            self.log.append(
                outcome_record(
                    decision_id=decision_id,
                    model_id=outcome.model.id,
                    vendor=outcome.model.vendor,
                    ran=outcome.ran,
                    error=outcome.error,
                    spent=Spent(outcome.input_tokens, outcome.cached_input_tokens, outcome.output_tokens),
                    latency_ms=outcome.latency_ms,
                    model=None if decided is None else decided.models.get(outcome.model.id),
                    rival=None if decided is None else decided.strongest,
                )
            )
        return decision_id

    def stop(self) -> None:
        """Lets the log write what it has."""
        if self.log is not None:
            self.log.stop()

    def _find(self, outcome: OutcomeParams) -> str | None:
        if outcome.decision_id is not None:
            return outcome.decision_id if outcome.decision_id in self._decided else None
        if outcome.conversation_id is None:
            return None
        latest = reversed(self._decided.items())
        return next((i for i, d in latest if d.conversation_id == outcome.conversation_id), None)

    def _after(self, outcome: OutcomeParams, offers: Offers | None) -> Health:
        model = outcome.model
        key: ModelKey = (model.id, "", "")
        if model.vendor and model.editor_id:  # one alone names no offer
            key = (model.id, model.vendor, model.editor_id)
        if outcome.error is not None:
            return after_failure(self._health, key, outcome.error, self._clock(), offers)
        if outcome.ran:
            return after_success(self._health, key)
        return after_no_answer(self._health, key)
