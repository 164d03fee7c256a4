"""How patterns in a catalog match names: shell globs without regard to case, `*` crossing `/`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

_WILD = re.compile(r"\[[^\]]*\]|[*?]")


def matches(pattern: str, name: str) -> bool:
    """Whether the glob `pattern` covers the whole of `name`."""
    return fnmatchcase(name.lower(), pattern.lower())


def matches_any(patterns: Iterable[str], name: str) -> bool:
    """Whether one of `patterns` covers `name`; no pattern covers nothing."""
    return any(matches(pattern, name) for pattern in patterns)


def specificity(pattern: str) -> int:
    """How many characters `pattern` spells out: of two globs that match, the longer one means it more."""
    return len(_WILD.sub("", pattern))
