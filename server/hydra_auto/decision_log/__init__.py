"""The local decision log: what was decided and what became of it, one JSON object a line, and its summary.

`record` says what a line holds, `write` appends and rotates, `read` reads it back whatever its state,
`summary` adds it up, `plot` draws that. No line holds prompt text unless the user turns that on.
"""

from __future__ import annotations

from pathlib import Path


def default_log_path() -> Path:
    """`decisions.jsonl` in the user's state folder."""
    from platformdirs import user_state_path

    return user_state_path("hydra-auto", appauthor=False) / "decisions.jsonl"
