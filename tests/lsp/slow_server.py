"""The real server with a predictor for tests, whose loading and scoring take as long as one says.

A prompt's score is its length over 1000 in every dimension, .9 in agent mode; a prompt `sleep N …`
takes N seconds, `raise` fails, `nan` gives scores that are none.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from unittest import mock

from hydra_auto.dimensions import Vector
from hydra_auto.lsp.serve import run
from hydra_auto.predictor.bundle import BundleError, Card
from hydra_auto.predictor.text import Rendered
from hydra_auto.scale import IDENTITY


class LengthPredictor:
    card = Card(folder=Path(), name="length", max_tokens=512, scale=IDENTITY, files={}, document={})

    def scores(self, requests: Sequence[Rendered]) -> list[Vector]:
        return [(0.9,) * 4 if "mode:agent" in r.signals else self._score(r.text) for r in requests]

    def _score(self, text: str) -> Vector:
        match text.split():
            case ["sleep", seconds, *_]:
                time.sleep(float(seconds))
            case ["raise"]:
                raise RuntimeError("as asked")
            case ["raise", *_]:
                raise RuntimeError(f"cannot score {text}")
            case ["nan"]:
                return (float("nan"),) * 4
        return (min(len(text) / 1000, 1.0),) * 4


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--load-seconds", type=float, default=0.0)
    parser.add_argument("--load-error", choices=("bundle", "import"))
    parser.add_argument("--clock-speed", type=float, default=1.0)
    parser.add_argument("--blind", action="store_true", help="the disk is not watched")
    options = parser.parse_args()
    if options.blind:
        mock.patch("hydra_auto.lsp.catalogs.CatalogWatcher.watch").start()

    def load() -> LengthPredictor:
        print("a stray line on standard output", flush=True)
        time.sleep(options.load_seconds)
        if options.load_error == "bundle":
            raise BundleError("/bundle/model.bin: missing; reinstall the bundle")
        if options.load_error == "import":
            raise ImportError("No module named 'ctranslate2'")
        return LengthPredictor()

    run(load, [Path(__file__).parent / "base.yaml"], lambda: time.monotonic() * options.clock_speed)


if __name__ == "__main__":
    main()
