"""Words of commands through the allow-list of flags, those that are known in part told as they were written."""

from __future__ import annotations

from collections.abc import Iterable

from xdp_lsp.project.build_files.literal import Pieces
from xdp_lsp.toolchain import FilteredFlags, filter_flags


def filter_words(words: Iterable[str], folder: str, pieces: Pieces) -> FilteredFlags:
    """As `filter_flags`, for words that may hold marks of `pieces`: none of these passes."""
    flags = filter_flags((word for word in words if not pieces.is_empty(word)), folder)
    told = ((pieces.show(flag), pieces.why(flag) or why) for flag, why in flags.dropped)
    return flags._replace(dropped=tuple(told))
