"""The files of an outcome table, `queries.jsonl(.gz)` and `outcomes.csv(.gz)` -> rows, each with its place.

What a row means is its reader's business (`fitting/table.py`, `evaluation/table.py`); what can be wrong with
a file as such is said here, once.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any


class TableError(ValueError):
    """An outcome table cannot be used; the message is one sentence with file, row and what to do."""


def file_of(folder: Path, name: str) -> Path:
    """`name` in `folder`, gzipped or plain.

    Raises:
        TableError: it is not there.
    """
    for candidate in (folder / f"{name}.gz", folder / name):
        if candidate.is_file():
            return candidate
    raise TableError(f"{folder}: has neither {name} nor {name}.gz")


def json_lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """(where, object) of each line that is not blank, in a plain or gzipped file.

    Raises:
        TableError: it cannot be read, or a line is no JSON object.
    """
    with _opened(path) as file:
        for number, line in enumerate(_lines(file, path), 1):
            if not line.strip():
                continue
            where = f"{path}, row {number}"
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise TableError(f"{where}: not JSON ({error}); write one object per line") from None
            if not isinstance(row, dict):
                raise TableError(f"{where}: needs a JSON object")
            yield where, row


@contextmanager
def csv_rows(path: Path) -> Iterator[tuple[Sequence[str], Iterator[tuple[str, dict[str, Any]]]]]:
    """(header, (where, record) of each row) of a plain or gzipped file; a missing cell is None.

    Raises:
        TableError: it cannot be read, or is no CSV.
    """
    with _opened(path) as file:
        reader = csv.DictReader(_lines(file, path))
        try:
            yield reader.fieldnames or (), ((f"{path}, row {reader.line_num}", row) for row in reader)
        except csv.Error as error:
            raise TableError(f"{path}, row {reader.line_num}: not CSV ({error})") from None


def _opened(path: Path) -> IO[str]:
    try:
        if path.suffix == ".gz":
            return gzip.open(path, "rt", encoding="utf-8", newline="")
        return path.open(encoding="utf-8", newline="")
    except OSError as error:
        raise TableError(f"{path}: cannot be read ({error.strerror})") from error


def _lines(file: IO[str], path: Path) -> Iterator[str]:
    """The lines of an open file; a damaged archive or encoding is said with the row it was met after."""
    row = 0
    try:
        for line in file:
            row += 1
            yield line
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise TableError(f"{path}, after row {row}: damaged ({error}); fetch it again") from error
