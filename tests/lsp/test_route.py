"""hydra/route over real stdio, with the test predictor."""

from __future__ import annotations

import asyncio
import json

import pytest
from lsp_client import HydraClient, Starter
from lsprotocol import types
from pygls.exceptions import JsonRpcException

pytestmark = pytest.mark.asyncio(loop_scope="session")

DIMENSIONS = {"reasoning", "code_gen", "debugging", "tool_use"}


async def refused(call: object) -> JsonRpcException:
    with pytest.raises(JsonRpcException) as info:
        await call  # type: ignore[misc]
    assert "\n" not in info.value.message
    return info.value


async def test_a_request_is_routed_with_scores_candidates_and_explanation(shared: HydraClient) -> None:
    reply = await shared.route("x" * 300)
    assert reply["scores"] == dict.fromkeys(DIMENSIONS, 0.3) | reply["scores"]
    assert set(reply["scores"].values()) == {0.3}
    assert reply["fallback"] is False
    assert reply["fallbackReason"] is None
    assert reply["chosenModel"] == reply["candidates"][0]
    assert reply["catalogVersion"] == (await shared.status())["catalogVersion"]
    models = reply["explanation"]["models"]
    assert {m["id"] for m in models} >= {c["id"] for c in reply["candidates"]}
    assert all(set(m["capability"]) == DIMENSIONS for m in models)
    assert reply["chosenModel"]["name"] in reply["explanation"]["reason"]
    assert 0 <= reply["latencyMs"]["predict"] <= reply["latencyMs"]["total"]


async def test_the_predictor_is_told_the_chat_mode(shared: HydraClient) -> None:
    replies = [await shared.route("x" * 300, mode=mode) for mode in ("ask", "Agent", "a secret")]
    assert [r["scores"]["tool_use"] for r in replies] == [0.3, 0.9, 0.3]
    assert [r["explanation"]["mode"] for r in replies] == ["ask", "agent", None]


async def test_a_harder_request_never_gets_a_cheaper_model(shared: HydraClient) -> None:
    async def cost(length: int) -> float:
        reply = await shared.route("x" * length, promptTokens=1000)
        chosen = reply["chosenModel"]["id"]
        return next(m["cost"] for m in reply["explanation"]["models"] if m["id"] == chosen)

    costs = [await cost(length) for length in (10, 300, 500, 700)]
    assert costs == sorted(costs)
    assert costs[0] < costs[-1]


async def test_the_default_tier_is_the_clients_and_a_request_may_name_another(launch: Starter) -> None:
    client = await launch()
    await client.open({"tier": "efficiency"})
    assert (await client.route("hello"))["tier"] == "efficiency"
    assert (await client.route("hello", tier="intelligence"))["tier"] == "intelligence"


async def test_only_what_the_editor_offers_is_chosen_and_named_as_the_editor_names_it(
    shared: HydraClient,
) -> None:
    catalog = await shared.call("hydra/catalog")
    offered = catalog["models"][0]["id"]
    available = [{"vendor": "acme", "id": offered, "name": "Ours", "maxInputTokens": 100_000}]
    reply = await shared.route("hello", available=available)
    assert reply["chosenModel"] == {"id": offered, "name": "Ours", "vendor": "acme", "editorId": offered}


async def test_while_the_predictor_loads_requests_get_the_flagged_fallback(launch: Starter) -> None:
    client = await launch("--load-seconds", 5)
    await client.open(progress=True)
    reply = await client.route("hello")
    assert reply["fallback"] is True
    assert reply["fallbackReason"] == "the predictor is still loading"
    assert reply["latencyMs"]["predict"] == 0
    await client.predictor_ready()
    assert (await client.route("hello"))["fallback"] is False
    (reports,) = client.progress_reports.values()
    assert [r.kind for r in reports] == ["begin", "end"]
    assert reports[-1].message == "the predictor is ready"


async def test_a_client_without_progress_gets_none(launch: Starter) -> None:
    client = await launch("--load-seconds", 0.3)
    await client.open(progress=False)
    await client.predictor_ready()
    assert client.progress_reports == {}


