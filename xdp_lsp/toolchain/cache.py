"""The user's own folder for what can be made again."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from xdp_lsp.source import is_folder


def user_cache() -> Path:
    """Where it is. XDG's on Linux."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "xdp-lsp"


def write_whole(target: Path, contents: bytes) -> None:
    """Write whole or not at all: several processes may do it at once. Only the user may read it.

    What is there already is replaced, a link itself and not what it leads to. Raises OSError.
    """
    for folder in reversed(target.parents):
        if not is_folder(folder):
            folder.mkdir(mode=0o700, exist_ok=True)  # `parents=True` would leave theirs to the umask
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(contents)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
