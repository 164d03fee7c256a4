"""Somebody else's ModernBERT (answerdotai/ModernBERT-base, mmBERT, ettin …) as the encoder to fine-tune."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from attrs import evolve
from tokenizers import AddedToken, Tokenizer
from transformers import AutoTokenizer, ModernBertModel

from hydra_auto.predictor.tokens import SIGNAL_TOKENS
from hydra_auto.training.config import Config, FineTuning
from hydra_auto.training.network import attention

TOKENIZER_FILE: Final = "tokenizer.json"


def starting_from(config: Config, checkpoint: str) -> Config:
    """`config` with `checkpoint` (a hub id or a folder) for its encoder, in a work folder of its own.

    Neither pre-training nor distillation follows: a real checkpoint has read more than they could give. It
    brings no heads, so fine-tuning is never left out and keeps nothing of the weights before it.
    """
    tuning = config.fine_tuning
    work = config.work / "from" / checkpoint.rstrip("/").rsplit("/", 1)[-1]
    return evolve(
        config,
        checkpoint=checkpoint,
        work=work,
        teacher=False,
        predecessor=None,
        pretraining=evolve(config.pretraining, steps=0),
        distillation=evolve(config.distillation, lessons=0),
        fine_tuning=evolve(tuning, epochs=tuning.epochs or FineTuning().epochs, kept=0.0),
    )


def adopt(checkpoint: str, tokenizer_file: Path) -> ModernBertModel:
    """Loads the checkpoint, gives its vocabulary our signal tokens, and writes its tokenizer.

    Raises:
        ValueError: neither a folder nor a hub that can be reached has it, or it is no ModernBERT with a fast
            tokenizer.
    """
    try:
        fast = AutoTokenizer.from_pretrained(checkpoint)
        encoder: ModernBertModel = ModernBertModel.from_pretrained(
            checkpoint, attn_implementation=attention()
        )
        tokenizer: Tokenizer = fast.backend_tokenizer
    except (OSError, ValueError, AttributeError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(
            f"{checkpoint}: no ModernBERT checkpoint can be loaded from there ({reason})"
        ) from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.add_special_tokens([AddedToken(t, special=True) for t in SIGNAL_TOKENS.values()])
    encoder.resize_token_embeddings(max(tokenizer.get_vocab_size(), encoder.config.vocab_size))
    tokenizer.save(str(tokenizer_file))
    return encoder
