"""The language server: composes catalog, predictor and routing, and holds no policy of its own."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeVar

from attrs import evolve
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
from hydra_auto.catalog import Folder, Sources
from hydra_auto.decision_log import default_log_path
from hydra_auto.decision_log.write import DecisionLog
from hydra_auto.lsp.catalogs import CatalogKeeper, Standing
from hydra_auto.lsp.diagnostics import DiagnosticsBoard
from hydra_auto.lsp.editing import ServerSurroundings
from hydra_auto.lsp.folders import active_file, named_file, same_folder, sources_of
from hydra_auto.lsp.language import features
from hydra_auto.lsp.language.service import LanguageService, abilities
from hydra_auto.lsp.log import log_failure
from hydra_auto.lsp.outcomes import Outcomes
from hydra_auto.lsp.predicting import BackgroundPredictor, Prediction
from hydra_auto.lsp.progress import show_loading
from hydra_auto.lsp.protocol import (
    CATALOG,
    CONSENT,
    DID_CHANGE_CATALOG,
    DID_CHANGE_TRUST,
    LONGEST_NAME,
    OUTCOME,
    PIN,
    ROUTE,
    STATUS,
    CatalogParams,
    ConsentParams,
    ConsentResult,
    DidChangeCatalogParams,
    DidChangeTrustParams,
    FolderInfo,
    GivenConsent,
    InitializationOptions,
    NoParams,
    OutcomeParams,
    OutcomeResult,
    PinParams,
    PinResult,
    RouteParams,
    StatusResult,
    WireError,
    catalog_result,
    folder_info,
    from_wire,
    problem_info,
    route_result,
    to_wire,
)
from hydra_auto.lsp.rpc import HydraProtocol, raw_params_converter
from hydra_auto.lsp.transport import StreamWriter, read_body
from hydra_auto.lsp.watched_files import ask_for_watched_files, on_watched_files
from hydra_auto.routing import Context, ConversationMemory, Decision, Request, RoutingError
from hydra_auto.routing.conversation import Pin
from hydra_auto.routing.explain import with_cautions

logger = logging.getLogger(__name__)

REQUEST_FAILED: Final = types.LSPErrorCodes.RequestFailed.value
"""LSP 3.17: the request was sound, and yet there is no result."""

PATHS: Final = ("catalog", "organisationCatalog", "log")
"""The options that may be a file's path."""

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
        self.catalog_paths = tuple(catalog_paths)
        self.catalogs = CatalogKeeper(catalog_paths, self.say_catalog)
        self.said_options: dict[str, Any] = {}
        self.workspace_folders: list[str] = []
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

    @property
    def sources(self) -> Sources:
        """What makes the catalogs under the options and the editor's folders as of now."""
        return sources_of(self.catalog_paths, self.options, self.workspace_folders)

    def folder_infos(self) -> tuple[FolderInfo, ...]:
        """The workspace folders, and what of theirs is in force."""
        keeper, layered = self.catalogs, self.catalogs.layered
        found = []
        for folder in keeper.sources.folders:
            own = keeper.folder_catalog(folder)
            catalog = None if layered is None else layered.outer.catalog if own is None else own.catalog
            found.append(folder_info(folder, own, None if catalog is None else catalog.version))
        return tuple(found)

    def say_catalog(self) -> None:
        """Tells the client what is in force and what is wrong, when that has changed. A first catalog
        without problems is no change."""
        keeper = self.catalogs
        self.language.files_changed()
        folders = self.folder_infos()
        state = (keeper.version, keeper.problems, folders)
        if not (self._listening and keeper.settled) or state == self._said:
            return
        waiting = any(f.pending_consent for f in folders)
        news = self._said is not None or bool(keeper.problems) or waiting
        self._said = state
        self.diagnostics.show(keeper.problems)
        self.language.catalog_changed()
        if news:
            problems = tuple(problem_info(p) for p in keeper.problems)
            params = DidChangeCatalogParams(keeper.version, keeper.files, keeper.valid, problems, folders)
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
    server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)(on_watched_files)
    server.feature(ROUTE)(answering(ROUTE, RouteParams, on_route))
    server.feature(OUTCOME)(answering(OUTCOME, OutcomeParams, on_outcome))
    server.feature(CATALOG)(answering(CATALOG, CatalogParams, on_catalog))
    server.feature(CONSENT)(answering(CONSENT, ConsentParams, on_consent))
    server.feature(PIN)(answering(PIN, PinParams, on_pin))
    server.feature(DID_CHANGE_TRUST)(on_did_change_trust)
    server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)(on_did_change_configuration)
    server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)(on_did_change_folders)
    server.feature(STATUS)(answering(STATUS, NoParams, on_status))
    features.register(server)
    return server


