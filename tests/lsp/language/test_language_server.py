"""The real server over standard streams: a catalog is opened, typed in, completed, hovered and repaired."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest
from lsp_client import HydraClient, Starter, until
from lsprotocol import types

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXT = "# é😀\r\nmodels:\r\n  - id: large\r\n    tokenFactor: 2 # twice\r\ndeny: []\r\n"

OFFERS = [{"vendor": "copilot", "family": "gpt-9", "id": "gpt-9", "name": "GPT 9"}]


class Editor:
    """What an editor does with one catalog."""

    def __init__(self, client: HydraClient, file: Path) -> None:
        self.client, self.uri, self.version, self.text = client, file.as_uri(), 0, ""

    def open(self, text: str) -> None:
        self.text = text
        item = types.TextDocumentItem(self.uri, types.LanguageKind.Yaml, self.version, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def type(self, text: str) -> None:
        """The whole new text, as the server asks for it."""
        self.text, self.version = text, self.version + 1
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(self.version, self.uri),
                [types.TextDocumentContentChangeWholeDocument(text)],
            )
        )

    def close(self) -> None:
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(self.document))

    @property
    def document(self) -> types.TextDocumentIdentifier:
        return types.TextDocumentIdentifier(self.uri)

    def behind(self, words: str) -> types.Position:
        """The position behind `words`, in UTF-16."""
        before = self.text[: self.text.index(words) + len(words)]
        line = before.rpartition("\n")[2]
        return types.Position(before.count("\n"), len(line.encode("utf-16-le")) // 2)

    async def labels(self, words: str) -> list[str]:
        params = types.CompletionParams(self.document, self.behind(words))
        found = await self.client.text_document_completion_async(params)
        assert isinstance(found, types.CompletionList)
        return [item.label for item in found.items]

    async def hover(self, words: str) -> str:
        found = await self.client.text_document_hover_async(
            types.HoverParams(self.document, self.behind(words))
        )
        assert found is not None
        assert isinstance(found.contents, types.MarkupContent)
        return found.contents.value

    async def lenses(self) -> list[str]:
        found = await self.client.text_document_code_lens_async(types.CodeLensParams(self.document)) or ()
        return [lens.command.title for lens in found if lens.command]

    async def actions(self, words: str) -> list[types.CodeAction]:
        here = types.Range(self.behind(words), self.behind(words))
        params = types.CodeActionParams(self.document, here, types.CodeActionContext([]))
        found = await self.client.text_document_code_action_async(params) or ()
        return [a for a in found if isinstance(a, types.CodeAction)]

    async def problems(self) -> list[types.Diagnostic]:
        """Those of the text as it is now."""

        def said() -> bool:
            return self.client.last_published.get(self.uri) == self.version

        await until(said, 10)
        return list(self.client.diagnostics[self.uri])


class EditingClient(HydraClient):
    last_published: dict[str, int | None]


async def editing(
    launch: Starter, file: Path, options: dict[str, Any] | None = None, folder: Path | None = None
) -> Editor:
    """A client with an editor's abilities."""
    client = await launch()
    published: dict[str, int | None] = {}
    client.last_published = published  # type: ignore[attr-defined]
    client.refreshes = []  # type: ignore[attr-defined]

    def note(params: types.PublishDiagnosticsParams) -> None:
        client.diagnostics[params.uri] = list(params.diagnostics)
        published[params.uri] = params.version

    client.protocol.fm.features.pop(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS, None)
    client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(note)
    client.feature(types.WORKSPACE_CODE_LENS_REFRESH)(lambda *_: client.refreshes.append(1))  # type: ignore[attr-defined]
    folders = [] if folder is None else [types.WorkspaceFolder(folder.as_uri(), folder.name)]
    await client.initialize_session(
        types.InitializeParams(
            capabilities=types.ClientCapabilities(
                workspace=types.WorkspaceClientCapabilities(
                    code_lens=types.CodeLensWorkspaceClientCapabilities(refresh_support=True),
                    workspace_edit=types.WorkspaceEditClientCapabilities(
                        document_changes=True, resource_operations=[types.ResourceOperationKind.Create]
                    ),
                )
            ),
            # The log of the other tests' servers is not this one's.
            initialization_options={"log": False, **(options or {})},
            workspace_folders=folders,
            process_id=os.getpid(),
        )
    )
    await client.predictor_ready()
    return Editor(client, file)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "work"
    (path / ".vscode").mkdir(parents=True)
    return path


