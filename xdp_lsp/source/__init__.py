"""Places in source text, what it includes, and names of files.

Knows nothing of BPF or ELF, and of editors only how they count columns.
"""

from xdp_lsp.source.includes import Include, includes_of
from xdp_lsp.source.line_index import (
    EditorPosition,
    Encoding,
    LineIndex,
    character_of_column,
    decode,
    encode,
    split_lines,
)
from xdp_lsp.source.location import SourceLocation, SourceRange
from xdp_lsp.source.paths import exists, is_file, is_folder, is_named_within, is_within, path_key
from xdp_lsp.source.printable import printable

__all__ = [
    "EditorPosition",
    "Encoding",
    "Include",
    "LineIndex",
    "SourceLocation",
    "SourceRange",
    "character_of_column",
    "decode",
    "encode",
    "exists",
    "includes_of",
    "is_file",
    "is_folder",
    "is_named_within",
    "is_within",
    "path_key",
    "printable",
    "split_lines",
]
