"""From a bundle back to the network that it was made of."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from hydra_auto.conversion import convert
from hydra_auto.conversion.first_layer import fold
from hydra_auto.dimensions import named
from hydra_auto.predictor.bundle import scale_document, write_card
from hydra_auto.predictor.encoder import Predictor
from hydra_auto.predictor.text import render
from hydra_auto.predictor.tokens import CLS, PAD, SEP, SIGNAL_TOKENS, RequestTokenizer
from hydra_auto.scale import IDENTITY
from hydra_auto.training.config import EncoderShape
from hydra_auto.training.finetuning import predict
from hydra_auto.training.network import Network, load_network, new_encoder, save_network
from hydra_auto.training.thawing import thaw, unfolded

SHAPE = {
    "layers": 4,
    "width": 64,
    "heads": 2,
    "feed_forward": 96,
    "vocabulary": 200,
    "max_tokens": 64,
    "local_attention": 16,
    "global_every": 3,
}
WORDS = ("fix", "the", "build", "and", "prove", "that", "it", "ends", "hi", *(f"word{i}" for i in range(200)))
"""Many more than components, as in every real vocabulary: the gain is found from them."""


TEXTS = ("fix the build", "prove that it ends and ends", "hi")
REQUESTS = [render(text) for text in TEXTS]


def normalised(rows: np.ndarray, gain: np.ndarray) -> np.ndarray:
    centred = rows - rows.mean(axis=1, keepdims=True)
    return centred / centred.std(axis=1, keepdims=True) * gain


def test_the_embedding_norm_comes_back_but_for_a_constant_that_no_layer_sees() -> None:
    rng = np.random.default_rng(0)
    embeddings = rng.normal(size=(900, 32)).astype(np.float32)
    gain = rng.uniform(0.6, 1.7, 32).astype(np.float32)
    table = fold(embeddings, gain, None, 1e-12).table
    found, own = unfolded(table, 1e-12)
    assert own == pytest.approx(gain, rel=1e-3)
    assert normalised(found, own) == pytest.approx(normalised(embeddings, gain), abs=2e-3)


@pytest.fixture
def network(tmp_path: Path) -> Path:
    return saved(tmp_path / "network", SHAPE)


def saved(folder: Path, shape: dict[str, int]) -> Path:
    """A network whose every weight differs from its start, saved as a training run saves one."""
    torch.manual_seed(20261126)
    names = [PAD, CLS, SEP, "[MASK]", *SIGNAL_TOKENS.values(), *WORDS]
    tokenizer = Tokenizer(WordLevel({name: i for i, name in enumerate(names)}, unk_token=PAD))
    tokenizer.pre_tokenizer = Whitespace()
    made = Network(new_encoder(EncoderShape(**shape), tokenizer), 0.0)
    with torch.no_grad():
        for weight in made.parameters():
            weight.mul_(1 + 0.3 * torch.rand_like(weight)).add_(0.1 * torch.randn_like(weight))
    save_network(made, folder, tokenizer)
    return folder


def bundle(network: Path, quantization: str | None, shape: dict[str, int]) -> Path:
    folder = convert(network, network.parent / "bundle", quantization=quantization)
    facts = {"name": "made here", "maxTokens": 64, "scale": scale_document(IDENTITY), "probes": {}}
    write_card(folder, {**facts, "training": {"encoder": shape}})
    probes = {t: named(s) for t, s in zip(TEXTS, Predictor.load(folder).scores(REQUESTS), strict=True)}
    write_card(folder, {**facts, "probes": probes, "training": {"encoder": shape}})
    return folder


@pytest.mark.parametrize(("quantization", "within"), [(None, 2e-3), ("int8", 0.03)])
def test_a_thawed_network_scores_as_its_bundle_and_as_what_that_was_made_of(
    network: Path, quantization: str | None, within: float
) -> None:
    made = bundle(network, quantization, SHAPE)
    thawed = thaw(made, network.parent / "thawed")
    tokenizer = RequestTokenizer.from_file(thawed / "tokenizer.json", 64)
    own = predict(load_network(thawed, 0.0), tokenizer, REQUESTS)
    assert own == pytest.approx(np.asarray(Predictor.load(made).scores(REQUESTS)), abs=within)
    assert own == pytest.approx(predict(load_network(network, 0.0), tokenizer, REQUESTS), abs=within)
    assert np.ptp(own, axis=0).max() > 0.1
    assert json.loads((thawed / "card.json").read_text(encoding="utf-8"))["name"] == "made here"


def test_a_thawed_network_has_its_biases(tmp_path: Path) -> None:
    shape = {**SHAPE, "biases": True}
    network = saved(tmp_path / "network", shape)
    thawed = load_network(thaw(bundle(network, None, shape), tmp_path / "thawed"), 0.0).state_dict()
    before = load_network(network, 0.0).state_dict()
    biases = [name for name in before if name.endswith("bias")]
    assert len(biases) == 4 * SHAPE["layers"] + 1
    for name in biases:
        assert thawed[name].numpy() == pytest.approx(before[name].numpy(), abs=1e-5)


def test_a_bundle_of_another_shape_than_its_card_says_is_refused(network: Path) -> None:
    with pytest.raises(ValueError, match=r"model\.bin: is not what its card says"):
        thaw(bundle(network, "int8", {**SHAPE, "feed_forward": 80}), network.parent / "thawed")


def test_a_layer_that_is_not_there_is_named(network: Path) -> None:
    with pytest.raises(ValueError, match=r"model\.bin: has no encoder/layer_4"):
        thaw(bundle(network, "int8", {**SHAPE, "layers": 5}), network.parent / "thawed")


def test_an_encoder_with_parts_that_ours_lacks_is_refused(network: Path) -> None:
    config = json.loads((network / "config.json").read_text(encoding="utf-8"))
    (network / "config.json").write_text(json.dumps({**config, "hidden_activation": "relu"}))
    with pytest.raises(ValueError, match="cannot be had back"):
        thaw(bundle(network, "int8", SHAPE), network.parent / "thawed")


def test_a_bundle_that_no_run_made_is_refused(network: Path) -> None:
    folder = convert(network, network.parent / "bundle", quantization="int8")
    write_card(folder, {"name": "converted", "maxTokens": 64, "scale": scale_document(IDENTITY)})
    with pytest.raises(ValueError, match=r"card\.json: tells of no training run"):
        thaw(folder, network.parent / "thawed")


def test_a_model_file_of_another_version_is_refused(network: Path) -> None:
    folder = bundle(network, "int8", SHAPE)
    data = (folder / "model.bin").read_bytes()
    (folder / "model.bin").write_bytes(struct.pack("<I", 7) + data[4:])
    document = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    write_card(folder, {key: value for key, value in document.items() if key not in ("format", "files")})
    with pytest.raises(ValueError, match=r"model\.bin: of another CTranslate2"):
        thaw(folder, network.parent / "thawed")
