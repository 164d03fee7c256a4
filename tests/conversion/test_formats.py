"""Every way a ModernBERT is stored: file types, number types, old and new configurations, the hub's cache."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
import pytest
import torch
from conversion_models import SMALL, Checkpoint, checkpoint, distance, encode, original_states
from transformers import ModernBertConfig, ModernBertModel

from hydra_auto.conversion import convert
from hydra_auto.conversion.configuration import Layer, parse

TOLERANCE = 1e-4


def converted_without_quantising(folder: Path) -> Path:
    return convert(folder, folder.parent / "ct2", quantization=None)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_every_floating_point_type_is_read(tmp_path: Path, dtype: torch.dtype) -> None:
    source = stored_as(dtype, tmp_path / "source")
    assert distance(source.model, converted_without_quantising(source.folder)) < TOLERANCE


def stored_as(dtype: torch.dtype, folder: Path) -> Checkpoint:
    """A checkpoint in `dtype`, and the float32 model with the weights that are left of it."""
    checkpoint(folder).model.to(dtype).save_pretrained(folder)
    return Checkpoint(ModernBertModel.from_pretrained(folder, dtype=torch.float32).eval(), folder)


@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin"])
@pytest.mark.parametrize("shards", [1, 3])
def test_both_file_types_are_read_whole_and_in_shards(tmp_path: Path, name: str, shards: int) -> None:
    source = checkpoint(tmp_path / "source")
    store(source, name, shards)
    assert sum("index" in file.name for file in source.folder.iterdir()) == (shards > 1)
    assert distance(source.model, converted_without_quantising(source.folder)) < TOLERANCE


def store(source: Checkpoint, name: str, shards: int) -> None:
    """Replaces the checkpoint's files by `name`, or by shards of it and their index."""
    from safetensors.torch import save_file

    (source.folder / "model.safetensors").unlink()
    state = {key: tensor.clone() for key, tensor in source.model.state_dict().items()}
    save = save_file if name.endswith("safetensors") else torch.save
    if shards == 1:
        save(state, source.folder / name)
        return
    stem, _, suffix = name.partition(".")
    places = {key: f"{stem}-{i % shards}.{suffix}" for i, key in enumerate(state)}
    for place in set(places.values()):
        save({key: state[key] for key in state if places[key] == place}, source.folder / place)
    (source.folder / f"{name}.index.json").write_text(json.dumps({"weight_map": places}))


def test_the_files_are_ctranslate2s_and_the_tokenizer(tmp_path: Path) -> None:
    source = checkpoint(tmp_path / "source")
    converted = converted_without_quantising(source.folder)
    names = {"model.bin", "config.json", "vocabulary.json", "tokenizer.json"}
    assert {file.name for file in converted.iterdir()} == names
    assert ctranslate2.contains_model(str(converted))
    tokenizer = (source.folder / "tokenizer.json").read_bytes()
    assert (converted / "tokenizer.json").read_bytes() == tokenizer
    assert json.loads((converted / "config.json").read_text())["layer_norm_epsilon"] == 1e-5


def test_tokens_by_name_are_the_rows_of_their_ids(tmp_path: Path) -> None:
    source = checkpoint(tmp_path / "source")
    converted = converted_without_quantising(source.folder)
    encoder = ctranslate2.Encoder(str(converted))
    named = encoder.forward_batch([["word7", "word250", "never seen"]]).last_hidden_state
    assert np.array_equal(np.array(named), encode(converted, [[7, 250, 1]])[0])
    vocabulary = json.loads((converted / "vocabulary.json").read_text())
    assert len(vocabulary) == len(set(vocabulary)) == SMALL["vocab_size"]


def test_a_second_conversion_replaces_the_first_and_leaves_other_files(tmp_path: Path) -> None:
    source = checkpoint(tmp_path / "source")
    converted = convert(source.folder, tmp_path / "deep" / "ct2")
    (converted / "card.json").write_text("{}")
    first = (converted / "model.bin").read_bytes()
    convert(source.folder, converted, quantization=None)
    assert (converted / "model.bin").read_bytes() != first
    assert len(list(converted.iterdir())) == 5