@pytest.fixture
def file(folder: Path) -> Path:
    return folder / ".vscode" / "hydra-catalog.yaml"


async def test_a_session_of_typing_with_every_feature(launch: Starter, file: Path) -> None:
    editor = await editing(launch, file)
    editor.open(TEXT)
    assert await editor.problems() == []
    assert "**Large** — `large`, umbrella" in await editor.hover("id: lar")
    assert await editor.lenses() == []

    editor.type(TEXT.replace("deny: []", "deny: [l"))
    assert await editor.labels("deny: [l") == ["large", "small"]
    (problem,) = await editor.problems()
    assert problem.severity == types.DiagnosticSeverity.Error

    editor.type(TEXT.replace("deny: []", "deny: [larg]"))
    (problem,) = await editor.problems()
    assert "did you mean `large`?" in problem.message
    assert problem.range == types.Range(types.Position(4, 7), types.Position(4, 11))

    for _ in range(3):
        await editor.client.route("x" * 790, available=[*OFFERS, {"vendor": "u", "id": "large"}])
    assert await editor.lenses() == ["chosen for 100 % of the last 3 requests"]
    assert "Chosen for 100 % of the last 3 requests." in await editor.hover("id: lar")

    editor.type(TEXT + "# 😀\r\nweights: {}\r\n  ")
    assert await editor.labels("weights: {") == ["reasoning", "code_gen", "debugging", "tool_use"]
    editor.type(TEXT.replace("tokenFactor: 2", "match: ["))
    assert (await editor.labels("match: ["))[0] == "copilot/gpt-9/gpt-9"

    editor.type(TEXT.replace("deny: []", "  - id: fresh # é😀\r\n    vendor: me"))
    (action,) = await editor.actions("id: fre")
    assert action.edit is not None
    assert action.edit.changes is not None
    (edit,) = action.edit.changes[editor.uri]
    assert edit.new_text == "\r\n    price: {input: , output: }"
    assert edit.range.start == types.Position(5, 14)


async def test_symbols_come_while_the_text_is_broken(launch: Starter, file: Path) -> None:
    editor = await editing(launch, file)
    editor.open(TEXT + "tiers: {balance: {")
    params = types.DocumentSymbolParams(editor.document)
    found = await editor.client.text_document_document_symbol_async(params) or ()
    assert [s.name for s in found] == ["models", "deny", "tiers"]


async def test_a_buffer_is_what_counts_until_it_is_closed_and_then_the_file(
    launch: Starter, tmp_path: Path
) -> None:
    catalog = tmp_path / "mine.yaml"
    catalog.write_text("deny: [larg]\n")
    editor = await editing(launch, catalog, {"catalog": str(catalog)})
    await until(lambda: bool(editor.client.diagnostics.get(editor.uri)), 5)
    editor.open("deny: [large]\n")
    assert await editor.problems() == []
    assert (await editor.client.route("hello"))["chosenModel"]["id"] == "tiny"
    editor.close()
    await until(lambda: bool(editor.client.diagnostics[editor.uri]), 5)


async def test_other_documents_are_left_alone(launch: Starter, tmp_path: Path) -> None:
    editor = await editing(launch, tmp_path / "other.yaml")
    editor.open("models: [")
    params = types.CompletionParams(editor.document, types.Position(0, 9))
    assert await editor.client.text_document_completion_async(params) is None
    assert await editor.lenses() == []
    assert await editor.actions("models") == []
    assert editor.uri not in editor.client.diagnostics


