"""What may stand in a catalog file, key by key: the declaration, and the check of one file against it.

Only what one file alone can be blamed for is checked here; what depends on the layers below (unknown
models, missing prices) is checked when they are merged. `catalog/schema.json` says the same to editors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from attrs import field, frozen

from hydra_auto.catalog.model import EFFORTS, TIERS
from hydra_auto.catalog.patterns import is_wild
from hydra_auto.catalog.problem import Findings, quoted
from hydra_auto.catalog.tree import Items, Node, Refused, Scalar, Table
from hydra_auto.dimensions import DIMENSIONS

_CONTROL: Final = r"\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069"
"""Characters that move a terminal's cursor, break a line or turn the writing's direction."""

_NO_TEXT: Final = re.compile(f"[{_CONTROL}]")
_ID: Final = re.compile(f"[^\\s{_CONTROL}]{{1,200}}")
_ID_WANTS: Final = "a text without spaces"

_LOCK: Final = re.compile(
    r"(scale|defaultTier|tiers|weights|allow|deny|rules|anchors|benchmarks|models)(\.\S{1,200})?"
)

MAX_ENTRIES: Final = 1000
"""Patterns, rules, benchmarks, ... in one list or mapping: what requests are held against one by one."""

MAX_WILDCARDS: Final = 100
"""Patterns with wildcards in one list; names spelled out are looked up and may be more."""

MAX_STARS: Final = 10
"""`*` in one pattern."""

_SHOWN_KEY: Final = 100
"""Characters of a key in a path."""

MAX_MODELS: Final = 5000
"""Models in one file; a mebibyte holds about as many short ones."""


class Shape(Protocol):
    """A kind of value. `path` is how messages name the node, for instance `price.input`."""

    def check(self, node: Node, path: str, findings: Findings) -> None: ...


@frozen
class Number:
    """A finite number that `holds`; `wants` says which."""

    wants: str = "a number"
    holds: Callable[[float], bool] = field(default=lambda _: True)

    def check(self, node: Node, path: str, findings: Findings) -> None:
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, bool) or not isinstance(value, float) or not self.holds(value):
            complain(node, path, self.wants, findings)


@frozen
class Text:
    """A text on one line, without control characters, that matches `pattern` as a whole; `wants` says what
    that means."""

    wants: str = "a text that is not empty"
    pattern: re.Pattern[str] = field(default=re.compile(r".*\S.*", re.DOTALL))
    longest: int = 2000

    def check(self, node: Node, path: str, findings: Findings) -> None:
        value = node.value if isinstance(node, Scalar) else None
        if not isinstance(value, str) or not self._fits(value):
            complain(node, path, self.wants, findings)

    def _fits(self, value: str) -> bool:
        shown = len(value) <= self.longest and _NO_TEXT.search(value) is None
        return shown and self.pattern.fullmatch(value) is not None


@frozen
class Flag:
    """`true` or `false`; YAML 1.1's `yes` and `on` are texts."""

    def check(self, node: Node, path: str, findings: Findings) -> None:
        if not isinstance(node, Scalar) or not isinstance(node.value, bool):
            complain(node, path, "`true` or `false`", findings)


@frozen
class Choice:
    """One of some words."""

    words: tuple[str, ...]

    def check(self, node: Node, path: str, findings: Findings) -> None:
        if not isinstance(node, Scalar) or node.value not in self.words:
            complain(node, path, f"one of {', '.join(self.words)}", findings)


@frozen
class ListOf:
    """A list, possibly empty."""

    item: Shape
    wants: str

    def check(self, node: Node, path: str, findings: Findings) -> None:
        if not isinstance(node, Items):
            complain(node, path, self.wants, findings)
            return
        if not bounded(node, len(node.nodes), path, findings):
            return
        for item in node.nodes:
            self.item.check(item, f"{path}[]", findings)


@frozen
class OneOrMore:
    """A leaf of shape `item`, or a list of at least one."""

    item: Shape

    def check(self, node: Node, path: str, findings: Findings) -> None:
        if isinstance(node, Items) and not node.nodes:
            findings.error(node.origin, f"{quoted(path)} is an empty list: name one, or leave it out")
        many = ListOf(self.item, "a text or a list of texts")
        (many if isinstance(node, Items) else self.item).check(node, path, findings)


@frozen
class Globs:
    """A list of patterns, of which a bounded number has wildcards: those are held against every model."""

    def check(self, node: Node, path: str, findings: Findings) -> None:
        _ANY_PATTERNS.check(node, path, findings)
        nodes = node.nodes if isinstance(node, Items) else ()
        wild = [n for n in nodes if isinstance(n, Scalar) and is_wild(n.text)]
        if len(wild) > MAX_WILDCARDS:
            message = (
                f"{quoted(path)} has more than {MAX_WILDCARDS} patterns with wildcards: spell out ids instead"
            )
            findings.error(wild[MAX_WILDCARDS].origin, message)
        for item in wild:
            if item.text.count("*") > MAX_STARS:
                message = f"the pattern {quoted(item.text)} has more than {MAX_STARS} `*`: make it simpler"
                findings.error(item.origin, message)


