"""The folders that a server writes to, and what can be done to them: filled, swept, taken away."""

from __future__ import annotations

import os
import shutil
import subprocess  # noqa: TID251 - mount
from contextlib import suppress
from pathlib import Path

SIZE = 160 << 20  # bytes; the cache alone may have 100 MB
INODES = 3000
_CHUNK = b"\0" * (1 << 20)


class Disk:
    """`temporary` and `cache` on a small file system of their own where it can be mounted, which takes root; else
    `is_small` is False, and it is never full."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True)
        self.is_small = os.geteuid() == 0 and self._mount()
        self.temporary, self.cache = folder / "tmp", folder / "cache"
        self._filled = folder / "filled"
        self.restore()

    def _mount(self) -> bool:
        mount = shutil.which("mount")
        options = f"size={SIZE},nr_inodes={INODES}"
        command = (mount or "", "-t", "tmpfs", "-o", options, "xdp-lsp-endurance", str(self._folder))
        return mount is not None and subprocess.run(command, check=False, capture_output=True).returncode == 0

    def fill(self, *, names: bool) -> None:
        """Until there is no room for a byte or, with `names`, for a file's name more."""
        if not self.is_small:
            return
        self._filled.mkdir(exist_ok=True)
        with suppress(OSError):
            if names:
                for number in range(INODES):
                    (self._filled / str(number)).touch()
            with (self._filled / "bytes").open("wb", buffering=0) as stream:
                while True:
                    stream.write(_CHUNK)

    def sweep(self) -> None:
        """What others do with old temporary files."""
        for entry in self.temporary.iterdir():
            shutil.rmtree(entry, ignore_errors=True)

    def lose_cache(self, *, is_file: bool) -> None:
        """The cache is deleted, or there `is_file` where it was, so that none can be made."""
        if not self.cache.is_file():
            shutil.rmtree(self.cache, ignore_errors=True)
            with suppress(OSError):
                self.cache.touch() if is_file else self.cache.mkdir()

    def restore(self) -> None:
        """All as at the start, but for what the server has written."""
        shutil.rmtree(self._filled, ignore_errors=True)
        if self.cache.is_file():
            self.cache.unlink()
        for folder in (self.temporary, self.cache):
            folder.mkdir(exist_ok=True)

    def left(self) -> list[str]:
        """What is in the temporary folder."""
        return sorted(str(one.relative_to(self.temporary)) for one in self.temporary.rglob("*"))

    def cached(self) -> int:
        """Bytes in the cache."""
        return sum(one.lstat().st_size for one in self.cache.rglob("*") if one.is_file())

    def close(self) -> None:
        if self.is_small:
            subprocess.run(("umount", "--lazy", str(self._folder)), check=False)
