"""The geometry of frontiers, as properties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydra_auto.evaluation.curves import allocated, blind, hull, path_integral

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
