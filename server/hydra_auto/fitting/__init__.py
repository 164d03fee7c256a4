"""Outcome tables -> capabilities: what a user's own evaluations say of models, on the label scale.

`table.py` reads the folders, `needs.py` says what their queries require, `capability.py` estimates, and
`fragment.py` writes the catalog. Needs numpy, so nothing of the server imports it.
"""

from hydra_auto.fitting.capability import Estimate, ModelFit, fit_models
from hydra_auto.fitting.fragment import fragment
from hydra_auto.fitting.needs import needs_of
from hydra_auto.fitting.table import OutcomeTable, read_table
from hydra_auto.outcome_files import TableError

__all__ = [
    "Estimate",
    "ModelFit",
    "OutcomeTable",
    "TableError",
    "fit_models",
    "fragment",
    "needs_of",
    "read_table",
]
