"""LiteLLM's complexity router: the rule-based baseline, a faithful copy of its local scorer.

From litellm 1.110.2 on PyPI (router_strategy/complexity_router), Copyright (c) 2023 Berri AI, MIT licence:
permission is granted, free of charge, to any person obtaining a copy of that software to deal in it
without restriction, provided that the above copyright notice and this permission notice are included; it
is provided "as is", without warranty of any kind. Copied because the package itself weighs 140 MB; only
the default configuration, and what the scorer reads of it, is here.

What it weighs: words of code .30, explicit reasoning phrases .25, technical terms .25, length .10 (below 15
and above 400 tokens), "what is", "hello" and the like -.05, numbered steps .03, more than three question
marks .02. Nothing of it says how hard a task is, and a language other than English has none of the words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from attrs import frozen

CODE: Final = (
    "function",
    "class",
    "def",
    "const",
    "let",
    "var",
    "import",
    "export",
    "return",
    "async",
    "await",
    "try",
    "catch",
    "exception",
    "error",
    "debug",
    "api",
    "endpoint",
    "request",
    "response",
    "database",
    "sql",
    "query",
    "schema",
    "algorithm",
    "implement",
    "refactor",
    "optimize",
    "python",
    "javascript",
    "typescript",
    "java",
    "rust",
    "golang",
    "react",
    "vue",
    "angular",
    "node",
    "docker",
    "kubernetes",
    "git",
    "commit",
    "merge",
    "branch",
    "pull request",
)

REASONING: Final = (
    "step by step",
    "think through",
    "let's think",
    "reason through",
    "analyze this",
    "break down",
    "explain your reasoning",
    "show your work",
    "chain of thought",
    "think carefully",
    "consider all",
    "evaluate",
    "pros and cons",
    "compare and contrast",
    "weigh the options",
    "logical",
    "deduce",
    "infer",
    "conclude",
)

TECHNICAL: Final = (
    "architecture",
    "distributed",
    "scalable",
    "microservice",
    "machine learning",
    "neural network",
    "deep learning",
    "encryption",
    "authentication",
    "authorization",
    "performance",
    "latency",
    "throughput",
    "benchmark",
    "concurrency",
    "parallel",
    "threading",
    "memory",
    "cpu",
    "gpu",
    "optimization",
    "protocol",
    "tcp",
    "http",
    "grpc",
    "websocket",
    "container",
    "orchestration",
)

SIMPLE: Final = (
    "what is",
    "what's",
    "define",
    "definition of",
    "who is",
    "who was",
    "when did",
    "when was",
    "where is",
    "where was",
    "how many",
    "how much",
    "yes or no",
    "true or false",
    "simple",
    "brief",
    "short",
    "quick",
    "hello",
    "hi",
    "hey",
    "thanks",
    "thank you",
    "goodbye",
    "bye",
    "okay",
)

WEIGHTS: Final = {
    "tokens": 0.10, "code": 0.30, "reasoning": 0.25, "technical": 0.25, "simple": 0.05, "steps": 0.03,
    "questions": 0.02,
}  # fmt: skip

BOUNDARIES: Final = (0.15, 0.35, 0.60)
"""Where MEDIUM, COMPLEX and REASONING begin; below is SIMPLE."""

STEPS: Final = (
    re.compile(r"first.*?then", re.IGNORECASE),
    re.compile(r"step\s*\d", re.IGNORECASE),
    re.compile(r"\d+\.\s"),
    re.compile(r"[a-z]\)\s", re.IGNORECASE),
)


@frozen
class Complexity:
    """`score` is the weighted sum, `marked` whether two reasoning phrases force the highest tier."""

    score: float
    marked: bool

    def tier(self, shift: float = 0.0) -> int:
        """0 SIMPLE, 1 MEDIUM, 2 COMPLEX, 3 REASONING, with all boundaries moved by `shift`."""
        if self.marked and self.score >= BOUNDARIES[0] + shift:
            return len(BOUNDARIES)
        return sum(self.score >= boundary + shift for boundary in BOUNDARIES)


def complexity(prompt: str) -> Complexity:
    """What LiteLLM's scorer says of a user's message."""
    text = prompt.lower()
    reasoning = _matches(text, REASONING)
    scores = {
        "tokens": _tokens(len(prompt) // 4),
        "code": _graded(_matches(text, CODE), (1, 2), (0.5, 1.0)),
        "reasoning": _graded(reasoning, (1, 2), (0.7, 1.0)),
        "technical": _graded(_matches(text, TECHNICAL), (2, 4), (0.5, 1.0)),
        "simple": -1.0 if _matches(text, SIMPLE) else 0.0,
        "steps": 0.5 if any(p.search(text) for p in STEPS) else 0.0,
        "questions": 0.5 if prompt.count("?") > 3 else 0.0,
    }
    return Complexity(sum(WEIGHTS[name] * score for name, score in scores.items()), reasoning >= 2)


def _tokens(count: int) -> float:
    return -1.0 if count < 15 else 1.0 if count > 400 else 0.0


def _graded(count: int, thresholds: tuple[int, int], scores: tuple[float, float]) -> float:
    return 0.0 if count < thresholds[0] else scores[1] if count >= thresholds[1] else scores[0]


def _matches(text: str, keywords: Sequence[str]) -> int:
    """How many keywords are in `text`: phrases anywhere, single words as words."""
    return sum(k in text if " " in k else bool(re.search(rf"\b{re.escape(k)}\b", text)) for k in keywords)
