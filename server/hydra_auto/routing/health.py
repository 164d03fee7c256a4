"""Health of the models, from what the client reports: who failed lately is left alone for a while.

A circuit breaker per model, as pure functions over a small frozen state. A failure closes the model off
for a time that doubles with each failure in a row, up to a cap; then one request is let through as a
probe, and its outcome decides: success forgets everything, failure doubles. What only the user or the
editor can mend (permission, a block, a missing model) is probed as soon as the editor offers something
else. Times are seconds on any clock that does not run backwards, and always the caller's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from attrs import evolve, field, frozen

from hydra_auto.routing.decision import AvailableModel, ModelKey

Failure = Literal["rateLimited", "quota", "notFound", "noPermissions", "blocked", "timeout", "other"]
Offers = frozenset[AvailableModel]

VETO: Final[Mapping[Failure, tuple[float, float]]] = {
    "rateLimited": (60, 1800),
    "quota": (900, 6 * 3600),
    "notFound": (3600, 3600),
    "noPermissions": (3600, 3600),
    "blocked": (3600, 3600),
    "timeout": (10, 300),
    "other": (10, 300),
}
"""Seconds of the first veto, and of the longest. Conventions: most rate limits count by the minute, quotas
by hours or days; a time-out or an unknown error says little about the next request."""

MENDED_BY_OFFERS: Final = frozenset({"notFound", "noPermissions", "blocked"})
PROBE: Final = 120.0
"""Seconds that a probe's outcome is waited for before another request may probe."""
FORGOTTEN: Final = 6 * 3600.0
"""Seconds after the end of its veto at which an unprobed failure no longer counts as in a row."""
MOST: Final = 1000
"""Ailments kept; beyond, the one whose veto ends first goes: keys come from outside."""

WORDS: Final[Mapping[Failure, str]] = {
    "rateLimited": "rate-limited",
    "quota": "out of quota",
    "notFound": "not found by the editor",
    "noPermissions": "without permission",
    "blocked": "blocked",
    "timeout": "timed out",
    "other": "failed",
}


@frozen
class Ailment:
    """The last failure of a model: reported at `since`, vetoed to `until`, the `failures`-th in a row.

    `offers` are the editor's at the failed request (None: unknown); `probed` is when a probe was let
    through whose outcome is not known yet.
    """

    kind: Failure
    since: float
    until: float
    failures: int
    offers: Offers | None = None
    probed: float | None = None


@frozen
class Health:
    """`ailments` by `Entry.key`; a key of the catalog id alone stands for the model at every vendor."""

    ailments: Mapping[ModelKey, Ailment] = field(factory=dict)


def offers_of(available: Sequence[AvailableModel] | None) -> Offers | None:
    return None if available is None else frozenset(available)


def after_failure(health: Health, key: ModelKey, kind: Failure, now: float, offers: Offers | None) -> Health:
    """A request to `key` failed. Failures of requests sent before the veto began do not lengthen the row,
    and never shorten the veto."""
    remembered = {k: a for k, a in health.ailments.items() if now < a.until + FORGOTTEN}
    before = remembered.pop(key, None)
    standing = before is not None and before.probed is None and not _over(before, now, offers)
    row = 1 if before is None else before.failures + (not standing)
    new = Ailment(kind, now, now + veto_seconds(kind, row), row, offers)
    remembered[key] = before if before is not None and standing and before.until > new.until else new
    if len(remembered) > MOST:
        del remembered[min(remembered, key=lambda k: remembered[k].until)]
    return Health(remembered)


def after_success(health: Health, key: ModelKey) -> Health:
    """A request to `key` was answered: it is well."""
    return Health({k: a for k, a in health.ailments.items() if not _concerns(k, key)})


def after_choice(health: Health, key: ModelKey, now: float, offers: Offers | None) -> Health:
    """A request goes to `key`; if its veto is over, this is the probe, and others wait for its outcome."""
    return Health(
        {
            k: evolve(a, probed=now) if _concerns(k, key) and _over(a, now, offers) else a
            for k, a in health.ailments.items()
        }
    )


def after_no_answer(health: Health, key: ModelKey) -> Health:
    """A request to `key` ended without telling anything (cancelled, say): the next one may probe."""
    return Health({k: evolve(a, probed=None) if _concerns(k, key) else a for k, a in health.ailments.items()})


def vetoes(health: Health, now: float, offers: Offers | None) -> dict[ModelKey, str]:
    """Who may not be asked at `now` by a request with these `offers`, and why."""
    reasons = {k: _reason(a, now, offers) for k, a in health.ailments.items()}
    return {k: reason for k, reason in reasons.items() if reason is not None}


def covering_keys(key: ModelKey) -> tuple[ModelKey, ModelKey]:
    """The keys under which an ailment of the entry `key` may stand: its own, and its catalog id alone."""
    return key, (key[0], "", "")


def _concerns(stands: ModelKey, key: ModelKey) -> bool:
    """Whether the ailment that stands under one key is of the model that is called `key`; a catalog id alone
    means every offer of it.
    """
    return stands in covering_keys(key) or key == (stands[0], "", "")


def veto_seconds(kind: Failure, failures: int) -> float:
    """How long the `failures`-th failure in a row (from 1) vetoes: first * 2^(failures - 1), capped."""
    first, longest = VETO[kind]
    # 2^16 is past every cap, and a float's exponent has an end.
    return min(first * 2.0 ** min(failures - 1, 16), longest)


def _over(ailment: Ailment, now: float, offers: Offers | None) -> bool:
    """Whether the veto has ended: in time, or because the editor offers something else now."""
    known = offers is not None and ailment.offers is not None
    changed = ailment.kind in MENDED_BY_OFFERS and known and offers != ailment.offers
    return now >= ailment.until or changed


def _reason(ailment: Ailment, now: float, offers: Offers | None) -> str | None:
    said = f"{WORDS[ailment.kind]} {_span(now - ailment.since)} ago"
    if not _over(ailment, now, offers):
        return f"{said}, tried again in {_span(ailment.until - now)}"
    if ailment.probed is not None and now < ailment.probed + PROBE:
        return f"{said}, being tried again now"
    return None


def _span(seconds: float) -> str:
    whole = max(round(seconds), 0)
    return f"{whole} s" if whole < 120 else f"{round(whole / 60)} min"
