"""What goes into routing and what comes out: plain frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from attrs import field, frozen

from hydra_auto.catalog.model import Model, Rule
from hydra_auto.dimensions import Vector
from hydra_auto.routing.shortfall import gap

Event = Literal["compaction", "retry", "regenerate", "utility"]
Bucket = Literal["low", "medium", "high"]
TierSource = Literal["request", "rule", "catalog"]

EXPECTED_OUTPUT: Final = 800
"""Tokens of the usual answer: a few paragraphs with some code.

A convention, not a measurement: how much more or less one model spends than another is its
`token_factor`. Also kept free in a context window.
"""

ModelKey = tuple[str, str, str]
"""(catalog id, the editor's vendor, the editor's id); the last two are empty where nothing is offered."""


@frozen
class AvailableModel:
    """A model that the editor offers now; what it says of limits and abilities beats the catalog."""

    vendor: str
    id: str
    family: str = ""
    version: str = ""
    name: str = ""
    max_input_tokens: int | None = None
    vision: bool | None = None
    tools: bool | None = None
    can_send: bool | None = None


@frozen
class Request:
    """One chat request. `prompt_tokens` counts the whole prompt with its history (None: estimated).

    `available` is None where the caller does not say what the editor offers: the whole catalog counts.
    `file_path` is the active file's, relative to its workspace folder where it lies in one.
    `vetoes` says of models that failed lately why they are left alone now (`routing.health`).
    """

    prompt: str
    conversation_id: str | None = None
    turn: int | None = None
    previous_model: str | None = None
    tier: str | None = None
    has_image: bool = False
    needs_tools: bool = False
    prompt_tokens: int | None = None
    references: int = 0
    mode: str | None = None
    event: Event | None = None
    available: tuple[AvailableModel, ...] | None = None
    workspace_folder: str | None = None
    language: str | None = None
    file_path: str | None = None
    location: str | None = None
    vetoes: Mapping[ModelKey, str] = field(factory=dict)


@frozen
class Verdict:
    """How one model of the pool fared; `deficit` is max(0, r - c) per dimension before weighting.

    `model` is as it counted for this request, the editor's word and outer prices included; `shortfall` is the
    weighted sum over band widths (Eq. 5), `surplus` what a model that has none has to spare as a share of the
    requirement, `gap` the one or minus the other; `cost` is the expected USD of this request that the choice
    went by, `shown_cost` the same at the price that layers outside the workspace give; `gate` says why the
    model may not answer (None: eligible); `dominated_by` names a model at least as capable everywhere and no
    dearer for this request; `estimated_from` what a model that no entry covers was estimated from
    (`routing.estimate`); `editor_id` is the editor's own id where it offers the model.
    """

    model: Model
    name: str
    capability: Vector
    deficit: Vector
    shortfall: float
    surplus: float
    cost: float
    eligible: bool
    gate: str | None = None
    dominated_by: str | None = None
    estimated: frozenset[str] = frozenset()
    estimated_from: str | None = None
    shown_cost: float | None = None
    editor_id: str | None = None

    @property
    def model_id(self) -> str:
        """The catalog's id, of an estimated model the editor's."""
        return self.model.id

    @property
    def gap(self) -> float:
        """What tau is held against."""
        return gap(self.shortfall, self.surplus)

    @property
    def displayed_cost(self) -> float:
        """USD, as people and logs see it: a repository cannot make a model look cheap."""
        return self.cost if self.shown_cost is None else self.shown_cost


@frozen
class ChosenModel:
    """`id` is the catalog's; `vendor` and `editor_id` are the editor's own where it offered the model."""

    id: str
    name: str
    vendor: str | None = None
    editor_id: str | None = None

    @property
    def key(self) -> ModelKey:
        return (self.id, self.vendor or "", self.editor_id or "")


@frozen
class Ruling:
    """The rules that decide a model, a tier, an effort; each None where none does."""

    model: Rule | None = None
    tier: Rule | None = None
    effort: Rule | None = None

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that fired, each once."""
        found: list[Rule] = []
        for rule in (self.model, self.tier, self.effort):
            if rule is not None and rule not in found:
                found.append(rule)
        return tuple(found)


@frozen
class Decision:
    """Which model answers, in which order the others are to be tried, and why.

    `scores` are the requirement as predicted, [0, 1]; `required` the same after the context `floor` and the
    conversation's `anchor` (what matching used); `confidence` is max_k of `scores`; `shortfall` is the
    chosen model's. `drift` is how far the request rose above the anchor, in sigmas. `sticky`: the
    conversation kept its model; `course` is the clause that says why it did, or why it moved on;
    `imposed`: a pin or a rule named the model. `tier_source` says who set the tier; `mode` is the chat mode
    that the predictor was told (ask, edit, agent; None: none that it knows).
    """

    chosen: ChosenModel
    candidates: tuple[ChosenModel, ...]
    scores: Vector
    required: Vector
    shortfall: float
    tau: float
    confidence: float
    bucket: Bucket
    tier: str
    catalog_version: str
    verdicts: tuple[Verdict, ...]
    floor: Vector | None = None
    anchor: Vector | None = None
    drift: float | None = None
    course: str | None = None
    imposed: bool = False
    ruling: Ruling = Ruling()
    tier_source: TierSource = "catalog"
    mode: str | None = None
    sticky: bool = False
    fallback: bool = False
    fallback_reason: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def effort(self) -> str | None:
        """The reasoning effort that a rule asks for."""
        return None if self.ruling.effort is None else self.ruling.effort.use.effort

    def gate_of(self, model_id: str) -> str | None:
        """What stopped the model of that id, the editor's or the catalog's; None: nothing did, or it is not
        in the pool."""
        gated = (v for v in self.verdicts if v.gate is not None)
        return next((v.gate for v in gated if model_id in (v.model_id, v.editor_id)), None)
