"""Rendered request -> token ids: [CLS], the signals, the text cut to head and tail, [SEP]."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tokenizers import Tokenizer

from hydra_auto.predictor.text import MODES, SIGNALS, TURNS, Rendered

PAD: Final = "[PAD]"
CLS: Final = "[CLS]"
SEP: Final = "[SEP]"
MASK: Final = "[MASK]"
SIGNAL_TOKENS: Final = {name: f"[{name.upper()}]" for name in (*SIGNALS, *TURNS, *MODES)}


class RequestTokenizer:
    """A bundle's tokenizer together with the rule that cuts a request to `max_tokens`.

    A tokenizer without some signal tokens (a foreign checkpoint's, an older bundle's) reads without them.
    """

    def __init__(self, tokenizer: Tokenizer, max_tokens: int) -> None:
        tokenizer.no_padding()
        tokenizer.no_truncation()
        tokenizer.encode_special_tokens = True  # a user who types "[SEP]" must not end the request
        self._tokenizer = tokenizer
        self.max_tokens = max_tokens
        self.pad_id = self._id(PAD, "<pad>")
        self._cls_id = self._id(CLS, "<s>", "<bos>")
        self._sep_id = self._id(SEP, "</s>", "<eos>")
        self._signal_ids = {
            name: found
            for name, token in SIGNAL_TOKENS.items()
            if (found := tokenizer.token_to_id(token)) is not None
        }

    @classmethod
    def from_file(cls, path: Path, max_tokens: int) -> RequestTokenizer:
        """Reads a `tokenizer.json`.

        Raises:
            ValueError: the file is no tokenizer, or it names no padding, start or end token.
        """
        try:
            tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # tokenizers raises plain Exception
            raise ValueError(f"{path} is no tokenizer that can be read ({error})") from error
        return cls(tokenizer, max_tokens)

    def encode(self, requests: Sequence[Rendered]) -> list[list[int]]:
        """Token ids of each request, at most `max_tokens` each; of a long text, head and tail stay."""
        encodings = self._tokenizer.encode_batch_fast([r.text for r in requests], add_special_tokens=False)
        return [self._joined(r.signals, e.ids) for r, e in zip(requests, encodings, strict=True)]

    @property
    def vocabulary_size(self) -> int:
        """Number of token ids."""
        return int(self._tokenizer.get_vocab_size())

    @property
    def first_text_id(self) -> int:
        """The first id that stands for text: special and signal tokens come before it in our vocabulary."""
        return max([self.pad_id, self._cls_id, self._sep_id, *self._signal_ids.values()]) + 1

    def special_id(self, token: str) -> int:
        """The id of a special token."""
        return self._id(token)

    def plain(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text alone, uncut."""
        return [e.ids for e in self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)]

    def _joined(self, signals: Sequence[str], ids: list[int]) -> list[int]:
        prefix = [self._cls_id, *(self._signal_ids[s] for s in signals if s in self._signal_ids)]
        room = self.max_tokens - len(prefix) - 1
        if len(ids) > room:
            tail = room // 2
            ids = ids[: room - tail] + ids[len(ids) - tail :]
        return [*prefix, *ids, self._sep_id]

    def _id(self, *names: str) -> int:
        for name in names:
            found = self._tokenizer.token_to_id(name)
            if found is not None:
                return int(found)
        raise ValueError(f"the tokenizer has none of the tokens {', '.join(names)}")
