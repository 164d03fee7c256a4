"""The conversation policy: a pure state machine that keeps a conversation's model steady, and its cache warm.

Scoring is local and costs milliseconds, so every turn is scored; what is scarce is a stable conversation.
What decides a turn, first to last (`_course`): the model may not answer (denied, vanished, a need that it
lacks) > retry, pin, tier change, regenerate, the same prompt again > a rule that begins to hold, or holds >
too little said to judge > the cache went cold > drift. One state per conversation goes in and a new one
comes out; nothing here remembers anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from math import hypot
from typing import Final

from attrs import evolve, frozen

from hydra_auto.catalog.model import Catalog, Profile
from hydra_auto.dimensions import Vector
from hydra_auto.routing.choice import dominates, met_limit
from hydra_auto.routing.decision import ChosenModel, Decision, Request, Ruling
from hydra_auto.routing.events import in_order_of, led_by, led_to, named
from hydra_auto.routing.fallback import unpredicted
from hydra_auto.routing.floor import Need, context_floor
from hydra_auto.routing.router import NO_RULES, match, tier_in_force
from hydra_auto.routing.rules import asked_by, not_led, ruled, why_not
from hydra_auto.scale import ScoreScale


@frozen
class Stickiness:
    """How firmly a conversation holds on to its model.

    `confidence` is gamma_sticky on the label scale, [0, 1]: a turn that requires less than this in every
    dimension says too little to change anything. .4 is what needs a small current model: "thanks", "go on"
    and "yes" were measured to score just above .3.
    `drift` is the distance, in sigmas of untrained traffic, at which the model is chosen anew: 2.
    `cache_seconds` is how long a provider keeps an unread prompt prefix: 300, the customary lifetime.
    `conversations` is how many are remembered, the least recently used out: 50.
    """

    confidence: float = 0.4
    drift: float = 2.0
    cache_seconds: float = 300.0
    conversations: int = 50


@frozen
class Context:
    """What a turn is decided with: `profiles` are `catalog`'s on `scale`, which is the scores' own;
    `unscored` says why there are no scores, where there are none."""

    catalog: Catalog
    profiles: Sequence[Profile]
    scale: ScoreScale
    stickiness: Stickiness = Stickiness()
    unscored: str = ""


@frozen
class Pin:
    """The user's wish that `model` (the editor's id or the catalog's) answers, of `vendor` where given."""

    model: str
    vendor: str | None = None

    def means(self, model: ChosenModel) -> bool:
        return named(model, self.model) and (self.vendor is None or model.vendor in (None, self.vendor))


@frozen
class ConversationState:
    """A conversation after a turn: `model` answers it, and `at` is when it last came, in seconds.

    `anchor` is what the conversation has required since its model was last chosen, on the predictor's
    scale (None: no turn has said yet); `tier` is the one in force then, rules aside (None: not known).
    `heeded` are the rules that had their way and have held since: a rule acts when it begins to hold, and
    what the user does afterwards beats it. `asked` is the
    last request with its prompt's digest for the prompt, `decision` what it got; None after a restart.
    `compacted`: the history was compacted, and no turn since then could act on it. `pin`: what the user
    has pinned the conversation to.
    """

    model: ChosenModel
    at: float
    anchor: Vector | None = None
    tier: str | None = None
    asked: Request | None = None
    decision: Decision | None = None
    compacted: bool = False
    heeded: Ruling = NO_RULES
    pin: Pin | None = None


@frozen
class Turn:
    """One request against the state that it meets. `requires` is the request's own requirement on the
    predictor's scale, None where it could not be scored; `idle`: longer since than a cache lives."""

    request: Request
    asked: Request
    requires: Vector | None
    confident: bool
    same_prompt: bool
    idle: bool
    tier: str

    def goes_cold(self, state: ConversationState) -> bool:
        """Whether the provider's cache of the conversation is gone, so that a switch loses nothing."""
        return self.idle or state.compacted or self.request.event == "compaction"


@frozen
class Course:
    """What the conversation does in a turn: `keeps` its model or takes the choice, or what the choice says
    when `lead` comes first, because of `reason`. `anchors`: the requirement of this turn becomes part of
    the anchor; `heeds`: the rules that hold have had their way."""

    keeps: bool
    reason: str
    anchors: bool = False
    lead: Pin | None = None
    heeds: bool = False


Step = tuple[ConversationState | None, Decision]

UNKNOWN: Final = "no longer in the catalog"


