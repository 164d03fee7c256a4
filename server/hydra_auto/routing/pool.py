"""The models that could answer: catalog entries met with what the editor offers now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from attrs import evolve, frozen

from hydra_auto.catalog.model import Model, Profile
from hydra_auto.dimensions import Vector
from hydra_auto.routing.decision import AvailableModel, ChosenModel, ModelKey
from hydra_auto.routing.globs import matches, specificity

OWN_VENDOR: Final = "hydra-auto"
OWN_ID: Final = "auto"
"""Never routed to: our own provider's models, and every `auto` (other vendors have one too)."""


@frozen
class Entry:
    """One model of the pool. `model` is the catalog's with the editor's word on its abilities in force.

    `offer` is the editor's own where it offers the model; `available` is False where the editor said
    what it offers and this is not among it. A catalog model that two vendors offer is two entries.
    """

    profile: Profile
    model: Model
    offer: AvailableModel | None = None
    available: bool = True

    @property
    def capability(self) -> Vector:
        return self.profile.capability

    @property
    def name(self) -> str:
        """The name that the user sees in the editor, else the catalog's."""
        return self.offer.name if self.offer and self.offer.name else self.model.name

    @property
    def key(self) -> ModelKey:
        """What orders entries when all else is equal: catalog id, then the editor's vendor and id."""
        return (self.model.id, *((self.offer.vendor, self.offer.id) if self.offer else ("", "")))

    def answers_to(self, model_id: str | None) -> bool:
        """Whether `model_id` means this entry: the editor's own id for it, or the catalog's."""
        return model_id is not None and model_id in (self.model.id, self.offer.id if self.offer else None)

    def as_chosen(self) -> ChosenModel:
        if self.offer is None:
            return ChosenModel(id=self.model.id, name=self.name)
        return ChosenModel(self.model.id, self.name, vendor=self.offer.vendor, editor_id=self.offer.id)


@frozen
class Pool:
    """`entries` in no meaningful order; `unmatched`: what the editor offers and no catalog entry matches."""

    entries: tuple[Entry, ...]
    unmatched: tuple[str, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        if not self.unmatched:
            return ()
        names = ", ".join(self.unmatched)
        return (f"not routed to, because no catalog entry's `match` covers it: {names}",)


def draw(
    profiles: Sequence[Profile],
    available: Sequence[AvailableModel] | None,
    outer_models: Sequence[Model] = (),
) -> Pool:
    """The pool for a request. `available` None: the caller does not say, so the whole catalog counts.

    `outer_models` are the models outside a workspace that has its own: what such a model costs is shown as
    they say of the same offer.
    """
    if available is None:
        return Pool(tuple(Entry(profile, profile.model) for profile in profiles))
    entries, unmatched, seen = [], [], set()
    for offer in available:
        if offer.vendor.lower() == OWN_VENDOR or offer.id.lower() == OWN_ID:
            continue
        profile = _best_match(profiles, offer)
        if profile is None:
            unmatched.append(_full_name(offer))
        else:
            model = _with_outer_cost(profile.model, offer, outer_models)
            entries.append(Entry(profile, _as_offered(model, offer), offer))
            seen.add(profile.model.id)
    absent = [Entry(p, p.model, available=False) for p in profiles if p.model.id not in seen]
    return Pool((*entries, *absent), tuple(sorted(unmatched)))


def _with_outer_cost(model: Model, offer: AvailableModel, outer: Sequence[Model]) -> Model:
    """`model`, which a workspace may have put in the place of another one, at that one's cost."""
    if all(model.id != m.id for m in outer):
        ranked = [(rank, m.id, m) for m in outer if (rank := _rank(m, offer)) is not None]
        if ranked:
            other = min(ranked, key=lambda r: (-r[0], r[1]))[2]
            return evolve(model, outer_price=other.price, outer_token_factor=other.token_factor)
    return model


def _best_match(profiles: Sequence[Profile], offer: AvailableModel) -> Profile | None:
    """The entry of that very id, else the one whose matching glob spells out most; ties by id."""
    ranked = [(rank, p.model.id, p) for p in profiles if (rank := _rank(p.model, offer)) is not None]
    return min(ranked, key=lambda r: (-r[0], r[1]))[2] if ranked else None


def _rank(model: Model, offer: AvailableModel) -> float | None:
    if model.id.lower() == offer.id.lower():
        return float("inf")
    name = _full_name(offer)
    return max((specificity(glob) for glob in model.match if matches(glob, name)), default=None)


def _as_offered(model: Model, offer: AvailableModel) -> Model:
    """What the editor says of a model's abilities beats the catalog, which holds where it is silent."""
    vision = model.vision if offer.vision is None else offer.vision
    tools = model.tools if offer.tools is None else offer.tools
    return evolve(model, vision=vision, tools=tools)


def _full_name(offer: AvailableModel) -> str:
    return f"{offer.vendor}/{offer.family}/{offer.id}"
