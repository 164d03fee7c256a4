"""`python -m hydra_auto`: the shipped server with the shipped bundle and the default catalog."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from lsp_client import REAL_SERVER, HydraClient, Starter, end, start

from hydra_auto.predictor.bundle import default_bundle_path, read_card

pytestmark = pytest.mark.asyncio(loop_scope="session")

PROMPTS = {
    "hi": "hi",
    "rename": "rename x to y",
    "proof": "prove that this scheduler is deadlock-free",
    "ci": "the CI is red, find out why and fix it",
}


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def shipped() -> AsyncIterator[HydraClient]:
    client = await start(*REAL_SERVER)
    await client.open(progress=True)
    await client.predictor_ready()
    yield client
    await end(client)


async def test_it_predicts_with_the_shipped_bundle(shipped: HydraClient) -> None:
    name = read_card(default_bundle_path()).name
    assert (await shipped.status())["predictor"] == {"state": "ready", "reason": None, "bundle": name}
    reply = await shipped.route("Why does my asyncio test hang after the second await?")
    assert reply["fallback"] is False
    assert all(0 < v < 1 for v in reply["scores"].values())


async def test_an_editor_gets_the_same_decision_as_the_command_line(shipped: HydraClient) -> None:
    prompt = "Why does my asyncio test hang after the second await?"
    command = (sys.executable, "-c", "from hydra_auto.cli import main; main()", "route", "--json", prompt)
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    printed = json.loads((await process.communicate())[0])
    replied = await shipped.route(prompt)
    for reply in (printed, replied):
        del reply["latencyMs"], reply["decisionId"]
    assert replied == printed


async def test_plainly_different_requests_get_plainly_different_scores(shipped: HydraClient) -> None:
    scores = {name: (await shipped.route(prompt))["scores"] for name, prompt in PROMPTS.items()}
    assert scores["proof"]["reasoning"] > scores["rename"]["reasoning"] + 0.15
    assert scores["proof"]["reasoning"] > scores["hi"]["reasoning"] + 0.15
    assert scores["ci"]["debugging"] > scores["rename"]["debugging"] + 0.15
    assert scores["ci"]["tool_use"] > scores["hi"]["tool_use"] + 0.15


async def test_ten_megabytes_surrogates_and_an_empty_prompt_leave_it_alive(shipped: HydraClient) -> None:
    for prompt in ("x = 1\n" * 1_700_000, "\udcff\ud800", "", "\0" * 100, "[SEP]" * 1000):
        await shipped.route(prompt, promptTokens=10)
    assert (await shipped.route("hello"))["chosenModel"]["id"]


async def test_many_requests_at_once_are_each_answered(shipped: HydraClient) -> None:
    replies = await asyncio.gather(*(shipped.route(f"explain line {n}") for n in range(50)))
    assert len({r["catalogVersion"] for r in replies}) == 1


async def test_without_ctranslate2_it_falls_back_and_says_so(launch: Starter, tmp_path: Path) -> None:
    (tmp_path / "ctranslate2.py").write_text("raise ImportError('no native parts here')\n")
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from hydra_auto.lsp.serve import serve; serve()"
    )
    client = await launch(command=("-c", program))
    await client.open()
    await client.predictor_ready()
    reply = await client.route("hello")
    assert reply["fallback"] is True
    assert "no native parts here" in reply["fallbackReason"]
    assert reply["chosenModel"]["id"]