async def test_an_open_buffer_becomes_a_catalog_with_the_settings_and_ceases_to_be(
    launch: Starter, tmp_path: Path
) -> None:
    catalog = tmp_path / "mine.yaml"
    catalog.write_text("{}\n")
    editor = await editing(launch, catalog)
    editor.open("deny: []\n")
    editor.type("deny: [larg]\n")
    assert await names(editor) == []

    configure(editor.client, str(catalog))
    (problem,) = await editor.problems()
    assert "did you mean `large`?" in problem.message
    assert await names(editor) == ["deny"]
    editor.type("deny: [large]\n")
    assert await editor.problems() == []

    editor.type("deny: [larg]\n")
    assert len(await editor.problems()) == 1
    configure(editor.client, None)
    await until(lambda: editor.client.diagnostics[editor.uri] == [], 5)
    assert await names(editor) == []


async def names(editor: Editor) -> list[str]:
    params = types.DocumentSymbolParams(editor.document)
    return [s.name for s in await editor.client.text_document_document_symbol_async(params) or ()]


def configure(client: HydraClient, catalog: str | None) -> None:
    settings = {"hydraAuto": {"catalog": catalog}}
    client.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings))


async def test_typing_fast_ends_with_the_diagnostics_of_the_last_text(launch: Starter, file: Path) -> None:
    editor = await editing(launch, file)
    editor.open("deny: []\n")
    for length in range(1, 60):
        editor.type(f"deny: [{'x' * length}")
    editor.type("deny: [large]\n")
    assert await editor.problems() == []


async def test_lenses_are_drawn_again_after_requests_and_not_for_each(launch: Starter, file: Path) -> None:
    editor = await editing(launch, file)
    editor.open(TEXT)
    refreshes: list[int] = editor.client.refreshes  # type: ignore[attr-defined]
    await asyncio.gather(*(editor.client.route("x" * 790) for _ in range(20)))
    await until(lambda: bool(refreshes), 5)
    await asyncio.sleep(0.3)
    assert len(refreshes) <= 2


async def test_the_decision_log_fills_up_the_shares_after_a_restart(
    launch: Starter, file: Path, tmp_path: Path
) -> None:
    log = {"log": str(tmp_path / "decisions.jsonl")}
    first = await editing(launch, file, log)
    await first.client.route("x" * 790)
    await first.client.shutdown_session()
    second = await editing(launch, file, log)
    second.open(TEXT)

    async def known() -> bool:
        return await second.lenses() == ["chosen for 100 % of the last request"]

    await until(known, 5)


async def test_a_model_is_copied_to_the_trusted_workspaces_catalog(
    launch: Starter, folder: Path, file: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text(TEXT)
    options = {"catalog": str(mine), "trustedFolders": [folder.as_uri()]}
    editor = await editing(launch, mine, options, folder)
    editor.open(TEXT)
    (copy,) = await editor.actions("id: lar")
    assert copy.edit is not None
    create, change = copy.edit.document_changes or ()
    assert isinstance(create, types.CreateFile)
    assert create.uri == file.as_uri()
    assert isinstance(change, types.TextDocumentEdit)
    assert change.edits[0].new_text == "models:\n  - id: large\n    tokenFactor: 2 # twice\n"  # type: ignore[union-attr]

    other = Editor(editor.client, file)
    other.open("deny: []\n")
    other.type("models:\n  - id: own # 😀\n")
    (copy,) = await editor.actions("id: lar")
    assert copy.edit is not None
    (change,) = copy.edit.document_changes or ()
    assert isinstance(change, types.TextDocumentEdit)
    assert change.text_document.version == 1
    assert change.edits[0].range.start == types.Position(1, 16)


async def test_an_untrusted_workspaces_catalog_is_not_read_for_a_copy(
    launch: Starter, folder: Path, file: Path, tmp_path: Path
) -> None:
    file.write_text("deny: []\n")
    mine = tmp_path / "mine.yaml"
    mine.write_text(TEXT)
    editor = await editing(launch, mine, {"catalog": str(mine)}, folder)
    editor.open(TEXT)
    assert await editor.actions("id: lar") == []
