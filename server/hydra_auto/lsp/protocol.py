"""The wire: what every `hydra/…` method takes and gives, declared once, and its way to and from JSON.

Names are snake_case here and camelCase on the wire, except the four dimensions, which keep theirs. What
comes in is read strictly: an unknown, missing or wrong parameter is one sentence (`WireError`).
Importable without pygls, so that the command line's `--json` prints the very same documents.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from secrets import token_hex
from typing import Any, Final, Literal, TypeVar, get_args, get_origin

import attrs
from attrs import frozen
from cattrs import Converter
from cattrs.errors import (
    ClassValidationError,
    ForbiddenExtraKeysError,
    IterableValidationError,
    IterableValidationNote,
)
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from hydra_auto.catalog import Folder, Problem
from hydra_auto.catalog.layered import FolderCatalog
from hydra_auto.catalog.model import Catalog, EffectiveValue, Origin, Profile, Rule
from hydra_auto.dimensions import Vector
from hydra_auto.routing import (
    AvailableModel,
    ChosenModel,
    Decision,
    Request,
    Stickiness,
    Verdict,
    because,
)
from hydra_auto.routing.decision import Bucket, Event
from hydra_auto.routing.explain import deciding
from hydra_auto.routing.health import Failure

ROUTE: Final = "hydra/route"
CATALOG: Final = "hydra/catalog"
STATUS: Final = "hydra/status"
OUTCOME: Final = "hydra/outcome"
CONSENT: Final = "hydra/consent"
PIN: Final = "hydra/pin"
DID_CHANGE_TRUST: Final = "hydra/didChangeTrust"
DID_CHANGE_CATALOG: Final = "hydra/didChangeCatalog"

TierName = Literal["efficiency", "balance", "intelligence"]
PredictorState = Literal["loading", "ready", "failed"]
LogSetting = str | Literal[False] | None
CatalogSetting = str | dict[str, Any] | None
"""A catalog file's path, or a catalog itself with the keys of the YAML."""

UINTEGER_MAX: Final = 2**31 - 1
"""The largest whole number on the wire (the language server protocol's `uinteger`)."""

LONGEST_NAME: Final = 200

DIGITS: Final = 6
"""Decimals of scores on the wire."""

T = TypeVar("T")


class WireError(ValueError):
    """A message's parameters do not fit their type: one sentence that names the parameter."""


def _whole(minimum: int) -> Callable[[Any, attrs.Attribute[Any], int | None], None]:
    def check(_: Any, attribute: attrs.Attribute[Any], value: int | None) -> None:
        if value is not None and not minimum <= value <= UINTEGER_MAX:
            name = _camel(attribute.name)
            raise WireError(f"`{name}` must be from {minimum} to {UINTEGER_MAX}, not {_shown(value)}")

    return check


def _short(_: Any, attribute: attrs.Attribute[Any], value: str | None) -> None:
    """A name, for it is kept and logged: no place for a text."""
    if value is not None and len(value) > LONGEST_NAME:
        raise WireError(f"`{_camel(attribute.name)}` must be at most {LONGEST_NAME} characters long")


def _within(least: float, most: float) -> Callable[[Any, attrs.Attribute[Any], float], None]:
    def check(_: Any, attribute: attrs.Attribute[Any], value: float) -> None:
        if not least <= value <= most:
            raise WireError(f"`{_camel(attribute.name)}` must be from {least} to {most}, not {_shown(value)}")

    return check


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


# --- what the client sends ---------------------------------------------------------------------------


@frozen
class StickinessOptions:
    """How firmly a conversation holds on to its model: `routing.conversation.Stickiness` on the wire."""

    confidence: float = attrs.field(default=Stickiness().confidence, validator=_within(0, 1))
    drift: float = attrs.field(default=Stickiness().drift, validator=_within(0, 1000))
    cache_seconds: float = attrs.field(default=Stickiness().cache_seconds, validator=_within(0, UINTEGER_MAX))
    conversations: int = attrs.field(default=Stickiness().conversations, validator=_whole(1))

    def as_stickiness(self) -> Stickiness:
        return Stickiness(self.confidence, self.drift, self.cache_seconds, self.conversations)