def step(
    state: ConversationState | None, request: Request, scores: Vector | None, context: Context, now: float
) -> Step:
    """The conversation's next state and the decision for `request`, whose predicted `scores` in [0, 1] are
    None where there are none; `now` in seconds, on the clock of the states before.

    Pure: the same arguments give the same result. A `state` of None is a conversation not seen before; its
    model is then the request's `previous_model`, if any. A utility request leaves the state as it is.

    Raises:
        RoutingError: as `route`; the conversation is then still in the state it was in.
    """
    if request.event == "utility":
        return state, _decided(request, scores, context, None)
    turn = _turn(state, request, scores, context, now)
    state = _continued(state, turn, now)
    if state is None:
        decision = ruled(_decided(request, scores, context, None))
        return _begun(turn, decision, now), decision
    shared = _shared(state, turn, context)
    if shared is not None:
        return evolve(state, at=now), shared
    return _next(state, turn, scores, context, now)


def pinned(state: ConversationState | None, pin: Pin | None, now: float) -> ConversationState | None:
    """The conversation with `pin`, or (None) without one; None where nothing of it is left to remember.

    What it has required so far no longer says what its model can do, so the anchor goes, and so does the
    decision that the same request would share.
    """
    if state is None or (state.asked is None and state.tier is None and state.pin is not None):
        return None if pin is None else ConversationState(ChosenModel(pin.model, pin.model), now, pin=pin)
    return evolve(state, pin=pin, anchor=None, decision=None)


def drift(requires: Vector, anchor: Vector, sigma: Vector) -> float:
    """How far `requires` rises above `anchor`: sqrt(sum_k (max(r_k - anchor_k, 0) / sigma_k)^2), >= 0.

    One-sided: what falls does not count. Dimensions without a positive sigma are left out.
    """
    rises = zip(requires, anchor, sigma, strict=True)
    return hypot(*(max(r - a, 0.0) / s for r, a, s in rises if s > 0))


def is_confident(requires: Vector, scale: ScoreScale, gamma: float) -> bool:
    """Whether gamma = max_k r_k reaches `gamma`, a label in [0, 1], each dimension on its own scale."""
    return any(r >= scale.from_label(k, gamma) for k, r in enumerate(requires))


# --- what a turn is ----------------------------------------------------------------------------------


def _turn(
    state: ConversationState | None, request: Request, scores: Vector | None, context: Context, now: float
) -> Turn:
    asked = evolve(request, prompt=digest(request.prompt))
    requires = None if scores is None else Need(scores, context_floor(request, context.scale)).required
    gamma = context.stickiness.confidence
    before = None if state is None else state.asked
    return Turn(
        request=request,
        asked=asked,
        requires=requires,
        confident=requires is not None and is_confident(requires, context.scale, gamma),
        same_prompt=before is not None and before.prompt == asked.prompt,
        idle=state is not None and now - state.at > context.stickiness.cache_seconds,
        tier=tier_in_force(request, context.catalog).name,
    )


def _continued(state: ConversationState | None, turn: Turn, now: float) -> ConversationState | None:
    """The state that `turn` goes on from. What the client says ran last beats what was decided, and
    brings back a conversation that is not remembered; None where the conversation begins."""
    previous = turn.request.previous_model
    if state is not None and _begins_anew(turn):
        state = pinned(None, state.pin, now)
    if state is None:
        return None if previous is None else ConversationState(ChosenModel(previous, previous), now)
    if previous is None or named(state.model, previous):
        return state
    return evolve(state, model=ChosenModel(previous, previous))


def _begins_anew(turn: Turn) -> bool:
    """A first turn with another prompt is another conversation; without an id, so is one after a pause."""
    rewritten = turn.request.turn == 1 and turn.request.event is None and not turn.same_prompt
    return rewritten or (turn.request.conversation_id is None and turn.idle)


def _shared(state: ConversationState, turn: Turn, context: Context) -> Decision | None:
    """The decision that the very same request got a moment ago, if it did.

    A fallback is shared only while there is nothing better. A retry that does not name the model that
    failed may mean that the next one failed too, so it is never the same request.
    """
    decision = state.decision
    if decision is None or state.asked != turn.asked or turn.idle:
        return None
    unnamed_retry = turn.request.event == "retry" and turn.request.previous_model is None
    if unnamed_retry or decision.catalog_version != context.catalog.version:
        return None
    return None if decision.fallback and turn.requires is not None else decision


# --- what becomes of it ------------------------------------------------------------------------------


