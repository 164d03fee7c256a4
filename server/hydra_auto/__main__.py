"""`python -m hydra_auto`: the language server on standard input and output."""

from hydra_auto.lsp.serve import serve

if __name__ == "__main__":
    serve()
