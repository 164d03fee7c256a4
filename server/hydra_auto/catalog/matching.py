"""Which entry an editor's model belongs to: all entries' `match` globs, indexed so that few need a try."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import translate
from typing import Final

from attrs import frozen

from hydra_auto.catalog.patterns import specificity

_WILD: Final = re.compile(r"\[[^\]]*\]|[*?\[]")

_GRAM: Final = 6
"""Characters by which a glob is found."""


@frozen
class _Glob:
    model: str
    pattern: str
    specificity: int

    def covers(self, name: str) -> bool:
        # Compiled when it is first tried, and then kept by `re`'s own cache.
        return re.match(translate(self.pattern), name) is not None


class Matching:
    """Immutable once made. `models` are (id, match globs); of ids that differ in case the first counts."""

    def __init__(self, models: Iterable[tuple[str, tuple[str, ...]]]) -> None:
        self._ids: dict[str, str] = {}
        self._by_gram: dict[str, list[_Glob]] = {}
        for model, patterns in models:
            key = model.lower()
            self._ids[key] = min(self._ids.get(key, model), model)
            for pattern in patterns:
                lowered = pattern.lower()
                glob = _Glob(model, lowered, specificity(pattern))
                self._by_gram.setdefault(_gram(lowered), []).append(glob)
        self._lengths = sorted({len(gram) for gram in self._by_gram})

    def best(self, model_id: str, name: str) -> str | None:
        """The entry of the id `model_id`, else the one whose glob covers `name` (vendor/family/id) and
        spells out most; ties by id. None: no entry is meant."""
        exact = self._ids.get(model_id.lower())
        if exact is not None:
            return exact
        lowered = name.lower()
        found = [(-g.specificity, g.model) for g in self._candidates(lowered) if g.covers(lowered)]
        return min(found)[1] if found else None

    def all(self, model_id: str, name: str) -> set[str]:
        """The entry of that id and every one whose glob covers `name`."""
        lowered = name.lower()
        found = {g.model for g in self._candidates(lowered) if g.covers(lowered)}
        exact = self._ids.get(model_id.lower())
        return found if exact is None else found | {exact}

    def _candidates(self, name: str) -> Iterator[_Glob]:
        grams = {name[i : i + n] for n in self._lengths for i in range(len(name) - n + 1)}
        for gram in grams & self._by_gram.keys():
            yield from self._by_gram[gram]


def _gram(pattern: str) -> str:
    """The end of the longest text that the glob spells out in one piece: a covered name contains it."""
    return max(_WILD.split(pattern), key=len)[-_GRAM:]
