"""`python -m hydra_auto.benchmark.live`: a catalog is edited while requests run over real stdio.

Every edit allows one model alone, at a price of its own, so that each reply tells which edit it was decided
on: by the model, by the cost, and by the catalog version, and all three must agree.
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import click
from attrs import define, field

from hydra_auto.benchmark.client import StdioClient
from hydra_auto.catalog import compose_catalog, default_catalog_path, parse
from hydra_auto.catalog.model import USER
from hydra_auto.catalog.parse import read_layer

PROMPT_TOKENS: Final = 1000
BROKEN: Final = '{"allow": ["*"], "tiers": {"balance": {"tau": "lots"}}}'


@define
class Session:
    """The requests sent and what came back; `versions` says which edit a catalog version is."""

    client: StdioClient
    versions: Mapping[str, int]
    sent: dict[int, float] = field(factory=dict)
    replies: Counter[int] = field(factory=Counter)
    errors: list[str] = field(factory=list)
    latencies: list[float] = field(factory=list)
    first_seen: dict[int, float] = field(factory=dict)
    changes: int = 0

    @property
    def open(self) -> int:
        """Requests without a reply."""
        return len(self.sent) - self.replies.total()

    def ask(self, number: int) -> None:
        """One more request under way, of a conversation of its own."""
        prompt = f"request {number}: why does this test hang after the second await?"
        sent = self.client.send("hydra/route", {"prompt": prompt, "promptTokens": PROMPT_TOKENS})
        self.sent[sent] = time.perf_counter()

    def take_reply(self) -> None:
        """Waits for the next reply, and judges it."""
        while "id" not in (message := self.client.receive()):
            self.changes += message.get("method") == "hydra/didChangeCatalog"
        now = time.perf_counter()
        self.replies[message["id"]] += 1
        self.latencies.append(now - self.sent[message["id"]])
        if error := message.get("error"):
            self.errors.append(error["message"])
        else:
            self._judge(message["result"], now)

    def _judge(self, reply: Mapping[str, Any], now: float) -> None:
        edit = self.versions.get(reply["catalogVersion"])
        chosen = reply["chosenModel"]["id"]
        cost = next(m["cost"] for m in reply["explanation"]["models"] if m["id"] == chosen)
        if edit is None:
            self.errors.append(f"version {reply['catalogVersion']} is that of no edit")
        elif chosen != model_of(edit) or abs(cost - cost_of(edit)) > 1e-12:
            self.errors.append(f"on the version of edit {edit}, {chosen} was chosen at {cost}")
        else:
            self.first_seen.setdefault(edit, now)


def run_live(requests: int, edits: int, at_once: int) -> dict[str, Any]:
    """The figures of `requests` requests, `at_once` of them under way at any time, while the catalog is
    edited `edits` times in turn in every way that a file can change."""
    versions = versions_of(edits)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "catalog.yaml"
        file.write_text(text_of(0), "utf-8")
        with StdioClient(catalog=str(file)) as client:
            while client.request("hydra/route", {"prompt": "hi"})["fallback"]:
                time.sleep(0.01)
            session = Session(client, versions)
            started = time.perf_counter()
            edited = _play(session, file, requests, edits, at_once)
            seconds = time.perf_counter() - started
            end = client.request("hydra/status", {})["catalogVersion"]
    return _figures(session, requests, edited, seconds, versions.get(end))


def _play(session: Session, file: Path, requests: int, edits: int, at_once: int) -> dict[int, float]:
    """When each edit was complete on disk. The edits are spread evenly over the requests; the last request
    is asked a second after everything else, so that it must be on the last edit."""
    due = {(edit * requests) // (edits + 1): edit for edit in range(1, edits + 1)}
    edited: dict[int, float] = {}

    def make(edit: int) -> None:
        WAYS[edit % len(WAYS)](file, text_of(edit))
        edited[edit] = time.perf_counter()

    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="editor") as editor:
        made = [editor.submit(make, due[n]) for n in range(requests - 1) if _ask(session, n, at_once) in due]
    for edit in made:
        edit.result()
    while session.open:
        session.take_reply()
    time.sleep(1)
    session.ask(requests - 1)
    session.take_reply()
    return edited


def _ask(session: Session, number: int, at_once: int) -> int:
    """Asks one request more, once fewer than `at_once` are under way; returns `number`."""
    while session.open >= at_once:
        session.take_reply()
    session.ask(number)
    return number


def _figures(
    session: Session, requests: int, edited: Mapping[int, float], seconds: float, end: int | None
) -> dict[str, Any]:
    waits = sorted(session.first_seen[edit] - at for edit, at in edited.items() if edit in session.first_seen)
    return {
        "requests": requests,
        "edits": len(edited),
        "replies": session.replies.total(),
        "requests without exactly one reply": sum(session.replies[i] != 1 for i in session.sent),
        "replies that are not consistent with one version": len(session.errors),
        "the first of them": next(iter(session.errors), None),
        "edits seen in a reply": len(waits),
        "edit in force at the end": end,
        "hydra/didChangeCatalog": session.changes,
        "edit to first reply on its version, p50, s": round(statistics.median(waits), 3) if waits else None,
        "edit to first reply on its version, max, s": round(waits[-1], 3) if waits else None,
        "request to reply, p50, ms": round(statistics.median(session.latencies) * 1000, 1),
        "request to reply, max, ms": round(max(session.latencies) * 1000, 1),
        "seconds": round(seconds, 1),
    }


# --- the edits ---------------------------------------------------------------------------------------


def model_of(edit: int) -> str:
    return f"edit-{edit}"


def cost_of(edit: int) -> float:
    """USD of one request."""
    return PROMPT_TOKENS * price_of(edit) / 1e6


def price_of(edit: int) -> float:
    return 1 + edit / 8


def text_of(edit: int) -> str:
    """JSON, of which no beginning is a catalog."""
    model = {
        "name": model_of(edit),
        "vendor": "acme",
        "price": {"input": price_of(edit), "output": 0},
        "limits": {"context": 100_000, "output": 8000},
        "capabilities": dict.fromkeys(("reasoning", "code_gen", "debugging", "tool_use"), 0.8),
    }
    return json.dumps({"allow": [model_of(edit)], "models": {model_of(edit): model}}, indent=1)


def versions_of(edits: int) -> dict[str, int]:
    """The catalog version that each edit makes, the first text (edit 0) included, and which edit it is."""
    base = read_layer(default_catalog_path())
    parsed = (parse(text_of(edit), "catalog.yaml", USER) for edit in range(edits + 1))
    return {compose_catalog([base, layer]).version: edit for edit, layer in enumerate(parsed)}


def _replace(file: Path, text: str) -> None:
    fresh = file.with_suffix(".new")
    fresh.write_text(text, "utf-8")
    os.replace(fresh, file)


def _in_place(file: Path, text: str) -> None:
    file.write_text(text, "utf-8")


def _in_parts(file: Path, text: str) -> None:
    with open(file, "w", encoding="utf-8") as out:
        for at in range(0, len(text), 50):
            out.write(text[at : at + 50])
            out.flush()
            time.sleep(0.01)


def _anew(file: Path, text: str) -> None:
    file.unlink()
    time.sleep(0.2)  # long enough to be read as missing
    file.write_text(text, "utf-8")


def _by_link(file: Path, text: str) -> None:
    target, link = file.with_suffix(f".{time.monotonic_ns()}"), file.with_suffix(".link")
    target.write_text(text, "utf-8")
    link.symlink_to(target)
    os.replace(link, file)


def _after_a_mistake(file: Path, text: str) -> None:
    _replace(file, BROKEN)
    time.sleep(0.2)  # long enough to be read as it is
    _replace(file, text)


WAYS: Final[Sequence[Callable[[Path, str], None]]] = (
    _replace,
    _in_place,
    _in_parts,
    _anew,
    _by_link,
    _after_a_mistake,
)


@click.command()
@click.option("--requests", default=2000, type=click.IntRange(min=100))
@click.option("--edits", default=20, type=click.IntRange(min=1))
@click.option("--at-once", default=4, type=click.IntRange(min=1), help="Requests under way at any time.")
def main(requests: int, edits: int, at_once: int) -> None:
    """Edit a catalog while requests run, and print what came of it as JSON."""
    print(json.dumps(run_live(requests, edits, at_once), indent=2))


if __name__ == "__main__":
    main()
