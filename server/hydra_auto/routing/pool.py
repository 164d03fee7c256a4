"""The models that could answer: catalog entries met with what the editor offers now."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import islice
from typing import Final, NamedTuple

from attrs import evolve, frozen

from hydra_auto.catalog.matching import Matching
from hydra_auto.catalog.model import Catalog, Model, Profile, with_outer_cost
from hydra_auto.catalog.patterns import Patterns
from hydra_auto.dimensions import Vector
from hydra_auto.routing.decision import EXPECTED_OUTPUT, AvailableModel, ChosenModel, ModelKey
from hydra_auto.routing.estimate import Relatives

MAX_ABSENT: Final = 50
"""Models of the catalog that the editor lacks, shown as such; nobody reads thousands of them."""

OWN_VENDOR: Final = "hydra-auto"
OWN_ID: Final = "auto"
"""Never routed to: our own provider's models, and every `auto` (other vendors have one too)."""


@frozen
class Entry:
    """One model of the pool. `model` is the catalog's with the editor's word on its abilities in force.

    `offer` is the editor's own where it offers the model; `available` is False where the editor said
    what it offers and this is not among it; `denied` says whether the catalog's `deny` covers any name that
    it has, or had in an outer layer. A catalog model that two vendors offer is two entries.
    """

    profile: Profile
    model: Model
    offer: AvailableModel | None = None
    available: bool = True
    denied: bool = False

    @property
    def capability(self) -> Vector:
        return self.profile.capability

    @property
    def name(self) -> str:
        """The name that the user sees in the editor, else the catalog's."""
        return self.offer.name if self.offer and self.offer.name else self.model.name

    @cached_property
    def key(self) -> ModelKey:
        """What orders entries when all else is equal: catalog id, then the editor's vendor and id."""
        return (self.model.id, *((self.offer.vendor, self.offer.id) if self.offer else ("", "")))

    def answers_to(self, model_id: str | None) -> bool:
        """Whether `model_id` means this entry: the editor's own id for it, or the catalog's."""
        return model_id is not None and model_id in (self.model.id, self.offer.id if self.offer else None)

    def name_in(self, known: Matching) -> str:
        """The id that those entries have for the editor's model, else its own; the one in force where none is
        offered."""
        if self.offer is None:
            return self.model.id
        return known.best(self.offer.id, _full_name(self.offer)) or self.offer.id

    @cached_property
    def chosen(self) -> ChosenModel:
        """What a decision calls it."""
        if self.offer is None:
            return ChosenModel(id=self.model.id, name=self.name)
        return ChosenModel(self.model.id, self.name, vendor=self.offer.vendor, editor_id=self.offer.id)


class Rate(NamedTuple):
    """What the entry at `place` of a pool costs, USD: `least` whatever the prompt is, and a token of it."""

    least: float
    prompt: float
    place: int


@frozen
class Pool:
    """`entries` in no meaningful order; `unmatched`: what the editor offers and no catalog entry matches,
    which is estimated; `removed`: what it offers and a layer took out of the catalog, which is no entry. Of
    what is not offered, at most `MAX_ABSENT` are there to be shown."""

    entries: tuple[Entry, ...]
    unmatched: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        if not self.unmatched:
            return ()
        names = ", ".join(self.unmatched)
        return (f"estimated, because no catalog entry's `match` covers it: {names}",)

    @cached_property
    def rates(self) -> tuple[Rate, ...]:
        """Ascending."""
        return tuple(sorted(_rate(place, entry.model) for place, entry in enumerate(self.entries)))


