"""The language server: composes catalog, predictor and routing, and holds no policy of its own."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeVar

from lsprotocol import types
from pygls.exceptions import (
    FeatureRequestError,
    JsonRpcException,
    JsonRpcInternalError,
    JsonRpcInvalidParams,
    JsonRpcInvalidRequest,
)
from pygls.lsp.server import LanguageServer

from hydra_auto import __version__
from hydra_auto.decision_log import default_log_path
from hydra_auto.decision_log.write import DecisionLog
from hydra_auto.lsp.catalogs import CatalogKeeper, Standing
from hydra_auto.lsp.diagnostics import DiagnosticsBoard
from hydra_auto.lsp.editing import ServerSurroundings
from hydra_auto.lsp.language import features
from hydra_auto.lsp.language.service import LanguageService, abilities
from hydra_auto.lsp.log import log_failure
from hydra_auto.lsp.outcomes import Outcomes
from hydra_auto.lsp.predicting import BackgroundPredictor, Prediction
from hydra_auto.lsp.progress import show_loading
from hydra_auto.lsp.protocol import (
    CATALOG,
    DID_CHANGE_CATALOG,
    OUTCOME,
    ROUTE,
    STATUS,
    DidChangeCatalogParams,
    InitializationOptions,
    NoParams,
    OutcomeParams,
    OutcomeResult,
    RouteParams,
    StatusResult,
    WireError,
    catalog_to_json,
    from_wire,
    problem_info,
    to_json,
    to_wire,
)
from hydra_auto.lsp.rpc import HydraProtocol, raw_params_converter
from hydra_auto.lsp.transport import StreamWriter, read_body
from hydra_auto.routing import Context, ConversationMemory, Decision, Request, RoutingError

logger = logging.getLogger(__name__)

REQUEST_FAILED: Final = types.LSPErrorCodes.RequestFailed.value
"""LSP 3.17: the request was sound, and yet there is no result."""

P = TypeVar("P")
Clock = Callable[[], float]


class HydraServer(LanguageServer):
    """One editor's server; it and its parts live on one event loop."""

    protocol: HydraProtocol

    def __init__(self, predictor: BackgroundPredictor, catalog_paths: Sequence[Path], clock: Clock) -> None:
        super().__init__(
            "hydra-auto",
            __version__,
            text_document_sync_kind=types.TextDocumentSyncKind.Full,
            protocol_cls=HydraProtocol,
            converter_factory=raw_params_converter,
        )
        self.options = InitializationOptions()
        self.predictor = predictor
        self.outcomes = Outcomes(clock)
        self.memory = ConversationMemory(self.options.stickiness.conversations)
        self.catalogs = CatalogKeeper(catalog_paths, self.say_catalog)
        self.diagnostics = DiagnosticsBoard(self.text_document_publish_diagnostics)
        self.language = LanguageService(ServerSurroundings(self))
        self._said: tuple[Any, ...] | None = None
        self._listening = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve_streams(self, stdin: BinaryIO, stdout: BinaryIO) -> None:
        """Answers until `stdin` ends, `stdout` breaks (CancelledError) or `exit` comes (SystemExit)."""
        loop, me = asyncio.get_running_loop(), asyncio.current_task()
        assert me is not None
        self.protocol.set_writer(StreamWriter(stdout, on_broken=me.cancel))
        self.spawn(self.predictor.settle())
        reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="stdin")
        try:
            while True:
                try:
                    body = await loop.run_in_executor(reader, read_body, stdin)
                except JsonRpcInvalidRequest as error:
                    self.protocol.refuse(None, error)
                    continue
                if body is None:
                    return
                self.protocol.receive(body)
        finally:
            self.catalogs.stop()
            self.predictor.stop()
            self.outcomes.stop()
            reader.shutdown(wait=False)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs `work` beside everything else; what it raises is logged."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception):
            log_failure("a background task", error)

    def listen(self) -> None:
        """From now on the client takes notifications."""
        self._listening = True
        self.say_catalog()
        self.spawn(show_loading(self, self.predictor))

    def say_catalog(self) -> None:
        """Tells the client what is in force and what is wrong, when that has changed. A first catalog
        without problems is no change."""
        keeper = self.catalogs
        state = (keeper.version, keeper.problems)
        if not (self._listening and keeper.settled) or state == self._said:
            return
        news = self._said is not None or bool(keeper.problems)
        self._said = state
        self.diagnostics.show(keeper.problems)
        self.language.catalog_changed()
        if news:
            problems = tuple(problem_info(p) for p in keeper.problems)
            params = DidChangeCatalogParams(keeper.version, keeper.files, keeper.valid, problems)
            self.protocol.notify(DID_CHANGE_CATALOG, to_wire(params))

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Errors of requests are in their replies; of others the log names the kind alone, for a message
        may quote a prompt."""
        if source is not FeatureRequestError:
            logger.error("a message could not be handled (%s)", type(error).__name__)


def create_server(
    predictor: BackgroundPredictor, catalog_paths: Sequence[Path], clock: Clock = time.monotonic
) -> HydraServer:
    """A server that scores with `predictor` once it has loaded, and reads its catalog from
    `catalog_paths`, weakest layer first, below the file that the client names; models that failed recover
    by `clock`, in seconds."""
    server = HydraServer(predictor, catalog_paths, clock)
    server.feature(types.INITIALIZE)(on_initialize)
    server.feature(types.INITIALIZED)(on_initialized)
    server.feature(ROUTE)(answering(ROUTE, RouteParams, on_route))
    server.feature(OUTCOME)(answering(OUTCOME, OutcomeParams, on_outcome))
    server.feature(CATALOG)(answering(CATALOG, NoParams, on_catalog))
    server.feature(STATUS)(answering(STATUS, NoParams, on_status))
    features.register(server)
    return server


def on_initialize(ls: HydraServer, params: types.InitializeParams) -> None:
    try:
        ls.options = from_wire(
            params.initialization_options, InitializationOptions, "initialize: initializationOptions"
        )
    except WireError as error:
        raise JsonRpcInvalidParams(str(error)) from None
    ls.memory = ConversationMemory(ls.options.stickiness.conversations)
    ls.language.abilities = abilities(params.capabilities, ls.workspace.position_encoding)
    ls.protocol.accepting = True
    if ls.options.log is not False:
        log_file = Path(ls.options.log).expanduser() if ls.options.log else default_log_path()
        ls.outcomes.log = DecisionLog(log_file.absolute())
        ls.outcomes.log_prompts = ls.options.log_prompts
    file = ls.options.catalog
    ls.spawn(ls.catalogs.open(None if file is None else Path(file).expanduser().absolute()))


def on_initialized(ls: HydraServer, _: types.InitializedParams) -> None:
    ls.listen()


async def on_route(ls: HydraServer, params: RouteParams) -> dict[str, Any]:
    started = time.perf_counter()
    standing = await standing_catalog(ls)
    request = params.as_request(ls.options.tier)
    prediction = await ls.predictor.predict(request.prompt, request.turn, ls.options.deadline_ms)
    # Nothing is awaited from here on: who may be asked and who probes is settled in one go.
    request = ls.outcomes.informed(request)
    decision = decide(ls, request, prediction, standing)
    predict_ms, total_ms = prediction.milliseconds, (time.perf_counter() - started) * 1000
    decision_id = ls.outcomes.decided(request, decision, standing.catalog, predict_ms, total_ms)
    if request.event != "utility":
        ls.language.decided(decision_id, decision.chosen.id, request.available)
    return to_json(decision, decision_id=decision_id, predict_ms=predict_ms, total_ms=total_ms)


async def on_outcome(ls: HydraServer, params: OutcomeParams) -> dict[str, Any]:
    return to_wire(OutcomeResult(ls.outcomes.report(params)))


async def on_catalog(ls: HydraServer, _: NoParams) -> dict[str, Any]:
    standing = await standing_catalog(ls)
    return catalog_to_json(standing.catalog, standing.profiles(ls.predictor.scale), ls.catalogs.files)


async def on_status(ls: HydraServer, _: NoParams) -> dict[str, Any]:
    predictor, keeper = ls.predictor.status, ls.catalogs
    return to_wire(
        StatusResult(
            version=__version__,
            ready=predictor.state == "ready" and keeper.version is not None,
            predictor=predictor,
            catalog_version=keeper.version,
            catalog_files=keeper.files,
            problems=tuple(problem_info(p) for p in keeper.problems),
            tier=ls.options.tier,
            deadline_ms=ls.options.deadline_ms,
        )
    )


def decide(ls: HydraServer, request: Request, prediction: Prediction, standing: Standing) -> Decision:
    """The conversation's decision: routed where there are scores, the flagged fallback where there are
    none. Nothing is awaited between recalling the conversation and remembering it, so requests at once
    take their turns.

    Raises:
        RoutingError: no model may answer.
    """
    context = Context(
        catalog=standing.catalog,
        profiles=standing.profiles(prediction.scale),
        scale=prediction.scale,
        stickiness=ls.options.stickiness.as_stickiness(),
        unscored=prediction.reason,
    )
    return ls.memory.decide(request, prediction.scores, context, time.time())


async def standing_catalog(ls: HydraServer) -> Standing:
    """The catalog in force.

    Raises:
        JsonRpcException: there is none, not even the default one.
    """
    standing = await ls.catalogs.current()
    if standing is None:
        reason = ls.catalogs.problems[0].message if ls.catalogs.problems else "reinstall hydra-auto"
        raise JsonRpcException(f"there is no usable catalog: {reason}", REQUEST_FAILED)
    return standing


def answering(
    method: str, params_type: type[P], handler: Callable[[HydraServer, P], Awaitable[dict[str, Any]]]
) -> Callable[[HydraServer, Any], Awaitable[dict[str, Any]]]:
    """`handler` behind strict reading of its parameters, with every error as one clear sentence."""

    async def answer(ls: HydraServer, params: Any) -> dict[str, Any]:
        try:
            return await handler(ls, from_wire(params, params_type, method))
        except WireError as error:
            raise JsonRpcInvalidParams(str(error)) from None
        except RoutingError as error:
            raise JsonRpcException(f"{method}: {error}", REQUEST_FAILED) from None
        except JsonRpcException:
            raise
        except Exception as error:
            log_failure(method, error)
            raise JsonRpcInternalError(
                f"{method} failed ({type(error).__name__}); the log says where"
            ) from None

    return answer