def test_the_same_source_gives_the_same_bytes(tmp_path: Path) -> None:
    source = checkpoint(tmp_path / "source")
    first, second = (convert(source.folder, tmp_path / name) for name in ("one", "two"))
    assert (first / "model.bin").read_bytes() == (second / "model.bin").read_bytes()


def test_the_source_stays_as_it_was(tmp_path: Path) -> None:
    source = checkpoint(tmp_path / "source")
    before = {file.name: file.read_bytes() for file in source.folder.iterdir()}
    convert(source.folder, tmp_path / "ct2")
    assert {file.name: file.read_bytes() for file in source.folder.iterdir()} == before


def test_a_configuration_of_transformers_4_means_the_same(tmp_path: Path) -> None:
    source = checkpoint(tmp_path / "source", num_hidden_layers=4)
    path = source.folder / "config.json"
    old = json.loads(path.read_text())
    del old["rope_parameters"], old["layer_types"]
    old |= {"global_rope_theta": 3000.0, "local_rope_theta": 200.0, "global_attn_every_n_layers": 2}
    path.write_text(json.dumps(old))
    model = ModernBertModel.from_pretrained(source.folder).eval()
    assert np.abs(original_states(model) - original_states(source.model)).max() > TOLERANCE
    assert distance(model, converted_without_quantising(source.folder)) < TOLERANCE


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"num_hidden_layers": 7, "global_attn_every_n_layers": 4, "local_attention": 33},
        {"global_rope_theta": 5.0, "local_rope_theta": 6.0},
        {"rope_parameters": {"full_attention": {"rope_theta": 9.0}}},
        {"rope_parameters": {"full_attention": {"rope_type": "default"}}, "global_rope_theta": 8.0},
        {"sliding_window": 5},
        {"layer_types": None, "norm_eps": 1e-6, "norm_bias": True, "mlp_bias": True},
    ],
)
def test_a_configuration_is_read_as_transformers_reads_it(raw: dict[str, Any]) -> None:
    theirs = ModernBertConfig.from_dict(json.loads(json.dumps(raw)))
    ours = parse({"model_type": "modernbert", **raw})
    rope, window = theirs.rope_parameters, theirs.sliding_window
    assert ours.layers == tuple(
        Layer(window if kind == "sliding_attention" else None, rope[kind]["rope_theta"])
        for kind in theirs.layer_types
    )
    assert (ours.vocabulary, ours.width, ours.feed_forward, ours.heads, ours.epsilon) == (
        theirs.vocab_size,
        theirs.hidden_size,
        theirs.intermediate_size,
        theirs.num_attention_heads,
        theirs.norm_eps,
    )
    assert (ours.norm_bias, ours.attention_bias, ours.feed_forward_bias) == (
        theirs.norm_bias,
        theirs.attention_bias,
        theirs.mlp_bias,
    )


def test_an_id_is_found_in_the_hubs_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = tmp_path / "hub" / "models--someone--some-bert" / "snapshots" / ("0" * 40)
    source = checkpoint(snapshot)
    references = snapshot.parent.parent / "refs"
    references.mkdir()
    (references / "main").write_text("0" * 40)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    converted = convert("someone/some-bert", tmp_path / "ct2", quantization=None)
    assert distance(source.model, converted) < TOLERANCE


def test_safetensors_convert_without_pytorch_and_transformers(tmp_path: Path) -> None:
    source = stored_as(torch.bfloat16, tmp_path / "source")
    program = (
        "import sys; sys.modules['torch'] = sys.modules['transformers'] = None\n"
        "from pathlib import Path; from hydra_auto.conversion import convert\n"
        "convert(sys.argv[1], Path(sys.argv[2]), quantization=None)"
    )
    converted = tmp_path / "ct2"
    subprocess.run([sys.executable, "-c", program, source.folder, converted], check=True)
    assert distance(source.model, converted) < TOLERANCE
