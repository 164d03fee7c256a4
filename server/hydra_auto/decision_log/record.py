"""What a line of the decision log holds."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from math import fsum
from typing import Any, Final

from attrs import frozen

from hydra_auto.catalog.model import Model
from hydra_auto.dimensions import DIMENSIONS
from hydra_auto.routing.cost import cost_of
from hydra_auto.routing.decision import Decision, Request, Verdict

HASH: Final = 16
"""Hexadecimal digits of a conversation's hash."""


@frozen
class Spent:
    """What a model was asked and said; `cached` tokens are part of `input`; None: not told."""

    input: int | None
    cached: int | None
    output: int | None


def decision_record(
    request: Request,
    decision: Decision,
    *,
    decision_id: str,
    predict_ms: float,
    total_ms: float,
    with_prompt: bool,
) -> dict[str, Any]:
    """The line of a decision; the conversation appears as its hash, the prompt only when asked for."""
    best, chosen = strongest(decision), next(v for v in decision.verdicts if v.eligible)
    record = {
        "kind": "decision",
        "time": _now(),
        "decisionId": decision_id,
        "conversation": _hashed(request.conversation_id),
        "tier": decision.tier,
        "scores": None if decision.fallback else _by_dimension(decision),
        "model": decision.chosen.id,
        "vendor": decision.chosen.vendor,
        "candidates": len(decision.candidates),
        "shortfall": round(decision.shortfall, 6),
        "costUsd": chosen.displayed_cost,
        "strongestModel": best.model_id,
        "strongestCostUsd": best.displayed_cost,
        "fallback": decision.fallback,
        "fallbackReason": decision.fallback_reason,
        "predictMs": round(predict_ms, 3),
        "totalMs": round(total_ms, 3),
        "catalogVersion": decision.catalog_version,
    }
    return record | ({"prompt": request.prompt} if with_prompt else {})


def outcome_record(
    *,
    decision_id: str | None,
    model_id: str,
    vendor: str | None,
    ran: bool,
    error: str | None,
    spent: Spent,
    latency_ms: int | None,
    model: Model | None,
    rival: Model | None,
) -> dict[str, Any]:
    """The line of an outcome; `model` is what was asked and `rival` the strongest, as the decision had them
    (None: unknown, and so is the cost)."""
    return {
        "kind": "outcome",
        "time": _now(),
        "decisionId": decision_id,
        "model": model_id,
        "vendor": vendor,
        "ran": ran,
        "error": error,
        "inputTokens": spent.input,
        "cachedInputTokens": spent.cached,
        "outputTokens": spent.output,
        "latencyMs": latency_ms,
        "costUsd": None if model is None else _cost(model, model, spent),
        "strongestCostUsd": None if model is None or rival is None else _cost(rival, model, spent),
    }


def strongest(decision: Decision) -> Verdict:
    """The eligible model that is most capable on the whole, the cheapest of them: what always taking the
    strongest would have taken."""
    return max((v for v in decision.verdicts if v.eligible), key=lambda v: (fsum(v.capability), -v.cost))


def _cost(payer: Model, asked: Model, spent: Spent) -> float | None:
    """USD had `payer` answered in place of `asked`, each token counted as `payer` counts."""
    if spent.input is None or spent.output is None:
        return None
    ratio = payer.shown_token_factor / asked.shown_token_factor
    return cost_of(payer.shown_price, spent.input * ratio, (spent.cached or 0) * ratio, spent.output * ratio)


def _by_dimension(decision: Decision) -> dict[str, float]:
    return {name: round(s, 6) for name, s in zip(DIMENSIONS, decision.scores, strict=True)}


def _hashed(conversation: str | None) -> str | None:
    if conversation is None:
        return None
    return sha256(conversation.encode("utf-8", "surrogatepass")).hexdigest()[:HASH]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
