"""What cannot be converted exactly is refused: one sentence with the reason, and nothing written."""

from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conversion_models import Checkpoint, checkpoint
from safetensors.torch import load_file, save_file

from hydra_auto.conversion import ConversionError, convert


def refused(source: Path | str, dest: Path, match: str, **options: Any) -> None:
    """Converts and expects the refusal, in one line and with nothing left in `dest`."""
    with pytest.raises(ConversionError, match=match) as error:
        convert(source, dest, **options)
    assert "\n" not in str(error.value)
    assert not list(dest.glob("*"))


def configured(source: Checkpoint, **changes: Any) -> Path:
    """The source's folder with keys of its config.json changed."""
    path = source.folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    return source.folder


CONFIGURATIONS: dict[str, tuple[dict[str, Any], str]] = {
    "another model": ({"model_type": "bert"}, "'bert'; only 'modernbert'"),
    "a decoder": ({"model_type": "modernbert-decoder"}, "only 'modernbert'"),
    "no pooled scores": ({"architectures": ["ModernBertForTokenClassification"]}, "save that"),
    "an unknown activation": ({"hidden_activation": "mish"}, "hidden_activation is 'mish'"),
    "rope_scaling": ({"rope_scaling": {"type": "linear", "factor": 2}}, "rope_scaling"),
    "yarn": ({"rope_parameters": {"full_attention": {"rope_type": "yarn"}}}, "'yarn'"),
    "rotary parameters without layer types": ({"rope_parameters": {"rope_theta": 1e4}}, "keyed by"),
    "a rotary base of zero": ({"rope_parameters": {"full_attention": {"rope_theta": 0}}}, "rope_theta is 0"),
    "too few layer types": ({"layer_types": ["full_attention"]}, "layer_types must name 5"),
    "an unknown layer type": ({"layer_types": ["chunked_attention"] * 5}, "layer_types"),
    "heads that do not divide": ({"num_attention_heads": 5}, "hidden_size 64 over 5"),
    "odd heads": ({"num_attention_heads": 64}, "even number"),
    "no layers": ({"num_hidden_layers": 0}, "num_hidden_layers is 0"),
    "a number as text": ({"hidden_size": "64"}, "hidden_size is '64'"),
    "a flag as a number": ({"norm_bias": 1}, "norm_bias is 1"),
    "a negative epsilon": ({"norm_eps": -1e-5}, "norm_eps is -1e-05"),
    "a negative window": ({"local_attention": -2}, "local_attention is -2"),
    "a bias that is not stored": ({"norm_bias": True}, "has no tensor layers.0.mlp_norm.bias"),
    "another width": ({"intermediate_size": 95}, r"layers.0.mlp.Wi.weight has shape \[192, 64\]"),
    "more layers than stored": ({"num_hidden_layers": 6, "layer_types": None}, "layers.5.attn_norm"),
}