def on_initialize(ls: HydraServer, params: types.InitializeParams) -> None:
    try:
        take_options(ls, params.initialization_options, "initialize: initializationOptions")
    except WireError as error:
        raise JsonRpcInvalidParams(str(error)) from None
    ls.language.abilities = abilities(params.capabilities, ls.workspace.position_encoding)
    ls.workspace_folders = [folder.uri for folder in params.workspace_folders or ()]
    ls.spawn(ls.catalogs.keep(ls.sources))
    ls.protocol.accepting = True  # last: without a catalog that is kept, requests would wait forever


def take_options(ls: HydraServer, said: Any, name: str) -> None:
    """Puts options in force; later on a key that is not given keeps its value, and null is the default.
    Paths that none can be count as not given.

    Raises:
        WireError: they are none, and those in force stay.
    """
    said = with_possible_paths(ls, said, name)
    first, before, document = not ls.protocol.accepting, ls.options, said
    if not first and isinstance(said, dict):
        document = {k: v for k, v in (ls.said_options | said).items() if v is not None}
    options = from_wire(document, InitializationOptions, name)
    ls.said_options, ls.options = document or {}, options
    ls.memory.resize(options.stickiness.conversations)
    ls.outcomes.log_prompts = options.log_prompts
    if first or options.log != before.log:
        ls.outcomes.stop()
        log_file = (named_file(options.log) if options.log else None) or default_log_path()
        ls.outcomes.log = None if options.log is False else DecisionLog(log_file.absolute())


def with_possible_paths(ls: HydraServer, said: Any, name: str) -> Any:
    """`said` without the paths that no file can have, of each of which the user is told."""
    given = said if isinstance(said, dict) else {}
    wrong = {k: v for k in PATHS if isinstance(v := given.get(k), str) and named_file(v) is None}
    for key, path in wrong.items():
        reason = f"no file can be called {path[:LONGEST_NAME]!r}"
        words = f"{name}: `{key}` counts as not given, for {reason}: write its whole path"
        ls.window_show_message(types.ShowMessageParams(types.MessageType.Error, words))
    return {k: v for k, v in given.items() if k not in wrong} if wrong else said


def on_did_change_configuration(ls: HydraServer, params: types.DidChangeConfigurationParams) -> None:
    settings = params.settings
    said = settings.get("hydraAuto") if isinstance(settings, dict) else None
    if said is None:  # the editor only says that something changed somewhere
        return
    try:
        take_options(ls, said, "workspace/didChangeConfiguration: settings.hydraAuto")
    except WireError as error:
        ls.window_show_message(types.ShowMessageParams(types.MessageType.Error, str(error)))
        return
    ls.spawn(ls.catalogs.change(ls.sources))


def on_did_change_trust(ls: HydraServer, params: Any) -> None:
    try:
        trust = from_wire(params, DidChangeTrustParams, DID_CHANGE_TRUST)
    except WireError as error:
        logger.error("%s", error)
        return
    keep_option(ls, "trustedFolders", list(trust.trusted_folders))
    ls.spawn(ls.catalogs.change(ls.sources))


def on_did_change_folders(ls: HydraServer, params: types.DidChangeWorkspaceFoldersParams) -> None:
    gone = {folder.uri for folder in params.event.removed}
    ls.workspace_folders = [uri for uri in ls.workspace_folders if uri not in gone]
    ls.workspace_folders += [folder.uri for folder in params.event.added]
    ls.spawn(ls.catalogs.change(ls.sources))


def keep_option(ls: HydraServer, key: str, value: Any) -> None:
    """One option, as if the editor had set it among the others; it is known to be sound."""
    take_options(ls, {key: value}, key)


