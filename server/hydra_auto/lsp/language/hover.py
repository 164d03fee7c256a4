"""Hover: a model's card, what a pattern covers, what a key means, where the value in force was written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from lsprotocol import types

from hydra_auto.catalog.model import Benchmark, Catalog, EffectiveValue
from hydra_auto.lsp.language.card import code, model_card, number, place, plain
from hydra_auto.lsp.language.models import model_around
from hydra_auto.lsp.language.outline import Entry
from hydra_auto.lsp.language.place import entry_at
from hydra_auto.lsp.language.source import Source, Span
from hydra_auto.lsp.language.view import View, full_name
from hydra_auto.lsp.language.vocabulary import meaning
from hydra_auto.routing.globs import matches

LISTED: Final = 12
"""Names that a pattern's hover lists."""


def hover(source: Source, root: Entry, position: types.Position, view: View) -> types.Hover | None:
    """What is to be said about what the cursor touches, as Markdown."""
    index = source.index(position)
    entry = entry_at(root, index)
    if entry is None:
        return None
    parts = [part for part in _parts(entry, view) if part]
    if not parts:
        return None
    touched = entry.value if entry.value.holds(index) and not entry.name.holds(index) else entry.name
    line = source.line_span(source.line_of(index))
    span = Span(max(touched.start, line.start), min(touched.end, line.end))
    content = types.MarkupContent(types.MarkupKind.Markdown, "\n\n".join(parts))
    return types.Hover(content, source.range(span))


def _parts(entry: Entry, view: View) -> Iterator[str]:
    match entry.path:
        case ("models", _) | ("models", int(), "id"):
            around = model_around(entry)
            yield _card(around.id if around else "", view) or meaning(entry.path)
        case ("models", _, "match", int()):
            yield _covered_offers(entry.text, view)
        case ("models", _, "benchmarks", str(name)):
            yield _benchmark(name, entry, view)
            yield _in_force(entry, view)
        case ("benchmarks", str(name)):
            yield _benchmark(name, None, view)
        case ("anchors", _) | ("rules", _, "use", "model"):
            yield meaning(entry.path)
            yield _card(entry.text, view)
        case (*_, "allow" | "deny", int()):
            yield _covered_models(entry.text, view)
            yield _card(entry.text, view)
        case path:
            yield meaning(path)
            yield _in_force(entry, view)


def _card(model_id: str, view: View) -> str:
    profile = view.pool.by_id.get(model_id) if view.pool else None
    return model_card(view.pool, profile, view.shares) if view.pool and profile else ""


def _covered_models(pattern: str, view: View) -> str:
    if view.pool is None:
        return ""
    found = [p.model.id for p in view.pool.all_profiles if matches(pattern, p.model.id)]
    return f"{code(pattern)} covers {_listed(found, 'model')} of {len(view.pool.all_profiles)}."


def _covered_offers(pattern: str, view: View) -> str:
    if not view.offers:
        return meaning(("models", 0, "match"))
    found = [full_name(o) for o in view.offers if matches(pattern, full_name(o))]
    return (
        f"{code(pattern)} covers {_listed(found, 'model')} of {len(view.offers)} that the editor offers now."
    )


def _listed(names: Sequence[str], noun: str) -> str:
    if not names:
        return f"no {noun}"
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    shown = ", ".join(code(name) for name in names[:LISTED])
    return f"{len(names)} {noun}{'s' if len(names) > 1 else ''} ({shown}{more})"


def _benchmark(name: str, score: Entry | None, view: View) -> str:
    catalog = view.pool.catalog if view.pool else view.below
    benchmark = catalog.benchmarks.get(name) if catalog else None
    if catalog is None or benchmark is None:
        return ""
    measured = ", ".join(f"{d.replace('_', ' ')} × {number(w)}" for d, w in benchmark.measures.items())
    where = place(catalog.origins.origin("benchmarks", name))
    span = f"{number(benchmark.low)} counts as 0 and {number(benchmark.high)} as 1"
    return f"{code(name)} measures {plain(measured)}; {span} ({where}).{_normalised(score, benchmark)}"


def _normalised(score: Entry | None, benchmark: Benchmark) -> str:
    """What this model's score makes on the benchmark's own span."""
    given = None if score is None else score.child("score") or score
    try:
        value = float(given.text) if given is not None else None
    except ValueError:
        value = None
    width = benchmark.high - benchmark.low
    if value is None or width <= 0:
        return ""
    return f" {number(value)} is {min(1.0, max(0.0, (value - benchmark.low) / width)):.2f} of that."


def _in_force(entry: Entry, view: View) -> str:
    """The value that counts, and whose it is; of a mapping, where its strongest layer stands."""
    catalog = view.pool.catalog if view.pool else view.below
    path = _catalog_path(entry)
    if catalog is None or path is None:
        return ""
    found = _effective(catalog, path)
    if found is not None:
        return f"In force: {code(_shown(found))} ({place(found.origin)})."
    origin = catalog.origins.origin(*path)
    return f"In force as written in {place(origin)}." if origin else ""


def _effective(catalog: Catalog, path: tuple[str, ...]) -> EffectiveValue | None:
    """Of values that every layer adds to (`allow`, `deny`) the strongest layer's."""
    found = None
    for value in catalog.origins.values(*path):
        if value.path == path:
            found = value
    return found


def _shown(found: EffectiveValue) -> str:
    values = found.value if isinstance(found.value, tuple) else (found.value,)
    words = [
        number(v) if isinstance(v, float) else str(v).lower() if isinstance(v, bool) else str(v)
        for v in values
    ]
    return ", ".join(words[:LISTED]) or "[]"


def _catalog_path(entry: Entry) -> tuple[str, ...] | None:
    """The path as origins know it: a model by its id; None: a list's item has no place of its own."""
    path = entry.path
    if path[:1] == ("models",) and len(path) > 1:
        around = model_around(entry)
        path = ("models", around.id, *path[2:]) if around else path
    texts = tuple(step for step in path if isinstance(step, str))
    return texts if len(texts) == len(path) else None
