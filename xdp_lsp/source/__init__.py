"""Places in source text. Knows nothing of BPF, ELF or editors."""

from xdp_lsp.source.location import SourceLocation, SourceRange

__all__ = ["SourceLocation", "SourceRange"]
