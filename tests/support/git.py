"""Real git repositories for tests."""

from __future__ import annotations

import os
import subprocess  # noqa: TID251 - git
from pathlib import Path

from tests.support.compile import tool

# As little of the machine's and the user's own as can be, so that commits come out the same everywhere.
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    **{
        f"GIT_{who}_{what}": "somebody@localhost"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    },
}


class Repository:
    """A repository at `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str, text: bytes = b"") -> str:
        done = subprocess.run(
            [tool("git"), *arguments],
            cwd=self.folder,
            env=ENVIRONMENT,
            input=text,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode().strip()

    def commit(self, files: dict[str, str | None] | None = None) -> str:
        """Write `files` (None: delete) and commit all there is; the commit's name."""
        for name, text in (files or {}).items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                path.unlink()
            else:
                path.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "A change")
        return self.git("rev-parse", "HEAD")

    def commit_tree(self, entries: list[tuple[str, str, bytes]]) -> str:
        """A commit whose tree has `entries` (mode, name, contents), whatever git itself thinks of the names."""
        tree = b""
        for mode, name, contents in entries:
            blob = self.git("hash-object", "-w", "--stdin", text=contents)
            tree += mode.encode() + b" " + name.encode() + b"\0" + bytes.fromhex(blob)
        written = self.git("hash-object", "-w", "-t", "tree", "--literally", "--stdin", text=tree)
        return self.git("commit-tree", written, "-m", "A tree")
