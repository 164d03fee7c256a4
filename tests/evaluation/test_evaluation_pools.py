"""The pools of the repository: complete, sourced, and blind to the benchmark that they replay."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from hydra_auto.catalog import default_catalog_path, profiles
from hydra_auto.evaluation.changes import change_files
from hydra_auto.evaluation.pool import read_pool
from hydra_auto.scale import IDENTITY

POOLS = sorted((Path(__file__).parents[2] / "catalog" / "pools").glob("*.yaml"))
ROWS_FROM = {"livecodebench": ("livebench-coding", "swe-bench"), "default": ("swe-bench",)}
"""Benchmarks that ask (some of) a table's own questions: LiveBench's coding is LiveCodeBench's."""


@pytest.mark.parametrize("file", POOLS, ids=lambda f: f.stem)
def test_a_pool_has_five_models_with_a_profile_and_none_of_its_own_benchmark(file: Path) -> None:
    pool = read_pool(file)
    assert len(pool.models) == 5
    for profile in profiles(pool.catalog, IDENTITY):
        assert profile.label is not None
        assert profile.model.benchmarks
        for own in ROWS_FROM.get(pool.name, ROWS_FROM["default"]):
            assert not [b for b in profile.model.benchmarks if b.startswith(own)]


@pytest.mark.parametrize("file", POOLS, ids=lambda f: f.stem)
def test_every_score_of_a_pool_names_the_page_it_was_read_on(file: Path) -> None:
    for model in YAML(typ="safe").load(file)["models"]:
        assert model["price"]["input"] > 0
        for score in model["benchmarks"].values():
            assert score["source"].startswith("https://github.com/LiveBench/")


@pytest.mark.parametrize("file", POOLS, ids=lambda f: f.stem)
def test_a_pool_takes_no_model_of_the_default_catalog(file: Path) -> None:
    default = {m["id"] for m in YAML(typ="safe").load(default_catalog_path())["models"]}
    assert default.isdisjoint(read_pool(file).models)


def test_every_change_of_a_pool_changes_it() -> None:
    changed = 0
    for file in POOLS:
        for change in change_files(file):
            changed += 1
            assert read_pool(file, [change]).catalog.models != read_pool(file).catalog.models
    assert changed >= 3
