"""Pins what the extension brings and installs, from the ranges in pyproject.toml:
`python extension/scripts/lock.py` (needs `uv` on PATH and a package index). It writes, hashes included,

    bundled/libs.txt    pure Python, vendored into the vsix: with these alone the server serves
    bundled/native.txt  the predictor's native parts, installed with the user's consent
    bundled/pip.txt     the pip that installs them, for a Debian python3 has none
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

BUNDLED: Final = Path(__file__).resolve().parent.parent / "bundled"
PYPROJECT: Final = BUNDLED.parent.parent / "pyproject.toml"
OLDEST: Final = "3.11"

HEADER: Final = "# Written by extension/scripts/lock.py from pyproject.toml: change that, and run it.\n"

NATIVE: Final = ("ctranslate2", "numpy", "tokenizers")
NOT_SERVED: Final = ("click", "rich", "transformers")
"""Of the command line, of conversion and of training; the server imports none of them."""


def ranges() -> dict[str, list[str]]:
    """The requirements of each lock, as pyproject.toml writes them."""
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    found: dict[str, list[str]] = {"libs": [], "native": [], "pip": ["pip>=25"]}
    for requirement in project["dependencies"]:
        name = re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
        if name not in NOT_SERVED:
            found["native" if name in NATIVE else "libs"].append(requirement)
    return found


def compile_lock(name: str, requirements: list[str]) -> str:
    """The lock's text: for every Python and platform at once, every wheel's hash."""
    options = ["--universal", "--generate-hashes", "--python-version", OLDEST, "--no-header", "--no-annotate"]
    if name == "native":
        # What else these wheels ask for is used by their converters and the hub, not by the predictor.
        options += ["--no-deps", "--only-binary", ":all:"]
    done = subprocess.run(
        ["uv", "pip", "compile", "--quiet", *options, "-"],
        input="\n".join(requirements),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(f"{name}.txt cannot be resolved: {done.stderr.strip()}")
    return HEADER + done.stdout


def main() -> None:
    """Writes the three locks."""
    for name, requirements in ranges().items():
        (BUNDLED / f"{name}.txt").write_text(compile_lock(name, requirements), encoding="utf-8")


if __name__ == "__main__":
    main()
