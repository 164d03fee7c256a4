"""Figures -> the README's headline: `python -m hydra_auto.evaluation.readme README.md results/results.json`.

What stands between the two markers is written anew; the rest of the file is left alone.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from hydra_auto.evaluation.report import (
    PAPER,
    PAPER_TABLE,
    REGIME_WORDS,
    headline,
    points,
    reference,
    table,
    tiers,
)

BEGIN: Final = "<!-- figures by scripts/evaluate -->"
END: Final = "<!-- end of figures -->"


def with_headline(readme: str, document: Mapping[str, Any]) -> str:
    """The README with its figures replaced.

    Raises:
        ValueError: it has no place for them.
    """
    before, found, rest = readme.partition(BEGIN)
    _, closed, after = rest.partition(END)
    if not found or not closed:
        raise ValueError(f"the README has no line {BEGIN} followed by {END}: add them where the figures go")
    return "\n".join([before + BEGIN, *_figures(document), END + after])


def _figures(document: Mapping[str, Any]) -> Iterator[str]:
    first = document["workloads"][0]
    yield from headline(first)
    yield f"What the default catalog's tiers achieve there, against {reference(first)}:"
    yield ""
    yield from tiers(first)
    yield ""
    for workload in document["workloads"]:
        if [t["name"] for t in workload["tables"]] == [PAPER_TABLE]:
            yield (
                f"On the pool closest to the paper's, against {reference(workload)}, "
                f"{workload['queries']} queries (a single figure is mostly noise):"
            )
            yield ""
            regimes = workload["systems"][0]["regimes"]
            rows = [
                (
                    REGIME_WORDS[r],
                    points(f["points"]),
                    points(f["saving"]),
                    PAPER[r],
                    points(f["aboveMixing"]),
                )
                for r, f in regimes.items()
            ]
            yield from table(
                ("regime", "points against it", "saving, %", "paper's saving", "above mixing at equal cost"),
                rows,
            )


if __name__ == "__main__":
    file = Path(sys.argv[1])
    figures = json.loads(Path(sys.argv[2]).read_text("utf-8"))
    file.write_text(with_headline(file.read_text("utf-8"), figures), "utf-8")
