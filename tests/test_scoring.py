"""Lines of requests are read, or refused by their number."""

from __future__ import annotations

import pytest

from hydra_auto.scoring import ScoringRequest, read_requests


@pytest.mark.parametrize("line", [b"[" * 100_000, b"{broken"])
def test_a_line_that_is_no_json_is_one_sentence_with_its_number(line: bytes) -> None:
    with pytest.raises(ValueError, match=r"^in\.jsonl, line 3: not JSON \([^\n]*\)$"):
        list(read_requests([b'{"text": "hi"}\n', b"\n", line], "in.jsonl"))


def test_a_request_may_bring_its_turn_and_its_mode() -> None:
    (found,) = read_requests([b'{"id": 7, "text": "fix it", "turn": 2, "mode": "agent"}'], "in.jsonl")
    assert found == ScoringRequest(7, "fix it", 2, "agent")
    with pytest.raises(
        ValueError, match=r"^in\.jsonl, line 1: `mode` must be a string \(ask, edit or agent\)$"
    ):
        list(read_requests([b'{"text": "fix it", "mode": 1}'], "in.jsonl"))
