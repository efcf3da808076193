"""Compilers that misbehave on some files and are clang on all others."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from xdp_lsp.toolchain import find_compiler


def fake_clang(folder: Path, name: str, commands: str) -> str:
    """The path of a compiler that runs the shell's `commands` first where it compiles a file called `name`.

    `$WORKER` is the process that started it.
    """
    path = folder / "clang"
    real = shlex.join(find_compiler().command)
    path.write_text(
        f'#!/bin/sh\nWORKER=$PPID\ncase "$*" in *{name}*)\n{commands}\n;; esac\nexec {real} "$@"\n'
    )
    path.chmod(0o755)
    return str(path)


def fifo(folder: Path, name: str) -> Path:
    path = folder / name
    os.mkfifo(path)
    return path
