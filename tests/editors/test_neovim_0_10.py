"""Neovim 0.10, whose client is enabled by `setup()`."""

from __future__ import annotations

from neovim_tests import NeovimTests


class TestNeovim010(NeovimTests):
    version = "nvim-0.10"