@frozen
class GivenConsent:
    """The user's consent to what the catalog of `folder` (a URI) says in the content of that hash."""

    folder: str
    content_hash: str = attrs.field(validator=_short)


@frozen
class InitializationOptions:
    """`initialize`, and live in `workspace/didChangeConfiguration` under `settings.hydraAuto`, where a key
    that is left out keeps its value.

    `catalog` is the user's: a file that is watched, or the catalog itself. `organisationCatalog` is a file
    below it that may lock values. `folderCatalogs` are catalogs by folder URI, on top of the folder's file;
    of folders that are not in `trustedFolders` neither counts. `tier` holds where a request names none,
    `deadlineMs` is what a prediction may take before the flagged fallback answers. `log` is the decision
    log's file (absent or null: `decisions.jsonl` in the user's state folder; false: none); only with
    `logPrompts` does it hold prompts."""

    catalog: CatalogSetting = None
    organisation_catalog: str | None = None
    trusted_folders: tuple[str, ...] = ()
    folder_catalogs: Mapping[str, dict[str, Any]] = attrs.field(factory=dict)
    consents: tuple[GivenConsent, ...] = ()
    tier: TierName | None = None
    deadline_ms: int = attrs.field(default=2500, validator=_whole(1))
    stickiness: StickinessOptions = StickinessOptions()
    log: LogSetting = None
    log_prompts: bool = False


@frozen
class AvailableModelInfo:
    """A model that the editor offers now; absent or null: the editor does not say."""

    vendor: str
    id: str
    family: str = ""
    version: str = ""
    name: str = ""
    max_input_tokens: int | None = attrs.field(default=None, validator=_whole(0))
    vision: bool | None = None
    tools: bool | None = None
    can_send: bool | None = None


@frozen
class RouteParams:
    """`hydra/route`: `turn` counts from 1, `promptTokens` the whole prompt with its history,
    `references` the files and selections that are attached. `workspaceFolder` is a URI (or a path), absent:
    the first of the workspace. The predictor and rules look at `mode` (agent, edit, ask), rules at
    `languageId` and `filePath` (URI or path) of the active editor, and `location` (panel, editor,
    terminal, notebook)."""

    prompt: str
    conversation_id: str | None = None
    turn: int | None = attrs.field(default=None, validator=_whole(1))
    previous_model: str | None = None
    tier: TierName | None = None
    has_image: bool = False
    needs_tools: bool = False
    prompt_tokens: int | None = attrs.field(default=None, validator=_whole(0))
    references: int = attrs.field(default=0, validator=_whole(0))
    mode: str | None = None
    event: Event | None = None
    available: tuple[AvailableModelInfo, ...] | None = None
    workspace_folder: str | None = None
    language_id: str | None = attrs.field(default=None, validator=_short)
    file_path: str | None = None
    location: str | None = attrs.field(default=None, validator=_short)

    def as_request(self, tier: str | None, file_path: str | None) -> Request:
        """What routing reads; `tier` holds where the request names none, `file_path` is the active file's
        as rules see it."""
        fields = {a.name: getattr(self, a.name) for a in attrs.fields(type(self))}
        offered = self.available
        fields["language"], fields["file_path"] = fields.pop("language_id"), file_path
        fields["tier"] = self.tier or tier
        fields["available"] = None if offered is None else tuple(_available(a) for a in offered)
        return Request(**fields)


@frozen
class OutcomeModel:
    """The model that was asked, as in `hydra/route`'s candidates; `vendor` and `editorId` may be left out,
    and a failure then counts wherever the model is offered."""

    id: str = attrs.field(validator=_short)
    vendor: str | None = attrs.field(default=None, validator=_short)
    editor_id: str | None = attrs.field(default=None, validator=_short)


