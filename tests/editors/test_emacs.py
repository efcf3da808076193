"""Emacs' eglot with the recipe of docs/editors.md."""

from __future__ import annotations

import shutil

import pytest
from installed import ROOT, editor, home
from terminal import Terminal

from tests.support.recipes import recipes

SOURCE = ROOT / "examples" / "gue_encap.c"


@pytest.fixture
def emacs(tmp_path):
    """Emacs on our example, at the call that may exceed, with our recipe alone for its init file."""
    (recipe,) = recipes("editors.md", "elisp", "Emacs")
    environment = home(tmp_path / "home")
    init = tmp_path / "init.el"
    # What it compiles of its own in the background would go on after the test.
    init.write_text(f"(setq native-comp-jit-compilation nil)\n{recipe}")
    project = tmp_path / "project"
    project.mkdir()
    shutil.copy(SOURCE, project)
    command = [editor("emacs"), "-nw", "-Q", "-l", init, "+58:20", "gue_encap.c"]
    with Terminal(command, project, environment) as terminal:
        yield terminal, project / SOURCE.name


def test_the_recipe(emacs):
    terminal, file = emacs
    terminal.wait("managing `(xdp-c-mode)' buffers", "Flymake[0 1]")
    terminal.wait("prepends 52..176, short by 24 on")  # by itself

    terminal.type("\x1bxflymake-show-buffer-diagnostics\n")
    terminal.wait("58  30 warning", "[headroom-exceeded]: may prepend up to 176 bytes here")
    terminal.press("C-x", "1")
    terminal.type("\x1bxeldoc\n")
    terminal.wait("i40e: 192 bytes in front of the packet", "24 too many")
    terminal.press("C-x", "1")

    terminal.type("\x1bxeglot-code-actions\n")
    terminal.wait("Lower the limit of opt_len from 124 to 100")
    terminal.press("Enter")
    terminal.wait("if (opt_len > 100)")

    terminal.press("C-x", "C-s")
    terminal.wait("Flymake[0 0 1]")
    assert file.read_text() == SOURCE.read_text().replace("opt_len > MAX_OPT_LEN", "opt_len > 100")
