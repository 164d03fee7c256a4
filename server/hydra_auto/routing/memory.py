"""The conversations that a server remembers: at most so many, the least recently used out."""

from __future__ import annotations

from collections import OrderedDict

from hydra_auto.dimensions import Vector
from hydra_auto.routing.conversation import Context, ConversationState, Pin, digest, pinned, step
from hydra_auto.routing.decision import Decision, Request


class ConversationMemory:
    """Holds the states; what becomes of them is `conversation.step`'s alone. For one thread."""

    def __init__(self, capacity: int) -> None:
        """`capacity` >= 1 conversations are remembered."""
        self._capacity = capacity
        self._states: OrderedDict[str, ConversationState] = OrderedDict()

    def __len__(self) -> int:
        return len(self._states)

    def decide(self, request: Request, scores: Vector | None, context: Context, now: float) -> Decision:
        """Takes the conversation of `request` one step on.

        Raises:
            RoutingError: no model may answer; the conversation then stays as it was.
        """
        key = key_of(request)
        state, decision = step(self._states.get(key), request, scores, context, now)
        if state is not None and request.event != "utility":
            self._remember(key, state)
        return decision

    def pin(self, conversation_id: str, pin: Pin | None, now: float) -> None:
        """Pins the conversation, which need not have begun, or (None) ends that."""
        key = _key(conversation_id)
        state = pinned(self._states.get(key), pin, now)
        if state is not None:
            self._remember(key, state)
        else:
            self._states.pop(key, None)

    def resize(self, capacity: int) -> None:
        """From now on `capacity` >= 1 conversations are remembered."""
        self._capacity = capacity
        self._forget()

    def _remember(self, key: str, state: ConversationState) -> None:
        self._states[key] = state
        self._states.move_to_end(key)
        self._forget()

    def _forget(self) -> None:
        while len(self._states) > self._capacity:
            self._states.popitem(last=False)


def key_of(request: Request) -> str:
    """What tells a conversation apart: its id, else a hash of its first message in its workspace.

    The wire carries one message, so without an id only the first turn and its tool loop are recognised;
    a later turn is a conversation of its own, which its `previous_model` brings back.
    """
    if request.conversation_id is not None:
        return _key(request.conversation_id)
    return f"message:{digest(request.workspace_folder or '')}:{digest(request.prompt)}"


def _key(conversation_id: str) -> str:
    return f"id:{digest(conversation_id)}"
