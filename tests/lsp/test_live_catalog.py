"""A catalog that is edited while requests run: no reply is lost, none mixes two versions."""

from __future__ import annotations

from typing import Any

import pytest

from hydra_auto.benchmark import live


def test_every_reply_is_consistent_with_exactly_one_version_and_none_is_lost() -> None:
    """The smaller run of `python -m hydra_auto.benchmark.live`, which prints the figures, and long enough for
    more than one edit to come through however fast the replies are.
    """
    edits = len(live.WAYS)
    figures = live.run_live(requests=600, edits=edits, at_once=4)
    assert figures["replies"] == figures["requests"] == 600
    assert figures["requests without exactly one reply"] == 0
    assert figures["the first of them"] is None
    assert figures["replies that are not consistent with one version"] == 0
    assert figures["edit in force at the end"] == figures["edits"] == edits
    assert figures["edits seen in a reply"] > 1


class Replies:
    """A server that gives prepared results."""

    def __init__(self, *results: dict[str, Any]) -> None:
        self.messages = [{"id": number, "result": result} for number, result in enumerate(results)]

    def receive(self) -> dict[str, Any]:
        return self.messages.pop(0)


def reply(version: int, model: int, price: int) -> dict[str, Any]:
    name = live.model_of(model)
    models = [{"id": name, "cost": live.cost_of(price)}]
    return {
        "catalogVersion": f"v{version}",
        "chosenModel": {"id": name},
        "explanation": {"models": models},
    }


@pytest.mark.parametrize(
    ("result", "consistent"),
    [
        (reply(version=1, model=1, price=1), True),
        (reply(version=1, model=0, price=1), False),
        (reply(version=1, model=1, price=0), False),
        (reply(version=0, model=1, price=1), False),
        (reply(version=9, model=1, price=1), False),
    ],
    ids=["consistent", "another model", "another price", "another version", "no known version"],
)
def test_a_reply_that_mixes_versions_is_found(result: dict[str, Any], consistent: bool) -> None:
    session = live.Session(Replies(result), {"v0": 0, "v1": 1})  # type: ignore[arg-type]
    session.sent[0] = 0.0
    session.take_reply()
    assert (session.errors == []) is consistent
    assert (session.first_seen.keys() == {1}) is consistent
