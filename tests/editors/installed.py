"""The real editors that these tests drive; `.ci/install-editors FOLDER` installs them.

They are looked for in the folder `XDP_LSP_EDITORS`, by itself `build/editors`. A test whose editor is not there is
skipped by name, which XDP_LSP_REQUIRE=1 takes for a failure.
"""

from __future__ import annotations

import os
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
