"""hydra/outcome over real stdio: health, and what the decision log holds of it."""

from __future__ import annotations

import asyncio
import json
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from lsp_client import HydraClient, Starter, until
from pygls.exceptions import JsonRpcException

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEED = 100
"""Seconds of the server's clock per real second: a rate limit's minute takes .6 s."""


async def opened(client: HydraClient, **options: Any) -> HydraClient:
    await client.open(options)
    await client.predictor_ready()
    return client


def outcome(reply: dict[str, Any], **fields: Any) -> dict[str, Any]:
    model = {k: reply["chosenModel"][k] for k in ("id", "vendor", "editorId")}
    return {"decisionId": reply["decisionId"], "model": model, "ran": True, **fields}


def hello(number: int) -> str:
    """The same words as another prompt: each is a conversation of its own."""
    return "hello" + " " * number


def gate_of(reply: dict[str, Any], model: str) -> str | None:
    return next(m["gate"] for m in reply["explanation"]["models"] if m["id"] == model)


async def lines(file: Path, count: int) -> list[dict[str, Any]]:
    """The log once it has `count` lines."""

    def found() -> list[bytes]:
        return file.read_bytes().splitlines() if file.exists() else []

    await until(lambda: len(found()) >= count, 5)
    assert len(found()) == count
    return [json.loads(line) for line in found()]


async def test_a_rate_limited_model_is_vetoed_then_probed_by_one_request_then_well(launch: Starter) -> None:
    client = await opened(await launch("--clock-speed", SPEED), log=False)
    first = await client.route(hello(1))
    cheapest = first["chosenModel"]["id"]
    failed = outcome(first, ran=False, error="rateLimited")
    assert await client.call("hydra/outcome", failed) == {"decisionId": first["decisionId"]}

    vetoed = await client.route(hello(2))
    assert vetoed["chosenModel"]["id"] != cheapest
    assert cheapest not in [c["id"] for c in vetoed["candidates"]]
    assert gate_of(vetoed, cheapest).startswith("rate-limited ")  # type: ignore[union-attr]
    assert "tried again in" in gate_of(vetoed, cheapest)  # type: ignore[operator]

    await asyncio.sleep(70 / SPEED)
    together = await asyncio.gather(*(client.route(hello(100 + i)) for i in range(5)))
    probes = [r for r in together if r["chosenModel"]["id"] == cheapest]
    assert len(probes) == 1
    await client.call("hydra/outcome", outcome(probes[0]))
    again = [await client.route(hello(200 + i)) for i in range(2)]
    assert [r["chosenModel"]["id"] for r in again] == [cheapest, cheapest]
    assert gate_of(again[0], cheapest) is None


async def test_a_failing_probe_is_vetoed_again_and_longer(launch: Starter) -> None:
    client = await opened(await launch("--clock-speed", SPEED), log=False)
    first = await client.route(hello(3))
    cheapest = first["chosenModel"]["id"]
    await client.call("hydra/outcome", outcome(first, ran=False, error="rateLimited"))
    await asyncio.sleep(70 / SPEED)
    probe = await client.route(hello(4))
    assert probe["chosenModel"]["id"] == cheapest
    await client.call("hydra/outcome", outcome(probe, ran=False, error="rateLimited"))
    await asyncio.sleep(70 / SPEED)
    assert (await client.route(hello(5)))["chosenModel"]["id"] != cheapest


async def test_a_model_without_permission_waits_until_the_editor_offers_something_else(
    launch: Starter,
) -> None:
    client = await opened(await launch(), log=False)
    offers = [{"vendor": "acme", "id": "tiny"}, {"vendor": "acme", "id": "small"}]
    first = await client.route(hello(6), available=offers)
    assert first["chosenModel"]["id"] == "tiny"
    await client.call("hydra/outcome", outcome(first, ran=False, error="noPermissions"))
    assert (await client.route(hello(7), available=offers))["chosenModel"]["id"] == "small"
    offers[0]["canSend"] = True  # type: ignore[assignment]
    assert (await client.route(hello(8), available=offers))["chosenModel"]["id"] == "tiny"


