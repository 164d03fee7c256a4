"""The server's process: standard streams, log, and an end that leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NoReturn

from hydra_auto.catalog import default_catalog_path
from hydra_auto.lsp.log import log_failure, log_to_stderr
from hydra_auto.lsp.predicting import BackgroundPredictor, PredictorLike
from hydra_auto.predictor.bundle import default_bundle_path

if TYPE_CHECKING:
    from hydra_auto.lsp.server import HydraServer


def serve() -> NoReturn:
    """Serves the shipped predictor and catalog on standard input and output until the client leaves."""
    run(load_shipped_predictor, [default_catalog_path()])


def load_shipped_predictor() -> PredictorLike:
    """Imported here, so that a server without its native parts still starts, and says why it falls back."""
    from hydra_auto.predictor.encoder import Predictor

    return Predictor.load(default_bundle_path())


def run(
    load_predictor: Callable[[], PredictorLike],
    catalog_paths: Sequence[Path],
    clock: Callable[[], float] = time.monotonic,
) -> NoReturn:
    """Serves, then ends the process: exit code 0 after shutdown, 1 when the client just left."""
    log_to_stderr()
    stdin, stdout = _claim_standard_streams()
    predictor = BackgroundPredictor(load_predictor)
    # Half a second of protocol types, imported while the predictor loads.
    from hydra_auto.lsp.server import create_server

    code = _exit_code(create_server(predictor, catalog_paths, clock), stdin, stdout)
    sys.stderr.flush()
    # Not sys.exit: it would wait for a prediction, a load or a read that no Python code can interrupt.
    os._exit(code)


def _exit_code(server: HydraServer, stdin: BinaryIO, stdout: BinaryIO) -> int:
    try:
        asyncio.run(server.serve_streams(stdin, stdout))
    except SystemExit as leaving:
        return int(leaving.code or 0)
    except (asyncio.CancelledError, KeyboardInterrupt):
        return 1
    except Exception as error:
        log_failure("the server", error)
        return 1
    return 0 if server.protocol.shutting_down else 1


def _claim_standard_streams() -> tuple[BinaryIO, BinaryIO]:
    """Standard output becomes the protocol's alone: whatever else prints, prints to standard error."""
    protocol_output = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return sys.stdin.buffer, protocol_output