@frozen
class Keys:
    """A mapping with fixed keys, all of them optional."""

    fields: Mapping[str, Shape]

    def check(self, node: Node, path: str, findings: Findings) -> None:
        if not isinstance(node, Table):
            complain(node, path, f"a mapping with keys such as {next(iter(self.fields))}", findings)
            return
        for key, value in node.values.items():
            if key in self.fields:
                self.fields[key].check(value, _below(path, key), findings)
            else:
                where = f" in {quoted(path)}" if path else ""
                hint = findings.hint(key, self.fields)
                findings.error(node.keys[key], f"unknown key {quoted(key)}{where}: {hint}")


@frozen
class MapOf:
    """A mapping whose keys the file chooses, within `key_holds` (`key_wants` says what that means)."""

    value: Shape
    key_wants: str = "a name without spaces"
    key_holds: Callable[[str], bool] = field(default=lambda key: _ID.fullmatch(key) is not None)

    def check(self, node: Node, path: str, findings: Findings) -> None:
        if not isinstance(node, Table):
            complain(node, path, "a mapping", findings)
            return
        if not bounded(node, len(node.values), path, findings):
            return
        for key, value in node.values.items():
            if not self.key_holds(key):
                findings.error(node.keys[key], f"{quoted(key)} in {quoted(path)} must be {self.key_wants}")
            self.value.check(value, _below(path, key), findings)


@frozen
class Either:
    """A mapping of shape `table`, or else a leaf of shape `leaf`."""

    table: Shape
    leaf: Shape

    def check(self, node: Node, path: str, findings: Findings) -> None:
        (self.table if isinstance(node, Table) else self.leaf).check(node, path, findings)


@frozen
class Price:
    """USD per million tokens, or USD per request, never both."""

    fields: Keys

    def check(self, node: Node, path: str, findings: Findings) -> None:
        self.fields.check(node, path, findings)
        if isinstance(node, Table) and "perRequest" in node.values and len(node.values) > 1:
            message = f"{quoted(path)} has `perRequest` and a price per token: keep one of the two"
            findings.error(node.keys["perRequest"], message)


@frozen
class Models:
    """A list of entries with ids, or a mapping from id to entry, where null removes the model."""

    entry: Keys

    def check(self, node: Node, path: str, findings: Findings) -> None:
        if isinstance(node, Items):
            if bounded(node, len(node.nodes), path, findings, MAX_MODELS):
                self._check_list(node, path, findings)
        elif isinstance(node, Table):
            if not bounded(node, len(node.values), path, findings, MAX_MODELS):
                return
            for key, value in node.values.items():
                if not _ID.fullmatch(key):
                    findings.error(node.keys[key], f"the id {quoted(key)} must be {_ID_WANTS}")
                if not (isinstance(value, Scalar) and value.value is None):
                    self.entry.check(value, _below(path, key), findings)
        else:
            complain(node, path, "a list of models", findings)

    def _check_list(self, node: Items, path: str, findings: Findings) -> None:
        shape = Keys({"id": Text(_ID_WANTS, _ID), **self.entry.fields})
        first: dict[str, int] = {}
        for item in node.nodes:
            given = item.values.get("id") if isinstance(item, Table) else None
            name = given.text if isinstance(given, Scalar) else "[]"
            shape.check(item, _below(path, name), findings)
            if isinstance(item, Table) and given is None:
                findings.error(item.origin, "a model has no `id`: add one")
            if isinstance(given, Scalar) and name in first:
                message = f"duplicate id {quoted(name)}, first on line {first[name]}: rename or remove one"
                findings.error(given.origin, message)
            elif isinstance(given, Scalar):
                first[name] = given.origin.line


@frozen
class Anchors:
    """Label levels to model ids."""

    def check(self, node: Node, path: str, findings: Findings) -> None:
        levels = MapOf(Text(_ID_WANTS, _ID), "a label level between 0 and 1", _is_level)
        levels.check(node, path, findings)
        first: dict[float, str] = {}
        for key in node.values if isinstance(node, Table) else ():
            if _is_level(key) and first.setdefault(float(key), key) != key:
                message = (
                    f"the anchors {quoted(first[float(key)])} and {quoted(key)} are one level: remove one"
                )
                findings.error(node.keys[key], message)  # type: ignore[union-attr]


def bounded(node: Node, entries: int, path: str, findings: Findings, most: int = MAX_ENTRIES) -> bool:
    """Whether there are at most so many entries; says so when there are more, and then none is looked at."""
    if entries > most:
        findings.error(node.origin, f"{quoted(path)} has more than {most} entries: make it shorter")
    return entries <= most


def complain(node: Node, path: str, wants: str, findings: Findings) -> None:
    """Says that `node` is not what it should be; what was refused before is not named twice."""
    if isinstance(node, Refused):
        return
    findings.error(node.origin, f"{quoted(path)} must be {wants}, not {_shown(node)}{_advice(node, wants)}")


