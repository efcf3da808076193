"""A compiler that hangs, crashes, floods or leaves children: one sentence, and nothing left of it."""

from __future__ import annotations

import os
import select
import signal
import subprocess  # noqa: TID251 - to signal while a program is being started
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from xdp_lsp.toolchain import CompileRequest, Toolchain, ToolchainSettings, compile_source, find_toolchain
from xdp_lsp.toolchain.process import Limits, run, sanitised_environment

Script = Callable[[str, str], Path]

LIMITS = Limits(seconds=60.0, memory=4 << 30, output=1 << 16, file=1 << 20)
# Starts a child that outlives it unless it is killed, and tells both process ids.
WITH_CHILD = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], stdin=subprocess.DEVNULL)
sys.stdout.write(f"{os.getpid()} {child.pid}\\n")
sys.stdout.flush()
"""

linux_only = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux bounds or watches other processes so"
)
posix_only = pytest.mark.skipif(os.name != "posix", reason="process groups are POSIX's")


def replaced(path: Path, private: Path, **settings: float) -> Toolchain:
    """A toolchain that was found with a real compiler, and whose compiler then became `path`."""
    toolchain = find_toolchain(ToolchainSettings(temporary_directory=str(private))._replace(**settings))
    return toolchain._replace(compiler=toolchain.compiler._replace(command=(str(path),)))


def ends(pid: int) -> bool:
    """Whether the process is gone, or goes within seconds: a kill takes its effect some time after the call."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], 10.0)[0])
    finally:
        os.close(handle)


@pytest.fixture
def private(tmp_path: Path) -> Path:
    folder = tmp_path / "private"
    folder.mkdir()
    return folder


def test_a_compiler_that_hangs_is_stopped(script: Script, private: Path) -> None:
    hanging = script("clang", "import time\ntime.sleep(600)")
    result = compile_source(replaced(hanging, private, time_limit=0.2), CompileRequest("/a.c", b""))
    assert result.object is None
    assert result.failure == f"The compiler {hanging} was stopped after 0.2 s (setting `time-limit`)."
    assert list(private.iterdir()) == []


def test_a_compiler_that_closes_its_output_and_hangs_is_stopped(script: Script, private: Path) -> None:
    hanging = script("clang", "import os, time\nos.close(1)\nos.close(2)\ntime.sleep(600)")
    result = compile_source(replaced(hanging, private, time_limit=0.5), CompileRequest("/a.c", b""))
    assert result.failure == f"The compiler {hanging} was stopped after 0.5 s (setting `time-limit`)."


def test_a_compiler_that_floods_is_stopped(script: Script, private: Path) -> None:
    flooding = script("clang", "import sys\nwhile True: sys.stderr.write('/a.c:1:2: error: no\\n' * 1000)")
    result = compile_source(replaced(flooding, private, output_limit=100_000), CompileRequest("/a.c", b""))
    assert result.failure == f"The compiler {flooding} was stopped after 100000 bytes of messages."
    assert 4000 < len(result.diagnostics) <= 5000


@posix_only
def test_a_compiler_that_crashes_is_told(script: Script, private: Path) -> None:
    crashing = script("clang", "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)")
    result = compile_source(replaced(crashing, private), CompileRequest("/a.c", b""))
    assert result.failure == f"The compiler {crashing} was ended by SIGSEGV."


@pytest.mark.parametrize("way", ["crash", "llvm_fatal_error"])
def test_a_real_crash_is_told(toolchain: Toolchain, tmp_path: Path, way: str) -> None:
    contents = f"#pragma clang __debug {way}\n".encode()
    result = compile_source(toolchain, CompileRequest(str(tmp_path / "a.c"), contents))
    assert result.object is None
    assert result.failure == f"The compiler {toolchain.compiler.path} crashed."
    assert not any("frontend command" in error.message for error in result.errors)
    assert toolchain.settings.temporary_directory is not None
    assert list(Path(toolchain.settings.temporary_directory).iterdir()) == []


def test_a_compiler_that_fails_without_a_diagnostic_is_quoted(script: Script, private: Path) -> None:
    failing = script("clang", "import sys\nprint('licence expired')\nsys.exit(3)")
    result = compile_source(replaced(failing, private), CompileRequest("/a.c", b""))
    assert result.failure == f"The compiler {failing} ended with status 3: licence expired"
    silent = script("clang", "import sys\nsys.exit(3)")
    result = compile_source(replaced(silent, private), CompileRequest("/a.c", b""))
    assert result.failure == f"The compiler {silent} ended with status 3 and said nothing."


