"""Files in the user's cache, for clients that can show nothing but files."""

from __future__ import annotations

import tempfile
from pathlib import Path

from xdp_lsp.toolchain.helper_defs import user_cache


def write_cached(folder: tuple[str, ...], name: str, text: str) -> Path:
    """The file `name` in `folder` (below the cache) with `text`, written whole; only its user may read it.

    Raises OSError where there is no place to write to.
    """
    path = user_cache().joinpath(*folder).absolute() / name
    contents = text.encode("utf-8", "replace")
    if not path.is_file() or path.read_bytes() != contents:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Another server may write the same file just now.
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as stream:
            stream.write(contents)
        Path(stream.name).replace(path)
    return path
