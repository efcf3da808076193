"""Neovim as users have it, 0.10 and the current one, with our plugin as a package, our server and clangd.

Each script in `neovim` runs inside the editor and says what came of each of its checks (`harness.lua`).
"""

from __future__ import annotations

import os
import subprocess  # noqa: TID251 - the editor that is driven
import sys
from pathlib import Path

import pytest
from installed import ROOT, editor

HERE = Path(__file__).parent / "neovim"
PLUGIN = ROOT / "editors" / "nvim"
LIMIT = 200  # seconds for a script

pytestmark = pytest.mark.timeout(LIMIT + 10)


# As the README has it, for each version.
ENABLE = {"nvim": "vim.lsp.enable('xdp_lsp')", "nvim-0.10": "require('xdp_lsp').setup()"}


class Neovim:
    """An editor whose configuration, data and files are all in `folder`; the plugin is a native package."""

    def __init__(self, folder: Path, name: str, *, server: bool = True) -> None:
        self.executable = editor(name)
        self.folder = folder
        config = folder / "config" / "nvim"
        package = folder / "data" / "nvim" / "site" / "pack" / "xdp-lsp" / "start"
        for made in (config, package, folder / "bin", folder / "files"):
            made.mkdir(parents=True)
        (package / "xdp-lsp").symlink_to(PLUGIN)
        self.init = config / "init.lua"
        self.init.write_text(ENABLE[name] + "\n")
        if server:
            self.install("xdp-lsp", f'exec {sys.executable} -m xdp_lsp "$@"')

    def install(self, name: str, line: str) -> None:
        """A program on the editor's PATH."""
        program = self.folder / "bin" / name
        program.write_text(f"#!/bin/sh\n{line}\n")
        program.chmod(0o755)

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "NVIM"))}
        folders = {
            f"XDG_{kind}_HOME": str(self.folder / kind.lower())
            for kind in ("CONFIG", "DATA", "STATE", "CACHE")
        }
        return {
            **kept,
            **folders,
            "HOME": str(self.folder),
            "PATH": f"{self.folder / 'bin'}:/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "XDP_LSP_TEST_FOLDER": str(self.folder / "files"),
            "LUA_PATH": f"{HERE}/?.lua;;",
        }

    def run(self, script: str) -> str:
        """Runs a script of checks; what it said."""
        done = subprocess.run(
            [
                self.executable,
                "--headless",
                "-n",
                "-c",
                f"lua vim.schedule(function() dofile('{HERE / script}') end)",
            ],
            env=self.environment,
            cwd=self.folder / "files",
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout


@pytest.fixture(params=["nvim-0.10", "nvim"])
def neovim(request: pytest.FixtureRequest, tmp_path: Path) -> Neovim:
    return Neovim(tmp_path, request.param)


def passed(output: str) -> list[str]:
    return [line.removeprefix("ok ") for line in output.splitlines() if line.startswith("ok ")]


def test_a_program_from_the_first_look_on(neovim: Neovim) -> None:
    assert "no trace of an error" in passed(neovim.run("basics.lua"))


def test_the_code_beside_the_source(neovim: Neovim) -> None:
    assert "no trace of an error" in passed(neovim.run("bytecode.lua"))
