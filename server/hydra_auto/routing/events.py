"""What an event of the conversation does to a choice, without memory: retry, regenerate, utility."""

from __future__ import annotations

from collections.abc import Sequence

from hydra_auto.routing.choice import Option
from hydra_auto.routing.decision import Request


def tier_asked(request: Request, default: str) -> str:
    """The tier's name: a title or summary (event `utility`) is routed at efficiency, whatever was asked."""
    return "efficiency" if request.event == "utility" else (request.tier or default)


def in_turn(order: Sequence[Option], request: Request, keep: bool) -> tuple[Option, ...]:
    """`order` as the conversation wants it; `keep` asks for the previous model while it is eligible."""
    if request.event == "retry":
        return after(order, request.previous_model)
    if request.event == "regenerate" or (keep and request.event != "utility"):
        return kept(order, request.previous_model)
    return tuple(order)


def after(order: Sequence[Option], failed: str | None) -> tuple[Option, ...]:
    """`order` from the one after `failed` on, round to it: the failed model is the last to be tried again."""
    tried = [i for i, option in enumerate(order) if option.entry.answers_to(failed)]
    if not tried:
        return tuple(order)
    rotated = [*order[tried[0] + 1 :], *order[: tried[0] + 1]]
    return tuple(sorted(rotated, key=lambda option: option.entry.answers_to(failed)))


def kept(order: Sequence[Option], previous: str | None) -> tuple[Option, ...]:
    """`order` with the previous model in front while it is eligible; the rest keep their order."""
    return tuple(sorted(order, key=lambda option: not option.entry.answers_to(previous)))
