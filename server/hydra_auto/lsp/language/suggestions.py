"""Position -> the names and patterns that make sense there: model ids, benchmarks, globs, tiers, ... ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from attrs import frozen

from hydra_auto.catalog.idle import LOCATIONS, MODES
from hydra_auto.catalog.model import Model
from hydra_auto.lsp.language.view import View, full_name
from hydra_auto.lsp.language.vocabulary import keys_at

Path = Sequence[str | int]

_LEVELS: Final = {
    ".2": "any tiny model does it",
    ".4": "a small current model",
    ".6": "a good mid-size model",
    ".8": "only the strongest",
}
_LANGUAGES: Final = (
    *("python", "typescript", "typescriptreact", "javascript", "javascriptreact", "java", "kotlin", "go"),
    *("rust", "c", "cpp", "csharp", "swift", "php", "ruby", "scala", "sql", "shellscript", "powershell"),
    *("html", "css", "json", "yaml", "markdown", "dockerfile", "terraform", "plaintext"),
)
"""Usual language ids of editors; any other may be written."""

_ID_GLOBS: Final = ("allow", "deny")
_SEPARATORS: Final = ":-./"


@frozen
class Suggestion:
    """`text` as it is meant, not yet quoted; `detail` says in a few words why it is there."""

    text: str
    detail: str = ""


def names_of_keys(path: Path, view: View) -> Iterator[Suggestion]:
    """Keys that the file chooses, in the mapping at `path`."""
    match tuple(path):
        case ("models",):
            yield from _model_ids(view)
            yield from (Suggestion(o.id, f"offered by {o.vendor}") for o in view.unknown_offers)
        case ("benchmarks",) | ("models", _, "benchmarks"):
            yield from (Suggestion(name, "benchmark") for name in view.benchmarks)
        case ("anchors",):
            yield from (Suggestion(level, words) for level, words in _LEVELS.items())


def names_of_values(path: Path, view: View) -> Iterator[Suggestion]:
    """Values, or a list's items, at `path`, where the schema alone does not say them."""
    match tuple(path):
        case ("anchors", _):
            yield from (Suggestion(m.id, m.name) for m in view.models if m.benchmarks)
        case ("rules", _, "use", "model") | ("remove", _) | ("remove", "models", _):
            yield from _model_ids(view)
        case ("rules", _, "when", "language", *_):
            yield from (Suggestion(word, "language id") for word in _LANGUAGES)
        case ("rules", _, "when", "location", *_):
            yield from (Suggestion(word) for word in LOCATIONS)
        case ("rules", _, "when", "mode", *_):
            yield from (Suggestion(word) for word in MODES)
        case ("lock", _):
            yield from (Suggestion(key) for key in _lockable())
        case ("models", _, "id"):
            yield from (Suggestion(o.id, f"offered by {o.vendor}") for o in view.unknown_offers)
            yield from _model_ids(view)
        case ("models", _, "vendor"):
            yield from _distinct([o.vendor for o in view.offers], [m.vendor for m in view.models])
        case ("models", _, "family"):
            yield from _distinct([o.family for o in view.offers], [m.family for m in view.models])
        case ("models", _, "match", _):
            yield from _editor_globs(view)
        case (*_, key, int()) if key in _ID_GLOBS:
            yield from _id_globs(view)


def _lockable() -> Iterator[str]:
    """What an organisation may lock: sections, and the tiers' own keys."""
    yield from (key for key in keys_at(()) if key not in ("version", "lock", "remove"))
    for tier in keys_at(("tiers",)):
        yield f"tiers.{tier}"
        yield from (f"tiers.{tier}.{key}" for key in keys_at(("tiers", tier)))


def _model_ids(view: View) -> Iterator[Suggestion]:
    yield from (Suggestion(m.id, m.name) for m in view.models)


def _id_globs(view: View) -> Iterator[Suggestion]:
    """Patterns over model ids: families by what ids begin with, what the editor offers first, then ids."""
    offered = view.offered_models
    yield Suggestion("*", "every model")
    for models, note in ((offered, "offered now"), (view.models, "in the catalog")):
        for start, count in _beginnings(models).items():
            yield Suggestion(f"{start}*", f"{count} models {note}")
    yield from (Suggestion(m.id, f"{m.name}, offered now") for m in offered)
    yield from _model_ids(view)


def _beginnings(models: Sequence[Model]) -> dict[str, int]:
    """What at least two ids begin with, up to a separator, and how many do."""
    counts: dict[str, int] = {}
    for model in models:
        for at, character in enumerate(model.id[:64]):
            if at and character in _SEPARATORS:
                start = model.id[: at + 1]
                counts[start] = counts.get(start, 0) + 1
    return {start: n for start, n in counts.items() if n > 1}


def _editor_globs(view: View) -> Iterator[Suggestion]:
    """Patterns over vendor/family/id of what the editor offers; those that no entry covers yet first."""
    for offers, note in ((view.unknown_offers, "offered, not in the catalog"), (view.offers, "offered")):
        for offer in offers:
            yield Suggestion(full_name(offer), note)
            yield Suggestion(f"*/*/{offer.id}*", f"{note}, any vendor")
            if offer.family:
                yield Suggestion(f"*/{offer.family}/*", f"the family, {note}")
            yield Suggestion(f"{offer.vendor}/*", f"all of {offer.vendor}")


def _distinct(*lists: list[str]) -> Iterator[Suggestion]:
    yield from (Suggestion(name) for name in dict.fromkeys(n for names in lists for n in names) if name)
