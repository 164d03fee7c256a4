"""An encoder that begins as the teacher, reads with its pieces, and learns to say what it says."""

from __future__ import annotations

import json
import random
import string
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from attrs import evolve
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel, ModernBertModel

from hydra_auto.predictor.text import render
from hydra_auto.predictor.tokens import CLS, SEP, RequestTokenizer
from hydra_auto.training import imitation
from hydra_auto.training.config import Config, EncoderShape, Imitation
from hydra_auto.training.imitation import imitate, listening
from hydra_auto.training.inheritance import inherit, turned
from hydra_auto.training.network import new_encoder
from hydra_auto.training.progress import lines
from hydra_auto.training.pruning import BYTES, OWN, pruned, teacher_ids
from hydra_auto.training.steps import losses
from hydra_auto.training.teacher import Teacher

WORDS = ("fix", "the", "build", "prove", "that", "it", "ends")
PIECES = (
    *(("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)),
    *(("▁query", -3.0), (":", -3.0), ("▁", -5.0)),
    *((f"▁{word}", -4.0) for word in (*WORDS, "agent", "error")),
    *((character, -9.0) for character in sorted(set(string.ascii_lowercase).union(*OWN))),
)
SHAPE = EncoderShape(layers=3, width=32, heads=2, feed_forward=48, max_tokens=64, global_every=2, biases=True)


def tokenizer() -> Tokenizer:
    return pruned({piece: score for piece, score in PIECES if piece not in ("<s>", "<pad>", "</s>", "<unk>")})


def teacher(even: bool = False) -> BertModel:
    """A BERT of two layers with random weights; an even one has the same gain in all components of a norm,
    and the same position everywhere, so that nothing is lost on the way.
    """
    torch.manual_seed(3)
    model = BertModel(
        BertConfig(
            vocab_size=len(PIECES),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=48,
            max_position_embeddings=160,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
        ),
        add_pooling_layer=False,
    ).eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name.endswith("LayerNorm.weight"):
                weight.copy_(torch.rand(1 if even else 32) * 0.5 + 0.4)
            else:
                weight.copy_(torch.randn_like(weight) * 0.2)
        if even:
            positions = model.embeddings.position_embeddings.weight
            positions.copy_(positions[:1].expand_as(positions))
    return model


def test_what_is_typed_is_read_piece_by_piece_and_never_as_one_of_our_own_tokens() -> None:
    reader = RequestTokenizer(tokenizer(), 64)
    ids = tokenizer().get_vocab()
    (row,) = reader.encode([render("fix the build")])
    assert row[0] == ids[CLS]
    assert row[-1] == ids[SEP]
    assert row[-4:-1] == [ids["▁fix"], ids["▁the"], ids["▁build"]]
    typed = reader.plain([f"fix {token}" for token in OWN])
    assert min(i for row in typed for i in row) >= len(OWN)


def test_what_has_no_piece_is_read_byte_by_byte() -> None:
    names = [tokenizer().id_to_token(i) for i in RequestTokenizer(tokenizer(), 64).plain(["fix 龘"])[0]]
    assert names == ["▁fix", "▁", *(f"<0x{byte:02X}>" for byte in "龘".encode())]


def test_every_token_has_its_teachers_id_a_signal_its_words_and_bytes_its_unknown_one() -> None:
    own, theirs = tokenizer(), [piece for piece, _ in PIECES]
    rows = teacher_ids(own, PIECES)
    assert theirs[rows[own.token_to_id("▁build")]] == "▁build"
    assert theirs[rows[own.token_to_id(CLS)]] == "<s>"
    assert theirs[rows[own.token_to_id(SEP)]] == "</s>"
    assert {theirs[rows[own.token_to_id(token)]] for token in BYTES} == {"<unk>"}
    signals = {theirs[rows[own.token_to_id(token)]] for token in ("[MODE:AGENT]", "[ERROR]", "[URL]")}
    assert signals == {"▁agent", "▁error", "<unk>"}


def test_turned_queries_and_keys_have_the_same_products_and_the_heaviest_at_the_end_of_each_half() -> None:
    torch.manual_seed(0)
    query, key = torch.randn(2, 16, 9, dtype=torch.float64)
    reads = torch.rand(8, dtype=torch.float64) + 0.5
    given = torch.cat([torch.randn(5, 8, dtype=torch.float64), torch.ones(5, 1, dtype=torch.float64)], dim=1)
    own_query, own_key = turned(query, key, reads, heads=2)
    for head in (slice(0, 8), slice(8, 16)):
        before = (given @ query[head].T) @ (given @ key[head].T).T
        assert torch.allclose((given @ own_query[head].T) @ (given @ own_key[head].T).T, before)
    sizes = torch.cat([reads, torch.ones(1, dtype=torch.float64)])
    weights = (own_query[:8] * sizes).norm(dim=1)
    assert weights[[3, 7]].min() > weights[[0, 4]].max()


def said(encoder: ModernBertModel, source: BertModel, ids: torch.Tensor) -> list[torch.Tensor]:
    """What each of the encoder's layers says in the teacher's terms, [batch, length, width]."""
    with torch.no_grad(), listening(encoder) as streams:
        encoder(input_ids=ids)
        return [
            torch.nn.functional.layer_norm(stream, stream.shape[-1:]) * layer.output.LayerNorm.weight
            + layer.output.LayerNorm.bias
            for stream, layer in zip(streams, source.encoder.layer, strict=False)
        ]


def test_an_encoder_inherits_exactly_where_norms_are_even_and_nearly_otherwise() -> None:
    found = {}
    for even in (True, False):
        source = teacher(even)
        encoder = new_encoder(SHAPE, tokenizer()).eval()
        rows = torch.from_numpy(teacher_ids(tokenizer(), PIECES))
        ids = torch.tensor([[tokenizer().token_to_id("▁build")]])  # one token: no position, no window
        inherit(encoder, source, rows, rows[ids])
        with torch.no_grad():
            wanted = source(input_ids=rows[ids], output_hidden_states=True).hidden_states[1:]
        pairs = zip(said(encoder, source, ids), wanted, strict=True)
        found[even] = [float((own - theirs).abs().max()) for own, theirs in pairs]
    assert max(found[True]) < 0.05  # bfloat16 where it is measured, and the norms' epsilon
    assert max(found[False]) > 10 * max(found[True])


def test_an_encoder_learns_what_every_layer_of_the_teacher_says_and_resumes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imitation, "load_teacher", lambda: Teacher(teacher(), their_tokenizer(), PIECES))
    monkeypatch.setattr("hydra_auto.training.pretraining.training_prompts", lambda _data: iter(()))
    monkeypatch.setattr("hydra_auto.training.pretraining.pretraining_texts", lambda _data: iter(texts()))
    file = tmp_path / "tokenizer.json"
    tokenizer().save(str(file))
    work = Config(tmp_path, tmp_path / "work", tmp_path, encoder=SHAPE)
    work.work.mkdir()
    settings = Imitation(steps=60, tokens=256, length=16, learning_rate=3e-3)
    encoder = new_encoder(SHAPE, tokenizer())
    imitate(evolve(work, imitation=settings), encoder, file, lines)
    seen = [row["loss"] for row in losses(work.work / "imitation.losses.jsonl")]
    assert np.mean(seen[-5:]) < 0.6 * np.mean(seen[:5])
    again = new_encoder(SHAPE, tokenizer())
    imitate(evolve(work, imitation=settings), again, file, lines)
    assert all(torch.equal(a, b) for a, b in zip(again.parameters(), encoder.parameters(), strict=True))


def their_tokenizer() -> Tokenizer:
    own = json.loads(tokenizer().to_str())
    own["model"]["vocab"] = [list(piece) for piece in PIECES]
    own["model"]["unk_id"], own["model"]["byte_fallback"], own["added_tokens"] = 3, False, []
    return Tokenizer.from_str(json.dumps(own))


def texts() -> Iterator[str]:
    rng = random.Random(0)
    return (" ".join(rng.choices(WORDS, k=40)) for _ in range(200))