@pytest.mark.parametrize(("changes", "match"), CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def test_a_configuration_is_refused_with_its_reason(
    tmp_path: Path, changes: dict[str, Any], match: str
) -> None:
    refused(configured(checkpoint(tmp_path / "source"), **changes), tmp_path / "ct2", match)


CLASSIFIERS: dict[str, tuple[dict[str, Any], str]] = {
    "softmax": ({"problem_type": "single_label_classification"}, "independent sigmoids"),
    "regression": ({"problem_type": "regression"}, "independent sigmoids"),
    "another pooling": ({"classifier_pooling": "max"}, "classifier_pooling is 'max'"),
    "another activation": ({"classifier_activation": "silu"}, "one activation per model"),
    "labels with a gap": ({"id2label": {"0": "a", "2": "b"}}, "id2label"),
    "no classifier stored": ({}, "has 0 labels"),
}


@pytest.mark.parametrize(("changes", "match"), CLASSIFIERS.values(), ids=CLASSIFIERS)
def test_a_classifier_is_refused_with_its_reason(tmp_path: Path, changes: dict[str, Any], match: str) -> None:
    architecture = {"architectures": ["ModernBertForSequenceClassification"]}
    folder = configured(checkpoint(tmp_path / "source"), **architecture, **changes)
    refused(folder, tmp_path / "ct2", match)


def without(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def cut(name: str, size: int) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        (folder / name).write_bytes((folder / name).read_bytes()[:size])

    return damage


def replaced(name: str, text: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_text(text) and None


def tensor(name: str, change: Callable[[torch.Tensor], torch.Tensor]) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        tensors = load_file(folder / "model.safetensors")
        save_file({**tensors, name: change(tensors[name])}, folder / "model.safetensors")

    return damage


def pickled(content: Any) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        (folder / "model.safetensors").unlink()
        torch.save(content, folder / "pytorch_model.bin")

    return damage


def booby_trapped(folder: Path) -> None:
    """A pickle that would run code, were it loaded without care."""
    (folder / "model.safetensors").unlink()
    trap = type("Trap", (), {"__reduce__": lambda self: (exec, ("raise SystemExit('ran')",))})
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps({"weight": trap()}))


def indexed(shard: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        (folder / "model.safetensors").unlink()
        index = {"weight_map": {"embeddings.norm.weight": shard}}
        (folder / "model.safetensors.index.json").write_text(json.dumps(index))

    return damage


DAMAGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "no configuration": (without("config.json"), "config.json cannot be read"),
    "no tokenizer": (without("tokenizer.json"), "tokenizer.json is missing"),
    "no weights": (without("model.safetensors"), "neither model.safetensors nor pytorch_model.bin"),
    "a configuration that is no JSON": (replaced("config.json", "{"), "cannot be read as JSON"),
    "a configuration that is a list": (replaced("config.json", "[]"), "model_type is None"),
    "a tokenizer that is none": (replaced("tokenizer.json", "{}"), "no tokenizer that can be read"),
    "truncated weights": (cut("model.safetensors", 5000), "damaged"),
    "empty weights": (cut("model.safetensors", 0), "damaged"),
    "not a number": (tensor("final_norm.weight", lambda x: x * float("nan")), "final_norm.weight holds"),
    "integers": (tensor("final_norm.weight", lambda x: x.to(torch.int8)), "stored as I8"),
    "another shape": (tensor("final_norm.weight", lambda x: x[:-1].clone()), r"\[63\]"),
    "an index without its shard": (indexed("gone.safetensors"), "gone.safetensors is damaged or missing"),
    "an index that leaves the folder": (indexed("../x.safetensors"), "outside its folder"),
    "a pickle of something else": (pickled([1, 2]), "holds no tensors by name"),
    "a pickle of integers": (pickled({"embeddings.norm.weight": torch.arange(64)}), "no tensor|no floating"),
    "a pickle that runs code": (booby_trapped, "cannot be read safely|no checkpoint"),
    "cancelling gains": (
        tensor("embeddings.norm.weight", lambda x: torch.tensor([1.0, -1.0]).repeat(32)),
        r"sum\(1/g\)",
    ),
}


@pytest.mark.parametrize(("damage", "match"), DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_folder_is_refused_with_its_reason(
    tmp_path: Path, damage: Callable[[Path], None], match: str
) -> None:
    source = checkpoint(tmp_path / "source")
    damage(source.folder)
    refused(source.folder, tmp_path / "ct2", match)


def test_a_tokenizer_with_more_tokens_than_embeddings_is_refused(tmp_path: Path) -> None:
    source, other = checkpoint(tmp_path / "source"), checkpoint(tmp_path / "other", vocab_size=400)
    (source.folder / "tokenizer.json").write_bytes((other.folder / "tokenizer.json").read_bytes())
    refused(source.folder, tmp_path / "ct2", "the model has 300 embeddings")


def test_an_unknown_quantisation_is_refused(tmp_path: Path) -> None:
    refused(
        checkpoint(tmp_path / "source").folder,
        tmp_path / "ct2",
        "'int4' is none of int8",
        quantization="int4",
    )


def test_the_source_is_not_written_over(tmp_path: Path) -> None:
    source = checkpoint(tmp_path / "source")
    with pytest.raises(ConversionError, match="is the source"):
        convert(source.folder, source.folder)
    assert json.loads((source.folder / "config.json").read_text())["model_type"] == "modernbert"


def test_a_destination_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ct2").write_text("in the way")
    refused(checkpoint(tmp_path / "source").folder, tmp_path / "ct2", "cannot be written")


def test_a_source_that_is_no_folder_and_no_id_is_refused(tmp_path: Path) -> None:
    refused("/no/such/folder", tmp_path / "ct2", "neither a folder nor a Hugging Face id")
    refused(tmp_path / "absent", tmp_path / "ct2", "neither a folder nor")
    (tmp_path / "model.bin").write_bytes(b"")
    refused(str(tmp_path / "model.bin"), tmp_path / "ct2", "is a file")


def test_an_id_that_the_hub_does_not_give_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    refused("someone/absent", tmp_path / "ct2", "the hub did not give it")


def test_a_pickled_checkpoint_without_pytorch_names_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    source = checkpoint(tmp_path / "source")
    pickled({"embeddings.norm.weight": torch.ones(64)})(source.folder)
    monkeypatch.setitem(sys.modules, "torch", None)
    refused(source.folder, tmp_path / "ct2", r"hydra-auto\[train\]")


def test_a_refusal_leaves_an_earlier_model_alone(tmp_path: Path) -> None:
    source = checkpoint(tmp_path / "source")
    converted = convert(source.folder, tmp_path / "ct2")
    before = (converted / "model.bin").read_bytes()
    with pytest.raises(ConversionError):
        convert(source.folder, converted, head=(np.zeros((4, 3)), np.zeros(4)))
    assert (converted / "model.bin").read_bytes() == before