@pytest.mark.parametrize(
    ("kind", "said"), [("bundle", "/bundle/model.bin: missing"), ("import", "ctranslate2")]
)
async def test_without_a_usable_predictor_the_fallback_answers_and_says_why(
    launch: Starter, kind: str, said: str
) -> None:
    client = await launch("--load-error", kind)
    await client.open()
    await client.predictor_ready()
    reply = await client.route("hello")
    assert reply["fallback"] is True
    assert said in reply["fallbackReason"]
    status = await client.status()
    assert status["ready"] is False
    assert status["predictor"] == {"state": "failed", "reason": reply["fallbackReason"], "bundle": None}


async def test_a_prediction_past_the_deadline_becomes_the_flagged_fallback(launch: Starter) -> None:
    client = await launch()
    await client.open({"deadlineMs": 100})
    await client.predictor_ready()
    reply = await client.route("sleep 0.6")
    assert reply["fallback"] is True
    assert reply["fallbackReason"] == "the predictor took longer than 100 ms"
    assert reply["latencyMs"]["total"] < 500
    await asyncio.sleep(0.7)
    assert (await client.route("hello"))["fallback"] is False


@pytest.mark.parametrize("prompt", ["raise", "nan"])
async def test_a_failing_prediction_becomes_the_flagged_fallback(shared: HydraClient, prompt: str) -> None:
    reply = await shared.route(prompt)
    assert reply["fallback"] is True
    assert reply["fallbackReason"].startswith("the predictor failed")
    assert (await shared.route("hello"))["fallback"] is False


async def test_the_loop_answers_while_a_prediction_runs(shared: HydraClient) -> None:
    slow = asyncio.ensure_future(shared.route("sleep 0.8"))
    await asyncio.sleep(0.05)
    status = await asyncio.wait_for(shared.status(), 0.5)
    assert status["ready"] is True
    assert not slow.done()
    assert (await slow)["fallback"] is False


async def test_a_cancelled_request_is_answered_so_and_the_server_goes_on(
    shared: HydraClient,
) -> None:
    running = asyncio.ensure_future(shared.call("hydra/route", {"prompt": "sleep 0.5"}, msg_id=101))
    queued = asyncio.ensure_future(shared.call("hydra/route", {"prompt": "sleep 5"}, msg_id=102))
    await asyncio.sleep(0.1)
    for msg_id in (101, 102):
        shared.cancel_request(types.CancelParams(id=msg_id))
    for call in (running, queued):
        assert (await refused(call)).code == -32800
    assert (await shared.route("hello"))["fallback"] is False


@pytest.mark.parametrize("prompt", ["", " \n\t", "\0"])
async def test_an_empty_prompt_gets_the_flagged_fallback(shared: HydraClient, prompt: str) -> None:
    reply = await shared.route(prompt)
    assert reply["fallback"] is True
    assert reply["fallbackReason"] == "the prompt is empty"


async def test_a_prompt_of_ten_megabytes_is_routed(shared: HydraClient) -> None:
    reply = await shared.route("wie? " * 2_000_000, promptTokens=100)
    assert reply["fallback"] is False


