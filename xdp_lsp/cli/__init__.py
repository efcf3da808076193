"""Arguments in, exit status out."""

from xdp_lsp.cli.main import main

__all__ = ["main"]
