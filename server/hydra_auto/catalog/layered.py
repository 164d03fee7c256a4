"""What was read of all layers -> the catalogs in force: one outside every folder, one for each folder.

A pure function, so that it can run anywhere: `compose_layers(texts, before)`. A layer that is wrong leaves
its last good text in force, if `before` had one. What did not change since `before` is not done again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import evolve, field, frozen

from hydra_auto.catalog.build import with_version
from hydra_auto.catalog.consent import (
    Pending,
    asks_consent,
    changes,
    content_hash,
    free_part,
    with_outer_costs,
)
from hydra_auto.catalog.load import compose_catalog, compose_into
from hydra_auto.catalog.model import DEFAULT, ORGANISATION, Catalog
from hydra_auto.catalog.parse import ParsedLayer, parse
from hydra_auto.catalog.problem import CatalogError, Findings, Problem


@frozen
class LayerText:
    """A layer as it was read: its `text`, or (None) the problems that kept it from being read. `layer` is
    one of `model.LAYERS`, `file` a path or the setting's name."""

    layer: str
    file: str
    text: str | None
    problems: tuple[Problem, ...] = ()


@frozen
class FolderTexts:
    """What was read of one workspace folder, weakest layer first; nothing of one that is not trusted.

    `folder` is how the client names it; `consents` are the content hashes that the user has consented to.
    """

    folder: str
    file: str | None
    trusted: bool
    texts: tuple[LayerText, ...] = ()
    consents: frozenset[str] = frozenset()


@frozen
class LayerTexts:
    """Everything that was read: the layers outside the folders, weakest first, and the folders' in the
    workspace's order."""

    outer: tuple[LayerText, ...]
    folders: tuple[FolderTexts, ...] = ()


@frozen
class Layer:
    """A layer in force."""

    source: LayerText
    parsed: ParsedLayer


@frozen
class Outer:
    """The layers outside the folders, and their catalog (None: not even these make one)."""

    catalog: Catalog | None
    layers: tuple[Layer, ...] = ()
    problems: tuple[Problem, ...] = ()


@frozen
class FolderCatalog:
    """A folder's catalog in force. `layers` are the folder's own, `read` says whether there are any;
    `pending` is what waits for consent and therefore is not part of `catalog`."""

    texts: FolderTexts
    catalog: Catalog
    layers: tuple[Layer, ...] = ()
    problems: tuple[Problem, ...] = ()
    pending: Pending | None = None

    @property
    def content_hash(self) -> str:
        """What a consent to these layers is given to."""
        return content_hash([layer.source.text or "" for layer in self.layers])

    @property
    def read(self) -> bool:
        return bool(self.layers)


