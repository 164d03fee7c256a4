"""Hugging Face ModernBERT -> CTranslate2, exactly, with the shipped C++ alone.

`source` finds the folder, `configuration` reads what the model is, `weights` its tensors; `encoder` (with
`first_layer`) writes them into CTranslate2's specification, `heads` puts the scores on top, `vocabulary`
names the tokens, and `modernbert.convert` does all of it in that order;
`bundle.convert_bundle` adds the card.
"""

from hydra_auto.conversion.bundle import convert_bundle
from hydra_auto.conversion.error import ConversionError
from hydra_auto.conversion.heads import Head
from hydra_auto.conversion.modernbert import convert

__all__ = ["ConversionError", "Head", "convert", "convert_bundle"]
