"""Mutated real catalogs; `scripts/fuzz-catalog` runs twenty thousand of them and measures the time."""

from __future__ import annotations

import random
from pathlib import Path

from catalog_mutations import judged, mutated, seeds

from hydra_auto.catalog import default_catalog_path
from hydra_auto.catalog.parse import read_layer


def test_a_mutated_catalog_is_a_valid_one_or_has_a_diagnostic_at_a_line_of_the_file(tmp_path: Path) -> None:
    rng, texts, file = random.Random(4), seeds(), tmp_path / "mutated.yaml"
    below = [read_layer(default_catalog_path())]
    valid = 0
    for _ in range(400):
        data = mutated(rng, texts[:60])
        verdict = judged(data, file, below)
        lines = data.count(b"\n") + data.count(b"\r") + 1
        assert verdict.valid or any(p.severity == "error" for p in verdict.problems), data
        own = [p for p in verdict.problems if p.file == str(file)]
        assert all(1 <= p.line <= lines and p.column >= 1 and "\n" not in p.message for p in own), data
        valid += verdict.valid
    assert 20 < valid < 380  # both ends of the path are really taken
