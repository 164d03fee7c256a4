"""Rules that can never change anything, whatever the request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Final

from hydra_auto.catalog.model import Catalog, Rule, Threshold, When
from hydra_auto.catalog.patterns import Patterns
from hydra_auto.catalog.problem import quoted

LOCATIONS: Final = ("panel", "editor", "terminal", "notebook")
MODES: Final = ("agent", "edit", "ask")
"""What our clients say of a request; others may have words of their own."""

COMPARED: Final = 100
"""Earlier rules that a rule is held against: comparing all pairs of thousands would take minutes."""

_ASPECTS: Final = ("model", "tier", "effort")


def idle_rules(catalog: Catalog) -> list[tuple[Rule, str]]:
    """Rules, in the order of their precedence, each with why it can never do anything.

    Of the rules that hold, the first that names a model decides the model; and so for tier and effort. So a
    rule is idle when earlier ones that hold whenever it holds have decided all that it names.
    """
    found: list[tuple[Rule, str]] = []
    deciding: dict[str, list[Rule]] = {aspect: [] for aspect in _ASPECTS}
    known = {m.id for m in catalog.models}
    policy = Patterns(catalog.deny), [Patterns(layer) for layer in catalog.allow]
    for rule in catalog.rules:
        named = [aspect for aspect in _ASPECTS if getattr(rule.use, aspect) is not None]
        before = {a: next((e for e in deciding[a] if _implies(rule.when, e.when)), None) for a in named}
        reason = _never_holds(rule.when) or _denied(rule, named, known, policy)
        if not reason and named and all(before.values()):
            names = " and ".join(dict.fromkeys(quoted(e.name) for e in before.values() if e))
            reason = f"{names} comes first, holds whenever this one does and decides the same"
        if reason:
            found.append((rule, reason))
        for aspect in named:
            # A model that the catalog does not have decides nothing.
            decides = aspect != "model" or rule.use.model in known
            if decides and len(deciding[aspect]) < COMPARED:
                deciding[aspect].append(rule)
    return found


def _denied(
    rule: Rule, named: list[str], known: set[str], policy: tuple[Patterns, Sequence[Patterns]]
) -> str:
    """A model that is unknown has its own warning."""
    model, (deny, allow) = rule.use.model, policy
    if named != ["model"] or model is None or model not in known:
        return ""
    permitted = not deny.cover(model) and all(layer.cover(model) for layer in allow)
    return "" if permitted else f"`allow` and `deny` do not leave {quoted(model)}, which it uses"


def _never_holds(when: When) -> str:
    """Empty intervals are found where the rule is read; here, words that are only nearly right."""
    for key, words, known in (("location", when.locations, LOCATIONS), ("mode", when.modes, MODES)):
        if any(fnmatchcase(one, word.lower()) for word in words for one in known):
            continue
        meant = [near[0] for word in words if (near := get_close_matches(word.lower(), known, 1))]
        if words and len(meant) == len(words):
            return f"no editor says the {key} {quoted(words[0])}, did you mean {quoted(meant[0])}"
    return ""


def _implies(inner: When, outer: When) -> bool:
    """Whether `outer` holds whenever `inner` does."""
    lists = (
        (inner.languages, outer.languages),
        (inner.paths, outer.paths),
        (inner.locations, outer.locations),
        (inner.modes, outer.modes),
    )
    listed = all(not o or (bool(i) and set(i) <= set(o)) for i, o in lists)
    return listed and _within(inner.needs, outer.needs)


def _within(inner: Mapping[str, Threshold], outer: Mapping[str, Threshold]) -> bool:
    return all(name in inner and _narrower(inner[name], span) for name, span in outer.items())


def _narrower(inner: Threshold, outer: Threshold) -> bool:
    if inner.at_least < outer.at_least:
        return False
    return outer.below is None or (inner.below is not None and inner.below <= outer.below)