@frozen
class LayeredCatalog:
    """All catalogs in force, made of `texts`."""

    texts: LayerTexts
    outer: Outer
    folders: Mapping[str, FolderCatalog] = field(factory=dict)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Of all texts as they were read last, which may be worse than what is in force."""
        of_folders = (p for f in self.folders.values() for p in f.problems)
        return tuple(dict.fromkeys((*self.outer.problems, *of_folders)))

    def catalog(self, folder: str | None) -> Catalog | None:
        """The catalog for requests in `folder`; an unknown folder, or none, has the outer one."""
        found = None if folder is None else self.folders.get(folder)
        return self.outer.catalog if found is None else found.catalog

    def layers(self, folder: str | None) -> tuple[Layer, ...]:
        """The layers in force for `folder`, weakest first."""
        found = None if folder is None else self.folders.get(folder)
        return self.outer.layers + (() if found is None else found.layers)


def compose_layers(texts: LayerTexts, before: LayeredCatalog | None = None) -> LayeredCatalog:
    """The catalogs of `texts`. Never raises for what a text says: that is in `problems`.

    The default and the organisation's layer must have been good once: without them there is no catalog, for
    nobody could say what they forbid.
    """
    if before is not None and before.texts.outer == texts.outer:
        outer = before.outer
    else:
        layers, problems = _stacked((), texts.outer, () if before is None else before.outer.layers)
        outer = _outer(texts.outer, layers, problems)
    if outer.catalog is None:
        return LayeredCatalog(texts, outer)
    earlier = {} if before is None else before.folders
    same = before is not None and before.outer is outer
    folders = {
        f.folder: earlier[f.folder]
        if same and f.folder in earlier and earlier[f.folder].texts == f
        else _folder(f, outer, outer.catalog, earlier.get(f.folder))
        for f in texts.folders
    }
    return LayeredCatalog(texts, outer, folders)


def _outer(texts: Sequence[LayerText], layers: tuple[Layer, ...], problems: tuple[Problem, ...]) -> Outer:
    wanted = [t.layer for t in texts if t.layer in (DEFAULT, ORGANISATION)]
    if not layers or len([layer for layer in layers if layer.source.layer in wanted]) < len(wanted):
        return Outer(None, layers, problems)
    return Outer(compose_catalog([layer.parsed for layer in layers]), layers, problems)


def _folder(
    texts: FolderTexts, outer: Outer, outside: Catalog, before: FolderCatalog | None
) -> FolderCatalog:
    if not (texts.trusted and texts.texts):
        return FolderCatalog(texts, outside)
    layers, problems = _stacked(outer.layers, texts.texts, () if before is None else before.layers)
    found = FolderCatalog(texts, outside, layers, problems)
    if not layers:
        return found
    below = [layer.parsed for layer in outer.layers]
    own = [layer.parsed for layer in layers]
    whole = compose_catalog([*below, *own])
    if not any(asks_consent(layer) for layer in own):
        return evolve(found, catalog=whole)
    asked = found.content_hash
    if asked in texts.consents:
        return evolve(found, catalog=with_version(with_outer_costs(whole, outside)))
    try:
        free = compose_catalog([*below, *(free_part(layer) for layer in own)])
    except CatalogError as error:  # it takes all models away and brings its own
        pending = Pending(asked, changes(own, outside, whole))
        return evolve(found, problems=(*problems, *error.problems), pending=pending)
    if free.version == whole.version:  # a lock keeps it out, or it says what holds anyway
        return evolve(found, catalog=free)
    return evolve(found, catalog=free, pending=Pending(asked, changes(own, free, whole)))


def _stacked(
    below: Sequence[Layer], texts: Sequence[LayerText], before: Sequence[Layer]
) -> tuple[tuple[Layer, ...], tuple[Problem, ...]]:
    """The layers of `texts` that are good on top of `below`, each in its last good version, and what is
    wrong with the texts."""
    stack: list[Layer] = []
    problems: list[Problem] = []
    last_good = {(layer.source.layer, layer.source.file): layer for layer in before}
    for text in texts:
        good = last_good.get((text.layer, text.file))
        layer = good if good is not None and good.source == text else _parsed(text, problems)
        if layer is not None and not _stands([*below, *stack, layer], problems):
            layer = None
        if layer is None and good is not None and _stands([*below, *stack, good], []):
            layer = good
        if layer is not None:
            stack.append(layer)
    return tuple(stack), tuple(dict.fromkeys(problems))


def _parsed(text: LayerText, problems: list[Problem]) -> Layer | None:
    if text.text is None:
        problems.extend(text.problems)
        return None
    try:
        return Layer(text, parse(text.text, text.file, text.layer))
    except CatalogError as error:
        problems.extend(error.problems)
    except Exception as error:  # whatever a file holds, the last good catalog must go on
        problems.append(Problem(f"this cannot be read ({type(error).__name__})", text.file, 1, 1))
    return None


def _stands(layers: Sequence[Layer], problems: list[Problem]) -> bool:
    """Whether the layers make a catalog; what is to be said of the topmost goes to `problems`."""
    findings, file = Findings(), layers[-1].source.file
    try:
        compose_into([layer.parsed for layer in layers], findings)
    except Exception as error:  # as in `_parsed`
        problems.append(Problem(f"this cannot be composed ({type(error).__name__})", file, 1, 1))
        return False
    default = layers[-1].source.layer == DEFAULT
    problems.extend(p for p in findings.problems if p.severity == "error" or (p.file == file and not default))
    return not findings.failed
