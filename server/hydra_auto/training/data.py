"""Annotated prompts -> training, test, calibration and unseen-source examples.

Who may train: rows whose licence class is permissive, sharealike or copyleft; no source that an outcome
table is made of, in any language. Splits go by hash of the parallel group, so that a request and its
translations stay on one side, and near-duplicates of a held-out text leave the training side.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import math
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal

import zstandard
from attrs import evolve, frozen

from hydra_auto.dimensions import DIMENSIONS, Vector
from hydra_auto.predictor.text import Rendered, render

Split = Literal["train", "test", "calibration", "unseen"]

LICENCES: Final = frozenset({"permissive", "sharealike", "copyleft"})

OUTCOME_SOURCES: Final = frozenset({"bfcl", "alpaca_eval", "mt-bench", "mgsm"})
"""Sources of which an outcome table, or the original of its translations, is made: they never train."""

UNSEEN_SOURCES: Final = frozenset(
    {
        *("nlbse2024-issues", "termigen", "mmath", "webgen-bench", "error-logs-multi", "naturalcodebench"),
        *("ultratool", "webvoyager", "sudheerj-js"),  # licence unstated
        *("codealpaca", "instructionwild", "project-euler", "alpaca-chinese", "logiqa2"),  # noncommercial
        *("mcp-bench", "exercism", "webarena", "quixbugs"),  # could train, kept out to measure
    }
)
"""Sources kept out of training altogether: the honest test of what a stranger's requests would get."""

WRITTEN: Final = "written"
"""The source of the requests that came written with the data, each in a chat mode."""

OWN: Final = "own"
"""The source of requests that were written for this project in a chat mode, harder than what people send."""

LIFELIKE: Final = "lifelike"
"""The source of those that were written in the manner of a channel's real ones."""

PROMPT: Final = ("id", "text", "lang", "group", "source", "licence_class")
"""What a row of `prompts.jsonl.zst` has; `group` may be null."""

SHINGLE: Final = 8
"""Words in one shingle of the near-duplicate search."""

NEAR_DUPLICATE: Final = 0.5
"""Share of a training text's shingles found in held-out texts from which on it is dropped."""


@frozen
class Example:
    """One annotated request; `scores` in [0, 1]; `group` names it together with its translations.

    `mode` is the chat mode that the annotator knew of (None: none was told).
    """

    id: str
    text: str
    lang: str
    source: str
    group: str
    scores: Vector
    split: Split
    mode: str | None = None

    @property
    def rendered(self) -> Rendered:
        """What the encoder reads of it, with its mode."""
        return render(self.text, mode=self.mode)


@frozen
class Prompt:
    """One unannotated request that may train; `group` names it together with its translations."""

    text: str
    lang: str
    source: str
    group: str


def examples(data: Path, own: Path | None = None) -> list[Example]:
    """All annotated requests with their split; outcome-table sources and dropped duplicates are left out.

    `own` is a folder of further labels (`labels/README.md`), which train and on which nothing is measured.

    Raises:
        ValueError: a file is missing or a line is no valid row; the message names both.
    """
    prompts = {p["id"]: p for p in _prompts(data)}
    rated: set[str] = set()
    kept = [*_labelled(data / "requirements.jsonl.gz", prompts, rated)]
    kept += _written(data / "requirements-written.jsonl.gz", set())
    if own is not None:
        kept += _own(own, prompts, rated)
    duplicates = near_duplicates(
        [e for e in kept if e.split == "train"], [e.text for e in kept if e.split != "train"]
    )
    return [e for e in kept if e.id not in duplicates]


def training_prompts(data: Path) -> Iterator[Prompt]:
    """Every request, annotated or not, that may train and is on the training side of the splits."""
    for row in _prompts(data):
        if eligible(row) and split_of(row["group"] or row["id"]) == "train":
            yield Prompt(row["text"], row["lang"], row["source"], row["group"] or row["id"])


def held_out_prompts(data: Path) -> Iterator[Prompt]:
    """Every request of an eligible source whose parallel group is on no training side."""
    for row in _prompts(data):
        if eligible(row) and row["group"] and split_of(row["group"]) != "train":
            yield Prompt(row["text"], row["lang"], row["source"], row["group"])


def pretraining_texts(data: Path) -> Iterator[str]:
    """The pre-training texts, file after file."""
    for path in sorted(data.glob("pretrain-*.jsonl.zst")):
        for row in rows(path):
            yield row["text"]


def eligible(row: dict[str, Any]) -> bool:
    """Whether a row of `prompts.jsonl` may train a bundle that is shipped."""
    return (
        row["licence_class"] in LICENCES
        and row["source"] not in OUTCOME_SOURCES
        and row["source"] not in UNSEEN_SOURCES
    )


def split_of(group: str) -> Split:
    """The side of a parallel group, by hash alone: 80 % train, 12 % test, 8 % calibration."""
    bucket = int.from_bytes(hashlib.sha256(f"hydra-auto:{group}".encode()).digest()[:4], "big") % 100
    return "train" if bucket < 80 else "test" if bucket < 92 else "calibration"


def near_duplicates(training: Iterable[Example], held_out: Iterable[str]) -> set[str]:
    """Ids of training examples of which at least half the shingles stand in held-out texts."""
    seen = {s for text in held_out for s in shingles(text)}
    found = set()
    for example in training:
        own = shingles(example.text)
        if sum(s in seen for s in own) >= NEAR_DUPLICATE * len(own):
            found.add(example.id)
    return found


