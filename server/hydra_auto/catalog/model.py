"""The validated catalog: plain frozen data that routing reads and nothing changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from attrs import field, frozen

from hydra_auto.dimensions import Vector

TIERS = ("efficiency", "balance", "intelligence")
"""Tier names, from the most economical to the most capable."""


@frozen
class Origin:
    """Where a value was written. `line` and `column` count from 1; `layer` is default, user, ... ."""

    layer: str
    file: str
    line: int
    column: int


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


@frozen
class Tier:
    """`tau`: the shortfall that may be accepted, as a fraction of the predictor's band, in [0, 1].

    `weights` replaces the catalog's; `allow` (globs over model ids) narrows the pool; `max_cost` is a
    ceiling in USD for one request.
    """

    tau: float
    weights: Vector | None = None
    allow: tuple[str, ...] = ("*",)
    max_cost: float | None = None


@frozen
class Benchmark:
    """A public benchmark: the raw scores that normalise to 0 and 1, and the dimensions it measures."""

    low: float
    high: float
    measures: Mapping[str, float]


@frozen
class Catalog:
    """The catalog in force. `version` is a content hash; `models` keep no meaningful order.

    `anchors` maps label levels to model ids, ascending; `scale` is 'label' (anchored, absolute) or
    'pool' (the paper's literal Eq. 3). `allow` has one tuple of globs per layer that sets it, and a model
    must match in every one; `deny` is the union of all layers'. `anchor_models` are the anchors as the
    default layer wrote them: no later layer changes what a label means.
    """

    version: str
    models: tuple[Model, ...]
    tiers: Mapping[str, Tier]
    default_tier: str = "balance"
    weights: Vector = (1.0, 1.0, 1.0, 1.0)
    allow: tuple[tuple[str, ...], ...] = (("*",),)
    deny: tuple[str, ...] = ()
    benchmarks: Mapping[str, Benchmark] = field(factory=dict)
    anchors: tuple[tuple[float, str], ...] = ()
    anchor_models: tuple[Model, ...] = ()
    scale: Literal["label", "pool"] = "label"


@frozen
class Profile:
    """A model's capability on the predictor's own scale, [0, 1] per dimension.

    `label` is the same on the label scale (None under `scale: pool`); `estimated` names the dimensions
    that no benchmark of the model measures and that were estimated from the others.
    """

    model: Model
    capability: Vector
    label: Vector | None
    estimated: frozenset[str] = frozenset()
