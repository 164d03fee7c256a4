"""What the language features know besides the buffer: the layers together, the editor's offers, the log."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from functools import cached_property
from statistics import median

from attrs import define, field, frozen

from hydra_auto.catalog.model import Catalog, Model, Profile
from hydra_auto.catalog.patterns import Patterns
from hydra_auto.dimensions import DIMENSIONS
from hydra_auto.routing.cost import cost_of
from hydra_auto.routing.decision import EXPECTED_OUTPUT, AvailableModel

TYPICAL_PROMPT = 10_000
"""Tokens of the prompt that prices are compared for: an agent's request with some files in it."""


@frozen
class Shares:
    """How often each model was chosen in the last `total` requests."""

    chosen: Mapping[str, int] = field(factory=dict)
    total: int = 0


@define(slots=False)
class Pool:
    """The models of one catalog held against each other; everything is sorted once and looked up then.

    Those that `allow` and `deny` leave are the pool, unless they leave none.
    """

    catalog: Catalog
    all_profiles: tuple[Profile, ...]

    @cached_property
    def _policy(self) -> tuple[Patterns, tuple[Patterns, ...]]:
        return Patterns(self.catalog.deny), tuple(Patterns(layer) for layer in self.catalog.allow)

    def permits(self, model_id: str) -> bool:
        """Whether `allow` and `deny` leave the model."""
        deny, allow = self._policy
        return not deny.cover(model_id) and all(layer.cover(model_id) for layer in allow)

    @cached_property
    def by_id(self) -> dict[str, Profile]:
        return {p.model.id: p for p in self.all_profiles}

    @cached_property
    def profiles(self) -> tuple[Profile, ...]:
        left = tuple(p for p in self.all_profiles if self.permits(p.model.id))
        return left or self.all_profiles

    @cached_property
    def _capabilities(self) -> tuple[list[float], ...]:
        return tuple(sorted(p.capability[k] for p in self.profiles) for k in range(len(DIMENSIONS)))

    @cached_property
    def _costs(self) -> list[float]:
        return sorted(typical_cost(p.model) for p in self.profiles)

    def rank(self, profile: Profile, k: int) -> int:
        """1: nobody is more capable in dimension `k`."""
        values = self._capabilities[k]
        return len(values) - bisect_right(values, profile.capability[k]) + 1

    def cost_rank(self, model: Model) -> int:
        """1: nobody is cheaper for the typical request."""
        return bisect_left(self._costs, typical_cost(model)) + 1

    @cached_property
    def median_cost(self) -> float:
        return median(self._costs)


@define(slots=False)
class View:
    """`pool` is that of all layers together with the buffer as it last was valid, `below` the catalog under
    the buffer's layer; None: there is none. `offers` are the models that the editor offers now, as far as
    it has said so."""

    pool: Pool | None = None
    below: Catalog | None = None
    offers: tuple[AvailableModel, ...] = ()
    shares: Shares = Shares()

    @cached_property
    def models(self) -> tuple[Model, ...]:
        """All that are known, of this layer and of those below."""
        here = self.pool.catalog.models if self.pool else ()
        known = {m.id: m for m in (*(self.below.models if self.below else ()), *here)}
        return tuple(known.values())

    @cached_property
    def unknown_offers(self) -> tuple[AvailableModel, ...]:
        """What the editor offers and no entry of the catalog means."""
        return tuple(o for o in self.offers if not any(_meant(c, o) for c in self._catalogs))

    @cached_property
    def offered_models(self) -> tuple[Model, ...]:
        """Catalog entries that the editor offers."""
        meant = {_meant(c, o) for c in self._catalogs for o in self.offers}
        return tuple(m for m in self.models if m.id in meant)

    @property
    def _catalogs(self) -> tuple[Catalog, ...]:
        found = (self.pool.catalog if self.pool else None, self.below)
        return tuple(catalog for catalog in found if catalog is not None)

    @property
    def benchmarks(self) -> tuple[str, ...]:
        here = self.pool.catalog if self.pool else self.below
        return tuple(here.benchmarks) if here else ()


def typical_cost(model: Model) -> float:
    """USD for `TYPICAL_PROMPT` tokens and the usual answer, nothing of it cached; as costs are shown, which
    is never at a workspace's own prices."""
    factor = model.shown_token_factor
    return cost_of(model.shown_price, factor * TYPICAL_PROMPT, 0, factor * EXPECTED_OUTPUT)


def full_name(offer: AvailableModel) -> str:
    """As `match` sees it."""
    return f"{offer.vendor}/{offer.family}/{offer.id}"


def _meant(catalog: Catalog, offer: AvailableModel) -> str | None:
    """The catalog's model that the editor's `offer` is."""
    return catalog.matching.best(offer.id, full_name(offer))
