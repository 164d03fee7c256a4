"""Lists of patterns over model ids: shell globs without regard to case, `*` crossing `/`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import translate
from typing import Final

_WILD: Final = re.compile(r"[*?\[]")
_WILD_PART: Final = re.compile(r"\[[^\]]*\]|[*?]")


class Patterns:
    """What a list of patterns covers. Names spelled out cost nothing, however many they are, and a wildcard
    is compiled once for all the names it is held against."""

    def __init__(self, patterns: Iterable[str]) -> None:
        lowered = [p.lower() for p in patterns]
        self._all = "*" in lowered
        self._names = frozenset(p for p in lowered if not is_wild(p))
        self._globs = tuple(re.compile(translate(p)).match for p in lowered if is_wild(p))

    def cover(self, name: str) -> bool:
        """Whether one of the patterns covers the whole of `name`; no pattern covers nothing."""
        if self._all:
            return True
        lowered = name.lower()
        return lowered in self._names or any(match(lowered) for match in self._globs)


def is_wild(pattern: str) -> bool:
    """Whether the pattern may cover more than the one name that it spells."""
    return _WILD.search(pattern) is not None


def specificity(pattern: str) -> int:
    """How many characters `pattern` spells out: of two globs that match, the longer one means it more."""
    return len(_WILD_PART.sub("", pattern))