@frozen
class OutcomeParams:
    """`hydra/outcome`: what became of asking `model`, once per model that was asked.

    `decisionId` is the route reply's; without it the latest decision of `conversationId` is meant. `ran`:
    the model began to answer; neither `ran` nor `error`: the request was cancelled before. `inputTokens`
    count the whole prompt, `cachedInputTokens` what of it came from the provider's cache; `latencyMs` is
    the model's, from sending to the end of the answer.
    """

    model: OutcomeModel
    ran: bool
    decision_id: str | None = None
    conversation_id: str | None = None
    error: Failure | None = None
    input_tokens: int | None = attrs.field(default=None, validator=_whole(0))
    cached_input_tokens: int | None = attrs.field(default=None, validator=_whole(0))
    output_tokens: int | None = attrs.field(default=None, validator=_whole(0))
    latency_ms: int | None = attrs.field(default=None, validator=_whole(0))

    def __attrs_post_init__(self) -> None:
        if (self.cached_input_tokens or 0) > (self.input_tokens or 0):
            raise WireError("`cachedInputTokens` must not be more than `inputTokens`, of which they are part")


@frozen
class ConsentParams:
    """`hydra/consent`: the user's answer to what a folder's `pendingConsent` asks."""

    folder: str
    content_hash: str = attrs.field(validator=_short)
    granted: bool


@frozen
class PinParams:
    """`hydra/pin`: from now on `model` (a candidate's `id` or `editorId`) answers the conversation, of
    `vendor` alone where it is given; null ends it."""

    conversation_id: str
    model: str | None = attrs.field(validator=_short)
    vendor: str | None = attrs.field(default=None, validator=_short)


@frozen
class DidChangeTrustParams:
    """`hydra/didChangeTrust`: all folders (URIs) that are trusted now."""

    trusted_folders: tuple[str, ...]


@frozen
class CatalogParams:
    """`hydra/catalog`: the catalog of `workspaceFolder`, absent: of the first; with `values`, every value
    in force and where it was written."""

    workspace_folder: str | None = None
    values: bool = False


@frozen
class NoParams:
    """`hydra/status` takes nothing."""


# --- what the server sends ---------------------------------------------------------------------------


@frozen
class DimensionValues:
    """One number in [0, 1] per dimension."""

    reasoning: float
    code_gen: float
    debugging: float
    tool_use: float


@frozen
class ChosenModelInfo:
    """`id` is the catalog's; `vendor` and `editorId` are the editor's own where it offered the model."""

    id: str
    name: str
    vendor: str | None
    editor_id: str | None


@frozen
class LatencyMs:
    """Milliseconds of the prediction alone (0 where there was none) and of the whole request."""

    predict: float
    total: float


@frozen
class ModelVerdict:
    """How one model fared; `surplus` is the share of the requirement that it has to spare (0 to 1); `cost` is
    the expected USD of this request, `gate` why it may not answer; `estimated_from` what a model that no
    catalog entry covers was estimated from."""

    id: str
    name: str
    capability: DimensionValues
    deficit: DimensionValues
    shortfall: float
    surplus: float
    cost: float
    eligible: bool
    gate: str | None
    dominated_by: str | None
    estimated: tuple[str, ...]
    estimated_from: str | None


@frozen
class OriginInfo:
    """Where a value was written; `line` and `column` count from 1. `layer` is default, organisation, user,
    workspace, workspace settings or request; `file` is a path or a setting's name."""

    layer: str
    file: str
    line: int
    column: int


@frozen
class ValueInfo:
    """A catalog value in force: `key` is its dotted path, `value` a text, a number, true or false, null, or
    a list of these."""

    key: str
    value: Any
    origin: OriginInfo


@frozen
class RuleInfo:
    """A rule with what it asks for."""

    name: str
    model: str | None
    tier: str | None
    effort: str | None
    origin: OriginInfo | None


@frozen
class Explanation:
    """`reason` is one sentence; `required` is what was matched, after the context floor `floor` and the
    conversation's `anchor`; `mode` the chat mode that the predictor was told (ask, edit, agent; null: none
    that it knows); `drift` is how far the request rose above the anchor, in sigmas (null: there is none);
    `tau` the shortfall that the tier accepts, or below 0 the surplus that it asks for; `models` come in the
    order to be tried, gated ones last. `decidedBy` are the catalog's values that decided, `rules` the rules
    that fired."""

    reason: str
    required: DimensionValues
    mode: str | None
    floor: DimensionValues | None
    anchor: DimensionValues | None
    drift: float | None
    tau: float
    models: tuple[ModelVerdict, ...]
    decided_by: tuple[ValueInfo, ...]
    rules: tuple[RuleInfo, ...]


