"""A buffer's text among the catalog's layers -> what is wrong with it, and the catalog that it makes."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from hydra_auto.catalog import CatalogError, ParsedLayer, Problem, parse, profiles
from hydra_auto.catalog.consent import with_outer_costs
from hydra_auto.catalog.load import compose_into
from hydra_auto.catalog.model import FOLDER_LAYERS, Catalog
from hydra_auto.catalog.problem import Findings
from hydra_auto.lsp.language.view import Pool
from hydra_auto.scale import ScoreScale


@frozen
class Stack:
    """The buffer's place among the layers: its own `layer`'s name, and those below, weakest first."""

    layer: str
    below: tuple[ParsedLayer, ...]


@frozen
class Analysis:
    """`problems` of the text; `pool` is what it makes of the layers (None: it has errors), `below` what they
    are without it (None: they make no catalog)."""

    problems: tuple[Problem, ...]
    pool: Pool | None
    below: Catalog | None


def analyse(text: str, file: str, stack: Stack, scale: ScoreScale) -> Analysis:
    """Reads the text as the layer `file`; takes as long as reading the catalog itself, and never raises."""
    below = _composed(stack.below, Findings()) if stack.below else None
    findings = Findings()
    try:
        catalog = _composed([*stack.below, parse(text, file, stack.layer)], findings)
    except CatalogError as error:
        return Analysis(error.problems, None, below)
    except Exception as error:  # whatever is typed, the server must go on
        problem = Problem(f"the catalog cannot be read ({type(error).__name__})", file, 1, 1)
        return Analysis((problem,), None, below)
    if catalog is not None and below is not None and stack.layer in FOLDER_LAYERS:
        catalog = with_outer_costs(catalog, below)
    pool = None if catalog is None else Pool(catalog, tuple(profiles(catalog, scale)))
    return Analysis(_concerning(findings.problems, file), pool, below)


def _composed(layers: Sequence[ParsedLayer], findings: Findings) -> Catalog | None:
    """Their catalog, None where they make none."""
    catalog = compose_into(layers, findings)
    return None if findings.failed else catalog


def _concerning(problems: Sequence[Problem], file: str) -> tuple[Problem, ...]:
    """What is wrong elsewhere is shown elsewhere, unless it keeps this text from counting."""
    return tuple(p for p in problems if p.file == file or p.severity == "error")
