"""The converter as a user meets it: one command from a Hugging Face folder to a bundle that loads."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from conversion_models import Checkpoint, checkpoint
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from hydra_auto.predictor.encoder import Predictor
from hydra_auto.predictor.text import Rendered

WORDS = ("[PAD]", "[CLS]", "[SEP]", "fix", "the", "build", "prove", "it")


@pytest.fixture
def source(tmp_path: Path) -> Checkpoint:
    made = checkpoint(tmp_path / "source")
    tokenizer = Tokenizer(WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="it"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(made.folder / "tokenizer.json"))
    return made


def convert(source: Path, dest: Path) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-c",
        "from hydra_auto.cli import main; main()",
        "convert",
        str(source),
        str(dest),
    ]
    return subprocess.run(command, capture_output=True, text=True, check=True)


def test_the_command_makes_a_bundle_whose_scores_are_the_checkpoints(
    source: Checkpoint, tmp_path: Path
) -> None:
    width = source.model.config.hidden_size
    weight = np.random.default_rng(0).normal(0, 0.3, (4, width)).astype(np.float32)
    bias = np.asarray([0.1, -0.2, 0.3, 0.0], np.float32)
    save_file({"weight": weight, "bias": bias}, source.folder / "heads.safetensors")
    convert(source.folder, tmp_path / "bundle")
    predictor = Predictor.load(tmp_path / "bundle")
    request = Rendered((), "fix the build")
    with torch.no_grad():
        states = source.model(torch.tensor([predictor.token_ids(request)])).last_hidden_state[0, 0].numpy()
    exact = 1 / (1 + np.exp(-(weight @ states + bias)))
    assert predictor.scores([request])[0] == pytest.approx(tuple(exact), abs=0.05)
    card = json.loads((tmp_path / "bundle" / "card.json").read_text("utf-8"))
    assert card["scaleMeasured"] is False


def test_a_source_without_heads_is_converted_and_said_to_give_no_scores(
    source: Checkpoint, tmp_path: Path
) -> None:
    done = convert(source.folder, tmp_path / "encoder")
    assert "no heads" in done.stderr
    assert not (tmp_path / "encoder" / "card.json").exists()
    assert (tmp_path / "encoder" / "model.bin").exists()
