"""Lines of requests are read, or refused by their number."""

from __future__ import annotations

import pytest

from hydra_auto.scoring import read_requests


@pytest.mark.parametrize("line", [b"[" * 100_000, b"{broken"])
def test_a_line_that_is_no_json_is_one_sentence_with_its_number(line: bytes) -> None:
    with pytest.raises(ValueError, match=r"^in\.jsonl, line 3: not JSON \([^\n]*\)$"):
        list(read_requests([b'{"text": "hi"}\n', b"\n", line], "in.jsonl"))
