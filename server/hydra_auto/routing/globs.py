"""How patterns in a catalog match names: shell globs without regard to case, `*` crossing `/`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase, translate
from functools import lru_cache

_WILD = re.compile(r"\[[^\]]*\]|[*?]")


def matches(pattern: str, name: str) -> bool:
    """Whether the glob `pattern` covers the whole of `name`."""
    return fnmatchcase(name.lower(), pattern.lower())


def matches_any(patterns: Iterable[str], name: str) -> bool:
    """Whether one of `patterns` covers `name`; no pattern covers nothing."""
    return any(matches(pattern, name) for pattern in patterns)


def path_matches(pattern: str, path: str) -> bool:
    """Whether the glob covers the whole of `path`; `**/` at its beginning or after a `/` stands for any
    folders or none, so that `src/**/*.py` covers `src/a.py` too."""
    return _path_regex(pattern.lower()).match(path.lower()) is not None


@lru_cache(maxsize=1000)
def _path_regex(pattern: str) -> re.Pattern[str]:
    """Every wildcard commits to its first fit (an atomic group), so that no pattern takes longer than its
    length times the path's. Only the piece after the last wildcard must reach to the end."""
    head, *rest = re.split(r"(\*\*/(?<=^\*\*/)|(?<=/)\*\*/|\*+)", pattern)
    pieces = list(zip(rest[::2], rest[1::2], strict=True))
    parts = [_piece(head)]
    for number, (wild, piece) in enumerate(pieces, 1):
        folders = wild.endswith("/")
        if number == len(pieces):
            parts.append(("(?:.*/)?" if folders else ".*") + _piece(piece))
        else:
            parts.append(f"(?>{'(?:.*?/)??' if folders else '.*?'}{_piece(piece)})")
    return re.compile("".join(parts) + r"\Z", re.DOTALL)


def _piece(text: str) -> str:
    """The regular expression of a glob without `*`; the standard library's, without its end."""
    return translate(text)[:-2]


def specificity(pattern: str) -> int:
    """How many characters `pattern` spells out: of two globs that match, the longer one means it more."""
    return len(_WILD.sub("", pattern))