def _shown(node: Node) -> str:
    if isinstance(node, Table):
        return "a mapping"
    if isinstance(node, Items):
        return "a list"
    assert isinstance(node, Scalar)
    if node.value is None:
        return "nothing"
    return quoted(node.text) if isinstance(node.value, str) else f"the value {quoted(node.text)}"


def _advice(node: Node, wants: str) -> str:
    if not isinstance(node, Scalar):
        return ""
    if wants.startswith("a number") and not node.plain and re.fullmatch(r"[-+.\deE]+", node.text):
        return ": remove the quotes"
    if "text" in wants and node.plain and not isinstance(node.value, str | None):
        return ": put it in quotes"
    return ""


def _below(path: str, key: str) -> str:
    """`key` below `path`, cut: a key may be as long as the file, and every value below it repeats it."""
    return f"{path}.{key[:_SHOWN_KEY]}" if path else key[:_SHOWN_KEY]


def _is_level(key: str) -> bool:
    return bool(re.fullmatch(r"0?\.\d{1,15}", key, re.ASCII)) and 0 < float(key) < 1


_URL: Final = Text("the http(s) address of a page, as text", re.compile(r"https?://\S+"))
_DATE: Final = Text("a date such as 2026-06-30, as text", re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII))
_GLOB: Final = Text("a pattern, as text of 1 to 200 characters", re.compile(r".*\S.*", re.DOTALL), 200)
_ANY_PATTERNS: Final = ListOf(_GLOB, 'a list of patterns such as ["*"]')
_GLOBS: Final = Globs()
_SHARE: Final = Number("a number from 0 to 1", lambda v: 0 <= v <= 1)
_USD: Final = Number("a number of USD, 0 or more", lambda v: v >= 0)
_TOKENS: Final = Number("a number of tokens, whole and positive", lambda v: v > 0 and v.is_integer())
_POSITIVE: Final = Number("a number above 0", lambda v: v > 0)
_WEIGHT: Final = Number("a number from 0 to 1000", lambda v: 0 <= v <= 1000)
_WEIGHTS: Final = Keys(dict.fromkeys(DIMENSIONS, _WEIGHT))

_TAU: Final = Number("a number from -1 to 1", lambda v: -1 <= v <= 1)
_TIER: Final = Keys({"tau": _TAU, "weights": _WEIGHTS, "allow": _GLOBS, "maxCost": _USD})

_WORD: Final = Text("a text of 1 to 200 characters", re.compile(r".*\S.*", re.DOTALL), 200)
_WORDS: Final = OneOrMore(_WORD)

_THRESHOLD: Final = Either(Keys({"atLeast": _SHARE, "below": _SHARE}), _SHARE)

_RULE: Final = Keys(
    {
        "name": _WORD,
        "when": Keys(
            {
                **dict.fromkeys(DIMENSIONS, _THRESHOLD),
                "language": _WORDS,
                "path": _WORDS,
                "location": _WORDS,
                "mode": _WORDS,
            }
        ),
        "use": Keys({"model": Text(_ID_WANTS, _ID), "tier": Choice(TIERS), "effort": Choice(EFFORTS)}),
    }
)

_BENCHMARK: Final = Keys(
    {
        "name": Text(),
        "low": Number(),
        "high": Number(),
        "unit": Text(),
        "measures": Keys(dict.fromkeys(DIMENSIONS, _POSITIVE)),
        "source": _URL,
        "date": _DATE,
    }
)

_MODEL: Final = Keys(
    {
        "name": Text(),
        "vendor": Text(),
        "family": Text(),
        "match": _GLOBS,
        "price": Price(Keys({"input": _USD, "cachedInput": _USD, "output": _USD, "perRequest": _USD})),
        "tokenFactor": _POSITIVE,
        "limits": Keys({"context": _TOKENS, "output": _TOKENS}),
        "supports": Keys({"vision": Flag(), "tools": Flag()}),
        "local": Flag(),
        "benchmarks": MapOf(Either(Keys({"score": Number(), "source": _URL, "date": _DATE}), Number())),
        "capabilities": Keys(dict.fromkeys(DIMENSIONS, _SHARE)),
        "sources": ListOf(_URL, "a list of http(s) addresses"),
    }
)

CATALOG: Final = Keys(
    {
        "version": Number("the number 1, the format's version", lambda v: v == 1),
        "scale": Choice(("label", "pool")),
        "defaultTier": Choice(TIERS),
        "tiers": Keys(dict.fromkeys(TIERS, _TIER)),
        "weights": _WEIGHTS,
        "allow": _GLOBS,
        "deny": _GLOBS,
        "rules": ListOf(_RULE, "a list of rules"),
        "remove": ListOf(Text(_ID_WANTS, _ID), "a list of model ids"),
        "lock": ListOf(
            Text("a key of the catalog such as defaultTier or tiers.balance", _LOCK), "a list of keys"
        ),
        "anchors": Anchors(),
        "benchmarks": MapOf(_BENCHMARK),
        "models": Models(_MODEL),
    }
)
"""The whole file."""
