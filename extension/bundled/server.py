"""Starts the server that ships in the extension: `python -I server.py [--native DIR] [--check]`.

Importable are the libraries beside this file, then the predictor's native parts in DIR, then what the
interpreter has of its own; with `-I` never the working directory nor PYTHONPATH. `--check` serves nothing:
it loads the predictor, and where that fails says why in one line on stderr and exits with 1.
"""

import sys
from pathlib import Path

LIBS = Path(__file__).resolve().parent / "libs"


def main(arguments: list[str]) -> None:
    """Serves on standard input and output until the client leaves, or checks."""
    native = arguments[arguments.index("--native") + 1 :][:1] if "--native" in arguments else []
    sys.path[:0] = [str(LIBS), *native]
    if "--check" in arguments:
        check()
    else:
        from hydra_auto.lsp.serve import serve

        serve()


def check() -> None:
    """Loads the predictor as the server does, which scores a request to prove that it works."""
    from hydra_auto.predictor.bundle import default_bundle_path

    try:
        from hydra_auto.predictor.encoder import Predictor

        Predictor.load(default_bundle_path())
    except Exception as error:
        sys.exit(f"{type(error).__name__}: {' '.join(str(error).split())}")


if __name__ == "__main__":
    main(sys.argv[1:])