@frozen
class RouteResult:
    """The reply of `hydra/route`; `candidates` are in the order to be tried, the chosen one first;
    `hydra/outcome` refers to `decisionId`. `folder` is the one whose layers decided, `effort` the reasoning
    effort that a rule asks for; both null where there is none."""

    decision_id: str
    chosen_model: ChosenModelInfo
    candidates: tuple[ChosenModelInfo, ...]
    scores: DimensionValues
    shortfall: float
    confidence: float
    bucket: Bucket
    tier: str
    sticky: bool
    fallback: bool
    fallback_reason: str | None
    catalog_version: str
    folder: str | None
    effort: str | None
    latency_ms: LatencyMs
    explanation: Explanation
    warnings: tuple[str, ...]


@frozen
class ConsentResult:
    """The reply of `hydra/consent`: whether that content is in force as a whole now."""

    applied: bool


@frozen
class PinResult:
    """The reply of `hydra/pin`: the model that the conversation is pinned to."""

    pinned: str | None


@frozen
class OutcomeResult:
    """The reply of `hydra/outcome`: the decision that it was joined to, null where none is known (any
    more); the model's health is kept all the same."""

    decision_id: str | None


@frozen
class PriceInfo:
    """USD per million tokens, or per request."""

    input: float
    output: float
    cached_input: float | None
    per_request: float | None


@frozen
class CatalogModel:
    """`capability` is on the predictor's scale, `label` the same on the label scale (null under
    `scale: pool`); `estimated` names the dimensions that no benchmark of the model measures."""

    id: str
    name: str
    vendor: str
    family: str
    match: tuple[str, ...]
    price: PriceInfo
    token_factor: float
    context: int | None
    output: int | None
    vision: bool
    tools: bool
    local: bool
    benchmarks: Mapping[str, float]
    capability: DimensionValues
    label: DimensionValues | None
    estimated: tuple[str, ...]
    origin: OriginInfo | None


@frozen
class TierInfo:
    """A tier as the catalog writes it; `allow` as in the catalog."""

    tau: float
    weights: DimensionValues | None
    allow: tuple[tuple[str, ...], ...]
    max_cost: float | None


@frozen
class PendingConsent:
    """What a folder's catalog asks for beyond narrowing, one sentence each; it counts once the user has
    consented to the content of that hash."""

    content_hash: str
    changes: tuple[str, ...]


@frozen
class FolderInfo:
    """A workspace folder and its catalog `file`. Not `trusted`: the file is neither read nor watched.
    `read`: there is a file, and it (or its last good version) is in force, but for what waits for consent.
    `version` is the folder's own catalog version (null: none is in force)."""

    folder: str
    file: str | None
    trusted: bool
    read: bool
    version: str | None
    pending_consent: PendingConsent | None


@frozen
class CatalogResult:
    """The reply of `hydra/catalog`: the catalog in force. `allow` has one list per layer that sets it, and
    a model must match in every one; `values` is null unless asked for."""

    version: str
    files: tuple[str, ...]
    scale: Literal["label", "pool"]
    default_tier: str
    tiers: Mapping[str, TierInfo]
    weights: DimensionValues
    allow: tuple[tuple[str, ...], ...]
    deny: tuple[str, ...]
    rules: tuple[RuleInfo, ...]
    models: tuple[CatalogModel, ...]
    folders: tuple[FolderInfo, ...]
    values: tuple[ValueInfo, ...] | None


@frozen
class PredictorStatus:
    """`reason` says why the predictor does not answer yet or at all; `bundle` is the loaded one's name."""

    state: PredictorState
    reason: str | None
    bundle: str | None


@frozen
class ProblemInfo:
    """What is wrong with a catalog file; `line` and `column` count from 1."""

    message: str
    file: str
    line: int
    column: int
    severity: Literal["error", "warning"]


