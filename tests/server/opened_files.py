"""Which files of some folders anybody opens, as the kernel tells it (inotify)."""

from __future__ import annotations

import ctypes
import os
import struct
from pathlib import Path

import pytest

_IN_OPEN = 0x20
_IN_NONBLOCK = os.O_NONBLOCK
_EVENT = struct.Struct("iIII")


class OpenedFiles:
    """Watches from now on."""

    def __init__(self, *folders: Path) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        if not hasattr(libc, "inotify_init1"):
            pytest.skip("inotify")
        self._handle = libc.inotify_init1(_IN_NONBLOCK)
        assert self._handle >= 0
        for folder in folders:
            assert libc.inotify_add_watch(self._handle, os.fsencode(folder), _IN_OPEN) > 0

    def names(self) -> set[str]:
        """The names of the files that were opened since the last call."""
        found: set[str] = set()
        while True:
            try:
                events = os.read(self._handle, 1 << 16)
            except BlockingIOError:
                return found
            offset = 0
            while offset < len(events):
                *_, length = _EVENT.unpack_from(events, offset)
                offset += _EVENT.size
                name = events[offset : offset + length].rstrip(b"\0")
                offset += length
                if name:
                    found.add(os.fsdecode(name))

    def close(self) -> None:
        os.close(self._handle)
