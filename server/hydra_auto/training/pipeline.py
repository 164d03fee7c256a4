"""One run from data to bundle.

Tokenizer -> pre-training -> distillation -> fine-tuning -> conversion, calibration, examination, card; a run
with a predecessor has its tokenizer and weights instead of the first two.

Every stage leaves its result in the work folder and is skipped when that is there; inside a stage a
checkpoint is written every few steps. A killed run goes on with the same command.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import torch
from attrs import evolve
from tokenizers import Tokenizer
from transformers import ModernBertModel

from hydra_auto.predictor.bundle import CARD
from hydra_auto.predictor.tokens import RequestTokenizer
from hydra_auto.training.bundle import make_bundle
from hydra_auto.training.checkpoint import adopt
from hydra_auto.training.config import Config
from hydra_auto.training.data import Example, examples
from hydra_auto.training.distillation import distill
from hydra_auto.training.finetuning import finetune
from hydra_auto.training.imitation import imitate
from hydra_auto.training.network import (
    Network,
    embed_by_teacher,
    load_encoder,
    load_network,
    mix,
    new_encoder,
    save_network,
)
from hydra_auto.training.pretraining import pretrain
from hydra_auto.training.progress import Progress
from hydra_auto.training.pruning import prune_tokenizer
from hydra_auto.training.steps import forget, whole
from hydra_auto.training.thawing import thaw
from hydra_auto.training.tokenizer import train_tokenizer


def train(config: Config, progress: Progress) -> Path:
    """Runs what is missing of the pipeline and returns the bundle's folder.

    Raises:
        ValueError: the data cannot be read; the message names the file and the line.
    """
    torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    config.work.mkdir(parents=True, exist_ok=True)
    config = evolve(
        config,
        predecessor=_thawed(config, config.predecessor, "predecessor"),
        elder=_thawed(config, config.elder, "elder"),
    )
    annotated = examples(config.data, config.labels)
    network = trained(config, annotated, progress)
    return make_bundle(config, network, annotated, progress)


def trained(config: Config, annotated: list[Example], progress: Progress) -> Path:
    """The trained network's folder; what follows needs the runtime, and no GPU."""
    tokenizer_file = config.work / "tokenizer.json"
    distilled = _distilled(config, tokenizer_file, annotated, progress)
    return _finetuned(config, distilled, tokenizer_file, annotated, progress)


def _thawed(config: Config, given: Path | None, name: str) -> Path | None:
    """The network folder of `given`; a bundle is thawed once, for the run may end in its place."""
    thawed = config.work / name
    if given is None:
        return None
    if thawed.exists():
        return thawed
    if not given.is_dir():
        raise ValueError(f"{given}: is no folder of a bundle or a network to go on from")
    if not (given / CARD).is_file():
        return given
    with whole(thawed) as folder:
        thaw(given, folder)
    return thawed


def _beginning(config: Config, tokenizer_file: Path, progress: Progress) -> Network:
    """The network before distillation: the predecessor's, or an encoder of our own with fresh heads.

    What is random from here on does not depend on whether this run made what it begins with.
    """
    if config.predecessor is None:
        encoder = _encoder(config, tokenizer_file, progress)
        torch.manual_seed(config.seed)
        return Network(load_encoder(encoder), 0.0)
    shutil.copyfile(config.predecessor / "tokenizer.json", tokenizer_file)
    torch.manual_seed(config.seed)
    return load_network(config.predecessor, 0.0)


def _encoder(config: Config, tokenizer_file: Path, progress: Progress) -> Path:
    folder = config.work / "encoder"
    if folder.exists():
        return folder
    if config.checkpoint is not None:
        encoder = adopt(config.checkpoint, tokenizer_file)
    else:
        encoder = _pretrained(config, tokenizer_file, progress)
    with whole(folder) as partial:
        encoder.cpu().save_pretrained(partial)
    forget(config.work, "imitation")
    forget(config.work, "pretraining")
    return folder


def _pretrained(config: Config, tokenizer_file: Path, progress: Progress) -> ModernBertModel:
    if not tokenizer_file.exists():
        half = tokenizer_file.with_suffix(".partial")
        make_tokenizer = prune_tokenizer if config.imitation.steps else train_tokenizer
        make_tokenizer(config, half)
        half.replace(tokenizer_file)
    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    if config.imitation.steps:
        encoder = new_encoder(config.encoder, tokenizer)
        imitate(config, encoder, tokenizer_file, progress)
    else:
        encoder = _start(config, tokenizer)
    if config.pretraining.steps:
        reader = RequestTokenizer.from_file(tokenizer_file, config.pretraining.length)
        pretrain(config, encoder, reader, progress)
    return encoder


def _start(config: Config, tokenizer: Tokenizer) -> ModernBertModel:
    """The encoder before pre-training; the teacher's embeddings are computed once for a run."""
    folder = config.work / "start"
    if not folder.exists():
        encoder = new_encoder(config.encoder, tokenizer)
        if config.teacher:
            embed_by_teacher(encoder, tokenizer)
        with whole(folder) as partial:
            encoder.save_pretrained(partial)
    return load_encoder(folder)


def _distilled(config: Config, tokenizer_file: Path, annotated: list[Example], progress: Progress) -> Path:
    folder = config.work / "distilled"
    if folder.exists():
        return folder
    network = _beginning(config, tokenizer_file, progress)
    if config.distillation.lessons:
        tokenizer = RequestTokenizer.from_file(tokenizer_file, config.distillation.length)
        distill(config, network, tokenizer, annotated, progress)
        if config.predecessor is not None and config.distillation.kept:
            mix(network.cpu(), load_network(config.predecessor, 0.0), config.distillation.kept)
    _keep(network, folder, tokenizer_file)
    forget(config.work, "distillation")
    return folder


def _finetuned(
    config: Config, distilled: Path, tokenizer_file: Path, annotated: list[Example], progress: Progress
) -> Path:
    folder = config.work / "network"
    if folder.exists():
        return folder
    torch.manual_seed(config.seed)
    network = load_network(distilled, config.fine_tuning.dropout)
    tokenizer = RequestTokenizer.from_file(tokenizer_file, config.encoder.max_tokens)
    finetune(config, network, tokenizer, [e for e in annotated if e.split == "train"], progress)
    mix(network.cpu(), load_network(distilled, 0.0), config.fine_tuning.kept)
    _keep(network, folder, tokenizer_file)
    forget(config.work, "fine-tuning")
    return folder


def _keep(network: Network, folder: Path, tokenizer_file: Path) -> None:
    with whole(folder) as partial:
        save_network(network.cpu(), partial, Tokenizer.from_file(str(tokenizer_file)))