def shingles(text: str) -> set[int]:
    """Hashes of each run of `SHINGLE` words, case, digits and punctuation aside (a short text: one run)."""
    words = re.sub(r"[\W\d_]+", " ", text.lower()).split()
    return {hash(tuple(words[i : i + SHINGLE])) for i in range(max(1, len(words) - SHINGLE + 1))}


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """Rows of a `.jsonl`, `.jsonl.gz` or `.jsonl.zst` file.

    Raises:
        ValueError: the file is missing or damaged, or a line is no JSON object, or its `scores` are not four.
    """
    try:
        with _opened(path) as lines:
            for number, line in enumerate(lines, 1):
                try:
                    yield _row(line)
                except ValueError as error:
                    raise ValueError(f"{path}, line {number}: {error}") from error
    except (OSError, EOFError, zlib.error, zstandard.ZstdError) as error:
        raise ValueError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error})") from error


def _prompts(data: Path) -> Iterator[dict[str, Any]]:
    """The rows of `prompts.jsonl.zst`, each with all that is asked of one."""
    path = data / "prompts.jsonl.zst"
    for number, row in enumerate(rows(path), 1):
        for key in PROMPT:
            if key not in row:
                raise ValueError(f"{path}, line {number}: a prompt has no {key!r}")
        yield row


def _once(path: Path, taken: set[str], refusal: str) -> Iterator[dict[str, Any]]:
    """The rows of `path`; an id that is `taken` is refused with its line. `taken` grows."""
    for number, row in enumerate(rows(path), 1):
        name = row["id"]
        if name in taken:
            raise ValueError(f"{path}, line {number}: {refusal.format(name)}")
        taken.add(name)
        yield row


def _row(line: str) -> dict[str, Any]:
    """One row; `scores`, where it has them, are four finite numbers."""
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON ({error})") from error
    if not isinstance(row, dict):
        raise ValueError("a row is a JSON object")
    scores = row.get("scores", [0.0] * len(DIMENSIONS))
    if not isinstance(scores, list) or len(scores) != len(DIMENSIONS) or not all(map(_finite, scores)):
        raise ValueError(f"scores must be {len(DIMENSIONS)} numbers, not {scores!r}")
    return row


def _finite(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _opened(path: Path) -> io.TextIOBase:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8")
    if path.suffix == ".zst":
        return io.TextIOWrapper(zstandard.open(path, "rb"), "utf-8")
    return path.open(encoding="utf-8")


def _from_prompt(row: dict[str, Any], scores: list[float]) -> Example | None:
    group = row["group"] or row["id"]
    if row["source"] in OUTCOME_SOURCES:
        return None
    if row["source"] in UNSEEN_SOURCES or row["licence_class"] not in LICENCES:
        split: Split = "unseen"
    else:
        split = split_of(group)
    return Example(row["id"], row["text"], row["lang"], row["source"], group, _vector(scores), split)


def _labelled(labels: Path, prompts: Mapping[str, dict[str, Any]], rated: set[str]) -> Iterator[Example]:
    """The prompts that a file of `id, scores` annotates, but those of outcome tables; `rated` are the ids of
    those that have scores, and grow.
    """
    try:
        for row in _once(labels, rated, "{!r} has scores already"):
            example = _from_prompt(prompts[row["id"]], row["scores"])
            if example is not None:
                yield example
    except KeyError as error:
        raise ValueError(f"{labels}: a label names {error}, which no prompt or row has") from error


def _written(requests: Path, names: set[str]) -> Iterator[Example]:
    """The requests of a file that brings text and scores together; `names` are those taken, and grow."""
    try:
        for row in _once(requests, names, "another request is named {!r} already"):
            name, scores, side = row["id"], _vector(row["scores"]), split_of(row["id"])
            yield Example(name, row["text"], row["lang"], WRITTEN, name, scores, side, row["mode"])
    except KeyError as error:
        raise ValueError(f"{requests}: a row has no {error}") from error


def _own(folder: Path, prompts: Mapping[str, dict[str, Any]], known: set[str]) -> Iterator[Example]:
    """Further ratings of prompts on the training side (there are none on others), requests of our own, and
    ratings of either in a chat mode that was given to them.
    """
    rated = [e for e in _labelled(folder / "rated.jsonl.gz", prompts, known) if e.split == "train"]
    names: set[str] = set()
    written, lifelike = (
        [evolve(e, source=source, split="train") for e in _written(folder / file, names)]
        for source, file in ((OWN, "written.jsonl.gz"), (LIFELIKE, "lifelike.jsonl.gz"))
    )
    yield from (*rated, *written, *lifelike)
    yield from _moded(folder / "moded.jsonl.gz", {e.id: e for e in written}, prompts)


def _moded(
    labels: Path, written: Mapping[str, Example], prompts: Mapping[str, dict[str, Any]]
) -> Iterator[Example]:
    """The requests that a file of `id, mode, scores` rates in a given mode, beside their own ratings."""
    try:
        for row in rows(labels):
            name, scores = row["id"], row["scores"]
            found = written[name] if name in written else _from_prompt(prompts[name], scores)
            if found is not None and found.split == "train":
                yield evolve(found, id=f"{name}:{row['mode']}", scores=_vector(scores), mode=row["mode"])
    except KeyError as error:
        raise ValueError(f"{labels}: a label names {error}, which no prompt or row has") from error


def _vector(scores: list[float]) -> Vector:
    a, b, c, d = (min(1.0, max(0.0, float(s))) for s in scores)
    return (a, b, c, d)
