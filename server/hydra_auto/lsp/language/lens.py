"""Code lenses: over each model, how often it was chosen lately."""

from __future__ import annotations

from lsprotocol import types

from hydra_auto.lsp.language.card import share_words
from hydra_auto.lsp.language.models import models_in
from hydra_auto.lsp.language.outline import Entry
from hydra_auto.lsp.language.source import Source
from hydra_auto.lsp.language.view import View


def lenses(source: Source, root: Entry, view: View) -> list[types.CodeLens]:
    """One over each model that the buffer writes; none before the first request. A model that is not in
    force (removed, or not yet valid) has nothing to show."""
    if not view.shares.total or view.pool is None:
        return []
    known = view.pool.by_id
    return [
        types.CodeLens(
            source.range(model.named),
            # A lens must have a command; one without a name does nothing when it is clicked.
            command=types.Command(title=share_words(view.shares, model.id), command=""),
        )
        for model in models_in(root)
        if model.id in known and not model.removed
    ]
