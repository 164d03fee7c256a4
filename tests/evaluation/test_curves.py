"""The geometry of frontiers, as properties."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydra_auto.evaluation.curves import allocated, area_above, blind, covered, hull, path_integral

numbers = st.floats(0.01, 1, allow_nan=False)
models = st.lists(st.tuples(numbers, numbers), min_size=1, max_size=8).map(np.asarray)


@given(models)
def test_no_single_model_is_above_the_hull_and_its_corners_are_models(points: np.ndarray) -> None:
    mixing = hull(points[:, 0], points[:, 1])
    assert (mixing.at(points[:, 0]) >= points[:, 1] - 1e-12).all()
    assert all(
        (points == corner).all(axis=1).any() for corner in zip(mixing.cost, mixing.quality, strict=True)
    )
    assert mixing.cost[0] == points[:, 0].min()
    assert mixing.quality[-1] == points[:, 1].max()
    slopes = np.diff(mixing.quality) / np.diff(mixing.cost)
    assert (np.diff(slopes) <= 1e-9).all()


@given(models, models)
def test_mixing_that_knows_the_table_is_never_below_the_blind_one(a: np.ndarray, b: np.ndarray) -> None:
    parts, shares = [hull(a[:, 0], a[:, 1]), hull(b[:, 0], b[:, 1])], [0.3, 0.7]
    one, other = blind(parts, shares), allocated(parts, shares)
    assert other.cost[[0, -1]] == pytest.approx(one.cost[[0, -1]])
    assert other.quality[[0, -1]] == pytest.approx(one.quality[[0, -1]])
    assert (other.at(one.cost) >= one.quality - 1e-9).all()


@given(models)
def test_a_path_along_the_hull_has_the_hulls_integral(points: np.ndarray) -> None:
    mixing = hull(points[:, 0], points[:, 1])
    ends = [np.asarray([[mixing.cost[i]], [mixing.quality[i]]]) for i in (0, -1)]
    along = path_integral(mixing.cost[None], mixing.quality[None], *ends)
    assert along[0] == pytest.approx(mixing.integral)


def test_a_detour_and_back_earns_nothing() -> None:
    ends = [np.asarray([[0.0], [0.0]]), np.asarray([[1.0], [1.0]])]
    straight = path_integral(np.asarray([[0.5]]), np.asarray([[0.5]]), *ends)
    detour = path_integral(np.asarray([[0.5, 0.9, 0.5]]), np.asarray([[0.5, 0.9, 0.5]]), *ends)
    assert detour == pytest.approx(straight)


@given(st.lists(st.tuples(st.floats(-1, 2), st.floats(0, 1)), min_size=1, max_size=8))
def test_only_what_lies_within_the_range_counts(positions: list[tuple[float, float]]) -> None:
    """As if every line were cut at the ends of the range, here by points in small steps along it."""
    corners = np.asarray([(0.0, 0.2), *positions, (1.0, 0.9)])
    steps = np.linspace(0, 1, 2001)[:, None]
    fine = np.concatenate([a + (b - a) * steps for a, b in pairwise(corners)])
    cost, quality = fine.T
    inside = (cost[1:] + cost[:-1] > 0) & (cost[1:] + cost[:-1] < 2)
    by_steps = ((quality[1:] + quality[:-1]) / 2 * np.diff(cost))[inside].sum()
    ends = [corners[0][:, None], corners[-1][:, None]]
    cut = path_integral(corners[1:-1, 0][None], corners[1:-1, 1][None], *ends)
    assert cut[0] == pytest.approx(by_steps, abs=0.02)


def test_money_beyond_the_best_single_model_earns_and_costs_nothing() -> None:
    mixing = hull(np.asarray([0.0, 1.0]), np.asarray([0.0, 1.0]))

    def area(*positions: tuple[float, float]) -> float:
        cost, quality = np.asarray(positions).T
        return float(area_above([mixing], cost[None], quality[None])[0])

    assert area((0.5, 0.5), (1.0, 0.8)) == pytest.approx(-0.05)
    assert area((0.5, 0.5), (2.0, 1.4)) == pytest.approx(-0.05)  # the same line, further
    assert area((0.5, 0.5), (2.0, 1.4), (3.0, 1.5), (9.0, 0.0)) == pytest.approx(-0.05)
    assert area((-1.0, 0.9), (0.5, 0.5)) == pytest.approx(area((0.0, 1.9 / 3), (0.5, 0.5)))


def test_a_bound_keeps_its_last_quality_and_others_go_to_the_best_model() -> None:
    mixing = hull(np.asarray([0.0, 1.0]), np.asarray([0.0, 0.8]))
    cost, quality = np.asarray([[0.0, 0.5]]), np.asarray([[1.0, 1.0]])
    assert area_above([mixing], cost, quality)[0] == pytest.approx(0.55)
    assert area_above([mixing], cost, quality, held=True)[0] == pytest.approx(0.6)


def test_a_knob_covers_what_lies_between_its_extreme_positions() -> None:
    mixing = hull(np.asarray([1.0, 3.0]), np.asarray([0.0, 1.0]))
    assert covered(mixing, np.asarray([2.5, 1.5])) == pytest.approx(0.5)
    assert covered(mixing, np.asarray([0.5, 9.0])) == 1
    assert covered(mixing, np.asarray([2.0])) == 0
    assert covered(hull(np.asarray([1.0]), np.asarray([1.0])), np.asarray([1.0, 2.0])) == 0
