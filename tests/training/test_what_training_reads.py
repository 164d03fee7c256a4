"""What a training run reads of a request: other manners, another turn, the same target."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
import torch
from attrs import evolve

from hydra_auto.predictor.bundle import default_bundle_path
from hydra_auto.predictor.text import render
from hydra_auto.predictor.tokens import RequestTokenizer
from hydra_auto.training import augmentation
from hydra_auto.training.augmentation import CHANGED, changed
from hydra_auto.training.config import Config, FineTuning, Often
from hydra_auto.training.data import LIFELIKE, OWN, WRITTEN, Example
from hydra_auto.training.distillation import Plan
from hydra_auto.training.examination import robustness
from hydra_auto.training.finetuning import reading
from hydra_auto.training.lessons import Lesson
from hydra_auto.training.reading import Batch, Said, read, said

REQUEST = "Fix the login form in src/auth.ts, it loses the session."


@pytest.fixture(scope="module")
def tokenizer() -> RequestTokenizer:
    return RequestTokenizer.from_file(default_bundle_path() / "tokenizer.json", 64)


def test_about_the_stated_share_of_requests_is_read_in_a_changed_form() -> None:
    other = sum(changed(REQUEST, random.Random(i)) != REQUEST for i in range(2_000))
    assert CHANGED - 0.06 < other / 2_000 < CHANGED + 0.03  # some typos hit no letter


def test_a_changed_request_keeps_most_of_its_letters_and_the_same_seed_gives_the_same_one() -> None:
    for i in range(300):
        text = changed(REQUEST, random.Random(i))
        assert text == changed(REQUEST, random.Random(i))
        kept = sum(word in text.lower() for word in REQUEST.lower().split())
        assert kept >= len(REQUEST.split()) // 2


def test_no_sentence_of_the_examination_is_learnt_by_heart() -> None:
    files = (Path(augmentation.__file__), augmentation.COURTESIES)
    source = "".join(file.read_text(encoding="utf-8") for file in files)
    for change in robustness.CHANGES.values():
        for line in change("", random.Random(0)).split("\n")[:4]:
            assert line.strip() == "" or line.strip() not in source


def test_an_epoch_reads_every_request_once_and_its_target_goes_with_it(tokenizer: RequestTokenizer) -> None:
    found = read(
        range(50), lambda i, _: Said(f"request {i} " * (i + 1)), tokenizer, 256, ["first", "second"], 0.0
    )
    assert sorted(i for batch in found for i in batch.chosen) == sorted([*range(50)] * 2)
    batch = found[0]
    assert len(batch.rows) == len(batch.chosen)
    ids, mask = batch.tensors()
    assert ids.shape == mask.shape
    assert batch.of(torch.arange(50.0)).tolist() == [float(i) for i in batch.chosen]


def test_a_lesson_is_read_in_the_mode_that_its_teacher_was_told() -> None:
    lesson = Lesson(("sort this", "sortiere das"), "source", "agent")
    plan = Plan([], [lesson])
    said_so_far = {plan.said(0, random.Random(i)) for i in range(50)}
    assert said_so_far == {Said(text, "agent") for text in lesson.variants}


def test_epochs_read_in_other_manners(tokenizer: RequestTokenizer) -> None:
    def rows(seed: str) -> dict[int, list[int]]:
        def of(batch: Batch) -> dict[int, list[int]]:
            return {i: list(row) for i, row in zip(batch.chosen, batch.rows, strict=True)}

        return {
            i: row
            for b in read(range(40), lambda _i, _r: Said(REQUEST), tokenizer, 512, [seed], 0.08)
            for i, row in of(b).items()
        }

    assert rows("a") == rows("a")
    assert rows("a") != rows("b")


def test_what_an_epoch_reads_is_kept_and_not_read_again(tokenizer: RequestTokenizer, tmp_path: Path) -> None:
    def again(_place: int, _rng: random.Random) -> Said:
        raise AssertionError("read again")

    seeds = ["a", "b"]
    first = read(range(40), lambda _i, _r: Said(REQUEST), tokenizer, 512, seeds, 0.08, tmp_path)
    kept = read(range(40), again, tokenizer, 512, seeds, 0.08, tmp_path)
    assert [b.content for b in kept] == [b.content for b in first]
    plain = read(range(40), lambda _i, _r: Said(REQUEST), tokenizer, 512, seeds, 0.08)
    assert [b.content for b in plain] == [b.content for b in first]


def test_a_share_of_the_tokens_is_left_out_and_the_ends_stay(tokenizer: RequestTokenizer) -> None:
    whole = tokenizer.encode([render(REQUEST)])[0]

    def rows(count: int, text: str, dropped: float) -> list[list[int]]:
        read_as = read(range(count), lambda _i, _r: Said(text), tokenizer, 512, ["a"], dropped)
        return [[*row] for b in read_as for row in b.rows]

    assert all((row[0], row[-1]) == (whole[0], whole[-1]) for row in rows(400, REQUEST, 0.08))
    long = "x y " * 200
    assert all(len(row) == tokenizer.max_tokens for row in rows(60, long, 0.0))
    left_out = 1 - sum(map(len, rows(60, long, 0.08))) / (60 * tokenizer.max_tokens)
    assert 0.06 < left_out < 0.1


def test_an_epoch_reads_each_kind_as_often_as_it_is_told(tokenizer: RequestTokenizer, tmp_path: Path) -> None:
    public = Example("x", REQUEST, "en", "s", "x", (0.1, 0.2, 0.3, 0.4), "train")
    kinds = [public, *(evolve(public, source=source) for source in (WRITTEN, LIFELIKE, OWN))]
    training = [kinds[i % 4] for i in range(400)]
    settings = FineTuning(tokens=512, often=Often(public=2, written=0, own=0.2))

    def chosen(epoch: int) -> list[int]:
        config = Config(tmp_path, tmp_path, tmp_path)
        batches = reading("tuning", config, settings, tokenizer, training, [epoch])
        assert all(len(b.rows) == len(b.chosen) for b in batches)
        return sorted(int(i) for b in batches for i in b.chosen)

    for epoch in (0, 1):
        times = [Counter(chosen(epoch))[i] for i in range(400)]
        assert times[::4] == [2] * 100
        assert times[1::4] == [0] * 100
        assert times[2::4] == [1] * 100
        assert set(times[3::4]) == {0, 1}
        assert 8 < sum(times[3::4]) < 35
    assert chosen(0) != chosen(1)
    assert chosen(1) == chosen(1)  # the second time from what was kept


def test_a_request_that_is_read_twice_is_not_read_in_the_same_manner(tokenizer: RequestTokenizer) -> None:
    twice = read([7] * 60, lambda _i, _r: Said(REQUEST), tokenizer, 512, ["a"], 0.0)
    assert len({row.tobytes() for b in twice for row in b.rows}) > 10


def test_a_request_is_read_in_the_mode_that_its_annotators_knew_of() -> None:
    own = Example("own-1", REQUEST, "en", "own", "own-1", (0.1, 0.2, 0.3, 0.4), "train")
    for mode in (None, "ask", "edit", "agent"):
        assert said(evolve(own, mode=mode)) == Said(REQUEST, mode)
