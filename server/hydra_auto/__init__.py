"""hydra-auto: an open, local HyDRA (Hybrid Dynamic Routing Architecture, arXiv 2605.17106).

A chat request goes through the packages in this order: `predictor` (what it requires), `catalog`
(what the models can do), `routing` (which model answers it), `lsp` (the editor's side of the wire).
"""

__version__ = "0.1.0"