def on_initialized(ls: HydraServer, _: types.InitializedParams) -> None:
    ls.listen()
    ls.spawn(ask_for_watched_files(ls))


async def on_route(ls: HydraServer, params: RouteParams) -> dict[str, Any]:
    started = time.perf_counter()
    folder = ls.catalogs.folder(params.workspace_folder)
    standing = await standing_catalog(ls, folder)
    request = params.as_request(ls.options.tier, active_file(params.file_path, folder))
    prediction = await ls.predictor.predict(
        request.prompt, request.turn, request.mode, ls.options.deadline_ms
    )
    # Nothing is awaited from here on: who may be asked and who probes is settled in one go.
    request = ls.outcomes.informed(request)
    decision = with_cautions(decide(ls, request, prediction, standing))
    decision = evolve(decision, warnings=(*decision.warnings, *not_trusted(ls, folder, params)))
    predict_ms, total_ms = prediction.milliseconds, (time.perf_counter() - started) * 1000
    decision_id = ls.outcomes.decided(request, decision, predict_ms, total_ms)
    if request.event != "utility":
        ls.language.decided(decision_id, decision.chosen.id, request.available)
    own = folder is not None and ls.catalogs.folder_catalog(folder) is not None
    result = route_result(
        decision,
        catalog=standing.catalog,
        folder=folder.name if folder is not None and own else None,
        decision_id=decision_id,
        predict_ms=predict_ms,
        total_ms=total_ms,
    )
    return to_wire(result)


def not_trusted(ls: HydraServer, folder: Folder | None, params: RouteParams) -> tuple[str, ...]:
    """What a reply says where a folder's catalog was left alone."""
    if folder is not None and folder.trusted:
        return ()
    name = params.workspace_folder if folder is None else folder.name
    if name is None:
        return ()
    if folder is None and ls.workspace_folders:
        reason = "is none of the workspace's folders, so a catalog in it is neither read nor watched"
        return (f"{name} {reason}: name one of `hydra/status`",)
    return (f"{name} is not trusted, so a catalog in it is neither read nor watched: trust the folder",)


async def on_outcome(ls: HydraServer, params: OutcomeParams) -> dict[str, Any]:
    return to_wire(OutcomeResult(ls.outcomes.report(params)))


async def on_consent(ls: HydraServer, params: ConsentParams) -> dict[str, Any]:
    folder = ls.catalogs.folder(params.folder)
    if folder is None:
        raise WireError(f"{CONSENT}: `folder` is none of the workspace's folders: use one of `hydra/status`")
    given = (folder.name, params.content_hash)
    consents = [
        c for c in ls.options.consents if not (same_folder(folder, c.folder) and c.content_hash == given[1])
    ]
    if params.granted:
        consents.append(GivenConsent(*given))
    keep_option(ls, "consents", [to_wire(c) for c in consents])
    await ls.catalogs.change(ls.sources)
    return to_wire(
        ConsentResult(params.granted and ls.catalogs.consents_to(folder.name, params.content_hash))
    )


async def on_pin(ls: HydraServer, params: PinParams) -> dict[str, Any]:
    pin = None if params.model is None else Pin(params.model, params.vendor)
    ls.memory.pin(params.conversation_id, pin, time.time())
    return to_wire(PinResult(params.model))


async def on_catalog(ls: HydraServer, params: CatalogParams) -> dict[str, Any]:
    folder = ls.catalogs.folder(params.workspace_folder)
    standing = await standing_catalog(ls, folder)
    profiles = standing.profiles(ls.predictor.scale)
    infos = ls.folder_infos()
    return to_wire(catalog_result(standing.catalog, profiles, ls.catalogs.files, infos, params.values))


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
            folders=ls.folder_infos(),
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


async def standing_catalog(ls: HydraServer, folder: Folder | None) -> Standing:
    """The catalog in force in `folder`, or (None) outside all folders.

    Raises:
        JsonRpcException: there is none, not even the default one.
    """
    standing = await ls.catalogs.current(folder)
    if standing is None:
        errors = [f"{p.file}:{p.line}: {p.message}" for p in ls.catalogs.problems if p.severity == "error"]
        reason = errors[0] if errors else "reinstall hydra-auto"
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
