"""Unannotated requests -> lessons: a text that the teacher reads, and translations that share its target.

The teacher reads the English text (the first where there is none) and every translation in the group is
trained towards the same target: that is how the scores come not to depend on the language.
"""

from __future__ import annotations

import hashlib
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from attrs import frozen

from hydra_auto.predictor.text import CHAT_MODES
from hydra_auto.training.data import Example, Prompt, near_duplicates, training_prompts

MODED: Final = 1 / 3
"""Share of the lessons that are read in a chat mode, which is drawn: what a mode does to a request is
learned on many more than were rated in one.
"""


@frozen
class Lesson:
    """`variants[0]` is what the teacher reads; the others are the same request in other languages.

    `mode` is the chat mode that teacher and student are told (None: none).
    """

    variants: tuple[str, ...]
    source: str
    mode: str | None = None


def lessons(data: Path, count: int, held_out: Sequence[Example]) -> list[Lesson]:
    """At most `count` lessons: all parallel groups first, then the sources in turn, so that none drowns."""
    groups: dict[str, list[Prompt]] = defaultdict(list)
    for prompt in training_prompts(data):
        groups[prompt.group].append(prompt)
    queues: dict[tuple[bool, str], list[Lesson]] = defaultdict(list)
    for group, members in sorted(groups.items(), key=lambda item: hashlib.sha256(item[0].encode()).digest()):
        members.sort(key=lambda p: p.lang != "en")
        source = members[0].source
        lesson = Lesson(tuple(dict.fromkeys(p.text for p in members)), source, _mode(group))
        queues[len(lesson.variants) == 1, source].append(lesson)
    parallel = [q for (alone, _), q in sorted(queues.items()) if not alone]
    single = [q for (alone, _), q in sorted(queues.items()) if alone]
    chosen = [*_in_turn(parallel), *_in_turn(single)][: count + count // 8]
    seen = near_duplicates_of(chosen, [e.text for e in held_out])
    return [lesson for i, lesson in enumerate(chosen) if i not in seen][:count]


def near_duplicates_of(chosen: Sequence[Lesson], held_out: Iterable[str]) -> set[int]:
    """Places in `chosen` whose first text nearly repeats a held-out one."""
    as_examples = [
        Example(str(i), lesson.variants[0], "", lesson.source, "", (0.0, 0.0, 0.0, 0.0), "train")
        for i, lesson in enumerate(chosen)
    ]
    return {int(i) for i in near_duplicates(as_examples, held_out)}


def _in_turn(queues: Sequence[Sequence[Lesson]]) -> Iterable[Lesson]:
    """One of each queue after the other until all are empty."""
    longest = max((len(q) for q in queues), default=0)
    return (q[i] for i in range(longest) for q in queues if i < len(q))


def _mode(group: str) -> str | None:
    rng = random.Random(f"mode:{group}")
    return rng.choice(CHAT_MODES) if rng.random() < MODED else None
