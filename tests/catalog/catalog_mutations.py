"""Broken catalogs without end: real ones, cut, spliced and salted with what breaks parsers."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from hydra_auto.catalog import Problem, check, compose_catalog, default_catalog_path, parse, profiles
from hydra_auto.catalog.parse import ParsedLayer
from hydra_auto.catalog.problem import CatalogError
from hydra_auto.catalog.reading import read_text
from hydra_auto.scale import IDENTITY

SALT = (
    *(
        "&a ",
        "*a",
        "!!str ",
        "!x ",
        "!!python/name:os.system ",
        "<<: *a\n",
        "<<: {}\n",
        "? ",
        ": ",
        "- ",
        ",",
    ),
    *(
        "---\n",
        "...\n",
        "%YAML 1.2\n",
        "%TAG ! x\n" * 20,
        "#",
        "'",
        '"',
        "|\n",
        ">-\n",
        "@",
        "`",
        "\\",
        "\\U0",
    ),
    *("\t", "\0", "\x07", "\r", "\r\n", "\ufeff", "\x85", "\u2028", "\ud800", "é", "\U0001f600", " " * 40),
    *(
        "1e999",
        "-1e999",
        ".nan",
        ".inf",
        "-.inf",
        "0x10",
        "0o7",
        "1_000",
        "9" * 500,
        "." + "1" * 99,
        "1e-999",
    ),
    *(
        "~",
        "null",
        "yes",
        "on",
        "2026-01-01",
        "1:30",
        "[" * 60,
        "{" * 60,
        "- " * 60,
        "[" * 9 + "]" * 9,
        "{}",
        "[]",
    ),
    *(
        "*a*b*c*d*e*f*g*h*i*j*k*",
        "[!a-",
        "[[:alpha:]]",
        "models",
        "deny",
        "anchors: {.2: x}\n",
        "lock: [models]\n",
    ),
    *("a: &a [*a]\n", "rules: [{when: {path: '**/**/**'}, use: {tier: balance}}]\n", "scale: pool\n"),
)
"""Tokens that mean something to YAML, numbers, globs or a catalog, and characters that may not be."""

ENCODINGS = ("utf-8-sig", "utf-16", "latin-1", "utf-32", "cp500")


@frozen
class Verdict:
    """`problems` of an input; `valid`: it made a catalog, with profiles."""

    problems: tuple[Problem, ...]
    valid: bool


def seeds() -> tuple[str, ...]:
    """Real catalogs: the default one whole, its head with some of its models, and one model in a layer."""
    whole = default_catalog_path().read_text("utf-8")
    head, *models = whole.split("\n  - id: ")
    few = [head + "\n  - id: " + "\n  - id: ".join(models[i : i + 6]) for i in range(0, len(models), 6)]
    layers = [f"deny: ['grok-*']\nmodels:\n  - id: {model}" for model in models]
    return (*layers, *(few * 4), whole)


def mutated(rng: random.Random, texts: Sequence[str]) -> bytes:
    """One of `texts`, changed in one to six places; sometimes in an encoding that no catalog may have."""
    text = rng.choice(texts)
    for _ in range(rng.choice((1, 1, 2, 3, 6))):
        text = rng.choice((_salted, _salted, _cut, _doubled, _swapped, _indented, _spliced))(rng, text, texts)
    kind = rng.random()
    if kind < 0.03:
        return text.encode(rng.choice(ENCODINGS), "ignore")
    data = text.encode("utf-8", "surrogatepass")
    if kind < 0.1 and data:
        at = rng.randrange(len(data))
        return data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]
    return data.replace(b"\n", b"\r\n") if kind < 0.15 else data


def judged(data: bytes, file: Path, below: Sequence[ParsedLayer]) -> Verdict:
    """What becomes of `data` in `file`, on top of `below`: problems, or a catalog that can be used."""
    file.write_bytes(data)
    try:
        text = read_text(file)
    except CatalogError as error:
        return Verdict(error.problems, False)
    problems = tuple(check(text, str(file), below))
    if any(p.severity == "error" for p in problems):
        return Verdict(problems, False)
    catalog = compose_catalog([*below, parse(text, str(file), "user")])
    return Verdict(problems, len(profiles(catalog, IDENTITY)) == len(catalog.models) > 0)


def _place(rng: random.Random, text: str) -> int:
    """Anywhere, or where something begins or ends."""
    at = rng.randrange(len(text) + 1)
    if rng.random() < 0.5:
        near = [i for i in (text.find(c, at) for c in ("\n", " ", ":", ",", "{")) if i >= 0]
        return rng.choice(near) + rng.randrange(2) if near else at
    return at


def _salted(rng: random.Random, text: str, _: Sequence[str]) -> str:
    at = _place(rng, text)
    eaten = rng.choice((0, 0, 1, 5))
    return text[:at] + rng.choice(SALT) * rng.choice((1, 1, 1, 3, 30)) + text[at + eaten :]


def _cut(rng: random.Random, text: str, _: Sequence[str]) -> str:
    at = _place(rng, text)
    return text[:at] if rng.random() < 0.2 else text[:at] + text[at + rng.choice((1, 3, 20, 200)) :]


def _doubled(rng: random.Random, text: str, _: Sequence[str]) -> str:
    at, length = _place(rng, text), rng.choice((1, 5, 40, 300))
    return text[:at] + text[at : at + length] * rng.choice((2, 2, 10)) + text[at + length :]


def _swapped(rng: random.Random, text: str, _: Sequence[str]) -> str:
    lines = text.split("\n")
    i, j = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[i], lines[j] = lines[j], lines[i]
    return "\n".join(lines)


def _indented(rng: random.Random, text: str, _: Sequence[str]) -> str:
    lines = text.split("\n")
    i = rng.randrange(len(lines))
    lines[i] = lines[i].lstrip() if rng.random() < 0.5 else rng.choice((" ", "\t", "      ")) + lines[i]
    return "\n".join(lines)


def _spliced(rng: random.Random, text: str, texts: Sequence[str]) -> str:
    other = rng.choice(texts[:40])
    at, begin = _place(rng, text), rng.randrange(len(other) + 1)
    return text[:at] + other[begin : begin + rng.choice((10, 100, 1000))] + text[at:]
