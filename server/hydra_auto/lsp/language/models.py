"""The models that a buffer writes: a list of entries with ids, or a mapping from id to entry."""

from __future__ import annotations

from attrs import frozen

from hydra_auto.lsp.language.outline import Entry
from hydra_auto.lsp.language.source import Span


@frozen
class ModelEntry:
    """`entry` is the list's item or the mapping's key; `named` is where the id stands."""

    id: str
    entry: Entry
    named: Span

    @property
    def removed(self) -> bool:
        """Whether the entry takes the model away (`id: null`)."""
        return self.entry.key is not None and self.entry.kind != "mapping"


def models_in(root: Entry) -> list[ModelEntry]:
    """All with an id, in the text's order."""
    models = root.child("models")
    found = (_model(entry) for entry in (models.children if models else ()))
    return [m for m in found if m is not None]


def model_around(entry: Entry) -> ModelEntry | None:
    """The model that `entry` is, or is part of."""
    here: Entry | None = entry
    while here is not None and here.parent is not None:
        above = here.parent
        if above.key == "models" and above.parent is not None and above.parent.parent is None:
            return _model(here)
        here = above
    return None


def _model(entry: Entry) -> ModelEntry | None:
    if entry.key is not None:
        return ModelEntry(entry.key, entry, entry.name) if entry.colon else None
    given = entry.child("id")
    return ModelEntry(given.text, entry, given.value) if given is not None and given.text else None