@frozen
class StatusResult:
    """The reply of `hydra/status`; `ready`: requests are scored. `problems` are those of the files as
    they stand on disk, which may be newer, and worse, than the catalog in force."""

    version: str
    ready: bool
    predictor: PredictorStatus
    catalog_version: str | None
    catalog_files: tuple[str, ...]
    problems: tuple[ProblemInfo, ...]
    folders: tuple[FolderInfo, ...]
    tier: str | None
    deadline_ms: int


@frozen
class DidChangeCatalogParams:
    """`hydra/didChangeCatalog`: `version` is in force now for the first folder; not `valid`: for some layer
    it is still the last good one."""

    version: str | None
    files: tuple[str, ...]
    valid: bool
    problems: tuple[ProblemInfo, ...]
    folders: tuple[FolderInfo, ...]


# --- from the domain to the wire ---------------------------------------------------------------------


def new_decision_id() -> str:
    """Twelve characters that no other decision has."""
    return token_hex(6)


def route_result(
    decision: Decision,
    *,
    catalog: Catalog,
    folder: str | None,
    decision_id: str,
    predict_ms: float,
    total_ms: float,
) -> RouteResult:
    """A decision as `hydra/route` replies it; `catalog` is the one that it was made with, `folder` the one
    whose layers are part of that."""
    return RouteResult(
        decision_id=decision_id,
        chosen_model=_chosen(decision.chosen),
        candidates=tuple(_chosen(c) for c in decision.candidates),
        scores=_values(decision.scores),
        shortfall=round(decision.shortfall, DIGITS),
        confidence=round(decision.confidence, DIGITS),
        bucket=decision.bucket,
        tier=decision.tier,
        sticky=decision.sticky,
        fallback=decision.fallback,
        fallback_reason=decision.fallback_reason,
        catalog_version=decision.catalog_version,
        folder=folder,
        effort=decision.effort,
        latency_ms=LatencyMs(predict=round(predict_ms, 3), total=round(total_ms, 3)),
        explanation=_explanation(decision, catalog),
        warnings=decision.warnings,
    )


def catalog_result(
    catalog: Catalog,
    profiles: Sequence[Profile],
    files: Sequence[str],
    folders: Sequence[FolderInfo] = (),
    with_values: bool = False,
) -> CatalogResult:
    """A catalog with the profiles of its models as `hydra/catalog` replies it, models by id; `with_values`:
    with every value and its origin."""
    return CatalogResult(
        version=catalog.version,
        files=tuple(files),
        scale=catalog.scale,
        default_tier=catalog.default_tier,
        tiers={
            name: TierInfo(t.tau, None if t.weights is None else _values(t.weights), t.allow, t.max_cost)
            for name, t in catalog.tiers.items()
        },
        weights=_values(catalog.weights),
        allow=catalog.allow,
        deny=catalog.deny,
        rules=tuple(_rule(r) for r in catalog.rules),
        models=tuple(_catalog_model(p) for p in sorted(profiles, key=lambda p: p.model.id)),
        folders=tuple(folders),
        values=tuple(_value(v) for v in catalog.origins.values()) if with_values else None,
    )


def problem_info(problem: Problem) -> ProblemInfo:
    """A catalog problem as it goes over the wire."""
    return ProblemInfo(problem.message, problem.file, problem.line, problem.column, problem.severity)


def folder_info(folder: Folder, found: FolderCatalog | None, version: str | None) -> FolderInfo:
    """A folder, what is in force of its own layers, and the version in force in it."""
    pending = None if found is None or found.pending is None else found.pending
    return FolderInfo(
        folder=folder.name,
        file=None if folder.file is None else str(folder.file),
        trusted=folder.trusted,
        read=found is not None and found.read,
        version=version,
        pending_consent=None if pending is None else PendingConsent(pending.content_hash, pending.changes),
    )


def to_wire(value: Any) -> dict[str, Any]:
    """The JSON document of any type of this module."""
    document: dict[str, Any] = _converter().unstructure(value)
    return document


def from_wire(document: Any, cls: type[T], method: str) -> T:
    """`document` (null counts as {}) read strictly as `cls`.

    Raises:
        WireError: one sentence that begins with `method` and names the parameter.
    """
    try:
        return _converter().structure({} if document is None else document, cls)
    except (WireError, ClassValidationError) as error:
        raise WireError(f"{method}: {_sentence(error, '')}") from None


