"""Text -> a tree of nodes that know their place. The YAML that a catalog may use, and no more.

YAML 1.2 (so JSON is YAML) without anchors, aliases, tags, directives and second documents: nothing
expands, nothing is constructed, and depth, values and problems are bounded while reading, so no file can
cost more than a good one of its length. libyaml parses (PyYAML's wheels bring it; without it PyYAML's own
parser, ten times slower); only its events are used, which know their places, and never its constructors.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

import yaml
from attrs import define, evolve, field, frozen
from yaml.error import MarkedYAMLError
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamStartEvent,
)

from hydra_auto.catalog.model import Origin
from hydra_auto.catalog.problem import CatalogError, Findings, quoted

MAX_BYTES: Final = 2**20
"""A catalog file is at most 1 MiB."""

MAX_DEPTH: Final = 20
"""Mappings and lists within each other; a catalog needs five."""

MAX_VALUES: Final = 120_000
"""Keys and values in one file: 5,000 short models have 100,000. A hostile MiB could have five times that."""

MAX_DIGITS: Final = 60
"""Characters of a number."""

_MAX_DIRECTIVES: Final = 10
"""Lines that begin with `%`: libyaml takes quadratic time for them, and a catalog has none."""

_NULL: Final = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE: Final = frozenset({"true", "True", "TRUE"})
_FALSE: Final = frozenset({"false", "False", "FALSE"})
_NUMBER: Final = re.compile(r"[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?", re.ASCII)
_NOT_FINITE: Final = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_LINE_BREAK: Final = re.compile(r"\r\n|\r|\n")
_DIRECTIVE: Final = re.compile(r"^%", re.MULTILINE)
_FORBIDDEN: Final = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What YAML 1.2 (5.1) lets no text contain."""

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@frozen
class Scalar:
    """A leaf: `text` as written, `value` as YAML 1.2's core schema reads it (numbers are floats)."""

    origin: Origin
    text: str
    value: str | float | bool | None
    plain: bool


@frozen
class Items:
    """A list."""

    origin: Origin
    nodes: tuple[Node, ...]


@frozen
class Table:
    """A mapping with text keys, in the file's order; `keys` are the places of the keys."""

    origin: Origin
    values: Mapping[str, Node]
    keys: Mapping[str, Origin]


@frozen
class Refused:
    """What has been reported already and is not looked at again."""

    origin: Origin


Node: TypeAlias = Scalar | Items | Table | Refused


def texts(node: Node | None) -> tuple[str, ...]:
    """The texts in a list; none where `node` is no list."""
    nodes = node.nodes if isinstance(node, Items) else ()
    return tuple(item.text for item in nodes if isinstance(item, Scalar))


def read_tree(text: str, file: str, layer: str, findings: Findings) -> Table:
    """The mapping that `text` holds. What is not syntax (a tag, a duplicate key) goes to `findings`.

    Raises:
        CatalogError: no mapping can be read: too long, too deep, empty, broken YAML.
    """
    text = text.removeprefix("\ufeff")
    places = _Places(text, file, layer)
    try:
        _scan(text)
        return _Composer(_events(text), places, findings).document()
    except _BrokenError as broken:
        findings.error(places.at(broken.index), broken.message)
        raise CatalogError(findings.problems) from None


class _BrokenError(Exception):
    """Reading cannot go on after the character at `index`."""

    def __init__(self, index: int, message: str) -> None:
        super().__init__(message)
        self.index = index
        self.message = message


class _Places:
    """Character index -> line and column, with the line breaks that editors know (not YAML 1.1's)."""

    def __init__(self, text: str, file: str, layer: str) -> None:
        self._starts = [0, *(m.end() for m in _LINE_BREAK.finditer(text))]
        self._file = file
        self._layer = layer

    def at(self, index: int) -> Origin:
        line = bisect_right(self._starts, index)
        return Origin(self._layer, self._file, line, index - self._starts[line - 1] + 1)


def _scan(text: str) -> None:
    """Refuses what a parser should not even begin with."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise _BrokenError(0, "the file is larger than 1 MiB: a catalog is far smaller, so make it shorter")
    if (forbidden := _FORBIDDEN.search(text)) is not None:
        message = f"the character U+{ord(forbidden[0]):04X} must not stand in a catalog: delete it"
        raise _BrokenError(forbidden.start(), message)
    for count, directive in enumerate(_DIRECTIVE.finditer(text), 1):
        if count > _MAX_DIRECTIVES:
            message = (
                f"more than {_MAX_DIRECTIVES} lines begin with `%`: directives are not allowed, remove them"
            )
            raise _BrokenError(directive.start(), message)


def _events(text: str) -> Iterator[Any]:
    """The parser's events, its errors as `_BrokenError`. No text may bring the server down, hence the wide
    net."""
    index = 0
    try:
        event: Any
        for event in yaml.parse(text, Loader=_LOADER):
            index = event.start_mark.index
            yield event
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _BrokenError(mark.index if mark else index, _syntax(error, text, mark)) from None
    except Exception as error:
        raise _BrokenError(
            index, f"this is not YAML ({type(error).__name__}): correct what follows"
        ) from None


def _syntax(error: MarkedYAMLError, text: str, mark: Any) -> str:
    """The parser's complaint as one sentence, with the fix where the cause is a common one."""
    problem = " ".join(str(error.problem or error.context).split())
    if mark and text[mark.index : mark.index + 1] == "\t":
        return "a tab cannot indent YAML: use spaces"
    if "nesting depth" in problem:
        return f"nested deeper than {MAX_DEPTH} levels: a catalog needs five, so flatten it"
    if mark and mark.index >= len(text.rstrip()):
        return f"the file ends too early ({problem}): complete it"
    if "mapping values are not allowed" in problem:
        return "a second `: ` stands in one value, or the indentation is wrong: quote the value or indent it"
    return f"this is not YAML ({problem}): correct it here"


