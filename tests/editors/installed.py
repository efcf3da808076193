"""The real editors that these tests drive; `.ci/install-editors FOLDER` installs them.

They are looked for in the folder `XDP_LSP_EDITORS`, by itself `build/editors`. A test whose editor is not there is
skipped by name, which XDP_LSP_REQUIRE=1 takes for a failure.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("XDP_LSP_EDITORS") or ROOT / "build" / "editors")


def editor(name: str) -> Path:
    """The executable `name`: `code`, `nvim` (the current one), `nvim-0.10`, `hx` or `emacs`."""
    path = FOLDER / "bin" / name
    if not os.access(path, os.X_OK):
        pytest.skip(f"the editor {name} is not installed in {FOLDER}")
    return path


def server_of_the_tree(folder: Path) -> Path:
    """Puts an `xdp-lsp` that is this tree's into `folder`, for PATH."""
    script = folder / "xdp-lsp"
    script.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m xdp_lsp "$@"\n')
    script.chmod(0o755)
    return folder


def home(folder: Path) -> dict[str, str]:
    """The environment of somebody who lives in `folder`; this tree's server and what our Python brings are on PATH."""
    (folder / "bin").mkdir(parents=True)
    path = [server_of_the_tree(folder / "bin"), Path(sys.executable).parent]
    places = {
        f"XDG_{kind.upper()}_HOME": str(folder / f".{kind}") for kind in ("config", "cache", "data", "state")
    }
    return {
        "HOME": str(folder),
        "PATH": os.pathsep.join([*map(str, path), os.environ["PATH"]]),
        **places,
    }
