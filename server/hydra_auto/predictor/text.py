"""Chat request -> what the encoder reads: the user's own words behind a prefix of seven signals and the mode.

Pure Python, linear in the prompt's length (a prompt may be 10 MB), and the only place that decides what
of a prompt counts; training and run time share it.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from attrs import frozen

from hydra_auto.predictor.manners import blunt

HARNESS_TAGS: Final = (
    "system-reminder",
    "system_reminder",
    "environment_info",
    "environment_details",
    "environment_context",
    "workspace_info",
    "attachments",
    "attachment",
    "attached_files",
    "context",
    "editorContext",
    "reminderInstructions",
    "reminder",
    "repoContext",
    "user_info",
    "conversation-summary",
    "toolReferences",
    "userMemory",
    "sessionMemory",
    "repoMemory",
)
"""Blocks that an editor's harness wraps around the user's words; none of them is the user's text.

`<instructions>` is not among them: people write their own requests in it.
"""

USER_TAGS: Final = ("userRequest", "user_query", "user-request")
"""Blocks that hold the user's own text: when one is there, nothing outside it counts."""

SIGNALS: Final = ("error", "path", "url", "shell", "code", "short")
"""The six on/off signals; the seventh is the turn bin, always exactly one of `TURNS`."""

TURNS: Final = ("turn:1", "turn:2-5", "turn:6+")

CHAT_MODES: Final = ("ask", "edit", "agent")
MODES: Final = tuple(f"mode:{name}" for name in CHAT_MODES)
"""The chat mode, where the editor tells it: the same words want an answer in one and work done in another."""

LOOKED_AT: Final = 60_000
"""Characters of the head and of the tail that are read at all: the rest of a 10 MB paste tells no more."""

WINDOW: Final = 6_000
"""Characters kept of the head and of the tail before tokenizing; far more than 512 tokens hold."""

ALIKE: Final = 1
"""Lines with numbers that differ in nothing but these, as a log's do, that are kept: the first one."""

SHORT_WORDS: Final = 8
SHORT_CHARACTERS: Final = 80
"""A message of at most this many words and characters counts as short (not every script spaces words)."""

_ERROR = re.compile(
    r"\b(?:error|exception|traceback|panic|segfault|segmentation fault|stack ?trace|failed|fatal|undefined)\b"
    r"|\b[A-Z]\w{0,40}(?:Error|Exception)\b|\bexit code [1-9]|\bE\d{4}\b",
    re.IGNORECASE,
)
_PATH = re.compile(
    r"(?<![\w/:])(?:[\w.@~-]{0,60}/){1,12}[\w.-]{1,80}\.\w{1,6}\b|\b[\w-]{1,60}"
    r"\.(?:py|ts|tsx|js|jsx|go|rs|java|c|cc|cpp|h|cs|rb|php|kt|swift|sh|sql|ya?ml|json|toml|md|css|html|txt|log)\b"
)
_URL = re.compile(r"\bhttps?://\S")
_SHELL = re.compile(
    r"(?m)^\s{0,8}[$%>#]\s\w|\b(?:sudo|apt-get|npm|npx|yarn|pnpm|pip|docker|kubectl|git|cargo|make|curl"
    r"|ssh|grep|chmod)\s+[a-z-]"
)
_CODE = re.compile(
    r"```|(?m:^\s{0,12}(?:def |class |import |from \w+ import|#include|func |fn |public |const |let |var ))"
    r"|[{};]\s*$"
)
_SPACES = re.compile(r"(?<=\S)[^\S\n]+(?=\S)")
_LINE_END = re.compile(r"(?<![^\S\n])[^\S\n]+$", re.MULTILINE)
_BLANK_LINES = re.compile(r"\n{3,}")
_NUMBER = re.compile(r"\d+")


@frozen
class Rendered:
    """One request as the encoder reads it: `signals` (of `SIGNALS`, one of `TURNS`, one or none of `MODES`),
    then `text`.
    """

    signals: tuple[str, ...]
    text: str


