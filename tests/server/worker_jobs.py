"""Jobs for worker processes under test; a worker imports this module by name."""

from __future__ import annotations

import os
import signal
import subprocess  # noqa: TID251 - stands in for the toolchain
import sys
import tempfile
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

from xdp_lsp.pipeline.workspace import Batch, IndexRequest, answer
from xdp_lsp.server.worker_process import Control

Requests = tuple[Any, ...]


def run(request: Requests, control: Control) -> Generator[Any, None, None]:
    """`request` is the name of what to do and its arguments."""
    name, *arguments = request
    yield from globals()["do_" + name](control, *arguments)


DEADLY = "deadly"
DEADLY_AT_THE_END = "deadly at the end"


def index(request: IndexRequest, _control: Control) -> Generator[Batch, None, None]:
    """As `xdp_lsp.server.jobs` does it, but dies where the folder holds a file of one of these names; of DEADLY it
    takes a byte each time, and the file with the last one."""
    deadly = Path(request.root, DEADLY)
    if deadly.exists():
        left = deadly.read_bytes()
        deadly.write_bytes(left[1:])
        if len(left) == 1:
            deadly.unlink()
        os.kill(os.getpid(), signal.SIGKILL)
    yield from answer(request)
    if Path(request.root, DEADLY_AT_THE_END).exists():
        os.kill(os.getpid(), signal.SIGKILL)


def do_echo(_control: Control, *values: Any) -> Generator[Any, None, None]:
    yield from values


def do_pid(_control: Control) -> Generator[Any, None, None]:
    yield os.getpid()


def do_folder(_control: Control) -> Generator[Any, None, None]:
    """Where its temporary files go."""
    with tempfile.TemporaryDirectory() as folder:
        yield str(Path(folder).parent)


def do_modules(_control: Control) -> Generator[Any, None, None]:
    yield sorted(sys.modules)


def do_wait(_control: Control, *values: Any) -> Generator[Any, None, None]:
    """Yields its values, then waits for ever in a system call."""
    yield from values
    threading.Event().wait()


def do_spin(_control: Control, *values: Any) -> Generator[Any, None, None]:
    """Yields its values, then computes for ever."""
    yield from values
    while True:
        pass


def do_deaf(_control: Control, fifo: str) -> Generator[Any, None, None]:
    """Hears no interrupt, tells `fifo` its process, and waits for ever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with Path(fifo).open("w") as stream:
        stream.write(f"{os.getpid()}\n")
    threading.Event().wait()
    yield


def do_raise(_control: Control, text: str) -> Generator[Any, None, None]:
    yield from ()
    raise ValueError(text)


def do_die(_control: Control, *values: Any) -> Generator[Any, None, None]:
    yield from values
    os.kill(os.getpid(), signal.SIGKILL)


def do_die_once(_control: Control, marker: str) -> Generator[Any, None, None]:
    """Dies the first time it is run, which `marker`, a file, remembers."""
    try:
        Path(marker).touch(exist_ok=False)
    except FileExistsError:
        yield os.getpid()
    else:
        os.kill(os.getpid(), signal.SIGKILL)


def do_foreign(control: Control, fifo: str, *, is_told: bool = True) -> Generator[Any, None, None]:
    """Starts a program in its own group that never ends, leaves a file, tells `fifo` of both, and waits."""
    child = subprocess.Popen(("sleep", "1000"), start_new_session=True)
    if is_told:
        control.runs(child.pid)
    folder = tempfile.mkdtemp()
    with Path(fifo).open("w") as stream:
        stream.write(f"{child.pid} {os.getpid()} {folder}\n")
    child.wait()
    yield folder


def do_foreign_untold(control: Control, fifo: str) -> Generator[Any, None, None]:
    """As `do_foreign`, but has not come to tell of it."""
    yield from do_foreign(control, fifo, is_told=False)


def do_steadfast(control: Control, *fifos: str) -> Generator[Any, None, None]:
    """Writes to one of `fifos` after the other, uninterrupted, then waits for ever."""
    with control.uninterrupted():
        for fifo in fifos:
            with Path(fifo).open("w") as stream:
                stream.write("undisturbed\n")
    threading.Event().wait()
    yield