def test_a_compiler_that_writes_no_object_is_told(script: Script, private: Path) -> None:
    idle = script("clang", "")
    result = compile_source(replaced(idle, private), CompileRequest("/a.c", b""))
    assert result.failure == f"The compiler {idle} ended well but wrote no object."


def test_a_compiler_that_has_vanished_is_told(private: Path, tmp_path: Path) -> None:
    result = compile_source(replaced(tmp_path / "gone", private), CompileRequest("/a.c", b""))
    assert result.failure is not None
    assert result.failure.startswith(f"The compiler {tmp_path / 'gone'} cannot be started: ")


def test_a_private_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    toolchain = find_toolchain(ToolchainSettings(temporary_directory=str(tmp_path / "absent")))
    result = compile_source(toolchain, CompileRequest("/a.c", b""))
    assert result.failure == "The private folder for the compiler cannot be used: No such file or directory."


def test_arguments_that_no_program_can_take_are_told(private: Path) -> None:
    toolchain = find_toolchain(ToolchainSettings(temporary_directory=str(private)))
    result = compile_source(toolchain, CompileRequest("/a.c", b"", tuple(["-DX"] * 3_000_000)))
    assert result.failure is not None
    assert "cannot be started" in result.failure
    assert list(private.iterdir()) == []


@linux_only
def test_an_object_over_the_limit_is_told(private: Path, script: Script) -> None:
    writing = script("clang", "import sys\nwhile True: open(sys.argv[-2], 'ab').write(bytes(1 << 16))")
    result = compile_source(replaced(writing, private, object_limit=1 << 20), CompileRequest("/a.c", b""))
    assert result.object is None
    assert result.failure is not None
    # Python ignores SIGXFSZ and gets EFBIG; clang, which does not, is tested below.
    assert "File too large" in result.failure


@linux_only
def test_a_huge_object_of_clang_is_stopped(toolchain: Toolchain, tmp_path: Path) -> None:
    limited = toolchain._replace(settings=toolchain.settings._replace(object_limit=1 << 20))
    result = compile_source(limited, CompileRequest(str(tmp_path / "a.c"), b"char a[64 << 20] = {1};\n"))
    assert result.object is None
    assert result.failure == (
        f"The compiler {toolchain.compiler.path} was stopped at an object of more than 1048576 bytes."
    )


@linux_only
def test_a_source_that_takes_too_much_memory_is_told(toolchain: Toolchain, tmp_path: Path) -> None:
    limited = toolchain._replace(settings=toolchain.settings._replace(memory_limit=320 << 20))
    macros = [b"#define M0 1,1,1,1,1,1,1,1"]
    macros += [b"#define M%d %s" % (level, b",".join([b"M%d" % (level - 1)] * 8)) for level in range(1, 8)]
    contents = b"\n".join([*macros, b"int x[] = { M7, M7 };"])
    result = compile_source(limited, CompileRequest(str(tmp_path / "a.c"), contents))
    assert result.object is None
    assert result.failure == (
        f"The compiler {toolchain.compiler.path} ran out of memory at 320 MiB (setting `memory-limit`)."
    )


@linux_only
def test_memory_is_bounded(script: Script, private: Path) -> None:
    # Waits until the bound, which is set from outside after the start, is there.
    greedy = script(
        "clang",
        "import resource\n"
        "while resource.getrlimit(resource.RLIMIT_AS)[0] < 0: pass\n"
        "try: bytearray(2 << 30)\n"
        "except MemoryError: print('out of memory'); raise SystemExit(1)",
    )
    result = compile_source(replaced(greedy, private, memory_limit=1 << 30), CompileRequest("/a.c", b""))
    assert result.failure == f"The compiler {greedy} ran out of memory at 1024 MiB (setting `memory-limit`)."


