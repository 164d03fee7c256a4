"""Orders in which models are tried: what an event (retry, regenerate, utility) or a conversation's own
model does to a choice. Without memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import evolve

from hydra_auto.routing.choice import Option
from hydra_auto.routing.decision import ChosenModel, Decision, Request


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


def named(model: ChosenModel, model_id: str) -> bool:
    """Whether `model_id` means `model`: the editor's own id for it, or the catalog's."""
    return model_id in (model.id, model.editor_id)


def led_by(decision: Decision, model: ChosenModel) -> Decision | None:
    """`decision` with `model` in front and the rest in order; None where it is not among the candidates.
    Where two vendors offer the model, the very same comes first."""

    def place(candidate: ChosenModel) -> int:
        return 0 if candidate == model else 1 if _is(candidate, model) else 2

    found = any(_is(candidate, model) for candidate in decision.candidates)
    return _sorted(decision, place) if found else None


def led_to(decision: Decision, model_id: str, vendor: str | None = None) -> Decision | None:
    """`decision` with what `model_id` names in front, of `vendor` alone where it is given (and vendors are
    known); None where it is not among the candidates."""

    def is_meant(candidate: ChosenModel) -> bool:
        return named(candidate, model_id) and (vendor is None or candidate.vendor in (None, vendor))

    found = any(is_meant(candidate) for candidate in decision.candidates)
    return _sorted(decision, lambda candidate: not is_meant(candidate)) if found else None


def in_order_of(decision: Decision, shown: Sequence[ChosenModel], failed: ChosenModel) -> Decision:
    """`decision` in the order that was `shown` before, from the one after `failed` on, round to it; who
    was not shown comes after those who were, and `failed` last of all."""
    start = next((i for i, model in enumerate(shown) if model == failed), None)
    if start is None:
        start = next((i for i, model in enumerate(shown) if _is(model, failed)), -1)
    places = {model: (i - start - 1) % len(shown) for i, model in enumerate(shown)}

    def place(candidate: ChosenModel) -> int:
        return len(shown) + 1 if candidate == failed else places.get(candidate, len(shown))

    return _sorted(decision, place)


def _is(candidate: ChosenModel, model: ChosenModel) -> bool:
    return named(candidate, model.id) or (model.editor_id is not None and named(candidate, model.editor_id))


def _sorted(decision: Decision, place: Callable[[ChosenModel], int]) -> Decision:
    """`decision` with its candidates, and their verdicts with them, by `place`; equals keep their order."""
    both = zip(decision.candidates, decision.verdicts, strict=False)  # gated verdicts come after these
    pairs = sorted(both, key=lambda pair: place(pair[0]))
    candidates = tuple(candidate for candidate, _ in pairs)
    verdicts = (*(verdict for _, verdict in pairs), *decision.verdicts[len(pairs) :])
    return evolve(
        decision,
        chosen=candidates[0],
        candidates=candidates,
        verdicts=verdicts,
        shortfall=verdicts[0].shortfall,
    )
