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
from functools import cached_property, lru_cache
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
    """The models that estimates come from, by their seller ("": a hosted model, whoever sells it) and the
    words of their names: read once for all offers."""

    def __init__(self, profiles: Sequence[Profile]) -> None:
        hosted = [p for p in profiles if not p.model.local]
        self._hosted = hosted or list(profiles)
        self._families: dict[tuple[str, frozenset[str]], list[tuple[tuple[int, ...], str, Profile]]] = {}
        self._lines: dict[tuple[str, str], list[Profile]] = {}
        self._least: dict[tuple[str, str], Profile] = {}
        for profile in profiles:
            seller = profile.model.vendor.lower() if hosted and profile.model.local else ""
            own = relation(profile.model.id)
            member = (own.version, profile.model.id, profile)
            self._families.setdefault((seller, frozenset(own.words)), []).append(member)
            if own.words:
                self._lines.setdefault((seller, own.words[0]), []).append(profile)

    def estimate(self, offer: AvailableModel) -> Profile | None:
        """The cautious profile of `offer`, `estimated_from` saying what it comes from; None: there is
        nothing."""
        own, seller = relation(offer.id), offer.vendor.lower()
        found = self._of_family(seller, own) or self._of_line(seller, own) or self._of_all
        return None if found is None else _named(found, offer)

    def _of_family(self, seller: str, own: Relation) -> Profile | None:
        words = frozenset(own.words)
        family = [m for s in ("", seller) for m in self._families.get((s, words), ())] if words else []
        if not family:
            return None
        older = [member for member in family if own.version and member[0] <= own.version]
        neighbour = max(older)[2] if older else min(family)[2]
        return _cautious([neighbour], neighbour.model.id)

    def _of_line(self, seller: str, own: Relation) -> Profile | None:
        """A line may be thousands of models, so it is gone through once for each seller."""
        word = own.words[0] if own.words else ""
        if (seller, word) not in self._least:
            line = [p for s in ("", seller) for p in self._lines.get((s, word), ())]
            if not line:
                return None
            self._least[seller, word] = _cautious(line, f"the least of all {word} models")
        return self._least[seller, word]

    @cached_property
    def _of_all(self) -> Profile | None:
        return _cautious(self._hosted, "the least of all models") if self._hosted else None


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
