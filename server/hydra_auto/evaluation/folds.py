"""Who is fitted on and who is judged: folds by instance id, the same in every table."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import numpy as np

from hydra_auto.evaluation.table import Ints

FOLDS: Final = 5


def folds_of(ids: Sequence[str], folds: int = FOLDS) -> Ints:
    """The fold of each instance, in [0, folds). It depends on the id alone, so two tables of the same
    instances never fit on what the other judges."""
    digests = (hashlib.sha256(i.encode()).digest() for i in ids)
    return np.asarray([int.from_bytes(d[:8], "big") % folds for d in digests], dtype=np.int64)
