"""Catalogs of workspace folders over stdio: trust, consent, several folders, live settings, pins, rules."""

from __future__ import annotations

from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
from lsp_client import HydraClient, Starter, until
from lsprotocol import types

pytestmark = pytest.mark.asyncio(loop_scope="session")

DENY = "deny: [large]\n"
FREE = "models: {large: {price: {input: 0, output: 0}}}\n"
SECONDS = 20.0
"""For whatever must come at all; how fast is no matter here."""


def repository(path: Path, text: str) -> Path:
    (path / ".vscode").mkdir(parents=True)
    (path / ".vscode" / "hydra-catalog.yaml").write_text(text)
    return path


async def opened(launch: Starter, options: dict[str, Any] | None = None, *folders: Path) -> HydraClient:
    client = await launch()
    await client.initialize_session(
        types.InitializeParams(
            capabilities=types.ClientCapabilities(),
            initialization_options=options,
            process_id=None,
            workspace_folders=[types.WorkspaceFolder(f.as_uri(), f.name) for f in folders],
        )
    )
    await client.predictor_ready()
    return client


def gate(reply: dict[str, Any], model: str = "large") -> str | None:
    return next(m["gate"] for m in reply["explanation"]["models"] if m["id"] == model)


def cost(reply: dict[str, Any], model: str = "large") -> float:
    return next(m["cost"] for m in reply["explanation"]["models"] if m["id"] == model)


def configure(client: HydraClient, settings: dict[str, Any]) -> None:
    client.workspace_did_change_configuration(types.DidChangeConfigurationParams({"hydraAuto": settings}))


async def asked_anew(client: HydraClient) -> dict[str, Any]:
    """The reply in a conversation of its own, which keeps to no model."""
    return await client.route("hello", conversationId=token_hex(4))


async def test_an_untrusted_folder_counts_once_it_is_trusted_and_no_longer_than_that(
    launch: Starter, tmp_path: Path
) -> None:
    folder = repository(tmp_path / "one", DENY)
    client = await opened(launch, None, folder)
    reply = await client.route("hello")
    assert (gate(reply), reply["folder"]) == (None, None)
    assert any("is not trusted" in w for w in reply["warnings"])
    (info,) = (await client.status())["folders"]
    assert (info["trusted"], info["read"], info["pendingConsent"]) == (False, False, None)
    assert str(folder / ".vscode" / "hydra-catalog.yaml") not in (await client.status())["catalogFiles"]

    client.protocol.notify("hydra/didChangeTrust", {"trustedFolders": [folder.as_uri()]})
    await until(lambda: bool(client.catalog_changes), SECONDS)
    reply = await client.route("hello", workspaceFolder=folder.as_uri())
    assert (gate(reply), reply["folder"]) == ("denied by `deny`", folder.as_uri())
    assert not any("trusted" in w for w in reply["warnings"])
    told = {v["key"]: v["origin"] for v in reply["explanation"]["decidedBy"]}
    file = str(folder / ".vscode" / "hydra-catalog.yaml")
    assert told["deny"] == {"layer": "workspace", "file": file, "line": 1, "column": 8}
    assert told["tiers.balance.tau"]["layer"] == "default"
    assert client.catalog_changes[-1]["folders"][0]["version"] == reply["catalogVersion"]

    client.protocol.notify("hydra/didChangeTrust", {"trustedFolders": []})
    reply = await client.route("hello")
    assert gate(reply) is None


async def test_each_folder_has_its_own_catalog_and_the_first_counts_where_none_is_named(
    launch: Starter, tmp_path: Path
) -> None:
    one = repository(tmp_path / "one", DENY)
    two = repository(tmp_path / "two", "deny: [small]\n")
    options = {"trustedFolders": [one.as_uri(), two.as_uri()]}
    client = await opened(launch, options, one, two)
    first, second = [await client.route("hello", workspaceFolder=f.as_uri()) for f in (one, two)]
    assert [gate(first), gate(second), gate(second, "small")] == [
        "denied by `deny`",
        None,
        "denied by `deny`",
    ]
    assert first["catalogVersion"] != second["catalogVersion"]
    assert (await client.route("hello"))["catalogVersion"] == first["catalogVersion"]
    assert (await client.route("hello", workspaceFolder=str(two)))["folder"] == two.as_uri()
    other = await client.route("hello", workspaceFolder=(tmp_path / "three").as_uri())
    assert (gate(other), other["folder"]) == (None, None)
    assert any("three is none of the workspace's folders" in w for w in other["warnings"])
    assert not any("trust" in w for w in other["warnings"])
    shown = await client.call("hydra/catalog", {"workspaceFolder": two.as_uri(), "values": True})
    assert shown["version"] == second["catalogVersion"]
    assert [v["value"] for v in shown["values"] if v["key"] == "deny"][-1] == ["small"]

    (two / ".vscode" / "hydra-catalog.yaml").write_text(DENY)
    await until(lambda: bool(client.catalog_changes), SECONDS)
    again = await client.route("hello", workspaceFolder=two.as_uri())
    assert again["catalogVersion"] == first["catalogVersion"]


