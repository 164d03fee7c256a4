"""The validated catalog: plain frozen data that routing reads and nothing changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Final, Literal, Protocol, TypeAlias

from attrs import evolve, field, frozen

from hydra_auto.catalog.matching import Matching
from hydra_auto.catalog.patterns import Patterns
from hydra_auto.dimensions import Vector

TIERS = ("efficiency", "balance", "intelligence")
"""Tier names, from the most economical to the most capable."""

DEFAULT_TIER: Final = "balance"
"""The tier where no layer names one."""

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
"""How much a model may reason before it answers, from least to most."""

DEFAULT: Final = "default"
ORGANISATION: Final = "organisation"
USER: Final = "user"
WORKSPACE: Final = "workspace"
WORKSPACE_SETTINGS: Final = "workspace settings"
REQUEST: Final = "request"
LAYERS: Final = (DEFAULT, ORGANISATION, USER, WORKSPACE, WORKSPACE_SETTINGS, REQUEST)
"""Who may say something, weakest first."""

FOLDER_LAYERS: Final = frozenset({WORKSPACE, WORKSPACE_SETTINGS})
"""The layers that come with a repository, and so from anyone."""


@frozen
class Origin:
    """Where a value was written. `line` and `column` count from 1; `layer` is one of `LAYERS`.

    A layer from an editor's settings has the setting's name for its file; line and column are then those
    of the setting as indented JSON.
    """

    layer: str
    file: str
    line: int
    column: int


Plain = str | float | bool | None


@frozen
class EffectiveValue:
    """A value that is in force: `path` is the keys that lead to it, for instance
    ("models", "gpt-x", "price", "input"); a list is one value."""

    path: tuple[str, ...]
    value: Plain | tuple[Plain, ...]
    origin: Origin


class Origins(Protocol):
    """Where the values of a catalog were written."""

    def origin(self, *path: str) -> Origin | None:
        """The place of the value at `path` (`origin("tiers", "balance", "tau")`), or of the mapping there;
        None: no layer writes it."""

    def pattern(self, key: Literal["allow", "deny"], glob: str) -> Origin | None:
        """The place of the first such pattern under the top-level `key`."""

    def values(self, *path: str) -> Iterator[EffectiveValue]:
        """Every value in force at `path` or below, key by key; `allow` and `deny` once per layer that gives
        them."""


@frozen
class Unplaced:
    """The origins of a catalog that was not read from anywhere."""

    def origin(self, *path: str) -> Origin | None:
        return None

    def pattern(self, key: Literal["allow", "deny"], glob: str) -> Origin | None:
        return None

    def values(self, *path: str) -> Iterator[EffectiveValue]:
        return iter(())


@frozen
class Price:
    """USD per million tokens, or USD per request when `per_request` is set (the rest is then 0)."""

    input: float = 0.0
    output: float = 0.0
    cached_input: float | None = None
    per_request: float | None = None


@frozen
class Model:
    """One catalog entry. `benchmarks` are raw public scores; `capabilities` are on the label scale, [0, 1].

    `context` and `output` are tokens (None: unknown, then no gate); `token_factor` says how many tokens
    the model spends against the pool's usual (1 = usual); `match` are globs over `vendor/family/id`.
    A `local` model runs on the user's machine, where it may not be: it must be offered to count.
    `outer_price` and `outer_token_factor` are what the layers outside the workspace say, where the
    workspace says otherwise: what is shown and logged as the model's cost follows them.
    """

    id: str
    name: str
    vendor: str
    price: Price
    family: str = ""
    match: tuple[str, ...] = ()
    token_factor: float = 1.0
    context: int | None = None
    output: int | None = None
    vision: bool = False
    tools: bool = False
    local: bool = False
    benchmarks: Mapping[str, float] = field(factory=dict)
    capabilities: Mapping[str, float] = field(factory=dict)
    origin: Origin | None = None
    outer_price: Price | None = None
    outer_token_factor: float | None = None

    @property
    def shown_price(self) -> Price:
        """The price that costs are shown and logged at."""
        return self.price if self.outer_price is None else self.outer_price

    @property
    def shown_token_factor(self) -> float:
        return self.token_factor if self.outer_token_factor is None else self.outer_token_factor


def with_outer_cost(model: Model, price: Price, token_factor: float) -> Model:
    """`model`, which costs that outside the workspace."""
    return evolve(
        model,
        outer_price=None if price == model.price else price,
        outer_token_factor=None if token_factor == model.token_factor else token_factor,
    )


@frozen
class Tier:
    """`tau` in [-1, 1]: the shortfall that may be accepted, as a fraction of the predictor's band; below 0,
    the surplus that is asked for, as a share of the requirement.

    `weights` replaces the catalog's; `allow` (globs over model ids) narrows the pool, one list per layer
    that gives one, and a model must match in every one; `max_cost` is a ceiling in USD for one request.
    """

    tau: float
    weights: Vector | None = None
    allow: tuple[tuple[str, ...], ...] = (("*",),)
    max_cost: float | None = None


@frozen
class Threshold:
    """A requirement on the label scale: at least `at_least`, and below `below` where it is given."""

    at_least: float = 0.0
    below: float | None = None


@frozen
class When:
    """What must hold for a rule to fire: all that is given, and of a list one entry.

    `needs` are thresholds per dimension; `languages`, `locations` and `modes` are the editor's words;
    `paths` are globs over the active file's path in its workspace folder.
    """

    needs: Mapping[str, Threshold] = field(factory=dict)
    languages: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()


@frozen
class Use:
    """What a rule asks for: a model's catalog id, a tier, a reasoning effort; at least one of them."""

    model: str | None = None
    tier: str | None = None
    effort: str | None = None


