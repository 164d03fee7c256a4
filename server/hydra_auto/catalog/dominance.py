"""Models that another one makes superfluous whatever the request: as good in everything, better somewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import fsum, inf

from hydra_auto.catalog.model import Price, Profile

Merits = tuple[float, ...]
"""More is better in every place."""


def dominated(profiles: Sequence[Profile]) -> dict[str, str]:
    """Ids of dominated models, each with the id of the model that dominates it (the cheapest that does).

    A dominates B when it is as capable in every dimension, supports what B supports, takes as long a
    context, costs no more for any request, and is better in one of these. A local model dominates none that
    is not local, for it may not be there. Prices per token and per request are not compared.
    """
    found: dict[str, str] = {}
    for per_request in (False, True):
        merits = {_merits(p): p.model.id for p in reversed(profiles) if _flat(p.model.price) is per_request}
        better = exceeded(sorted(merits, reverse=True, key=_cheapness))
        for profile in profiles:
            own = _merits(profile)
            if _flat(profile.model.price) is per_request and own in better:
                found[profile.model.id] = merits[better[own]]
    return found


def exceeded(merits: Sequence[Merits]) -> Mapping[Merits, Merits]:
    """Of distinct merits, those that others exceed, each with the first in the sequence that does.

    One integer of as many bits as there are merits says who is as good so far; a pass over each place
    narrows it. That is quadratic in bits, not in comparisons: 5,000 models take some ten milliseconds.
    """
    as_good = [-1] * len(merits)
    for place in range(len(merits[0]) if merits else 0):
        by_value: dict[float, list[int]] = {}
        for index, own in enumerate(merits):
            by_value.setdefault(own[place], []).append(index)
        seen = 0
        for value in sorted(by_value, reverse=True):
            for index in by_value[value]:
                seen |= 1 << index
            for index in by_value[value]:
                as_good[index] &= seen
    better = {}
    for index, (own, mask) in enumerate(zip(merits, as_good, strict=True)):
        others = mask & ~(1 << index)
        if others:
            better[own] = merits[(others & -others).bit_length() - 1]
    return better


def _merits(profile: Profile) -> Merits:
    model, price = profile.model, profile.model.price
    cached = price.input if price.cached_input is None else price.cached_input
    costs = (price.per_request or 0.0, *(model.token_factor * p for p in (price.input, cached, price.output)))
    return (
        *(-cost for cost in costs),
        *profile.capability,
        float(model.vision),
        float(model.tools),
        float(not model.local),
        inf if model.context is None else model.context,
        inf if model.output is None else model.output,
    )


def _cheapness(merits: Merits) -> tuple[float, Merits]:
    return fsum(merits[:4]), merits


def _flat(price: Price) -> bool:
    """Whether it is paid per request; free is free either way."""
    return bool(price.per_request)