class Stock(tuple[Profile, ...]):
    """Profiles of one catalog's models with what is worked out of them, once and when first asked, for
    whoever keeps them from request to request. For one thread."""

    _last: tuple[tuple[AvailableModel, ...] | None, Catalog, Pool] | None = None
    """The pool that was drawn last, and of what: an editor offers the same from request to request."""

    @staticmethod
    def of(profiles: Sequence[Profile]) -> Stock:
        return profiles if isinstance(profiles, Stock) else Stock(profiles)

    def draw(self, available: tuple[AvailableModel, ...] | None, catalog: Catalog) -> Pool:
        if self._last is None or self._last[0] != available or self._last[1] is not catalog:
            self._last = (available, catalog, _pool_of(self, available, catalog))
        return self._last[2]

    @cached_property
    def by_id(self) -> dict[str, Profile]:
        return {p.model.id: p for p in self}

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Ascending."""
        return tuple(sorted(self.by_id))

    @cached_property
    def relatives(self) -> Relatives:
        return Relatives(self)

    @cached_property
    def on_labels(self) -> Stock:
        """The same with their capabilities on the label scale, where they have one."""
        return Stock(evolve(p, capability=p.capability if p.label is None else p.label) for p in self)


def draw(
    profiles: Sequence[Profile],
    available: tuple[AvailableModel, ...] | None,
    catalog: Catalog,
) -> Pool:
    """The pool for a request. `available` None: the caller does not say, so the whole catalog counts.

    `profiles` are of `catalog`'s models. What a workspace's own model costs is shown as `outer_models`
    say of the same offer. What no entry covers gets an estimate, where there is anything to estimate
    from, unless it is a model that was removed. A `Stock` is not drawn from again for the same.
    """
    return Stock.of(profiles).draw(available, catalog)


def _pool_of(stock: Stock, available: Sequence[AvailableModel] | None, catalog: Catalog) -> Pool:
    deny = Patterns(catalog.deny)
    if available is None:
        return Pool(tuple(Entry(p, p.model, denied=deny.cover(p.model.id)) for p in stock))
    entries, unmatched, removed, seen = [], [], [], set()
    for offer in available:
        name = _full_name(offer)
        if offer.vendor.lower() == OWN_VENDOR or offer.id.lower() == OWN_ID:
            continue
        found = catalog.matching.best(offer.id, name)
        if found is None and catalog.removed_matching.best(offer.id, name) is not None:
            removed.append(name)
            continue
        profile = stock.relatives.estimate(offer) if found is None else stock.by_id[found]
        if found is None:
            unmatched.append(name)
        if profile is not None:
            entries.append(_offered(profile, offer, catalog, deny))
            seen.add(profile.model.id)
    absent = islice((stock.by_id[name] for name in stock.ids if name not in seen), MAX_ABSENT)
    not_offered = (Entry(p, p.model, available=False, denied=deny.cover(p.model.id)) for p in absent)
    return Pool((*entries, *not_offered), tuple(sorted(unmatched)), tuple(sorted(removed)))


def _offered(profile: Profile, offer: AvailableModel, catalog: Catalog, deny: Patterns) -> Entry:
    model = _as_offered(_with_outer_cost(profile.model, offer, catalog), offer)
    others = catalog.ids_of(offer.id, _full_name(offer)) if catalog.deny else ()
    return Entry(profile, model, offer, denied=any(map(deny.cover, {model.id, offer.id, *others})))


def _rate(place: int, model: Model) -> Rate:
    price, scaled = model.price, model.token_factor / 1_000_000
    if price.per_request is not None:
        return Rate(price.per_request, 0.0, place)
    return Rate(scaled * price.output * EXPECTED_OUTPUT, scaled * price.input, place)


def _with_outer_cost(model: Model, offer: AvailableModel, catalog: Catalog) -> Model:
    """`model`, which a workspace may have put in the place of another one, at that one's cost."""
    found = catalog.outer_matching.best(offer.id, _full_name(offer))
    if found is None or found == model.id:
        return model
    other = catalog.outer_by_id[found]
    return with_outer_cost(model, other.price, other.token_factor)


def _as_offered(model: Model, offer: AvailableModel) -> Model:
    """What the editor says of a model's abilities beats the catalog, which holds where it is silent."""
    vision = model.vision if offer.vision is None else offer.vision
    tools = model.tools if offer.tools is None else offer.tools
    return evolve(model, vision=vision, tools=tools)


def _full_name(offer: AvailableModel) -> str:
    return f"{offer.vendor}/{offer.family}/{offer.id}"
