"""Fills bundled/: `python extension/scripts/bundle.py [FOLDER]` (needs pip and a package index).

    libs/  hydra_auto of this checkout with its catalog and model bundle, and the pinned pure Python libraries
    pip/   the pinned pip

The wheels are downloaded by their pinned hashes for one fixed platform (of watchdog that is the one without
compiled parts) and unpacked, not installed: the same checkout gives the same files on every machine.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Final

EXTENSION: Final = Path(__file__).resolve().parent.parent
LOCKS: Final = EXTENSION / "bundled"
REPOSITORY: Final = EXTENSION.parent
TARGET: Final = ("--platform", "manylinux2014_x86_64", "--python-version", "3.11", "--implementation", "cp")
OPTIONAL: Final = ("yaml/_yaml.",)
"""Compiled parts that are left out because their package does without them: PyYAML reads in Python then."""
MOMENT: Final = 1_577_836_800
"""The one modification time of all files, 2020-01-01."""


def main(folder: Path) -> None:
    """Makes `folder`/libs and `folder`/pip anew where their lock has changed, and hydra_auto in any case."""
    for name in ("libs", "pip"):
        lock = LOCKS / f"{name}.txt"
        stamp = folder / name / ".lock"
        if not (stamp.exists() and stamp.read_text() == digest(lock)):
            shutil.rmtree(folder / name, ignore_errors=True)
            unpack(lock, folder / name)
            stamp.write_text(digest(lock))
    copy_package(folder / "libs" / "hydra_auto")
    for name in ("libs", "pip"):
        for cache in list((folder / name).rglob("__pycache__")):
            shutil.rmtree(cache)  # of a server that ran here; it is of one Python only
        for path in (folder / name, *(folder / name).rglob("*")):
            os.utime(path, (MOMENT, MOMENT))


def digest(lock: Path) -> str:
    """SHA-256 of a lock."""
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def unpack(lock: Path, folder: Path) -> None:
    """Downloads what `lock` pins and unpacks it, licences included, scripts and install records not."""
    with tempfile.TemporaryDirectory() as wheels:
        pip = [sys.executable, "-I", "-m", "pip", "--disable-pip-version-check", "download", "--quiet"]
        options = ["--no-deps", "--require-hashes", "--only-binary", ":all:", *TARGET]
        done = subprocess.run([*pip, *options, "--requirement", str(lock), "--dest", wheels])
        if done.returncode:
            sys.exit(f"{lock}: pip could not download it")
        for wheel in sorted(Path(wheels).glob("*.whl")):
            with zipfile.ZipFile(wheel) as archive:
                wanted = [n for n in archive.namelist() if ".data/" not in n and not n.endswith("/RECORD")]
                wanted = [n for n in wanted if not n.startswith(OPTIONAL)]
                compiled = [n for n in wanted if n.endswith((".so", ".pyd", ".dylib"))]
                if compiled:
                    sys.exit(f"{wheel.name} has compiled parts ({compiled[0]}): it fits one system only")
                archive.extractall(folder, wanted)


def copy_package(target: Path) -> None:
    """hydra_auto as its wheel has it: with the default catalog inside."""
    shutil.rmtree(target, ignore_errors=True)
    ignore = shutil.ignore_patterns("__pycache__", "labels")  # the wheel lacks the training labels too
    shutil.copytree(REPOSITORY / "server" / "hydra_auto", target, ignore=ignore)
    shutil.copytree(REPOSITORY / "catalog", target / "catalog" / "builtin", ignore=ignore)


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute() if len(sys.argv) > 1 else LOCKS)
