"""A folder that was made to do harm, and the command as it is run in it."""

from __future__ import annotations

import os
import signal
import subprocess  # noqa: TID251 - the command is a process
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

import xdp_lsp

HEAD = "#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n"
PROGRAM = (
    'SEC("xdp") int prog(struct xdp_md *x) { return bpf_xdp_adjust_head(x, -300) ? XDP_DROP : XDP_PASS; }\n'
)
ANSWER = "prepends 300 bytes"
# However busy the machine is: what takes longer hangs.
BOUND = float(os.environ.get("XDP_LSP_HOSTILE_BOUND", "60"))  # seconds


class Run(NamedTuple):
    status: int
    out: bytes
    err: bytes

    @property
    def said(self) -> str:
        return (self.out + self.err).decode("utf-8", "backslashreplace")


class Folder:
    """`mark` is what nothing that is run or written may bring about; all that begins like it counts."""

    def __init__(self, root: Path, cache: Path) -> None:
        self.root = root
        self.mark = root.parent / "mark"
        self.cache = cache

    def write(self, name: str, text: str = HEAD + PROGRAM) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", "surrogateescape")
        return path

    def tool(self, name: str) -> None:
        """A program that tells when it is run."""
        self.write(name, f"#!/bin/sh\n: > {self.mark}-$$\n").chmod(0o755)

    def start(self, *arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """`xdp-lsp ARGUMENTS` in the folder, as its script is installed, in a process group of its own."""
        script = "import sys; sys.argv[0] = 'xdp-lsp'; from xdp_lsp.cli import main; sys.exit(main())"
        return subprocess.Popen(
            [sys.executable, "-P" if sys.version_info >= (3, 11) else "-I", "-c", script, *arguments],
            cwd=self.root,
            env={**os.environ, **self.environment, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def run(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Run:
        """What `start` comes to; fails where it hangs or breaks down."""
        process = self.start(*arguments, environment=environment)
        try:
            out, err = process.communicate(timeout=BOUND)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            pytest.fail(f"xdp-lsp {' '.join(arguments)} did not end in {BOUND:g} s")
        run = Run(process.returncode, out, err)
        assert "Traceback" not in run.said and "internal error" not in run.said, run.said
        return run

    @property
    def environment(self) -> dict[str, str]:
        return {
            "XDG_CACHE_HOME": str(self.cache),
            "PYTHONPATH": str(Path(xdp_lsp.__file__).parents[1]),
            "PYTHONIOENCODING": "utf-8",
        }

    def assert_untouched(self) -> None:
        """Nothing was run, and nothing was written beside the cache."""
        assert [one.name for one in self.root.parent.iterdir() if one.name.startswith("mark")] == []

    def foreign_processes(self) -> list[str]:
        """What runs and names the folder: compilers that were left behind."""
        found = []
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                command = entry.read_bytes()
            except OSError:  # ended meanwhile
                continue
            if os.fsencode(self.root) in command:
                found.append(command.replace(b"\0", b" ").decode("utf-8", "replace"))
        return found


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile-cache")


@pytest.fixture
def folder(tmp_path: Path, cache: Path) -> Folder:
    (tmp_path / "folder" / ".git").mkdir(parents=True)
    return Folder(tmp_path / "folder", cache)
