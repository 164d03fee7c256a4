"""What every training stage shares: one resumable loop over seeded batches, with its losses in a file."""

from __future__ import annotations

import hashlib
import json
import math
import random
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from attrs import frozen
from torch import Tensor, nn

from hydra_auto.predictor.batches import packed
from hydra_auto.training.progress import Progress

CHECKPOINT_EVERY = 50.0
"""Seconds between two checkpoints; a run that is killed loses at most these."""

WARM_UP = 0.06
"""Share of the steps over which the learning rate rises from 0; it falls to 0 by a cosine afterwards."""


@frozen
class Stage:
    """One stage's loop: `loss(batch)` of the batch that belongs to a step number, `steps` times."""

    name: str
    work: Path
    steps: int
    learning_rate: float
    weight_decay: float
    seed: int
    data: str
    """What the steps read (`digest`): a checkpoint of other data is not gone on with."""

    @property
    def checkpoint(self) -> Path:
        """The file from which an interrupted stage goes on."""
        return _checkpoint(self.work, self.name)

    @property
    def losses(self) -> Path:
        """JSON lines, one per step: `step`, `loss`, `rate`."""
        return self.work / f"{self.name}.losses.jsonl"


def device() -> torch.device:
    """A GPU where there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def autocast() -> torch.autocast:
    """bfloat16 on GPU and CPU alike: the same code, the same numbers, half the time."""
    return torch.autocast(device().type, torch.bfloat16)


def run(stage: Stage, module: nn.Module, loss: Callable[[int], Tensor], progress: Progress) -> None:
    """Trains `module` (already on the device) for `stage.steps`, going on where a checkpoint left off.

    `loss(step)` must build its batch from the step number alone, so that a resumed run sees the same data.
    The checkpoint stays until `forget`, for its result is not kept yet.

    Raises:
        ValueError: the checkpoint is of other data or another number of steps.
    """
    optimizer = torch.optim.AdamW(
        _groups(module, stage.weight_decay), lr=stage.learning_rate, betas=(0.9, 0.98), fused=True
    )
    first = _resume(stage, module, optimizer)
    module.train()
    saved = time.monotonic()
    for step in progress(range(first, stage.steps), stage.name, stage.steps, first):
        torch.manual_seed(stage.seed * 1_000_003 + step)
        rate = stage.learning_rate * schedule(step, stage.steps)
        for group in optimizer.param_groups:
            group["lr"] = rate
        value = loss(step)
        torch.autograd.backward(value)
        nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        with stage.losses.open("a", encoding="utf-8") as log:
            log.write(
                json.dumps({"step": step, "loss": round(float(value.detach()), 5), "rate": rate}) + "\n"
            )
        if step + 1 == stage.steps or time.monotonic() - saved > CHECKPOINT_EVERY:
            _save(stage, module, optimizer, step + 1)
            saved = time.monotonic()


def forget(work: Path, name: str) -> None:
    """Removes the checkpoint of the stage `name`, whose result is kept now."""
    _checkpoint(work, name).unlink(missing_ok=True)


@contextmanager
def whole(folder: Path) -> Iterator[Path]:
    """A folder to fill, which takes the place of `folder` once the block is through: never half a result."""
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    yield partial
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)


def keep_array(file: Path, values: np.ndarray) -> None:
    """Writes `values` as a `.npy` that is there whole or not at all."""
    partial = file.with_suffix(".partial.npy")
    np.save(partial, values)
    partial.replace(file)


def digest(parts: Iterable[bytes]) -> str:
    """16 hexadecimal digits that no other data has."""
    found = hashlib.sha256()
    for part in parts:
        found.update(part)
    return found.hexdigest()[:16]


def schedule(step: int, steps: int) -> float:
    """The learning rate's factor in [0, 1] at `step` of `steps`."""
    warm = max(1, int(WARM_UP * steps))
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


def batches(lengths: Sequence[int], budget: int, rng: random.Random) -> list[list[int]]:
    """Indices in batches of like lengths whose padded size stays within `budget` tokens, shuffled."""
    order = sorted(range(len(lengths)), key=lambda i: (lengths[i] * (0.9 + 0.2 * rng.random()), i))
    found = packed(order, lengths, budget)
    rng.shuffle(found)
    return found


def padded(rows: Sequence[Sequence[int] | np.ndarray], pad: int) -> tuple[Tensor, Tensor]:
    """(ids, mask), each [batch, longest row], on the device; mask is 1 at real tokens."""
    lengths = np.asarray([len(r) for r in rows])
    mask = np.arange(lengths.max()) < lengths[:, None]
    ids = np.full(mask.shape, pad, dtype=np.int64)
    ids[mask] = np.concatenate([np.asarray(r) for r in rows])
    return torch.from_numpy(ids).to(device()), torch.from_numpy(mask.astype(np.int64)).to(device())


def losses(path: Path) -> Iterator[dict[str, float]]:
    """The rows that `run` logged; of a step that was logged twice, the later one."""
    seen = {row["step"]: row for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())}
    yield from (seen[s] for s in sorted(seen))


def _groups(module: nn.Module, decay: float) -> list[dict[str, object]]:
    plain = [p for p in module.parameters() if p.ndim < 2]
    matrices = [p for p in module.parameters() if p.ndim >= 2]
    return [{"params": matrices, "weight_decay": decay}, {"params": plain, "weight_decay": 0.0}]


def _checkpoint(work: Path, name: str) -> Path:
    return work / f"{name}.checkpoint.pt"


def _resume(stage: Stage, module: nn.Module, optimizer: torch.optim.Optimizer) -> int:
    if not stage.checkpoint.exists():
        stage.losses.unlink(missing_ok=True)
        return 0
    state = torch.load(stage.checkpoint, map_location=device(), weights_only=True)
    if (state["steps"], state["data"]) != (stage.steps, stage.data):
        raise ValueError(
            f"{stage.checkpoint}: belongs to a run of {state['steps']} steps or of other data: delete it to "
            f"begin the stage anew"
        )
    module.load_state_dict(state["module"])
    optimizer.load_state_dict(state["optimizer"])
    return int(state["step"])


def _save(stage: Stage, module: nn.Module, optimizer: torch.optim.Optimizer, step: int) -> None:
    partial = stage.checkpoint.with_suffix(".partial")
    state = {"module": module.state_dict(), "optimizer": optimizer.state_dict(), "step": step}
    torch.save({**state, "steps": stage.steps, "data": stage.data}, partial)
    partial.replace(stage.checkpoint)