@linux_only
@pytest.mark.parametrize(
    ("ending", "seconds", "status"),
    [("time.sleep(600)", 1.0, None), ("sys.exit(3)", 60.0, 3), ("os.abort()", 60.0, -signal.SIGABRT)],
    ids=["hangs", "ends", "crashes"],
)
def test_children_go_with_the_compiler(
    script: Script, tmp_path: Path, ending: str, seconds: float, status: int | None
) -> None:
    """Nor is a child waited for that holds the output open."""
    wrapper = script("clang", WITH_CHILD + ending)
    outcome = run([str(wrapper)], str(tmp_path), LIMITS._replace(seconds=seconds))
    assert (outcome.status, outcome.timed_out) == (status, status is None)
    pids = [int(word) for word in outcome.output.split()]
    assert len(pids) == 2
    assert all(ends(pid) for pid in pids)


@posix_only
def test_an_exception_takes_the_compiler_along(script: Script, private: Path) -> None:
    """What a worker does on SIGTERM: its handler raises while clang runs."""
    hanging = script("clang", WITH_CHILD + "time.sleep(600)")
    started: list[int] = []

    def cancel(group: int) -> None:
        started.append(group)
        os.kill(os.getpid(), signal.SIGTERM)

    def leave(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, leave)
    try:
        with pytest.raises(KeyboardInterrupt):
            compile_source(replaced(hanging, private), CompileRequest("/a.c", b""), on_start=cancel)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert len(started) == 1
    with pytest.raises(ProcessLookupError):
        os.killpg(started[0], 0)
    assert list(private.iterdir()) == []


@linux_only
def test_a_signal_during_the_start_does_not_lose_the_process(tmp_path: Path, script: Script) -> None:
    """The program itself signals, as early as it can: where Popen() has not returned yet."""
    told = tmp_path / "pid"
    early = script(
        "clang",
        f"import os, signal, time\nopen({str(told)!r}, 'w').write(str(os.getpid()))\n"
        "os.kill(os.getppid(), signal.SIGTERM)\ntime.sleep(600)",
    )

    def leave(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, leave)
    try:
        with pytest.raises(KeyboardInterrupt):
            run([str(early)], str(tmp_path), LIMITS)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert ends(int(told.read_text()))


@posix_only
def test_a_signal_that_came_before_the_start_takes_the_process_along(
    tmp_path: Path, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Popen() is entered with the signal pending, so that its handler would run inside."""
    hanging = script("clang", "import time\ntime.sleep(600)")
    started: list[int] = []
    start = subprocess.Popen

    def signalled(*arguments: Any, **options: Any) -> Any:
        os.kill(os.getpid(), signal.SIGTERM)
        process = start(*arguments, **options)
        started.append(process.pid)
        return process

    def leave(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("xdp_lsp.toolchain.process.subprocess.Popen", signalled)
    before = signal.signal(signal.SIGTERM, leave)
    try:
        with pytest.raises(KeyboardInterrupt):
            run([str(hanging)], str(tmp_path), LIMITS)
    finally:
        signal.signal(signal.SIGTERM, before)
    (pid,) = started
    with pytest.raises(ProcessLookupError):
        os.killpg(pid, 0)


def test_the_environment_does_not_steer_clang(
    toolchain: Toolchain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "trap").mkdir()
    (tmp_path / "trap" / "trap.h").write_text("")
    monkeypatch.setenv("CPATH", str(tmp_path / "trap"))
    monkeypatch.setenv("C_INCLUDE_PATH", str(tmp_path / "trap"))
    monkeypatch.setenv("CCC_OVERRIDE_OPTIONS", "+-DTRAPPED")
    monkeypatch.setenv("DEPENDENCIES_OUTPUT", str(tmp_path / "written"))
    source = b"#if __has_include(<trap.h>) || defined(TRAPPED)\n#error steered\n#endif\n"
    result = compile_source(toolchain, CompileRequest(str(tmp_path / "a.c"), source))
    assert result.errors == ()
    assert not (tmp_path / "written").exists()


def test_the_environment_keeps_what_finds_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", "/opt/lib")
    monkeypatch.setenv("LC_MESSAGES", "de_DE.UTF-8")
    environment = sanitised_environment("/private")
    assert environment["PATH"] == os.environ["PATH"]
    assert environment["LD_LIBRARY_PATH"] == "/opt/lib"
    assert (environment["LC_ALL"], environment["TMPDIR"]) == ("C.UTF-8", "/private")
    assert "LC_MESSAGES" not in environment
