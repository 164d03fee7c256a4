"""A request -> the same request as somebody else would send it: it requires the same, so its target stays.

No sentence of `examination/robustness.py` stands here: what is examined must not be learnt by heart.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

CHANGED: Final = 0.35
"""Share of the requests that are read in a changed form."""

COURTESIES: Final = Path(__file__).with_name("courtesies.txt")
"""A line each: `<` before or `>` after a request. Manners that `predictor/manners.py` does not take off."""

_CLAIMS: Final = (
    "It's easy.|Should be simple enough.|A small model can do that.|don't overthink it|no need to think"
    "|This one is tough.|Nobody here could solve it.|Use your best model.|This is a really difficult one."
    "|It's urgent!|Think very carefully.|Easy task, pick something cheap.|Only the strongest model will do."
    "|我觉得很简单。|Das ist kinderleicht.|C'est très difficile.|Es muy fácil.|Это очень сложно."
).split("|")
_WORDS: Final = (
    "request cache worker session queue user index token backup segment table handler upload socket replica "
    "shard snapshot timer cursor order page job started finished accepted closed flushed loaded stored "
    "scheduled renewed synced for with after in by from to and on ok ready idle normal next"
).split()
_NAMES: Final = "http db auth main scheduler gc mailer api-gateway storage metrics".split()
_BREAKS: Final = (" ", "\n", "\n\n")


def changed(text: str, rng: random.Random) -> str:
    """`text`, in a share of `CHANGED` of the draws with other manners, typos, a log behind it or a claim."""
    if rng.random() >= CHANGED:
        return text
    return rng.choice(_CHANGES)(text, rng)


@cache
def _courtesies(side: str) -> tuple[str, ...]:
    lines = COURTESIES.read_text(encoding="utf-8").splitlines()
    return tuple(line[2:] for line in lines if line.startswith(side))


def _polite(text: str, rng: random.Random) -> str:
    before = rng.choice(_courtesies("<")) if rng.random() < 0.7 else ""
    after = rng.choice(_courtesies(">")) if not before or rng.random() < 0.6 else ""
    return f"{before} {text}{rng.choice(_BREAKS)}{after}".strip()


def _claim(text: str, rng: random.Random) -> str:
    claim = rng.choice(_CLAIMS)
    return f"{claim} {text}" if rng.random() < 0.3 else f"{text}{rng.choice(_BREAKS)}{claim}"


def _typos(text: str, rng: random.Random) -> str:
    """A few letters swapped, dropped or doubled, or all capitals gone."""
    if rng.random() < 0.3:
        return text.lower()
    share, found = rng.uniform(0.01, 0.05), list(text)
    for i in range(len(found) - 1):
        if found[i].isalpha() and found[i + 1].isalpha() and rng.random() < share:
            found[i : i + 2] = rng.choice(
                ((found[i + 1], found[i]), (found[i], ""), (found[i] * 2, found[i + 1]))
            )
    return "".join(found)


def _log(text: str, rng: random.Random) -> str:
    """A log in which nothing is wrong, pasted behind the request."""
    style = rng.choice(_STYLES)
    lines = (style(rng, i) for i in range(rng.randint(15, 120)))
    introduced = rng.choice(("", "", "Log:", "the output so far:", "for context"))
    return f"{text}\n\n{introduced}\n" + "\n".join(lines)


def _message(rng: random.Random) -> str:
    words = rng.choices(_WORDS, k=rng.randint(2, 6))
    return " ".join(w if rng.random() < 0.8 else f"{w} {rng.randrange(100_000)}" for w in words)


def _dated(rng: random.Random, i: int) -> str:
    level = rng.choice(("INFO", "INFO", "DEBUG", "info", "[info]"))
    when = f"2025-{1 + i % 12:02d}-17 {i % 24:02d}:{i % 60:02d}:07,{i:03d}"
    return f"{when} {level} {rng.choice(_NAMES)}: {_message(rng)}"


def _access(rng: random.Random, i: int) -> str:
    path = "/".join(rng.choices(_WORDS, k=rng.randint(1, 3)))
    return f'10.0.{i % 250}.{rng.randrange(250)} - - "GET /{path} HTTP/1.1" 200 {rng.randrange(90_000)}'


def _structured(rng: random.Random, i: int) -> str:
    return json.dumps({"ts": 1_700_000_000 + i, "logger": rng.choice(_NAMES), "msg": _message(rng)})


def _build(rng: random.Random, i: int) -> str:
    return f"[{i:4d}/400] Building {rng.choice(_NAMES)}/{rng.choice(_WORDS)}_{rng.choice(_WORDS)}.o"


_STYLES: Final[tuple[Callable[[random.Random, int], str], ...]] = (_dated, _access, _structured, _build)
_CHANGES: Final[tuple[Callable[[str, random.Random], str], ...]] = (_polite, _polite, _claim, _typos, _log)