async def test_lone_surrogates_are_routed(shared: HydraClient) -> None:
    reply = await shared.route("\ud800 fix \udfff this")
    assert reply["fallback"] is False
    json.dumps(reply).encode()


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        (None, "hydra/route: `prompt` is missing"),
        ([], "hydra/route: its parameters must be an object, not a list"),
        ({}, "hydra/route: `prompt` is missing"),
        ({"promt": "x"}, "hydra/route: unknown parameter 'promt'; did you mean `prompt`?"),
        (
            {"prompt": "x", "has_image": True},
            "hydra/route: unknown parameter 'has_image'; did you mean `hasImage`?",
        ),
        ({"prompt": 7}, "hydra/route: `prompt` must be a string, not 7"),
        ({"prompt": None}, "hydra/route: `prompt` must be a string, not null"),
        (
            {"prompt": "x", "tier": "turbo"},
            "hydra/route: `tier` must be one of efficiency, balance, intelligence, not 'turbo'",
        ),
        (
            {"prompt": "x", "event": "party"},
            "hydra/route: `event` must be one of compaction, retry, regenerate, utility, not 'party'",
        ),
        ({"prompt": "x", "turn": "2"}, "hydra/route: `turn` must be a whole number, not '2'"),
        ({"prompt": "x", "turn": 0}, "hydra/route: `turn` must be from 1 to 2147483647, not 0"),
        (
            {"prompt": "x", "promptTokens": 10**400},
            "hydra/route: `promptTokens` must be from 0 to 2147483647, not a number of that size",
        ),
        ({"prompt": "x", "hasImage": 1}, "hydra/route: `hasImage` must be true or false, not 1"),
        ({"prompt": "x", "available": {}}, "hydra/route: `available` must be a list, not an object"),
        (
            {"prompt": "x", "available": [{"vendor": "a", "id": "b"}, {"vendor": "a", "id": 3}]},
            "hydra/route: `available[1].id` must be a string, not 3",
        ),
        (
            {"prompt": "x", "available": [{"vendor": "a", "id": "b", "maxInputTokens": -1}]},
            "hydra/route: `available[0].maxInputTokens` must be from 0 to 2147483647, not -1",
        ),
        (
            {"prompt": "x", "available": [{"vendor": "a", "id": "b", "maxInput": 1}]},
            "hydra/route: unknown parameter 'maxInput' in `available[0]`; did you mean `maxInputTokens`?",
        ),
    ],
)
async def test_wrong_parameters_are_one_sentence_that_names_the_parameter(
    shared: HydraClient, params: object, sentence: str
) -> None:
    error = await refused(shared.call("hydra/route", params))
    assert (error.code, error.message) == (-32602, sentence)
    assert (await shared.route("hello"))["fallback"] is False


async def test_an_empty_pool_is_one_sentence(shared: HydraClient) -> None:
    error = await refused(shared.route("hello", available=[]))
    assert error.code == -32803
    assert error.message.startswith("hydra/route: ")


async def test_methods_without_parameters_take_none(shared: HydraClient) -> None:
    error = await refused(shared.call("hydra/status", {"verbose": True}))
    assert (error.code, error.message) == (-32602, "hydra/status: unknown parameter 'verbose'; it takes none")


async def test_wrong_initialization_options_are_refused_and_may_be_sent_again(launch: Starter) -> None:
    client = await launch()
    for options, sentence in (
        ({"tear": "balance"}, "unknown parameter 'tear'; did you mean `tier`?"),
        ({"tier": "turbo"}, "`tier` must be one of efficiency, balance, intelligence, not 'turbo'"),
        ({"deadlineMs": 0}, "`deadlineMs` must be from 1 to 2147483647, not 0"),
        ({"catalog": 5}, "`catalog` must be a path or a catalog, not 5"),
    ):
        error = await refused(client.open(options))
        assert (error.code, error.message) == (-32602, f"initialize: initializationOptions: {sentence}")
    await client.open()
    assert (await client.route("hello"))["catalogVersion"]


async def test_the_catalog_in_force_is_shown_with_profiles_and_origins(shared: HydraClient) -> None:
    catalog = await shared.call("hydra/catalog")
    assert catalog["version"] == (await shared.route("hello"))["catalogVersion"]
    assert set(catalog["tiers"]) == {"efficiency", "balance", "intelligence"}
    assert all(0 <= v <= 1 for m in catalog["models"] for v in m["capability"].values())
    assert all(m["origin"]["line"] >= 1 for m in catalog["models"])
    assert [m["id"] for m in catalog["models"]] == sorted(m["id"] for m in catalog["models"])


async def test_the_status_names_version_predictor_and_catalog(shared: HydraClient) -> None:
    status = await shared.status()
    assert status["ready"] is True
    assert status["predictor"] == {"state": "ready", "reason": None, "bundle": "length"}
    assert len(status["catalogFiles"]) == 1
    assert status["problems"] == []
    assert status["deadlineMs"] == 2500