def _available(offer: AvailableModelInfo) -> AvailableModel:
    return AvailableModel(**{a.name: getattr(offer, a.name) for a in attrs.fields(type(offer))})


def _values(vector: Vector) -> DimensionValues:
    return DimensionValues(*(round(v, DIGITS) for v in vector))


def _chosen(model: ChosenModel) -> ChosenModelInfo:
    return ChosenModelInfo(model.id, model.name, model.vendor, model.editor_id)


def _explanation(decision: Decision, catalog: Catalog) -> Explanation:
    return Explanation(
        reason=because(decision),
        required=_values(decision.required),
        mode=decision.mode,
        floor=None if decision.floor is None else _values(decision.floor),
        anchor=None if decision.anchor is None else _values(decision.anchor),
        drift=None if decision.drift is None else round(decision.drift, DIGITS),
        tau=decision.tau,
        models=tuple(_verdict(v) for v in decision.verdicts),
        decided_by=tuple(_value(v) for v in deciding(decision, catalog)),
        rules=tuple(_rule(r) for r in decision.ruling.rules),
    )


def _value(value: EffectiveValue) -> ValueInfo:
    plain = list(value.value) if isinstance(value.value, tuple) else value.value
    return ValueInfo(".".join(value.path), plain, _origin(value.origin))


def _rule(rule: Rule) -> RuleInfo:
    origin = None if rule.origin is None else _origin(rule.origin)
    return RuleInfo(rule.name, rule.use.model, rule.use.tier, rule.use.effort, origin)


def _origin(origin: Origin) -> OriginInfo:
    return OriginInfo(origin.layer, origin.file, origin.line, origin.column)


def _verdict(verdict: Verdict) -> ModelVerdict:
    return ModelVerdict(
        id=verdict.model_id,
        name=verdict.name,
        capability=_values(verdict.capability),
        deficit=_values(verdict.deficit),
        shortfall=round(verdict.shortfall, DIGITS),
        surplus=round(verdict.surplus, DIGITS),
        cost=verdict.displayed_cost,
        eligible=verdict.eligible,
        gate=verdict.gate,
        dominated_by=verdict.dominated_by,
        estimated=tuple(sorted(verdict.estimated)),
        estimated_from=verdict.estimated_from,
    )


def _catalog_model(profile: Profile) -> CatalogModel:
    model, price, origin = profile.model, profile.model.shown_price, profile.model.origin
    return CatalogModel(
        id=model.id,
        name=model.name,
        vendor=model.vendor,
        family=model.family,
        match=model.match,
        price=PriceInfo(price.input, price.output, price.cached_input, price.per_request),
        token_factor=model.token_factor,
        context=model.context,
        output=model.output,
        vision=model.vision,
        tools=model.tools,
        local=model.local,
        benchmarks=dict(model.benchmarks),
        capability=_values(profile.capability),
        label=None if profile.label is None else _values(profile.label),
        estimated=tuple(sorted(profile.estimated)),
        origin=None if origin is None else _origin(origin),
    )


# --- the converter -----------------------------------------------------------------------------------


@cache
def _converter() -> Converter:
    """camelCase both ways; reading coerces nothing and refuses what it does not know."""
    converter = Converter()
    for kind, words in ((str, "a string"), (int, "a whole number"), (bool, "true or false")):
        converter.register_structure_hook(kind, _exactly(kind, words))
    converter.register_structure_hook(float, _number)
    converter.register_structure_hook_func(_made_of(Literal), _one_of)
    converter.register_structure_hook_func(lambda t: t == LogSetting, _log_setting)
    converter.register_structure_hook_func(lambda t: t == CatalogSetting, _catalog_setting)
    converter.register_structure_hook_func(_made_of(Mapping), _catalogs)
    converter.register_structure_hook_func(
        _made_of(tuple), lambda value, t: tuple(converter.structure(_list(value), _list_of(t)))
    )

    def reader(cls: type[T]) -> Callable[[Any, Any], T]:
        read = make_dict_structure_fn(cls, converter, _cattrs_forbid_extra_keys=True, **_renames(cls))
        return lambda value, t: read(_object(value), t)

    converter.register_structure_hook_factory(attrs.has, reader)
    converter.register_unstructure_hook_factory(
        attrs.has, lambda cls: make_dict_unstructure_fn(cls, converter, **_renames(cls))
    )
    return converter


