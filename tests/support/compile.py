"""Real compilers for tests: C in, a BPF object out. Skips, by name, where a compiler is absent."""

from __future__ import annotations

import functools
import shutil
import subprocess  # noqa: TID251 - tests look at what the compilers themselves make
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import pytest

COMPILERS = ("clang-19", "clang-14", "ziglang")


def compile_c(
    source: str | Path,
    compiler: str = "clang-19",
    mcpu: str = "v3",
    flags: Sequence[str] = (),
    target: str = "bpf",
) -> bytes:
    """The object that `compiler` makes of `source` (a text, or the path of a file) with -g -O2."""
    return _compile(source, compiler, mcpu, tuple(flags), target)


@functools.cache
def _compile(source: str | Path, compiler: str, mcpu: str, flags: tuple[str, ...], target: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        if isinstance(source, str):
            path = Path(folder, "case.c")
            path.write_text(source, "utf-8")
        else:
            path = source
        output = Path(folder, "case.o")
        command = [*compiler_command(compiler), "-target", target, f"-mcpu={mcpu}", "-g", "-O2", "-Wall"]
        run = subprocess.run(
            [*command, *flags, "-c", path, "-o", output], capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stderr
        return output.read_bytes()


@functools.cache
def compiler_command(compiler: str) -> tuple[str, ...]:
    """The command of a compiler with its header folders; skips the test where there is none."""
    if not Path("/usr/include/bpf/bpf_helpers.h").is_file():
        pytest.skip("libbpf's headers are not installed")
    if compiler == "ziglang":
        spec = find_spec("ziglang")
        if spec is None or not spec.submodule_search_locations:
            pytest.skip("ziglang is not installed")
        root = Path(spec.submodule_search_locations[0])
        headers = root / "lib" / "libc" / "include"
        folders = (root / "lib" / "include", headers / "x86-linux-any", headers / "any-linux-any")
        system = [part for folder in folders for part in ("-isystem", str(folder))]
        return (str(root / "zig"), "clang", "-nostdinc", *system, "-idirafter", "/usr/include")
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    multiarch = ["-I" + str(found) for found in Path("/usr/include").glob("*-linux-gnu")]
    return (compiler, *multiarch)


def tool(name: str) -> str:
    """The path of a foreign program; skips the test where it is absent."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found