def _next(
    state: ConversationState, turn: Turn, scores: Vector | None, context: Context, now: float
) -> tuple[ConversationState, Decision]:
    cold = turn.goes_cold(state)
    acts_on_cold = cold and turn.confident and not turn.same_prompt
    anchor = None if acts_on_cold else state.anchor
    choice = _decided(_as_continued(state, turn), scores, context, anchor)
    rise = None
    if turn.requires is not None and anchor is not None:
        rise = drift(turn.requires, anchor, context.scale.sigma)
    kept = led_by(choice, state.model)
    course = _course(state, turn, choice, kept, rise, context)
    decision = _with_unheard(_followed(course, state, turn, choice, kept, rise), state, choice)
    if acts_on_cold and not course.keeps and not named(decision.chosen, state.model.id):
        decision = evolve(decision, warnings=(*decision.warnings, _moved(state, decision, course)))
    after = ConversationState(
        model=decision.chosen,
        at=now,
        anchor=_anchor_after(course, state, turn, decision),
        tier=state.tier if decision.fallback and state.tier is not None else turn.tier,
        asked=turn.asked,
        decision=decision,
        compacted=_still_compacted(state, turn),
        heeded=choice.ruling if course.heeds else _still_heeded(state, choice),
        pin=state.pin,
    )
    return after, decision


def _course(
    state: ConversationState,
    turn: Turn,
    choice: Decision,
    kept: Decision | None,
    rise: float | None,
    context: Context,
) -> Course:
    """The precedence list: the first line that applies decides. `kept` is None where the model may not
    answer, `rise` the drift above the anchor (None: there is no anchor)."""
    retry = turn.request.event == "retry"
    if state.pin is not None and not retry and _leads(choice, state.pin):
        return Course(state.pin.means(state.model) and kept is not None, "it is pinned", lead=state.pin)
    if kept is None:
        return Course(False, f"{state.model.name} is {_why_gone(choice, state.model)}", anchors=True)
    if retry:
        return Course(False, f"{state.model.name} failed")
    if turn.requires is not None and _tier_changed(state, turn):
        return Course(False, f"the tier changed from {state.tier} to {turn.tier}", anchors=True)
    if turn.request.event == "regenerate":
        return Course(True, "the answer is generated again")
    if turn.same_prompt:
        return Course(True, "the prompt is the same as before")
    by_rule = _course_by_rule(state, choice)
    if by_rule is not None:
        return by_rule
    if turn.requires is None:
        return Course(True, "nothing was predicted")
    if not turn.confident:
        return Course(True, "the message requires too little to change anything")
    if turn.goes_cold(state):
        return Course(False, f"the conversation's cache is cold ({_why_cold(turn)})", anchors=True)
    threshold = context.stickiness.drift
    if rise is not None and rise < threshold:
        return Course(True, f"the requirement drifted by {rise:.2g}, less than {threshold:g}")
    rose = "this turn says what is required" if rise is None else f"the requirement drifted by {rise:.2g}"
    if switch_pays(kept, choice):
        return Course(False, rose, anchors=True)
    return Course(True, f"{rose} and no switch pays", anchors=True)


def _course_by_rule(state: ConversationState, choice: Decision) -> Course | None:
    """What the rules that hold make of the conversation: one that begins to hold has its way, and one that
    has it keeps it. None: they leave it to what comes after them."""
    model, tier, heeded = choice.ruling.model, choice.ruling.tier, state.heeded
    if model is not None and model.use.model is not None:
        wanted = Pin(model.use.model)
        if model != heeded.model and _leads(choice, wanted):
            return Course(wanted.means(state.model), asked_by(model), lead=wanted, heeds=True)
        if model == heeded.model and wanted.means(state.model):
            return Course(True, asked_by(model), heeds=True)
    if tier is not None and tier != heeded.tier and choice.tier_source == "rule":
        return Course(False, f"the rule `{tier.name}` sets the tier {choice.tier}", anchors=True, heeds=True)
    return None


def _still_heeded(state: ConversationState, choice: Decision) -> Ruling:
    """A rule that no longer holds may act again; one that had no chance to act still may."""
    model, tier = choice.ruling.model, choice.ruling.tier
    return Ruling(
        model=model if model == state.heeded.model else None,
        tier=tier if tier == state.heeded.tier else None,
    )


def _leads(choice: Decision, wanted: Pin) -> bool:
    return any(wanted.means(candidate) for candidate in choice.candidates)


