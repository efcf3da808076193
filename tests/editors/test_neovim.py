"""The current Neovim, whose client is enabled by `vim.lsp.enable`."""

from __future__ import annotations

from neovim_tests import NeovimTests


class TestNeovim(NeovimTests):
    version = "nvim"
