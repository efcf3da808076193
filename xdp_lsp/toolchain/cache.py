"""The user's own folder for what can be made again."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import stat
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from xdp_lsp.source import is_folder


def user_cache() -> Path:
    """Where it is. XDG's on Linux.

    What lies there is believed, precompiled headers as well. So where it is somebody else's, or others can write to it,
    it is a folder of this process alone, which goes with it.
    """
    usual = _usual()
    return usual if _is_ours(usual) else _instead()


def derived_folder(instead: str | None = None) -> Path:
    """Where headers that we derive are kept, by names that stand for all that is in them; `instead` of the usual."""
    return Path(instead) if instead is not None else user_cache()


def _usual() -> Path:
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        named = os.environ.get("XDG_CACHE_HOME", "")
        # "If an implementation encounters a relative path [...] it should consider the path invalid and ignore it."
        base = Path(named) if Path(named).is_absolute() else Path.home() / ".cache"
    return base / "xdp-lsp"


def _is_ours(folder: Path) -> bool:
    """Whether the folder, and a link of its name, are the user's, and nobody else can write to it. One that is not
    there will be."""
    if sys.platform == "win32":
        return True
    try:
        link, status = folder.lstat(), folder.stat()
    except FileNotFoundError:
        return not folder.is_symlink()
    except OSError:
        return False
    return link.st_uid == status.st_uid == os.getuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


@functools.cache
def _instead() -> Path:
    folder = tempfile.mkdtemp(prefix="xdp-lsp-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


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


# Of a file that a process which was killed has left half written.
_ABANDONED = 3600  # seconds


def note_use(entry: Path) -> None:
    """Have `keep_used` know that the file or folder `entry` is in use."""
    with suppress(OSError):
        os.utime(entry)


def keep_used(folder: Path, count: int) -> None:
    """Delete all in `folder` but the `count` entries that were used last, and what was never finished."""
    now = time.time()
    entries: list[tuple[float, Path]] = []
    with suppress(OSError):
        for entry in folder.iterdir():
            with suppress(OSError):
                used = entry.lstat().st_mtime
                if not entry.name.startswith("."):
                    entries.append((used, entry))
                elif now - used > _ABANDONED:
                    entry.unlink()
    for _, entry in sorted(entries, reverse=True)[count:]:
        # Another process may be at the same.
        with suppress(OSError):
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
