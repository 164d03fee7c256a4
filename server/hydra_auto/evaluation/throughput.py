"""Scoring on a Ray cluster against one process, in the same run: `python -m hydra_auto.evaluation.throughput
QUERIES.jsonl ROWS [WORKERS]` scores the file's texts over and over, up to ROWS rows, and prints JSON."""

from __future__ import annotations

import hashlib
import json
import resource
import sys
import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from hydra_auto.evaluation.cluster import engine_named
from hydra_auto.evaluation.engine import Engine, Serial
from hydra_auto.evaluation.scorers import score_stream
from hydra_auto.outcome_files import json_lines
from hydra_auto.predictor.bundle import default_bundle_path


def measured(engine: Engine, texts: list[str], rows: int, bundle: Path) -> dict[str, Any]:
    """Rows per second, the digest of all lines, and this process' peak memory so far in MiB. The lines are
    digested as they come and not kept."""
    digest, started = hashlib.sha256(), time.monotonic()
    for line in score_stream(bundle, _rows(texts, rows), engine):
        digest.update(line.encode())
    seconds = time.monotonic() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"rowsPerSecond": rows / seconds, "digest": digest.hexdigest(), "peakMiB": peak}


def compared(texts: list[str], rows: int, workers: int, bundle: Path) -> dict[str, Any]:
    """Both engines, one after the other; `equal`: every byte of their output is the same."""
    serial = measured(Serial(), texts, rows, bundle)
    with engine_named("ray", workers) as cluster:
        on_cluster = measured(cluster, texts, rows, bundle)
    equal = serial["digest"] == on_cluster["digest"]
    return {"rows": rows, "workers": workers, "serial": serial, "ray": on_cluster, "equal": equal}


def _rows(texts: list[str], rows: int) -> Iterator[tuple[str, str]]:
    return ((str(i), text) for i, text in enumerate(islice(cycle(texts), rows)))


if __name__ == "__main__":
    asked = [row["text"] for _, row in json_lines(Path(sys.argv[1])) if row.get("text")]
    processes = int(sys.argv[3]) if len(sys.argv) > 3 else 2
    print(json.dumps(compared(asked, int(sys.argv[2]), processes, default_bundle_path()), indent=1))
