"""`python -m hydra_auto`: the shipped predictor where its bundle is there, the flagged fallback where not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from lsp_client import REAL_SERVER, HydraClient, Starter, end, start

from hydra_auto.predictor.bundle import BundleError, default_bundle_path, read_card

pytestmark = pytest.mark.asyncio(loop_scope="session")

SHADOWED = "import sys; sys.path.insert(0, {!r}); from hydra_auto.lsp.serve import serve; serve()"

PROMPTS = {
    "hi": "hi",
    "rename": "rename x to y",
    "proof": "prove that this scheduler is deadlock-free",
    "ci": "the CI is red, find out why and fix it",
}


def bundle_name() -> str | None:
    try:
        return read_card(default_bundle_path()).name
    except BundleError:
        return None


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def shipped() -> AsyncIterator[HydraClient]:
    client = await start(*REAL_SERVER)
    await client.open(progress=True)
    await client.predictor_ready()
    yield client
    await end(client)


async def test_it_predicts_with_the_shipped_bundle_or_says_why_it_falls_back(shipped: HydraClient) -> None:
    predictor = (await shipped.status())["predictor"]
    reply = await shipped.route("Why does my asyncio test hang after the second await?")
    if bundle_name() is None:
        assert predictor["state"] == "failed"
        assert reply["fallback"] is True
        assert str(default_bundle_path()) in reply["fallbackReason"]
    else:
        assert predictor == {"state": "ready", "reason": None, "bundle": bundle_name()}
        assert reply["fallback"] is False
        assert all(0 < v < 1 for v in reply["scores"].values())
        assert reply["latencyMs"]["predict"] < 1000


@pytest.mark.skipif(bundle_name() is None, reason="needs the trained bundle")
async def test_plainly_different_requests_get_plainly_different_scores(shipped: HydraClient) -> None:
    scores = {name: (await shipped.route(prompt))["scores"] for name, prompt in PROMPTS.items()}
    assert scores["proof"]["reasoning"] > scores["rename"]["reasoning"] + 0.2
    assert scores["proof"]["reasoning"] > scores["hi"]["reasoning"] + 0.2
    assert scores["ci"]["debugging"] > scores["rename"]["debugging"] + 0.2
    assert scores["ci"]["tool_use"] > scores["hi"]["tool_use"] + 0.2


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
