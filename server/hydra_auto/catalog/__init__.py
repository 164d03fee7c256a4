"""Files -> Catalog, in pure Python: tree, shape, parse, merge, build, crosscheck; then profiles.

The path of a catalog: texts (`reading.py`) become trees that know their places (`tree.py`), of the right
shape (`shape.py`), are merged layer on layer (`merge.py`) as far as outer layers permit (`locks.py`), made
the typed catalog (`build.py`, `rules.py`) and checked as a whole (`crosscheck.py`). `load_catalog(paths)`
does so for files. A server has `Sources` (settings, trust, consent): `read_sources` reads their texts and
`compose_layers`, pure, makes the catalogs in force, one per workspace folder (`consent.py` says what of a
folder's waits). `profiles(catalog, scale)` then says what each model can do on the predictor's own scale.
"""

from hydra_auto.catalog.default import default_catalog_path
from hydra_auto.catalog.layered import LayeredCatalog, LayerTexts, compose_layers
from hydra_auto.catalog.load import check, check_file, check_organisation, compose_catalog, load_catalog
from hydra_auto.catalog.parse import ParsedLayer, parse
from hydra_auto.catalog.problem import CatalogError, Problem
from hydra_auto.catalog.profiles import profiles
from hydra_auto.catalog.sources import Folder, Sources, read_sources
from hydra_auto.catalog.watch import CatalogWatcher

__all__ = [
    "CatalogError",
    "CatalogWatcher",
    "Folder",
    "LayerTexts",
    "LayeredCatalog",
    "ParsedLayer",
    "Problem",
    "Sources",
    "check",
    "check_file",
    "check_organisation",
    "compose_catalog",
    "compose_layers",
    "default_catalog_path",
    "load_catalog",
    "parse",
    "profiles",
    "read_sources",
]