@define
class _Composer:
    """Events -> nodes."""

    _events: Iterator[Any]
    _places: _Places
    _findings: Findings
    _depth: int = field(default=0, init=False)
    _values: int = field(default=0, init=False)

    def document(self) -> Table:
        """The only document's mapping."""
        event = self._next()
        while isinstance(event, StreamStartEvent):
            event = self._next()
        if not isinstance(event, DocumentStartEvent):
            raise _BrokenError(0, "the file is empty: write `{}` where nothing is to be changed")
        if event.version or event.tags:
            self._findings.error(self._places.at(0), "directives (`%…`) are not allowed: remove the line")
        start = self._next()
        root = self._node(start)
        end = self._next()
        following: Any = self._next() if isinstance(end, DocumentEndEvent) else end
        if isinstance(following, DocumentStartEvent):
            message = "a second document (`---`) begins here: a catalog is one document, so remove it"
            mark: Any = following.start_mark
            raise _BrokenError(mark.index, message)
        if not isinstance(root, Table):
            raise _BrokenError(
                start.start_mark.index, "a catalog is a mapping: begin with a key such as `models:`"
            )
        return root

    def _next(self) -> Any:
        return next(self._events, None)

    def _node(self, event: Any) -> Node:
        origin = self._places.at(event.start_mark.index)
        self._values += 1
        if self._values > MAX_VALUES:
            message = f"more than {MAX_VALUES:,} keys and values in one file: split it"
            raise _BrokenError(event.start_mark.index, message)
        if self._findings.full:
            raise _BrokenError(event.start_mark.index, "too many problems to read on: fix the first ones")
        if isinstance(event, AliasEvent):
            self._findings.error(
                origin, f"the alias {quoted(f'*{event.anchor}')} is not allowed: repeat the value"
            )
            return Refused(origin)
        if event.anchor is not None:
            message = f"the anchor {quoted('&' + event.anchor)} is not allowed: remove it"
            self._findings.error(origin, message)
        tagged = event.tag is not None
        if tagged:
            self._findings.error(origin, f"the tag {quoted(event.tag)} is not allowed: remove it")
        node = self._scalar(event, origin) if isinstance(event, ScalarEvent) else self._inner(event, origin)
        return Refused(origin) if tagged else node

    def _scalar(self, event: Any, origin: Origin) -> Scalar | Refused:
        text: str = event.value
        if event.style:  # quoted or a block
            return Scalar(origin, text, text, plain=False)
        if text in _NULL:
            return Scalar(origin, text, None, plain=True)
        if text in _TRUE or text in _FALSE:
            return Scalar(origin, text, text in _TRUE, plain=True)
        if len(text) > MAX_DIGITS and _NUMBER.fullmatch(text):
            message = f"the number {quoted(text)} has more than {MAX_DIGITS} characters: shorten it"
            self._findings.error(origin, message)
            return Refused(origin)
        number = float(text) if _NUMBER.fullmatch(text) else None
        if _NOT_FINITE.fullmatch(text) or (number is not None and not math.isfinite(number)):
            self._findings.error(origin, f"{quoted(text)} is not a finite number: write one")
            return Refused(origin)
        return Scalar(origin, text, text if number is None else number, plain=True)

    def _inner(self, event: Any, origin: Origin) -> Table | Items:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            message = f"nested deeper than {MAX_DEPTH} levels: a catalog needs five, so flatten it"
            raise _BrokenError(event.start_mark.index, message)
        node = self._items(origin) if isinstance(event, SequenceStartEvent) else self._table(event, origin)
        self._depth -= 1
        return node

    def _items(self, origin: Origin) -> Items:
        nodes = []
        while not isinstance(event := self._next(), SequenceEndEvent):
            nodes.append(self._node(event))
        return Items(origin, tuple(nodes))

    def _table(self, start: Any, origin: Origin) -> Table:
        assert isinstance(start, MappingStartEvent)
        values: dict[str, Node] = {}
        keys: dict[str, Origin] = {}
        while not isinstance(event := self._next(), MappingEndEvent):
            key = self._node(event)
            value = self._node(self._next())
            if not isinstance(key, Scalar):
                if not isinstance(key, Refused):
                    self._findings.error(key.origin, "a key must be a plain word, not a list or a mapping")
            elif key.text in values:
                first = keys[key.text].line
                message = f"duplicate key {quoted(key.text)}, first on line {first}: remove one of the two"
                self._findings.error(key.origin, message)
            else:
                values[key.text] = _placed(value, key)
                keys[key.text] = key.origin
        return Table(origin, values, keys)


def _placed(value: Node, key: Scalar) -> Node:
    """The parser places a value that is not there at whatever follows; it is missing at its key."""
    absent = isinstance(value, Scalar) and value.plain and not value.text
    return evolve(value, origin=key.origin) if absent else value
