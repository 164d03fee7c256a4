"""Files -> Catalog, in pure Python: tree, shape, parse, merge, build, crosscheck; then profiles.

The path of a catalog: `load_catalog(paths)` reads YAML files into trees that know their places
(`tree.py`), checks each file's shape (`shape.py`), merges the layers (`merge.py`), makes the typed
catalog (`build.py`) and checks it as a whole (`crosscheck.py`). `profiles(catalog, scale)` then says what
each model can do on the predictor's own scale.
"""

from hydra_auto.catalog.default import default_catalog_path
from hydra_auto.catalog.load import check, check_file, compose_catalog, examine, load_catalog
from hydra_auto.catalog.parse import ParsedLayer, parse
from hydra_auto.catalog.problem import CatalogError, Problem
from hydra_auto.catalog.profiles import profiles
from hydra_auto.catalog.watch import CatalogWatcher

__all__ = [
    "CatalogError",
    "CatalogWatcher",
    "ParsedLayer",
    "Problem",
    "check",
    "check_file",
    "compose_catalog",
    "default_catalog_path",
    "examine",
    "load_catalog",
    "parse",
    "profiles",
]
