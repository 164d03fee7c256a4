"""Checkpoint files -> checked float32 tensors, one at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from hydra_auto.conversion.error import ConversionError

if TYPE_CHECKING:
    import torch

Array = NDArray[np.float32]

STORED: Final = {"F64": np.float64, "F32": np.float32, "F16": np.float16, "BF16": np.uint16}
"""safetensors' floating-point types, by the numpy type that their bytes are read as."""

CHECKPOINTS: Final = ("model.safetensors", "pytorch_model.bin")
"""One file, or an index of shards with `.index.json` behind the name; the first that is there counts."""


class Weights:
    """A checkpoint's tensors by name; each is read when asked for, as a copy of its own.

    A copy, because CTranslate2 quantises arrays in place.
    """

    def __init__(self, readers: Mapping[str, Callable[[], Array]], prefix: str, file: Path) -> None:
        self._readers = readers
        self._prefix = prefix
        self._file = file

    def encoder(self, name: str, *shape: int) -> Array:
        """A tensor of the encoder, whether the checkpoint has it under `model.` or bare."""
        return self.tensor(self._prefix + name, *shape)

    def tensor(self, name: str, *shape: int) -> Array:
        """The tensor of that name and shape, float32.

        Raises:
            ConversionError: it is missing, of another shape, or holds a value that is no finite number.
        """
        if name not in self._readers:
            raise ConversionError(f"{self._file} has no tensor {name}, which config.json asks for")
        array = self._readers[name]()
        if array.shape != shape:
            raise ConversionError(
                f"{self._file}: {name} has shape {list(array.shape)}, but config.json asks for {list(shape)}"
            )
        if not np.isfinite(array).all():
            raise ConversionError(f"{self._file}: {name} holds values that are no finite numbers")
        return array

    def rows(self, name: str) -> int:
        """The length of a tensor's first axis, 0 when there is no such tensor."""
        return len(self._readers[name]()) if name in self._readers else 0


def read_weights(folder: Path) -> Weights:
    """Opens `model.safetensors` or `pytorch_model.bin`, whole or in shards.

    Raises:
        ConversionError: there is neither, or one is damaged or holds what is no floating-point tensor.
    """
    for name in CHECKPOINTS:
        path, index = folder / name, folder / f"{name}.index.json"
        if path.is_file():
            return _weights(read_file(path), path)
        if index.is_file():
            shards = [read_file(folder / shard) for shard in _shards(index)]
            return _weights({key: r for shard in shards for key, r in shard.items()}, index)
    raise ConversionError(f"{folder} has neither {' nor '.join(CHECKPOINTS)}")


def read_file(path: Path) -> dict[str, Callable[[], Array]]:
    """One checkpoint file's tensors by name, each with what reads it."""
    return _safetensors(path) if path.suffix == ".safetensors" else _pickled(path)


def _weights(readers: Mapping[str, Callable[[], Array]], file: Path) -> Weights:
    prefix = "model." if any(name.startswith("model.embeddings.") for name in readers) else ""
    return Weights(readers, prefix, file)


def _shards(index: Path) -> list[str]:
    try:
        names = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConversionError(f"{index} is no index of shards ({error!r})") from error
    if any(Path(name).name != name for name in names):
        raise ConversionError(f"{index} names a shard outside its folder")
    return names


def _safetensors(path: Path) -> dict[str, Callable[[], Array]]:
    """Read here because safetensors gives numpy no bfloat16, and torch is no run-time dependency."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "numpy"):  # checks that the header and the file's length agree
            pass
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header: dict[str, Any] = json.loads(file.read(length))
    except (OSError, SafetensorError) as error:
        raise ConversionError(f"{path} is damaged or missing ({error}); fetch it again") from error
    header.pop("__metadata__", None)
    return {name: partial(_stored, path, 8 + length, name, entry) for name, entry in header.items()}


def _stored(path: Path, start: int, name: str, entry: Mapping[str, Any]) -> Array:
    if entry["dtype"] not in STORED:
        raise ConversionError(
            f"{path}: {name} is stored as {entry['dtype']}; save the model in float32, float16 or bfloat16"
        )
    begin, end = entry["data_offsets"]
    kind = np.dtype(STORED[entry["dtype"]]).newbyteorder("<")
    flat = np.fromfile(path, kind, (end - begin) // kind.itemsize, offset=start + begin)
    if entry["dtype"] == "BF16":  # the upper half of a float32
        flat = (flat.astype(np.uint32) << 16).view(np.float32)
    return flat.reshape(entry["shape"]).astype(np.float32, copy=False)


def _pickled(path: Path) -> dict[str, Callable[[], Array]]:
    try:
        import torch
    except ImportError as error:
        raise ConversionError(
            f"{path} needs PyTorch: pip install 'hydra-auto[train]', or save the model as safetensors"
        ) from error
    try:
        tensors = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except Exception as error:  # torch raises many kinds for a damaged file
        reason = str(error).strip().partition("\n")[0]
        raise ConversionError(f"{path} is no checkpoint that can be read safely ({reason})") from error
    if not isinstance(tensors, dict):
        raise ConversionError(f"{path} holds no tensors by name; save the model's state_dict")
    return {name: partial(_unpickled, path, name, tensor) for name, tensor in tensors.items()}


def _unpickled(path: Path, name: str, tensor: torch.Tensor) -> Array:
    import torch

    if not isinstance(tensor, torch.Tensor) or not tensor.is_floating_point():
        raise ConversionError(f"{path}: {name} is no floating-point tensor")
    array: Array = tensor.detach().to(torch.float32, copy=True).numpy()
    return array
