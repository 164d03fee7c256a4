"""A folder or a Hugging Face id -> the folder with the model's files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from hydra_auto.conversion.error import ConversionError

FILES: Final = ("config.json", "tokenizer.json", "*.safetensors*", "pytorch_model*.bin*")
"""What is fetched from a hub: all that a conversion reads."""


def find(source: str | Path) -> Path:
    """The local folder of `source`; an id such as `answerdotai/ModernBERT-base` is fetched from its hub.

    Raises:
        ConversionError: neither a folder nor an id that the hub, or its local cache, has.
    """
    folder = Path(source)
    if folder.is_dir():
        return folder
    if folder.exists():
        raise ConversionError(f"{folder} is a file; give the folder that holds its config.json")
    if not isinstance(source, str) or not re.fullmatch(r"[\w.-]+/[\w.-]+", source):
        raise ConversionError(f"{source} is neither a folder nor a Hugging Face id (owner/name)")
    return _fetched(source)


def _fetched(repository: str) -> Path:
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(repository, allow_patterns=list(FILES)))
    except (OSError, ValueError) as error:  # every error of the hub is one of the two
        reason = str(error).strip().partition("\n")[0]
        raise ConversionError(
            f"{repository} is no folder here, and the hub did not give it ({reason});"
            " check the name and the connection, or give the path of a downloaded folder"
        ) from error
