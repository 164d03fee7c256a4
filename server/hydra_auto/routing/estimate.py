"""A model that the editor offers and no catalog entry covers: a cautious profile from what is related to it.

The nearest thing known decides, by the words and numbers of the names (`claude-sonnet-5.2` is of the family
{claude, sonnet}, version 5.2):

1. its family: the newest member that is not newer than it; where all are newer, or it has no version, the
   oldest one;
2. else its line, the models of the same first word (`claude-…`): the least that any of them can, at the
   dearest of their prices;
3. else all hosted models of the catalog, likewise.

A local model is a relative only of what its own vendor (Ollama, say) offers: whoever else offers its like
asks a price for it.

A surcharge and a discount of 5 % make sure that an estimate is never as good as what it was made from:
guesses attract no traffic, and where nothing else is offered they still answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from attrs import evolve, frozen

from hydra_auto.catalog.model import Model, Price, Profile
from hydra_auto.dimensions import DIMENSIONS, Vector
from hydra_auto.routing.decision import AvailableModel

CAUTION: Final = 0.05
"""The share by which an estimate is dearer and less capable than what it comes from."""

_TOKEN: Final = re.compile(r"[a-z]{2,}|\d+(?:\.\d+)*(?![\da-z])")
_NO_FAMILY: Final = frozenset({"preview", "latest", "exp", "experimental", "beta"})


@frozen
class Relation:
    """`words` of a name in their order, and its first `version` number; () where there is none."""

    words: tuple[str, ...]
    version: tuple[int, ...]


class Relatives:
    """The models that estimates come from: read once for all offers."""

    def __init__(self, profiles: Sequence[Profile]) -> None:
        hosted = [p for p in profiles if not p.model.local]
        self._hosted = _Kin(hosted or profiles)
        vendors = {p.model.vendor.lower() for p in profiles if p.model.local}
        self._at = {
            v: _Kin([*hosted, *(p for p in profiles if p.model.local and p.model.vendor.lower() == v)])
            for v in vendors
        }

    def estimate(self, offer: AvailableModel) -> Profile | None:
        """The cautious profile of `offer`, `estimated_from` saying what it comes from; None: there is
        nothing."""
        found = self._at.get(offer.vendor.lower(), self._hosted).nearest(offer) or self._hosted.least()
        return None if found is None else _named(found, offer)


class _Kin:
    """Models by the words of their names."""

    def __init__(self, profiles: Sequence[Profile]) -> None:
        self._all = profiles
        self._families: dict[frozenset[str], list[tuple[tuple[int, ...], str, Profile]]] = {}
        self._lines: dict[str, list[Profile]] = {}
        self._least: dict[str, Profile] = {}
        for profile in profiles:
            own = relation(profile.model.id)
            member = (own.version, profile.model.id, profile)
            self._families.setdefault(frozenset(own.words), []).append(member)
            if own.words:
                self._lines.setdefault(own.words[0], []).append(profile)

    def nearest(self, offer: AvailableModel) -> Profile | None:
        """Made from the family of `offer`, else from its line; None: it has neither here."""
        own = relation(offer.id)
        family = self._families.get(frozenset(own.words)) if own.words else None
        if family:
            older = [member for member in family if own.version and member[0] <= own.version]
            neighbour = max(older)[2] if older else min(family)[2]
            return _cautious([neighbour], neighbour.model.id)
        line = self._lines.get(own.words[0]) if own.words else None
        return self._least_of(line, f"the least of all {own.words[0]} models") if line else None

    def least(self) -> Profile | None:
        """Made from all of them; None: there are none."""
        return self._least_of(self._all, "the least of all models") if self._all else None

    def _least_of(self, sources: Sequence[Profile], origin: str) -> Profile:
        """As `_cautious`; a line may be thousands of models, so it is gone through once."""
        if origin not in self._least:
            self._least[origin] = _cautious(sources, origin)
        return self._least[origin]


@lru_cache(maxsize=20_000)
def relation(name: str) -> Relation:
    """What a model's name says of its family and version; `gpt-5.4-mini` is ({gpt, mini}, 5.4)."""
    words: list[str] = []
    version: tuple[int, ...] = ()
    for token in _TOKEN.findall(name.lower()[:200]):
        if not token[0].isdigit():
            words.append(token)
        elif not version:
            version = tuple(int(part[:9]) for part in token.split("."))
    return Relation(tuple(w for w in words if w not in _NO_FAMILY), version)


def _named(profile: Profile, offer: AvailableModel) -> Profile:
    name = offer.name or offer.id
    own = evolve(profile.model, id=offer.id, name=name, vendor=offer.vendor, family=offer.family)
    return evolve(profile, model=own)


def _cautious(sources: Sequence[Profile], origin: str) -> Profile:
    """The profile of a model, not yet named, that is made from `sources`."""
    models = [p.model for p in sources]
    labels = [p.label for p in sources if p.label is not None]
    model = Model(
        id="",
        name="",
        vendor="",
        price=_dearest([m.price for m in models]),
        token_factor=max(m.token_factor for m in models),
        context=min((m.context for m in models if m.context is not None), default=None),
        outer_price=_outer(models),
        outer_token_factor=_outer_factor(models),
    )
    return Profile(
        model=model,
        capability=_least([p.capability for p in sources]),
        label=_least(labels) if len(labels) == len(sources) else None,
        estimated=frozenset(DIMENSIONS),
        estimated_from=origin,
    )


def _outer(models: Sequence[Model]) -> Price | None:
    """What the layers outside a workspace say, where it says otherwise of one of the models."""
    differs = any(m.outer_price is not None for m in models)
    return _dearest([m.shown_price for m in models]) if differs else None


def _outer_factor(models: Sequence[Model]) -> float | None:
    differs = any(m.outer_token_factor is not None for m in models)
    return max(m.shown_token_factor for m in models) if differs else None


def _least(vectors: Sequence[Vector]) -> Vector:
    a, b, c, d = (min(values) * (1 - CAUTION) for values in zip(*vectors, strict=True))
    return (a, b, c, d)


def _dearest(prices: Sequence[Price]) -> Price:
    """At least as dear as every price, part by part; per request only where all are."""
    flat = [p.per_request for p in prices if p.per_request is not None]
    if len(flat) == len(prices):
        return Price(per_request=max(flat) * (1 + CAUTION))
    tokens = [p for p in prices if p.per_request is None]
    return Price(
        input=_most(p.input for p in tokens),
        output=_most(p.output for p in tokens),
        cached_input=_most(p.input if p.cached_input is None else p.cached_input for p in tokens),
    )


def _most(values: Iterable[float]) -> float:
    return max(values) * (1 + CAUTION)
