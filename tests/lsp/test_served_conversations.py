"""Conversations over real stdio."""

from __future__ import annotations

import asyncio

import pytest
from lsp_client import HydraClient, Starter
from pygls.exceptions import JsonRpcException

pytestmark = pytest.mark.asyncio(loop_scope="session")

HARD = "x" * 790


async def test_hi_and_then_a_hard_task_reaches_a_strong_model_in_turn_2(shared: HydraClient) -> None:
    first = await shared.route("hi", conversationId="hi", turn=1)
    second = await shared.route(HARD, conversationId="hi", turn=2)
    third = await shared.route("y" * 400, conversationId="hi", turn=3)
    assert [r["chosenModel"]["id"] for r in (first, second, third)] == ["tiny", "large", "large"]
    assert [r["sticky"] for r in (first, second, third)] == [False, False, True]
    assert first["explanation"]["anchor"] is None
    assert third["explanation"]["anchor"]["reasoning"] == 0.79
    assert third["explanation"]["drift"] == 0


async def test_a_tool_loop_stays_with_its_model_and_requests_at_once_share_a_decision(
    shared: HydraClient,
) -> None:
    calls = (shared.route(HARD, conversationId="loop", turn=1, promptTokens=300) for _ in range(5))
    replies = await asyncio.gather(*calls)
    for reply in replies:
        del reply["latencyMs"], reply["decisionId"]
    assert all(reply == replies[0] for reply in replies)
    grown = await shared.route(HARD, conversationId="loop", turn=1, promptTokens=90_000)
    assert (grown["chosenModel"]["id"], grown["sticky"]) == ("large", True)


async def test_after_a_restart_the_previous_model_goes_on(launch: Starter) -> None:
    client = await launch()
    await client.open()
    await client.predictor_ready()
    reply = await client.route("y" * 400, conversationId="old", turn=7, previousModel="large")
    assert (reply["chosenModel"]["id"], reply["sticky"]) == ("large", True)


async def test_the_client_sets_how_firmly_a_conversation_holds_on(launch: Starter) -> None:
    client = await launch()
    with pytest.raises(JsonRpcException, match=r"`stickiness\.confidence` must be from 0 to 1, not 2"):
        await client.open({"stickiness": {"confidence": 2}})
    await client.open({"stickiness": {"confidence": 0, "drift": 0.5, "conversations": 1}})
    await client.predictor_ready()
    first = await client.route("y" * 400, conversationId="c", turn=1)
    second = await client.route("x" * 700, conversationId="c", turn=2)
    assert (first["chosenModel"]["id"], second["sticky"]) == ("small", False)
    assert second["explanation"]["drift"] == 0.6
