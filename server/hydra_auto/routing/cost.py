"""What a request is expected to cost with a model, in USD."""

from __future__ import annotations

from typing import Final

from attrs import evolve

from hydra_auto.catalog.model import Price
from hydra_auto.routing.decision import EXPECTED_OUTPUT, Request
from hydra_auto.routing.pool import Entry

CHARACTERS_PER_TOKEN: Final = 4
"""The customary estimate for text whose tokens nobody counted."""

MILLION: Final = 1_000_000


def expected_cost(entry: Entry, request: Request) -> float:
    """USD for `request`: a flat `per_request`, else prompt and expected answer at the catalog's price.

    `token_factor` scales both, since it counts what the model spends. The model kept from the last turn
    reads the prefix that it has already seen at its `cached_input` price.
    """
    factor, cached = entry.model.token_factor, cached_prefix(entry, request)
    tokens = prompt_tokens(request)
    return cost_of(entry.model.price, factor * tokens, factor * cached, factor * EXPECTED_OUTPUT)


def shown_cost(entry: Entry, request: Request) -> float | None:
    """What `expected_cost` would be if no workspace had a say in it; None: the same."""
    model = entry.model
    if model.outer_price is None and model.outer_token_factor is None:
        return None
    shown = evolve(model, price=model.shown_price, token_factor=model.shown_token_factor)
    return expected_cost(evolve(entry, model=shown), request)


def cost_of(price: Price, input_tokens: float, cached_tokens: float, output_tokens: float) -> float:
    """USD for these tokens, expected or spent; of the `input_tokens`, `cached_tokens` come from the cache."""
    if price.per_request is not None:
        return price.per_request
    cached_price = price.input if price.cached_input is None else price.cached_input
    fresh = input_tokens - cached_tokens
    return (fresh * price.input + cached_tokens * cached_price + output_tokens * price.output) / MILLION


def prompt_tokens(request: Request) -> int:
    """The whole prompt's tokens: as counted by the caller, else estimated from the message."""
    return _estimate(request.prompt) if request.prompt_tokens is None else request.prompt_tokens


def cached_prefix(entry: Entry, request: Request) -> int:
    """Tokens of the prompt that `entry` has in its provider's cache: all before the current message.

    None after a compaction (the prefix changed), for a utility request (it has another prefix) and on a
    retry: the model that failed never read it, and a discount would make two failing models alternate.
    """
    kept = entry.answers_to(request.previous_model) and request.event in (None, "regenerate")
    if not kept or request.prompt_tokens is None or (request.turn or 1) <= 1:
        return 0
    return max(request.prompt_tokens - _estimate(request.prompt), 0)


def _estimate(text: str) -> int:
    return -(-len(text) // CHARACTERS_PER_TOKEN)