@frozen
class Rule:
    """Two rules are the same one when they say the same, wherever they are written."""

    name: str
    when: When
    use: Use
    origin: Origin | None = field(default=None, eq=False)


@frozen
class Benchmark:
    """A public benchmark: the raw scores that normalise to 0 and 1, and the dimensions it measures."""

    low: float
    high: float
    measures: Mapping[str, float]


EVERYTHING: Final = "*"

Names: TypeAlias = tuple[str, tuple[str, ...]]
"""What an editor's model is known by: an entry's id and its `match`."""


@frozen
class Catalog:
    """The catalog in force. `version` is a content hash; `models` keep no meaningful order.

    `anchors` maps label levels to model ids, ascending; `scale` is 'label' (anchored, absolute) or
    'pool' (the paper's literal Eq. 3). `allow` has one tuple of globs per layer that sets it, and a model
    must match in every one, by its id in force and by the one that it had when the layer was written:
    `allow_names` are the entries of then, layer by layer (empty: those in force). `deny` is the union of all
    layers'. `anchor_models` are the anchors as the layer that set them had them: no later layer changes what
    a label means. `rules` are in the order of their precedence. `tier_ceiling`: nobody may ask for a dearer
    tier than this one. `outer_models` are the models outside the workspace, where its own have been consented
    to: what they cost is shown.
    `removed` are the entries that a layer took out and none brought back, `former` the `match` that other
    entries had before a layer replaced it. `origins` tells where every value was written.
    """

    version: str
    models: tuple[Model, ...]
    tiers: Mapping[str, Tier]
    default_tier: str = DEFAULT_TIER
    weights: Vector = (1.0, 1.0, 1.0, 1.0)
    allow: tuple[tuple[str, ...], ...] = (("*",),)
    allow_names: tuple[tuple[Names, ...], ...] = ()
    deny: tuple[str, ...] = ()
    benchmarks: Mapping[str, Benchmark] = field(factory=dict)
    anchors: tuple[tuple[float, str], ...] = ()
    anchor_models: tuple[Model, ...] = ()
    scale: Literal["label", "pool"] = "label"
    rules: tuple[Rule, ...] = ()
    tier_ceiling: str | None = None
    outer_models: tuple[Model, ...] = ()
    removed: tuple[Names, ...] = ()
    former: tuple[Names, ...] = ()
    origins: Origins = field(factory=Unplaced, eq=False, repr=False)

    @cached_property
    def matching(self) -> Matching:
        """The index of the models' `match`; made when it is first asked."""
        return Matching((m.id, m.match) for m in self.models)

    @cached_property
    def outer_matching(self) -> Matching:
        """The same of the outer models."""
        return Matching((m.id, m.match) for m in self.outer_models)

    @cached_property
    def allowing(self) -> tuple[tuple[Patterns, Matching], ...]:
        """Each layer's `allow` that is one, with the index of the entries that it was written for."""
        names = self.allow_names or ((),) * len(self.allow)
        return tuple(
            (Patterns(globs), Matching(known) if known else self.matching)
            for globs, known in zip(self.allow, names, strict=True)
            if EVERYTHING not in globs
        )

    @cached_property
    def removed_matching(self) -> Matching:
        """The same of the entries that were taken out."""
        return Matching(self.removed)

    @cached_property
    def _former_matching(self) -> Matching:
        return Matching(self.former)

    def ids_of(self, model_id: str, name: str) -> frozenset[str]:
        """The ids of all entries, in force or not, that mean or meant the editor's model of the id `model_id`
        and the `name` vendor/family/id: what a layer denies stays denied, whatever a later one calls it."""
        indices = (self.matching, self.removed_matching, self._former_matching, self.outer_matching)
        return frozenset(found for index in indices for found in index.all(model_id, name))

    @cached_property
    def outer_by_id(self) -> Mapping[str, Model]:
        """The outer models by their ids."""
        return {m.id: m for m in self.outer_models}


@frozen
class Profile:
    """A model's capability on the predictor's own scale, [0, 1] per dimension.

    `label` is the same on the label scale (None under `scale: pool`); `estimated` names the dimensions
    that no benchmark of the model measures and that were estimated from the others. `estimated_from` says
    what the whole profile was estimated from, price included, where the catalog does not know the model.
    """

    model: Model
    capability: Vector
    label: Vector | None
    estimated: frozenset[str] = frozenset()
    estimated_from: str | None = None