async def test_when_every_model_has_failed_one_is_chosen_with_a_warning(launch: Starter) -> None:
    client = await opened(await launch(), log=False)
    reply = await client.route(hello(9))
    for candidate in reply["candidates"]:
        failed = {"model": {"id": candidate["id"]}, "ran": False, "error": "quota"}
        await client.call("hydra/outcome", failed)
    last = await client.route(hello(10))
    assert last["chosenModel"]["id"] == reply["chosenModel"]["id"]
    assert last["warnings"][0].startswith("failed lately:")


async def test_an_outcome_is_joined_by_decision_or_by_conversation_and_says_when_it_is_not(
    shared: HydraClient,
) -> None:
    await shared.route("hello", conversationId="c1")
    second = await shared.route("hello", conversationId="c1")
    model = {"id": second["chosenModel"]["id"]}
    by_conversation = {"conversationId": "c1", "model": model, "ran": True}
    assert (await shared.call("hydra/outcome", by_conversation))["decisionId"] == second["decisionId"]
    for unknown in ({"decisionId": "nope"}, {"conversationId": "nope"}, {}):
        reply = await shared.call("hydra/outcome", {**unknown, "model": model, "ran": True})
        assert reply == {"decisionId": None}


async def test_every_decision_has_an_id_of_its_own(shared: HydraClient) -> None:
    replies = await asyncio.gather(*(shared.route("hello") for _ in range(50)))
    assert len({r["decisionId"] for r in replies}) == 50


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"ran": True}, "hydra/outcome: `model` is missing"),
        ({"model": {"id": "a"}}, "hydra/outcome: `ran` is missing"),
        (
            {"model": {"id": "a"}, "ran": False, "error": "tired"},
            "hydra/outcome: `error` must be one of rateLimited, quota, notFound, noPermissions, blocked, "
            "timeout, other, not 'tired'",
        ),
        (
            {"model": {"id": "a"}, "ran": True, "inputTokens": 5, "cachedInputTokens": 6},
            "hydra/outcome: `cachedInputTokens` must not be more than `inputTokens`, of which they are part",
        ),
        (
            {"model": {"id": "a" * 201}, "ran": True},
            "hydra/outcome: `model.id` must be at most 200 characters long",
        ),
    ],
)
async def test_a_wrong_outcome_is_one_sentence(
    shared: HydraClient, params: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(JsonRpcException) as info:
        await shared.call("hydra/outcome", params)
    assert (info.value.code, info.value.message) == (-32602, sentence)


@pytest.mark.parametrize("left_out", ["vendor", "editorId"])
async def test_a_failure_with_half_of_the_editors_name_counts_wherever_the_model_is_offered(
    launch: Starter, left_out: str
) -> None:
    client = await opened(await launch())
    offers = [{"vendor": vendor, "id": "small"} for vendor in ("acme", "other")]
    reply = await client.route("hello", available=offers)
    told = outcome(reply, ran=False, error="rateLimited")
    del told["model"][left_out]
    await client.call("hydra/outcome", told)
    again = await client.route("hello", available=offers)
    assert any("rate-limited" in warning or "failed lately" in warning for warning in again["warnings"])


async def test_the_log_joins_outcomes_to_decisions_and_reckons_their_cost(
    launch: Starter, tmp_path: Path
) -> None:
    file = tmp_path / "state" / "log.jsonl"
    client = await opened(await launch(), log=str(file))
    reply = await client.route("x" * 300, promptTokens=1000, conversationId="the-conversation")
    told = outcome(reply, inputTokens=2000, cachedInputTokens=0, outputTokens=100, latencyMs=900)
    await client.call("hydra/outcome", told)
    decision, came = await lines(file, 2)
    verdicts = {m["id"]: m for m in reply["explanation"]["models"]}
    chosen = reply["chosenModel"]["id"]
    assert decision["decisionId"] == came["decisionId"] == reply["decisionId"]
    assert (decision["model"], decision["costUsd"]) == (chosen, verdicts[chosen]["cost"])
    assert (decision["strongestModel"], decision["strongestCostUsd"]) == ("large", verdicts["large"]["cost"])
    assert decision["scores"] == reply["scores"]
    assert decision["catalogVersion"] == reply["catalogVersion"]
    assert len(decision["conversation"]) == 16
    assert came["strongestCostUsd"] == pytest.approx((2000 * 10 + 100 * 40) / 1e6)
    assert came["costUsd"] < came["strongestCostUsd"]
    if sys.platform != "win32":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_the_outcome_of_an_estimated_model_has_a_cost(launch: Starter, tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    client = await opened(await launch(), log=str(file))
    reply = await client.route("hello", available=[{"vendor": "acme", "id": "brand-new"}])
    await client.call("hydra/outcome", outcome(reply, inputTokens=2000, outputTokens=100))
    came = (await lines(file, 2))[1]
    assert came["model"] == "brand-new"
    assert came["costUsd"] == came["strongestCostUsd"] > 0


async def test_no_prompt_and_no_conversation_id_is_in_the_log(launch: Starter, tmp_path: Path) -> None:
    file, secret = tmp_path / "log.jsonl", "xyzzy-secret"
    client = await opened(await launch(), log=str(file))
    for prompt in (f"please {secret}", f"raise {secret}"):
        reply = await client.route(prompt, conversationId=secret, mode=secret)
        assert secret not in json.dumps(reply)
    await client.call("hydra/outcome", {"decisionId": secret, "model": {"id": "tiny"}, "ran": True})
    logged = await lines(file, 3)
    assert logged[1]["fallbackReason"] == "the predictor failed (RuntimeError)"
    assert secret not in file.read_text()


async def test_prompts_are_logged_once_the_user_turns_that_on(launch: Starter, tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    client = await opened(await launch(), log=str(file), logPrompts=True)
    await client.route("my prompt \ud800 \u2028")
    assert (await lines(file, 1))[0]["prompt"] == "my prompt \ud800 \u2028"


async def test_utility_requests_have_no_share_in_the_log(launch: Starter, tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    client = await opened(await launch(), log=str(file))
    title = await client.route("a title, please", event="utility")
    await client.call("hydra/outcome", outcome(title))
    await client.route("hello")
    assert [line["kind"] for line in await lines(file, 1)] == ["decision"]


async def test_the_log_is_in_the_state_folder_unless_it_is_turned_off(
    launch: Starter, state_folder: Path
) -> None:
    file = state_folder / "hydra-auto" / "decisions.jsonl"
    client = await opened(await launch(), log=None)
    reply = await client.route("hello")
    await until(lambda: file.exists() and reply["decisionId"] in file.read_text(), 5)
    silent = await opened(await launch(), log=False)
    unlogged = await silent.route("hello")
    await silent.shutdown_session()
    await silent.process.wait()
    assert unlogged["decisionId"] not in file.read_text()


@pytest.mark.parametrize("log", [True, 5, ""])
async def test_a_log_that_is_no_path_is_refused(launch: Starter, log: object) -> None:
    client = await launch()
    with pytest.raises(JsonRpcException, match="`log` must be a path or false"):
        await client.open({"log": log})


async def test_a_log_that_cannot_be_written_stops_no_decision(launch: Starter, tmp_path: Path) -> None:
    client = await opened(await launch(), log=str(tmp_path))
    assert [(await client.route("hello"))["fallback"] for _ in range(3)] == [False] * 3


async def test_what_was_decided_last_is_in_the_log_when_the_server_leaves(
    launch: Starter, tmp_path: Path
) -> None:
    file = tmp_path / "log.jsonl"
    client = await opened(await launch(), log=str(file))
    replies = await asyncio.gather(*(client.route("hello") for _ in range(100)))
    await client.shutdown_session()
    await client.process.wait()
    logged = {json.loads(line)["decisionId"] for line in file.read_text().splitlines()}
    assert logged == {r["decisionId"] for r in replies}
