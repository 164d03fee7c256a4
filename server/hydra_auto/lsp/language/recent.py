"""The latest decisions: whom they chose, and what the editor offered then."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable
from typing import Final

from hydra_auto.lsp.language.view import Shares
from hydra_auto.routing.decision import AvailableModel

KEPT: Final = 200
"""Decisions that shares are counted over."""


class RecentDecisions:
    """In memory, the oldest forgotten first; what the decision log still knows fills up the beginning."""

    def __init__(self) -> None:
        self._models: OrderedDict[str, str] = OrderedDict()
        self.offers: tuple[AvailableModel, ...] = ()

    def add(self, decision_id: str, model_id: str, offers: tuple[AvailableModel, ...] | None) -> None:
        """Takes note of a decision; `offers` None: the editor did not say."""
        self._models[decision_id] = model_id
        if len(self._models) > KEPT:
            self._models.popitem(last=False)
        if offers is not None:
            self.offers = offers

    def add_older(self, decisions: Iterable[tuple[str, str]]) -> None:
        """(decision id, model id) from before this process, oldest first; those known already count once."""
        older = OrderedDict((i, model) for i, model in decisions if i not in self._models)
        self._models = OrderedDict(list((older | self._models).items())[-KEPT:])

    def shares(self) -> Shares:
        return Shares(Counter(self._models.values()), len(self._models))
