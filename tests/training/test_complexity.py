"""The copy of LiteLLM's scorer says what litellm 1.110.2 says (read off the original, run on these texts)."""

from __future__ import annotations

import pytest

from hydra_auto.training.complexity import complexity


@pytest.mark.parametrize(
    ("prompt", "score", "tier"),
    [
        ("hello", -0.15, 0),
        ("What is a monad?", -0.15, 0),
        ("Implement a distributed rate limiter in Go, think carefully about concurrency.", 0.45, 2),
        ("Debug this function: the async query to the database raises an exception.", 0.3, 1),
        (
            "Step 1. read the file\n2. parse it. Why? How? When? Where? "
            "Let's think step by step and evaluate the pros and cons.",
            0.425,
            3,
        ),
        ("日本語のプログラムを直してください", -0.1, 0),
        ("x" * 2000 + " class import", 0.4, 2),
    ],
)
def test_the_copy_scores_as_the_original(prompt: str, score: float, tier: int) -> None:
    found = complexity(prompt)
    assert found.score == pytest.approx(score)
    assert found.tier() == tier


def test_moving_the_boundaries_moves_the_tier_one_way() -> None:
    found = complexity("Implement a distributed rate limiter in Go, think carefully about concurrency.")
    tiers = [found.tier(shift / 10) for shift in range(-12, 13)]
    assert tiers == sorted(tiers, reverse=True)
    assert {tiers[0], tiers[-1]} == {3, 0}
