"""Files in the user's cache, for clients that can show nothing but files."""

from __future__ import annotations

from pathlib import Path

from xdp_lsp.toolchain.cache import user_cache, write_whole


def write_cached(folder: tuple[str, ...], name: str, text: str) -> Path:
    """The file `name` in `folder` (below the cache) with `text`, written whole; only its user may read it.

    Raises OSError where there is no place to write to.
    """
    path = user_cache().joinpath(*folder).absolute() / name
    contents = text.encode("utf-8", "replace")
    if path.is_symlink() or not path.is_file() or path.read_bytes() != contents:
        write_whole(path, contents)
    return path
