"""`$/progress` while the predictor loads, for clients that can show it."""

from __future__ import annotations

import uuid

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from hydra_auto.lsp.predicting import BackgroundPredictor


async def show_loading(ls: LanguageServer, predictor: BackgroundPredictor) -> None:
    """Shows that the predictor is loading until it has settled; nothing when it already has."""
    window = ls.client_capabilities.window
    if predictor.settled.is_set() or window is None or not window.work_done_progress:
        return
    token = str(uuid.uuid4())
    try:
        await ls.work_done_progress.create_async(token)
    except JsonRpcException:  # the client would rather not
        return
    begin = types.WorkDoneProgressBegin(
        title="hydra-auto", message="loading the predictor", cancellable=False
    )
    ls.work_done_progress.begin(token, begin)
    await predictor.settled.wait()
    reason = predictor.status.reason
    message = "the predictor is ready" if reason is None else f"routing by fallback: {reason}"
    ls.work_done_progress.end(token, types.WorkDoneProgressEnd(message=message))
