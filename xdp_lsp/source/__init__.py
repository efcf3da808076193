"""Places in source text, what it includes, and names of files.

Knows nothing of BPF or ELF, and of editors only how they count columns.
"""

from xdp_lsp.source.contents import UnsuitableFileError, read_head, read_regular, walk
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
from xdp_lsp.source.paths import (
    can_be_name,
    exists,
    is_file,
    is_folder,
    is_named_within,
    is_within,
    path_key,
    tidied,
)
from xdp_lsp.source.printable import printable

__all__ = [
    "EditorPosition",
    "Encoding",
    "Include",
    "LineIndex",
    "SourceLocation",
    "SourceRange",
    "UnsuitableFileError",
    "can_be_name",
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
    "read_head",
    "read_regular",
    "split_lines",
    "tidied",
    "walk",
]
