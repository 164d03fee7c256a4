"""The log on standard error: what failed and where, and never a word of a prompt."""

from __future__ import annotations

import logging
import sys
import traceback

logger = logging.getLogger(__name__)


def log_to_stderr() -> None:
    """Sets the process's log up."""
    form = "%(levelname)s %(name)s: %(message)s"
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format=form)
    # pygls logs the parameters of failed requests, and with them prompts; `lsp.rpc` logs what matters.
    logging.getLogger("pygls").setLevel(logging.CRITICAL + 1)


def log_failure(what: str, error: Exception) -> None:
    """Logs where `what` failed, without the error's message, which may quote a prompt."""
    trace = "".join(traceback.format_tb(error.__traceback__))
    logger.error("%s failed with %s at\n%s", what, type(error).__name__, trace)