async def test_a_repository_that_prices_the_dearest_model_at_zero_gains_nothing_silently(
    launch: Starter, tmp_path: Path
) -> None:
    folder = repository(tmp_path / "one", FREE)
    outside = cost(await asked_anew(await opened(launch)))
    client = await opened(launch, {"trustedFolders": [folder.as_uri()]}, folder)
    before = await asked_anew(client)
    assert before["chosenModel"]["id"] != "large"
    assert cost(before) == outside
    await until(lambda: bool(client.catalog_changes), SECONDS)
    asked = client.catalog_changes[0]["folders"][0]["pendingConsent"]
    assert "prices `large` at 0/0 USD" in asked["changes"][0]

    wrong = {"folder": folder.as_uri(), "contentHash": "0" * 32, "granted": True}
    assert await client.call("hydra/consent", wrong) == {"applied": False}
    refused = {"folder": folder.as_uri(), "contentHash": asked["contentHash"], "granted": False}
    assert await client.call("hydra/consent", refused) == {"applied": False}
    assert (await asked_anew(client))["chosenModel"]["id"] != "large"

    granted = {**refused, "granted": True}
    assert await client.call("hydra/consent", granted) == {"applied": True}
    after = await asked_anew(client)
    assert after["chosenModel"]["id"] == "large"
    assert cost(after) == outside
    assert any("outside the workspace it costs" in w for w in after["warnings"])
    models = (await client.call("hydra/catalog"))["models"]
    assert next(m["price"]["output"] for m in models if m["id"] == "large") > 0

    (folder / ".vscode" / "hydra-catalog.yaml").write_text(FREE + "# changed\n")

    async def asks_again() -> bool:
        return (await client.status())["folders"][0]["pendingConsent"] is not None

    await until(asks_again, SECONDS)
    assert (await asked_anew(client))["chosenModel"]["id"] != "large"

    replayed = {"trustedFolders": [folder.as_uri()]}
    hashes = [{"folder": folder.as_uri(), "contentHash": asked["contentHash"]}]
    (folder / ".vscode" / "hydra-catalog.yaml").write_text(FREE)
    later = await opened(launch, {**replayed, "consents": hashes}, folder)
    assert (await asked_anew(later))["chosenModel"]["id"] == "large"


async def test_settings_are_layers_and_change_live(launch: Starter, tmp_path: Path) -> None:
    organisation = tmp_path / "org.yaml"
    organisation.write_text("deny: [tiny]\nlock: [defaultTier]\n")
    folder = tmp_path / "one"
    folder.mkdir()
    options = {
        "organisationCatalog": str(organisation),
        "catalog": {"deny": ["small"]},
        "trustedFolders": [folder.as_uri()],
        "folderCatalogs": {folder.as_uri(): {"deny": ["large"]}},
    }
    client = await opened(launch, options, folder)
    denied = (await client.call("hydra/catalog"))["deny"]
    assert denied == ["tiny", "small", "large"]
    locked = await client.route("hello", tier="intelligence")
    assert locked["tier"] == "balance"
    assert any("locks the tier" in w for w in locked["warnings"])

    changed = {"catalog": {"deny": []}, "folderCatalogs": None}
    configure(client, changed)
    await until(lambda: bool(client.catalog_changes), SECONDS)
    assert (await client.call("hydra/catalog"))["deny"] == ["tiny"]

    bad = {"catalog": {"deny": 3}}
    configure(client, bad)
    await until(lambda: client.catalog_changes[-1]["valid"] is False, SECONDS)
    (problem,) = client.catalog_changes[-1]["problems"]
    assert (problem["file"], problem["line"]) == ("settings/hydraAuto.catalog", 2)
    assert (await client.call("hydra/catalog"))["deny"] == ["tiny"]

    configure(client, {"trustedFolders": 3})
    await until(lambda: bool(client.messages), SECONDS)
    assert "trustedFolders" in client.messages[-1].message
    assert (await client.status())["folders"][0]["trusted"] is True


