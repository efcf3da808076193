"""The compilers at hand, and programs that misbehave as a compiler might."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from xdp_lsp.toolchain import Toolchain, ToolchainError, ToolchainSettings, find_toolchain
from xdp_lsp.toolchain.clang import wheel_folder

COMPILERS = ("clang-14", "clang-19", "ziglang")


def compiler_setting(name: str) -> str:
    """The value of the setting `clang` for one of COMPILERS; skips the test where it is absent."""
    if name != "ziglang":
        return name
    wheel = wheel_folder()
    if wheel is None:
        pytest.skip("the ziglang wheel is not installed")
    return str(wheel / "zig")


def toolchain_for(name: str, settings: ToolchainSettings) -> Toolchain:
    """A toolchain on the compiler `name`; skips the test where it is absent."""
    try:
        return find_toolchain(settings._replace(clang=compiler_setting(name)))
    except ToolchainError as error:
        pytest.skip(str(error))


@pytest.fixture(params=COMPILERS)
def toolchain(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Toolchain:
    """Each compiler in turn, with its private folders made where a test can look for leftovers."""
    return toolchain_for(
        request.param,
        ToolchainSettings(
            cache_directory=str(tmp_path_factory.getbasetemp() / "cache"),
            temporary_directory=str(tmp_path_factory.mktemp("private")),
        ),
    )


@pytest.fixture
def script(tmp_path: Path) -> Callable[[str, str], Path]:
    """Write a Python program that can stand where a compiler is expected."""

    def write(name: str, body: str) -> Path:
        path = tmp_path / name
        path.write_text(f"#!{sys.executable}\n{body}\n", "utf-8")
        path.chmod(0o755)
        return path

    return write