def _anchor_after(course: Course, state: ConversationState, turn: Turn, decision: Decision) -> Vector | None:
    """Where a pin or a rule moved the conversation, what it required before says nothing of its model."""
    if course.lead is not None and not course.keeps:
        return turn.requires if turn.confident and state.pin is None else None
    return decision.required if course.anchors and turn.confident else state.anchor


def _with_unheard(decision: Decision, state: ConversationState, choice: Decision) -> Decision:
    """`decision` with a warning where the pinned model, or the one that a rule asks for, may not answer."""
    said = []
    if state.pin is not None and not _leads(choice, state.pin):
        why = why_not(state.pin.model, choice)
        said.append(f"the conversation is pinned to {state.pin.model}, which is {why}")
    rule = choice.ruling.model
    if rule is not None and not _leads(choice, Pin(str(rule.use.model))):
        said.append(not_led(rule, choice))
    return evolve(decision, warnings=(*decision.warnings, *said)) if said else decision


def switch_pays(kept: Decision, choice: Decision) -> bool:
    """Whether `choice`'s model is worth the cached prefix that leaving `kept`'s loses.

    It is where the kept one falls short of what the choice meets, or where the choice is as capable
    everywhere and still no dearer: the kept one's cost already has its cached prefix deducted.
    """
    own, other = kept.verdicts[0], choice.verdicts[0]
    eligible = [v.gap for v in choice.verdicts if v.eligible]
    if own.gap > met_limit(eligible, choice.tau):
        return True
    return dominates(other, own)


def _followed(
    course: Course,
    state: ConversationState,
    turn: Turn,
    choice: Decision,
    kept: Decision | None,
    rise: float | None,
) -> Decision:
    """The decision that `course` leads to."""
    if course.lead is not None:
        order = kept if course.keeps and kept is not None else choice
        led = led_to(order, course.lead.model, course.lead.vendor) or choice
        return evolve(led, sticky=course.keeps, course=course.reason, drift=rise, imposed=not course.keeps)
    if course.keeps and kept is not None:
        return evolve(kept, sticky=True, course=course.reason, drift=rise)
    shown = state.decision
    if turn.request.event == "retry" and shown is not None and not _tier_changed(state, turn):
        choice = in_order_of(choice, shown.candidates, state.model)
    return evolve(choice, course=course.reason, drift=rise)


def _as_continued(state: ConversationState, turn: Turn) -> Request:
    """The request as stateless routing reads it: with the model that the conversation has, and with a cold
    cache where it is one. A regenerated answer at another tier is an ordinary choice."""
    model, event = state.model, turn.request.event
    previous = model.id if turn.request.available is None else (model.editor_id or model.id)
    if event == "regenerate" and _tier_changed(state, turn):
        event = None
    if event is None and turn.idle:
        event = "compaction"
    return evolve(turn.request, previous_model=turn.request.previous_model or previous, event=event)


def _decided(request: Request, scores: Vector | None, context: Context, anchor: Vector | None) -> Decision:
    """The choice, with no rule's model asked for yet."""
    if scores is None:
        return unpredicted(request, context.catalog, context.profiles, context.unscored)
    return match(request, scores, context.catalog, context.profiles, context.scale, anchor)


def _begun(turn: Turn, decision: Decision, now: float) -> ConversationState:
    """A first turn that says too little ("hi") sets no anchor: the first that says more is the first."""
    return ConversationState(
        model=decision.chosen,
        at=now,
        anchor=decision.required if turn.confident else None,
        tier=turn.tier,
        asked=turn.asked,
        decision=decision,
        heeded=Ruling(
            model=decision.ruling.model if decision.imposed else None,
            tier=decision.ruling.tier if decision.tier_source == "rule" else None,
        ),
    )


def _still_compacted(state: ConversationState, turn: Turn) -> bool:
    """A warm-up without text and a tool loop leave it to the next real prompt to act on a compaction."""
    compacted = state.compacted or turn.request.event == "compaction"
    return compacted and (turn.requires is None or turn.same_prompt)


def _tier_changed(state: ConversationState, turn: Turn) -> bool:
    return state.tier is not None and state.tier != turn.tier


def _why_gone(choice: Decision, model: ChosenModel) -> str:
    return choice.gate_of(model.id) or UNKNOWN


def _why_cold(turn: Turn) -> str:
    return "idle for too long" if turn.idle else "the history was compacted"


def _moved(state: ConversationState, decision: Decision, course: Course) -> str:
    return f"the conversation moves from {state.model.name} to {decision.chosen.name}: {course.reason}"


def digest(text: str) -> str:
    """A text's SHA-256 as hexadecimal digits: what is remembered of a prompt in place of its words."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
