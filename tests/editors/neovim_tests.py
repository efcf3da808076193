"""Neovim as users have it, with our plugin as a package, our server and clangd: what every version has to pass.

Each script in `neovim` runs inside the editor and says what came of each of its checks (`harness.lua`). The versions
have files of their own (`test_neovim*.py`), so that they run at the same time.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess  # noqa: TID251 - the editor that is driven
import sys
from pathlib import Path

import pytest
from installed import ROOT, editor
from terminal import Terminal

HERE = Path(__file__).parent / "neovim"
PLUGIN = ROOT / "editors" / "nvim"
SERVER = f'exec {sys.executable} -m xdp_lsp "$@"'
LIMIT = 200  # seconds for a script

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
        # A copy: the checkout may have a server of its own, and help tags are written beside the help.
        shutil.copytree(PLUGIN, package / "xdp-lsp")
        self.init = config / "init.lua"
        self.init.write_text(ENABLE[name] + "\n")
        if server:
            self.install("xdp-lsp", SERVER)

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
            "XDP_LSP_TEST_TREE": str(ROOT),
            "XDP_LSP_TEST_SERVER": SERVER,
            "LUA_PATH": f"{HERE}/?.lua;;",
        }

    def run(self, script: str) -> None:
        """Runs a script of checks: all of them have to pass."""
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
        assert done.stdout.splitlines()[-1] == "ok all of it", f"{done.stdout}\n{done.stderr}"


UNDERLINED = re.compile(r"\x1b\[4(:\d)?m[^(]*-\(int\)")


@pytest.mark.timeout(LIMIT + 10)
class NeovimTests:
    """The tests; `version` is the editor that they drive."""

    version: str

    @pytest.fixture
    def neovim(self, tmp_path: Path) -> Neovim:
        return Neovim(tmp_path, self.version)

    def test_a_program_from_the_first_look_on(self, neovim: Neovim) -> None:
        neovim.run("basics.lua")

    def test_commands(self, neovim: Neovim) -> None:
        neovim.run("commands.lua")

    def test_each_kind_of_action(self, neovim: Neovim) -> None:
        neovim.run("actions.lua")

    def test_beside_clangd(self, neovim: Neovim) -> None:
        clangd = Path(sys.executable).with_name("clangd")
        if not clangd.exists():
            pytest.skip("clangd is not installed beside the Python that runs the tests")
        neovim.install("clangd", f'exec {clangd} "$@"')
        neovim.run("clangd.lua")

    def test_a_newcomer(self, tmp_path: Path) -> None:
        Neovim(tmp_path, self.version, server=False).run("newcomer.lua")

    def test_the_screen(self, neovim: Neovim) -> None:
        shutil.copy(ROOT / "examples" / "gue_encap.c", neovim.folder / "files")
        program = [neovim.executable, "-n", "gue_encap.c"]
        with Terminal(program, neovim.folder / "files", neovim.environment, columns=150, rows=45) as screen:
            screen.wait("needs 176 of 152 B · fits 18 of 22 targets", "targets: mainstream", limit=60)
            screen.type(":58\nzz")
            screen.wait("52..176, short by 24 on 4 targets", limit=60)
            call = next(line for line in screen.colours().splitlines() if "sizeof(struct ipv6hdr)" in line)
            assert UNDERLINED.search(call), call
            screen.type("fhK")
            screen.wait(
                "prepends 52..176 bytes; short by 24 on ixgbe", "40 kept by the kernel", "176 this call"
            )
            screen.type("j:XdpBytecode\n")
            shown = screen.wait("call bpf_xdp_adjust_head", "umin=52,umax=176")
            assert any("return XDP_" in line and "│" in line for line in shown.splitlines()), (
                "not side by side"
            )
