"""`tokenizer.json` -> the token of each row of the embeddings, which CTranslate2 wants named."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen
from tokenizers import Tokenizer

from hydra_auto.conversion.configuration import Configuration
from hydra_auto.conversion.error import ConversionError

if TYPE_CHECKING:
    from ctranslate2.specs.transformer_spec import TransformerEncoderModelSpec


@frozen
class Vocabulary:
    """Every row's token, in order, and the one that stands for text without a token."""

    tokens: list[str]
    unknown: str

    def register(self, spec: TransformerEncoderModelSpec) -> None:
        """Writes the vocabulary into a specification.

        The unknown token must be one of them: CTranslate2 would append it as a row that does not exist.
        """
        spec.register_vocabulary(self.tokens)
        spec.config.unk_token = self.unknown


def read_vocabulary(path: Path, configuration: Configuration) -> Vocabulary:
    """Reads a `tokenizer.json`; rows that no token has (checkpoints are padded) get a name of their own.

    Raises:
        ConversionError: the file is missing or no tokenizer, or it has tokens without a row.
    """
    if not path.is_file():
        raise ConversionError(f"{path} is missing; save the model's fast tokenizer beside it")
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises plain Exception
        raise ConversionError(f"{path} is no tokenizer that can be read ({error})") from error
    rows = configuration.vocabulary
    tokens = [f"<unassigned {row}>" for row in range(rows)]
    for token, row in tokenizer.get_vocab(with_added_tokens=True).items():
        if row >= rows:
            raise ConversionError(
                f"{path} has a token {token!r} with id {row}, but the model has {rows} embeddings;"
                " take the tokenizer that the model was trained with"
            )
        tokens[row] = token
    unknown = getattr(tokenizer.model, "unk_token", None)  # byte-level tokenizers have none, and need none
    return Vocabulary(tokens, unknown if unknown in tokens else tokens[0])
