"""Data folder -> parallel prompts for the language section: `python -m hydra_auto.evaluation.parallel DATA`.

A group is one request in several languages. Where one wording is annotated the requirement counts for all
of them: it is the same task. Only groups that never trained count: those on the held-out sides of the
splits, and those of sources kept out of training.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from hydra_auto.evaluation.languages import PIVOT
from hydra_auto.training.data import OUTCOME_SOURCES, eligible, rows, split_of

MOST: Final = 20
"""Wordings kept of one source's groups per language, so that one data set does not stand for a language."""


def parallel_rows(data: Path) -> Iterator[dict[str, Any]]:
    """`id, text, lang, group, scores` of each wording, group by group.

    Raises:
        ValueError: a file is missing or malformed.
    """
    labels = {row["id"]: row["scores"] for row in rows(data / "requirements.jsonl.gz")}
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows(data / "prompts.jsonl.zst"):
        if row["group"] and row["source"] not in OUTCOME_SOURCES and held_out(row):
            groups[row["group"]].append(row)
    kept: dict[tuple[str, str], int] = defaultdict(int)
    for group, wordings in sorted(groups.items()):
        known = next((labels[w["id"]] for w in wordings if w["id"] in labels), None)
        by_lang = {w["lang"]: w for w in wordings}
        if known is None or PIVOT not in by_lang or len(by_lang) < 2:
            continue
        for lang, w in sorted(by_lang.items()):
            if lang == PIVOT or kept[w["source"], lang] < MOST:
                kept[w["source"], lang] += 1
                yield {"id": w["id"], "text": w["text"], "lang": lang, "group": group, "scores": known}


def held_out(row: dict[str, Any]) -> bool:
    return not eligible(row) or split_of(row["group"]) != "train"


if __name__ == "__main__":
    for found in parallel_rows(Path(sys.argv[1])):
        print(json.dumps(found, ensure_ascii=False))