IMPOSSIBLE = [
    ("catalog", "~nosuchuser/x.yaml"),
    ("organisationCatalog", "/tmp/a\0b.yaml"),
    ("log", "~nosuchuser/x"),
    ("log", "~\ud800/x"),
]


@pytest.mark.parametrize(("key", "path"), IMPOSSIBLE)
async def test_a_path_that_none_can_be_counts_as_not_given_and_is_told(
    launch: Starter, key: str, path: str
) -> None:
    client = await opened(launch, {"tier": "efficiency", key: path})
    assert (await client.route("hello"))["tier"] == "efficiency"
    (told,) = client.messages
    reason = f"no file can be called {path!r}"
    words = f"initialize: initializationOptions: `{key}` counts as not given, for {reason}"
    assert told.message == f"{words}: write its whole path"
    assert (await client.status())["problems"] == []


async def test_a_folder_that_none_can_be_is_no_obstacle(launch: Starter) -> None:
    client = await opened(launch, {"trustedFolders": ["file://[x", "/a\ud800", "/a\0b"]})
    for folder in ("file://[x", "/a\0b", None):
        reply = await client.route("hello", workspaceFolder=folder)
        assert reply["chosenModel"]["id"] == "tiny"


async def test_trust_is_taken_back_whatever_path_was_set_before(launch: Starter, tmp_path: Path) -> None:
    folder = repository(tmp_path / "one", DENY)
    mine = tmp_path / "mine.yaml"
    mine.write_text("deny: [tiny]\n")
    client = await opened(launch, {"trustedFolders": [folder.as_uri()], "catalog": str(mine)}, folder)
    assert (await client.call("hydra/catalog"))["deny"] == ["tiny", "large"]
    configure(client, {"catalog": "~nosuchuser/x.yaml", "tier": "efficiency"})
    await until(lambda: bool(client.messages), SECONDS)
    assert "settings.hydraAuto: `catalog` counts as not given" in client.messages[-1].message
    assert (await client.status())["tier"] == "efficiency"
    client.protocol.notify("hydra/didChangeTrust", {"trustedFolders": []})
    assert (await client.call("hydra/catalog"))["deny"] == ["tiny"]
    assert (await client.status())["folders"][0]["trusted"] is False
    assert len(client.messages) == 1


async def test_a_pin_holds_until_it_is_taken_back(launch: Starter) -> None:
    client = await opened(launch)
    asked = {"conversationId": "c", "promptTokens": 10}
    cheap = (await client.route("hello", **asked))["chosenModel"]["id"]
    pin = {"conversationId": "c", "model": "large"}
    assert await client.call("hydra/pin", pin) == {"pinned": "large"}
    reply = await client.route("hello", **asked)
    assert reply["chosenModel"]["id"] == "large" != cheap
    assert "it is pinned" in reply["explanation"]["reason"]
    assert await client.call("hydra/pin", {**pin, "model": None}) == {"pinned": None}
    other = await client.route("hello", conversationId="d")
    assert other["chosenModel"]["id"] == cheap


async def test_a_rule_fires_for_what_the_editor_shows_and_is_told(launch: Starter, tmp_path: Path) -> None:
    when = "{path: 'tests/**', language: python}"
    rule = f"rules:\n  - {{name: tests, when: {when}, use: {{model: large, effort: high}}}}\n"
    folder = repository(tmp_path / "one", rule)
    client = await opened(launch, {"trustedFolders": [folder.as_uri()]}, folder)
    file = (folder / "tests" / "a.py").as_uri()
    reply = await client.route("hello", filePath=file, languageId="python")
    assert (reply["chosenModel"]["id"], reply["effort"]) == ("large", "high")
    (fired,) = reply["explanation"]["rules"]
    assert (fired["name"], fired["model"], fired["origin"]["line"]) == ("tests", "large", 2)
    elsewhere = await client.route("hello", filePath=(folder / "a.py").as_uri(), languageId="python")
    assert (elsewhere["effort"], elsewhere["explanation"]["rules"]) == (None, [])


async def test_what_a_client_may_not_send_is_one_sentence(launch: Starter) -> None:
    client = await opened(launch)
    consent = {"folder": "file:///nowhere", "contentHash": "x", "granted": True}
    for method, params, words in [
        ("hydra/consent", consent, "none of the workspace's folders"),
        ("hydra/pin", {"conversationId": "c"}, "`model` is missing"),
        ("hydra/catalog", {"values": 1}, "must be true or false"),
    ]:
        with pytest.raises(Exception, match=words):
            await client.call(method, params)
    client.protocol.notify("hydra/didChangeTrust", {"trustedFolders": "all"})
    assert (await client.route("hello"))["folder"] is None
