"""A pool file -> the catalog of the models that a table has outcomes of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from attrs import evolve, frozen

from hydra_auto.catalog import default_catalog_path, load_catalog
from hydra_auto.catalog.model import Catalog
from hydra_auto.routing.globs import matches_any


@frozen
class Pool:
    """`catalog` holds the pool's models alone, in their file's order, with the default catalog's
    benchmarks, anchors and weights."""

    name: str
    file: Path
    catalog: Catalog

    @property
    def models(self) -> tuple[str, ...]:
        return tuple(m.id for m in self.catalog.models)

    @property
    def names(self) -> tuple[tuple[str, ...], ...]:
        """By which names a table may know each model: its id or, since an id has no spaces, its name."""
        return tuple((m.id, m.name) if m.name != m.id else (m.id,) for m in self.catalog.models)


def read_pool(file: Path, changes: Sequence[Path] = ()) -> Pool:
    """The pool in `file`, a catalog on top of the default one; `changes` are layers on top of it.

    Only models written in these files count, and of them those that no `deny` excludes.

    Raises:
        CatalogError: a file is no valid catalog.
        ValueError: no model is left.
    """
    catalog = load_catalog([default_catalog_path(), file, *changes])
    written = {str(f) for f in (file, *changes)}
    models = tuple(
        m
        for m in catalog.models
        if m.origin is not None and m.origin.file in written and not matches_any(catalog.deny, m.id)
    )
    if len(models) < 2:
        raise ValueError(
            f"{file}: a pool needs at least two models, and has {len(models)}; add some under `models`"
        )
    return Pool(file.stem, file, evolve(catalog, models=models))
