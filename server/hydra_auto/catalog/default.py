"""Where the catalog that hydra-auto comes with lies."""

from __future__ import annotations

from pathlib import Path


def default_catalog_path() -> Path:
    """The catalog inside the wheel, else the checkout's."""
    packed = Path(__file__).parent / "builtin" / "default.yaml"
    return packed if packed.exists() else Path(__file__).parents[3] / "catalog" / "default.yaml"
