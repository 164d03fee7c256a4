"""The catalog that hydra-auto comes with."""

from __future__ import annotations

import pytest

from hydra_auto.catalog import check, check_file, default_catalog_path, load_catalog, profiles
from hydra_auto.catalog.model import TIERS, Catalog
from hydra_auto.scale import IDENTITY


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog([default_catalog_path()])


def test_it_has_no_problem_not_even_a_warning() -> None:
    assert check_file(default_catalog_path()) == []


def test_it_has_many_models_of_many_vendors(catalog: Catalog) -> None:
    assert len(catalog.models) >= 20
    assert len({m.vendor for m in catalog.models}) >= 6


def test_every_model_can_be_found_priced_and_placed(catalog: Catalog) -> None:
    for model in catalog.models:
        assert model.match, model.id
        assert model.context, model.id
        assert model.origin, model.id
        assert model.origin.layer == "default"


def test_its_anchors_stand_at_the_four_levels(catalog: Catalog) -> None:
    assert [level for level, _ in catalog.anchors] == [0.2, 0.4, 0.6, 0.8]
    found = {p.model.id: p for p in profiles(catalog, IDENTITY)}
    for level, name in catalog.anchors:
        assert found[name].label is not None
        assert max(abs(v - level) for v in found[name].label or ()) < 0.05, name


def test_its_tiers_accept_less_and_less(catalog: Catalog) -> None:
    taus = [catalog.tiers[t].tau for t in TIERS]
    assert taus == sorted(taus, reverse=True)
    assert len(set(taus)) == len(TIERS)


def test_a_layer_of_one_line_is_valid_on_top_of_it(catalog: Catalog) -> None:
    first = sorted(m.id for m in catalog.models)[0]
    assert check(f"deny: [{first!r}]\n", "own.yaml") == []
