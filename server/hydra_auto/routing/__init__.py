"""Requirement + catalog -> Decision, in pure Python: which model answers a chat request, and why.

The stations in the order of the path: `floor` (what is required at least), `pool` (who could answer),
`cost`, `gates` (who may), `shortfall`, `choice`, `events`; `router` composes them, `fallback` does so
without a prediction, `conversation` does so in the light of the turns before, which `memory` holds,
`explain` says why. `health` remembers who failed lately. `decision` holds what goes in and what comes out.
"""

from hydra_auto.routing.conversation import Context, Stickiness
from hydra_auto.routing.decision import AvailableModel, ChosenModel, Decision, Request, Verdict
from hydra_auto.routing.errors import RoutingError
from hydra_auto.routing.explain import because
from hydra_auto.routing.fallback import fallback
from hydra_auto.routing.memory import ConversationMemory
from hydra_auto.routing.router import route

__all__ = [
    "AvailableModel",
    "ChosenModel",
    "Context",
    "ConversationMemory",
    "Decision",
    "Request",
    "RoutingError",
    "Stickiness",
    "Verdict",
    "because",
    "fallback",
    "route",
]
