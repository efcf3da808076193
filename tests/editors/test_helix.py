"""Helix with the recipe of docs/editors.md, beside the real clangd."""

from __future__ import annotations

import shutil

import pytest
from installed import ROOT, editor, home
from terminal import Terminal

from tests.support.recipes import recipes
from xdp_lsp.server.features.pages import COMING

SOURCE = ROOT / "examples" / "gue_encap.c"


@pytest.fixture
def helix(tmp_path):
    """Helix on our example, at the call that may exceed."""
    environment = home(tmp_path / "home")
    languages, config = recipes("editors.md", "toml", "Helix")
    if not shutil.which("clangd", path=environment["PATH"]):
        pytest.skip("clangd is not installed")
    project, settings = tmp_path / "project", tmp_path / "home" / ".config" / "helix"
    (project / ".helix").mkdir(parents=True)
    (project / ".helix" / "languages.toml").write_text(languages)
    settings.mkdir(parents=True)
    (settings / "config.toml").write_text(config)
    shutil.copy(SOURCE, project)
    with Terminal([editor("hx"), "gue_encap.c:58:7"], project, environment, columns=160) as terminal:
        yield terminal, project / SOURCE.name


def hover(terminal: Terminal) -> str:
    """The screen with the hover at the cursor, whole or not."""
    terminal.type(" k")
    return terminal.wait_until(
        lambda text: "24 too many" in text or COMING in text, "shows the hover on the call"
    )


def test_the_recipe(helix):
    terminal, file = helix
    # The verdict: a hover waits for what comes after it, but not for ever where the machine is busy.
    terminal.wait("may prepend up to 176 by")

    while "24 too many" not in hover(terminal):
        terminal.press("Escape")
        terminal.wait_until(lambda text: COMING not in text, "shows the text again")
    terminal.wait("i40e: 192 bytes in front of the packet")
    terminal.press("Escape")
    terminal.wait("prepends 52..176, short by 24")

    # clangd is asked for the rest, and both have actions.
    terminal.type(":50\n/MAX_OPT_LEN\ngd")
    terminal.wait("#define MAX_OPT_LEN 124", "15:9")
    terminal.type(":57\n/adjust_head\n a")
    terminal.wait("Lower the limit of opt_len from 124 to 100", "Extract")
    terminal.press("Enter")
    terminal.wait("if (opt_len > 100)")

    terminal.type(":w\n")
    terminal.wait_until(lambda text: "may prepend up to 176" not in text, "is free of the finding")
    assert file.read_text() == SOURCE.read_text().replace("opt_len > MAX_OPT_LEN", "opt_len > 100")
