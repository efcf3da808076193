"""Pipes that close, encodings without our letters, colours, interrupts."""

import os
import pty
import signal
import subprocess  # noqa: TID251 - the command is a process
import sys
import time

import pytest

COMMAND = [sys.executable, "-m", "xdp_lsp"]


def test_a_reader_that_leaves_early_gets_no_trace(folder):
    process = subprocess.Popen(
        [*COMMAND, "drivers", "--all"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder
    )
    process.stdout.close()
    _, err = process.communicate()
    assert (process.returncode, err) == (0, b"")


def test_a_full_disk_is_told(folder):
    if not os.path.exists("/dev/full"):  # noqa: PTH110
        pytest.skip("no /dev/full")
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run([*COMMAND, "drivers"], stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 2
    assert b"the output cannot be written" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_terminal_without_our_letters_gets_them_escaped(xdp_lsp, folder):
    source = (folder / "may.c").read_text().replace("return bpf_xdp", "/* größe */ return bpf_xdp")
    (folder / "größe.c").write_text(source, "utf-8")
    run = xdp_lsp("check", "größe.c", PYTHONIOENCODING="ascii")
    assert run.status == 1
    assert "gr\\xf6\\xdfe.c:14:" in run.out


def on_a_terminal(folder, *arguments, **environment):
    """What the command writes when stdout is a terminal."""
    primary, replica = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=replica,
        stderr=subprocess.PIPE,
        cwd=folder,
        env={**os.environ, "TERM": "xterm", **environment},
    )
    os.close(replica)
    said = b""
    while True:
        try:
            chunk = os.read(primary, 4096)
        except OSError:  # EIO: the other end is closed
            break
        said += chunk
    process.communicate()
    os.close(primary)
    return said


def test_colours_are_for_terminals(xdp_lsp, folder):
    assert b"\x1b[" in on_a_terminal(folder, "check", "may.c")
    assert b"\x1b[" not in on_a_terminal(folder, "check", "may.c", NO_COLOR="1")
    assert b"\x1b[" not in on_a_terminal(folder, "check", "--color", "never", "may.c")
    assert b"\x1b[" not in on_a_terminal(folder, "check", "may.c", TERM="dumb")
    assert "\x1b[" not in xdp_lsp("check", "may.c").out
    assert "\x1b[" in xdp_lsp("check", "--color", "always", "may.c", NO_COLOR="1").out


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_interrupt_ends_everything_quietly(folder, tmp_path, number, status, jobs):
    """While a compiler hangs: nothing is left running, no trace is printed."""
    started = tmp_path / "started"
    os.mkfifo(started)
    hanging = tmp_path / "clang-hanging"
    real = _clang()
    # As a compiler it answers the probe; at the source it says that it has begun, and stays.
    hanging.write_text(
        f'#!/bin/sh\ncase "$*" in *fits*) echo $$ >{started}; exec sleep 600;; *) exec {real} "$@";; esac\n'
    )
    hanging.chmod(0o755)
    (folder / "fits2.c").write_text((folder / "fits.c").read_text())
    process = subprocess.Popen(
        [*COMMAND, "check", "--clang", hanging, "-j", jobs, "fits.c", "fits2.c"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        start_new_session=True,
    )
    # Open for writing as well, so that it does not end between two that write.
    with os.fdopen(os.open(started, os.O_RDWR), "rb", buffering=0) as lines:
        pids = [int(lines.readline()) for _ in range(int(jobs))]
    # As a terminal does, to the whole group of the command; clang has a session of its own.
    os.killpg(process.pid, number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (status, b"", b"")
    deadline = time.monotonic() + 10
    while any(_is_running(pid) for pid in pids):
        assert time.monotonic() < deadline, "a compiler was left running"


def _is_running(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _clang():
    from xdp_lsp.toolchain import find_compiler

    compiler = find_compiler()
    if compiler.is_zig:
        pytest.skip("a script cannot stand in for zig")
    return compiler.path
