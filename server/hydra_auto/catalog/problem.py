"""What is wrong with a catalog file, and where: problems are collected, not raised one by one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Final, Literal

from attrs import define, field, frozen

from hydra_auto.catalog.model import Origin

Severity = Literal["error", "warning"]

MAX_PROBLEMS: Final = 100
"""Problems listed for one file: a hostile one must not flood an editor."""

MAX_COMPARISONS: Final = 5000
"""Words that hints compare in one reading: each takes some ten microseconds."""

_LONGEST_WORD: Final = 200
"""Characters of a word for which a near one is looked for."""

_SHOWN: Final = 60
"""Characters of a file's own text that a message repeats."""


@frozen
class Problem:
    """One clear sentence with its fix. `line` and `column` count from 1, columns in code points."""

    message: str
    file: str
    line: int
    column: int
    severity: Severity = "error"

    @property
    def place(self) -> str:
        """FILE:LINE:COLUMN."""
        return f"{self.file}:{self.line}:{self.column}"


class CatalogError(Exception):
    """No catalog can be made of these files. `problems` holds all that was found, warnings included.

    As a string it is one line: the first error with its file and line, and how many more there are.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        errors = [p for p in self.problems if p.severity == "error"]
        first = errors[0]
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        super().__init__(f"{first.place}: {first.message}{more}")


@define
class Findings:
    """Collects the problems of one reading, each of them once."""

    _found: dict[Problem, None] = field(factory=dict, init=False)
    _left_out: Origin | None = field(default=None, init=False)
    _comparisons: int = field(default=0, init=False)

    def error(self, at: Origin, message: str) -> None:
        self._add(at, message, "error")

    def warning(self, at: Origin, message: str) -> None:
        self._add(at, message, "warning")

    def _add(self, at: Origin, message: str, severity: Severity) -> None:
        if len(self._found) < MAX_PROBLEMS:
            self._found[Problem(message, at.file, at.line, at.column, severity)] = None
        elif severity == "error":
            self._left_out = self._left_out or at

    def hint(self, word: str, known: Iterable[str]) -> str:
        """What to write instead of the unknown `word`: the nearest known one, else the list of them.
        Searched only while there is room for one more problem, and for so many words in all, so that its
        cost is bounded."""
        if self.full:
            return ""
        words = sorted(known)
        self._comparisons += len(words)
        searched = len(word) <= _LONGEST_WORD and self._comparisons <= MAX_COMPARISONS + len(words)
        near = get_close_matches(word, words[:MAX_COMPARISONS], n=1) if searched else []
        if near:
            return f"did you mean {quoted(near[0])}?"
        return f"known are {', '.join(words[:12])}" if words else "none is defined"

    @property
    def problems(self) -> list[Problem]:
        """All of them, in the order of the files' lines."""
        found = sorted(self._found, key=lambda p: (p.file, p.line, p.column))
        if self._left_out:
            at = self._left_out
            note = "there are more problems than are listed: fix the first ones and check again"
            found.append(Problem(note, at.file, at.line, at.column))
        return found

    @property
    def full(self) -> bool:
        """Whether no further problem will be listed."""
        return len(self._found) >= MAX_PROBLEMS

    @property
    def failed(self) -> bool:
        return self._left_out is not None or any(p.severity == "error" for p in self._found)

    def raise_errors(self) -> None:
        """Raises CatalogError when there is an error among the problems."""
        if self.failed:
            raise CatalogError(self.problems)


def quoted(text: str) -> str:
    """A file's own text as a message may repeat it: short, on one line, in backquotes."""
    line = "".join(c if c.isprintable() else " " for c in text[: _SHOWN + 1])
    return f"`{line[:_SHOWN]}…`" if len(line) > _SHOWN else f"`{line}`"
