"""Arguments in, exit status out."""

from xdp_lsp.cli.entry import main

__all__ = ["main"]