def _made_of(origin: Any) -> Callable[[Any], bool]:
    return lambda t: get_origin(t) is origin


def _list_of(homogeneous: Any) -> Any:
    """list[X] for tuple[X, ...]."""
    return list[get_args(homogeneous)[0]]  # type: ignore[misc]


def _renames(cls: type) -> dict[str, Any]:
    if cls is DimensionValues:
        return {}
    return {a.name: override(rename=_camel(a.name)) for a in attrs.fields(cls)}


def _exactly(kind: type, words: str) -> Callable[[Any, Any], Any]:
    def hook(value: Any, _: Any) -> Any:
        if type(value) is not kind:
            raise WireError(f"must be {words}, not {_shown(value)}")
        return value

    return hook


def _number(value: Any, _: Any) -> float:
    if type(value) not in (int, float):
        raise WireError(f"must be a number, not {_shown(value)}")
    return value  # type: ignore[no-any-return]  # as it came: a whole number too large for a float has bounds


def _one_of(value: Any, literal: Any) -> Any:
    choices = get_args(literal)
    if not isinstance(value, str) or value not in choices:
        raise WireError(f"must be one of {', '.join(choices)}, not {_shown(value)}")
    return value


def _log_setting(value: Any, _: Any) -> LogSetting:
    if value is None or value is False or (isinstance(value, str) and value):
        return value
    raise WireError(f"must be a path or false, not {_shown(value)}")


def _catalog_setting(value: Any, _: Any) -> CatalogSetting:
    if value is None or isinstance(value, dict) or (isinstance(value, str) and value):
        return value
    raise WireError(f"must be a path or a catalog, not {_shown(value)}")


def _catalogs(value: Any, _: Any) -> Mapping[str, dict[str, Any]]:
    return {name: _object(catalog) for name, catalog in _object(value).items()}


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise WireError(f"must be a list, not {_shown(value)}")
    return value


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise WireError(f"must be an object, not {_shown(value)}")
    return value


def _shown(value: Any) -> str:
    """A value in an error's sentence: short ones themselves, of others only what they are."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return f"'{value}'" if len(value) <= 40 else f"a string of {len(value)} characters"
    if isinstance(value, int | float):
        return f"{value}" if abs(value) < 1e15 else "a number of that size"
    return "a list" if isinstance(value, list) else "an object"


def _sentence(error: BaseException, path: str) -> str:
    """The first thing wrong, with its place; an unknown name first, for it may explain a missing one."""
    if isinstance(error, ForbiddenExtraKeysError):
        return _unknown(error, path)
    if isinstance(error, ClassValidationError | IterableValidationError):
        placed, bare = error.group_exceptions()
        if bare:
            return _sentence(bare[0], path)
        inner, note = placed[0]
        if isinstance(note, IterableValidationNote):
            return _sentence(inner, f"{path}[{note.index}]")
        return _sentence(inner, f"{path}.{_camel(note.name)}".lstrip("."))
    if isinstance(error, KeyError):
        return f"`{path}` is missing"
    text = str(error)
    if text.startswith("`"):  # a validator's sentence names its own field
        holder = f"{path}." if path else ""
        return f"`{holder}{text[1:]}"
    return f"`{path}` {text}" if path else f"its parameters {text}"


def _unknown(error: ForbiddenExtraKeysError, path: str) -> str:
    name = min(error.extra_fields)
    known = [_camel(a.name) for a in attrs.fields(error.cl)]
    if not known:
        return f"unknown parameter {_shown(name)}; it takes none"
    near = get_close_matches(name[:80], known, n=1)
    where = f" in `{path}`" if path else ""
    hint = f"did you mean `{near[0]}`?" if near else f"known are {', '.join(known)}"
    return f"unknown parameter {_shown(name)}{where}; {hint}"
