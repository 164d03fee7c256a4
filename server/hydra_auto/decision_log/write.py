"""Appending to the log, on a thread of its own, and rotating it by size."""

from __future__ import annotations

import json
import logging
import os
import stat
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, Final

logger = logging.getLogger(__name__)

MAX_BYTES: Final = 5 * 2**20
KEPT: Final = 3
"""Rotated files beside the current one: `FILE.1` is the youngest."""

FAREWELL: Final = 1.0
"""Seconds that the last lines may take when the server leaves: a dead drive must not keep it."""


class DecisionLog:
    """Appends records to `file`; what cannot be written is dropped, and said once on the process's log."""

    def __init__(self, file: Path, max_bytes: int = MAX_BYTES, kept: int = KEPT) -> None:
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="decision-log")
        self.file, self._max_bytes, self._kept = file, max_bytes, kept
        self._handler: _OwnerOnlyFile | None = None
        self._complained = False

    def append(self, record: Mapping[str, Any]) -> None:
        """Returns at once; the record is written by and by, in order."""
        self._worker.submit(self._write, record)

    def stop(self) -> None:
        """Waits for what was appended, but not for long."""
        wait([self._worker.submit(self._close)], FAREWELL)
        self._worker.shutdown(wait=False)

    def _write(self, record: Mapping[str, Any]) -> None:
        try:
            if self._handler is None:
                self._handler = _opened(self.file, self._max_bytes, self._kept)
            # ASCII, so that lone surrogates can be written and no reader splits at U+2028.
            line = json.dumps(record, separators=(",", ":"))
            self._handler.emit(logging.makeLogRecord({"msg": line}))
        except (OSError, ValueError) as error:
            if not self._complained:
                self._complained = True
                why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
                logger.warning("%s: decisions are not logged (%s)", self.file, why)

    def _close(self) -> None:
        if self._handler is not None:
            self._handler.close()


def _opened(file: Path, max_bytes: int, kept: int) -> _OwnerOnlyFile:
    """Raises OSError; ValueError: the path is no regular file (a device's mode is not ours to change)."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if file.exists() and not stat.S_ISREG(file.stat().st_mode):
        raise ValueError("it is no regular file")
    return _OwnerOnlyFile(file, maxBytes=max_bytes, backupCount=kept, encoding="utf-8")


class _OwnerOnlyFile(RotatingFileHandler):
    """Readable by its owner alone; another editor window may write to the same file and rotate it."""

    def _open(self) -> TextIOWrapper:
        stream = open(self.baseFilename, "a", encoding="utf-8", opener=_owner_only)  # noqa: SIM115
        if hasattr(os, "fchmod"):  # a file that was there before may be wider open
            os.fchmod(stream.fileno(), 0o600)
        return stream

    def emit(self, record: logging.LogRecord) -> None:
        if self.stream is not None and _moved(self.baseFilename, self.stream):
            self.stream.close()
            self.stream = self._open()
        super().emit(record)

    def handleError(self, _: logging.LogRecord) -> None:  # noqa: N802
        """The library's would print the record, and with it perhaps a prompt."""
        raise


def _moved(path: str, stream: TextIOWrapper) -> bool:
    """Whether `path` no longer names the file that is open (never on Windows, where it cannot be moved)."""
    try:
        return not os.path.samestat(os.stat(path), os.fstat(stream.fileno()))
    except FileNotFoundError:
        return True


def _owner_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
