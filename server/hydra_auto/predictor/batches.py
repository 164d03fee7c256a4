"""Requests of many lengths -> batches whose padded size stays within a budget of tokens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def packed(order: Iterable[int], lengths: Sequence[int], budget: int) -> list[list[int]]:
    """`order` (indices into `lengths`) cut into runs of at most `budget` tokens each, padding included.

    A request that is longer than the budget has a run of its own. The nearer `order` is to the order of
    lengths, the less is padding.
    """
    found: list[list[int]] = []
    longest = 0
    for i in order:
        longest = max(longest, lengths[i])
        if not found or longest * (len(found[-1]) + 1) > budget:
            found.append([])
            longest = lengths[i]
        found[-1].append(i)
    return found


def by_length(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """`packed` from the shortest to the longest."""
    return packed(sorted(range(len(lengths)), key=lengths.__getitem__), lengths, budget)
