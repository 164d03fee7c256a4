"""The four dimensions of a request's requirement and of a model's capability, in their fixed order."""

from __future__ import annotations

from typing import Final, TypeAlias

DIMENSIONS: Final = ("reasoning", "code_gen", "debugging", "tool_use")
"""The order of every vector, of the predictor's heads and of the keys on the wire."""

Vector: TypeAlias = tuple[float, float, float, float]
"""One number per dimension, in the order of `DIMENSIONS`; requirements and capabilities lie in [0, 1]."""


def named(vector: Vector) -> dict[str, float]:
    """The vector with its dimensions' names, as it goes over the wire."""
    return dict(zip(DIMENSIONS, vector, strict=True))
