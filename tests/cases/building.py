"""The annotated programs beside this file, built in many ways and explored: once for all tests of a run."""

from __future__ import annotations

import shutil
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest

from xdp_lsp.program import Image
from xdp_lsp.program.load import load_image
from xdp_lsp.toolchain import (
    OWN_LIBBPF,
    CompileRequest,
    Toolchain,
    ToolchainSettings,
    compile_source,
    find_toolchain,
)
from xdp_lsp.verifier import explore
from xdp_lsp.verifier.result import Exploration

HERE = Path(__file__).parent
CASES = sorted(path.name for path in HERE.glob("*.c"))


class Build(NamedTuple):
    compiler: str
    mcpu: str
    optimisation: str

    def __str__(self) -> str:
        return f"{self.compiler}-{self.mcpu}{self.optimisation}"


USUAL = Build("wheel", "v3", "-O2")


def builds() -> list[object]:
    """The wheel's compiler as users get it; then, marked `matrix`, each compiler, instruction set and optimisation,
    though not in every combination."""
    chosen = (
        ("wheel", "v1", "-O1"),
        ("wheel", "v4", "-Os"),
        ("clang-19", "v1", "-Os"),
        ("clang-19", "v2", "-O2"),
        ("clang-19", "v4", "-O1"),
        ("clang-14", "v1", "-O2"),
        ("clang-14", "v2", "-Os"),
        ("clang-14", "v3", "-O1"),
    )
    return [USUAL, *(pytest.param(Build(*one), marks=pytest.mark.matrix) for one in chosen)]


@lru_cache
def toolchain(compiler: str, mcpu: str) -> Toolchain:
    if compiler == "wheel":
        if find_spec("ziglang") is None:
            pytest.skip("the ziglang wheel is not installed")
        import ziglang

        path = str(Path(ziglang.__file__).parent / "zig")
    elif (found := shutil.which(compiler)) is not None:
        path = found
    else:
        pytest.skip(f"{compiler} is not installed")
    return find_toolchain(ToolchainSettings(clang=path, libbpf=OWN_LIBBPF, mcpu=mcpu))


@cache
def object_of(case: str, build: Build) -> bytes:
    result = compile_source(
        toolchain(build.compiler, build.mcpu),
        CompileRequest(str(HERE / case), flags=(build.optimisation, "-Wno-everything")),
    )
    assert result.object is not None, (result.failure, result.errors)
    return result.object


@lru_cache(maxsize=4)
def built(case: str, build: Build) -> Image:
    return load_image(object_of(case, build))


@cache
def explored(case: str, build: Build, *, follow_redirects: bool = False) -> dict[str, Exploration]:
    """What is found out about each program, by its name."""
    image = built(case, build)
    return {
        program.name: explore(image, program, follow_redirects=follow_redirects) for program in image.programs
    }
