"""A small whole catalog and what tests change in it."""

from __future__ import annotations

from collections.abc import Sequence

from hydra_auto.catalog import Problem, compose_catalog, parse
from hydra_auto.catalog.model import Catalog, Model
from hydra_auto.catalog.parse import ParsedLayer

BASE = """\
version: 1
scale: label
defaultTier: balance
tiers:
  efficiency: {tau: .3}
  balance: {tau: .15}
  intelligence: {tau: 0}
weights: {reasoning: 1, code_gen: 1, debugging: 1, tool_use: 1}
allow: ["*"]
deny: []
anchors: {.2: tiny, .4: small, .6: middle, .8: large}
benchmarks:
  mind: {low: 0, high: 100, measures: {reasoning: 1}}
  code: {name: Code, low: 10, high: 90, unit: "%", measures: {code_gen: 1, debugging: .5}}
models:
  - {id: tiny, vendor: acme, price: {input: .05, output: .4}, benchmarks: {mind: 10, code: 20}}
  - {id: small, vendor: acme, price: {input: .3, output: 1}, benchmarks: {mind: 30, code: 35}}
  - {id: middle, vendor: acme, price: {input: 1, output: 5}, benchmarks: {mind: 55, code: 50}}
  - id: large
    name: Large
    vendor: acme
    family: acme-large
    match: ["*/large*/*"]
    price: {input: 3, cachedInput: .3, output: 15}
    tokenFactor: 1.2
    limits: {context: 200000, output: 64000}
    supports: {vision: true, tools: true}
    benchmarks:
      mind: {score: 80, source: "https://example.org/mind", date: 2026-06-30}
      code: 70
    sources: [https://example.org/prices]
"""

MODEL = "  - {id: own, vendor: me, price: {input: 1, output: 2}, capabilities: {reasoning: .5}}\n"
"""One more line of `models` that is right."""


def base() -> ParsedLayer:
    return parse(BASE, "base.yaml")


def layered(*texts: str) -> Catalog:
    """BASE with layers on top, the first of `texts` the weakest."""
    return compose_catalog([base(), *(parse(t, f"layer{i}.yaml", "user") for i, t in enumerate(texts, 1))])


def standing(text: str) -> Catalog:
    """A text as a whole catalog."""
    return compose_catalog([parse(text, "whole.yaml")])


def by_id(catalog: Catalog) -> dict[str, Model]:
    return {m.id: m for m in catalog.models}


def errors(problems: Sequence[Problem]) -> list[Problem]:
    return [p for p in problems if p.severity == "error"]