def render(prompt: str, turn: int | None = None, mode: str | None = None) -> Rendered:
    """What the encoder reads of `prompt`, sent as turn `turn` (1-based; None counts as the first) in the chat
    mode `mode` (ask, edit, agent; others and None: not known).

    Lone surrogates become U+FFFD, harness blocks and courtesies go, spacing and a log's like lines shrink,
    and of a very long text the head and the tail stay.
    """
    name = known_mode(mode)
    told = () if name is None else (f"mode:{name}",)
    text = blunt(window(tidied(window(strip_harness(repaired(prompt)), LOOKED_AT)), WINDOW))
    return Rendered(signals=(*signals(text), turn_bin(turn), *told), text=text)


def repaired(prompt: str) -> str:
    """`prompt` with surrogate pairs joined, lone surrogates replaced and NUL removed."""
    return prompt.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").replace("\0", "")


def strip_harness(prompt: str) -> str:
    """The user's own text: the last user block where there is one, else all but the harness blocks.

    Where nothing is left but these blocks, they are what the user sent.
    """
    for tag in USER_TAGS:
        inner = _last_block(prompt, tag)
        if inner is not None:
            return inner.strip()
    rest = prompt
    for tag in HARNESS_TAGS:
        rest = _without_blocks(rest, tag)
    return (rest if any(c.isalnum() for c in rest) else prompt).strip()


def tidied(text: str) -> str:
    """`text` without what carries no meaning: spacing beyond indentation, and more than `ALIKE` like lines.

    A request requires the same whatever its spacing, and a log's four-hundredth line says what its first did.
    """
    text = _LINE_END.sub("", _SPACES.sub(" ", text))
    seen: Counter[str] = Counter()
    kept = []
    for line in text.split("\n"):
        shape = _NUMBER.sub("0", line)
        seen[shape] += 1
        if seen[shape] <= ALIKE or "0" not in shape:
            kept.append(line)
    return _BLANK_LINES.sub("\n\n", "\n".join(kept)).strip()


def window(text: str, size: int) -> str:
    """`text`, or its first and last `size` characters: the ask is often last."""
    if len(text) <= 2 * size:
        return text
    return f"{text[:size]}\n…\n{text[-size:]}"


def signals(text: str) -> tuple[str, ...]:
    """Which of `SIGNALS` hold for `text`, in their order."""
    short = len(text) <= SHORT_CHARACTERS and len(text.split()) <= SHORT_WORDS
    found = (
        _ERROR.search(text),
        _PATH.search(text),
        _URL.search(text),
        _SHELL.search(text),
        _CODE.search(text),
        short,
    )
    return tuple(name for name, hit in zip(SIGNALS, found, strict=True) if hit)


def turn_bin(turn: int | None) -> str:
    """The turn's bin, one of `TURNS`."""
    if turn is None or turn <= 1:
        return TURNS[0]
    return TURNS[1] if turn <= 5 else TURNS[2]


def known_mode(mode: str | None) -> str | None:
    """The one of `CHAT_MODES` that `mode` names, in whatever case, or None."""
    return next((name for name in CHAT_MODES if mode is not None and name == mode.lower()), None)


def _last_block(text: str, tag: str) -> str | None:
    """What the last `<tag>…</tag>` holds; a tag that is only mentioned has no such pair."""
    opening, closing = f"<{tag}>", f"</{tag}>"
    end = text.rfind(closing)
    if end < 0:
        return None
    start = text.find(opening, text.rfind(closing, 0, end) + 1, end)
    start = start if start >= 0 else text.rfind(opening, 0, end)
    return None if start < 0 else text[start + len(opening) : end]


def _without_blocks(text: str, tag: str) -> str:
    """`text` without `<tag …>…</tag>`; an opening without its end is the user's own text and stays."""
    kept, position, close = [], 0, f"</{tag}>"
    for opening in re.finditer(rf"<{re.escape(tag)}(?:\s[^<>]{{0,400}})?>", text):
        if opening.start() < position:
            continue
        end = text.find(close, opening.end())
        if end < 0:
            break
        kept.append(text[position : opening.start()])
        position = end + len(close)
    return "".join([*kept, text[position:]])
