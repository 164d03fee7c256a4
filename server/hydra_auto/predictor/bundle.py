"""Folder -> verified model bundle: CTranslate2 model, tokenizer and the card that says what they are.

Pure Python: a damaged bundle is found, and said in one sentence, before any native code reads it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from hydra_auto.dimensions import DIMENSIONS
from hydra_auto.scale import ScoreScale, checked

CARD: Final = "card.json"
MODEL_FILES: Final = ("model.bin", "config.json", "tokenizer.json")
FORMAT: Final = 1
"""Version of the card's format; a bundle of another version is refused."""

CARD_LIMIT: Final = 4 * 1024 * 1024


class BundleError(Exception):
    """A bundle cannot be used; the message is one sentence with the file and what to do about it."""


@frozen
class Card:
    """What a bundle says of itself, checked: `folder` holds the files, `scale` is what routing needs.

    `document` is the whole card as written by the training run (data, metrics, licence).
    """

    folder: Path
    name: str
    max_tokens: int
    scale: ScoreScale
    files: Mapping[str, str]
    document: Mapping[str, Any]


def default_bundle_path() -> Path:
    """The bundle that ships inside the package."""
    return Path(__file__).parent / "bundle"


def read_card(folder: Path) -> Card:
    """Reads and checks `card.json`, then the SHA-256 of every file that it names.

    Raises:
        BundleError: a file is missing, truncated or changed, or the card does not fit this version.
    """
    path = folder / CARD
    document = _document(path)
    if document.get("format") != FORMAT:
        raise BundleError(
            f"{path}: card format {document.get('format')!r} is not {FORMAT}; use a bundle of this version"
        )
    if document.get("dimensions") != list(DIMENSIONS):
        raise BundleError(
            f"{path}: the bundle predicts {document.get('dimensions')!r}, not {list(DIMENSIONS)}; "
            "convert or train one with these dimensions in this order"
        )
    try:
        card = Card(
            folder=folder,
            name=str(document["name"]),
            max_tokens=int(document["maxTokens"]),
            scale=_scale(document["scale"]),
            files={str(k): str(v) for k, v in document["files"].items()},
            document=document,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BundleError(
            f"{path}: the card is incomplete or malformed ({error}); reinstall the bundle"
        ) from error
    _verify(card)
    return card


def write_card(folder: Path, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Writes the card of the finished model in `folder`: `facts`, and the SHA-256 of each file there.

    `facts` need `name`, `maxTokens` and `scale` (see `scale_document`); the whole document is returned.
    """
    files = {p.name: sha256(p) for p in sorted(folder.iterdir()) if p.name != CARD}
    document = {"format": FORMAT, "dimensions": list(DIMENSIONS), **facts, "files": files}
    (folder / CARD).write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return document


def scale_document(scale: ScoreScale) -> dict[str, Any]:
    """A score scale as the card writes it, by dimension."""
    return {
        name: {
            "knots": [list(k) for k in scale.knots[i]],
            "band": list(scale.band[i]),
            "sigma": scale.sigma[i],
        }
        for i, name in enumerate(DIMENSIONS)
    }


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _document(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > CARD_LIMIT:
            raise BundleError(
                f"{path}: larger than {CARD_LIMIT} bytes, this is no card; reinstall the bundle"
            )
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BundleError(f"{path}: cannot be read ({error.strerror}); reinstall the bundle") from error
    except ValueError as error:
        raise BundleError(f"{path}: not valid JSON ({error}); reinstall the bundle") from error
    if not isinstance(document, dict):
        raise BundleError(f"{path}: a card is a JSON object; reinstall the bundle")
    return document


def _scale(document: Mapping[str, Any]) -> ScoreScale:
    parts = [document[name] for name in DIMENSIONS]
    knots = [tuple((float(x), float(y)) for x, y in part["knots"]) for part in parts]
    band = tuple((float(low), float(high)) for low, high in (part["band"] for part in parts))
    sigma = [float(part["sigma"]) for part in parts]
    return checked(
        ScoreScale(
            knots=(knots[0], knots[1], knots[2], knots[3]),
            band=band,
            sigma=(sigma[0], sigma[1], sigma[2], sigma[3]),
        )
    )


def _verify(card: Card) -> None:
    missing = [name for name in MODEL_FILES if name not in card.files]
    if missing:
        raise BundleError(f"{card.folder / CARD}: names no {missing[0]}; reinstall the bundle")
    for name, digest in card.files.items():
        path = card.folder / name
        if Path(name).name != name or name == CARD:
            raise BundleError(f"{card.folder / CARD}: {name!r} is no plain file name; reinstall the bundle")
        if not path.is_file():
            raise BundleError(f"{path}: missing; reinstall the bundle")
        if sha256(path) != digest:
            raise BundleError(
                f"{path}: damaged or truncated, its SHA-256 is not the card's; reinstall the bundle"
            )
