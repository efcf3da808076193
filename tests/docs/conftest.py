"""A project with the sources that recipes are tried on."""

from __future__ import annotations

import os
import subprocess  # noqa: TID251 - the recipes are commands
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.editors.installed import ROOT, home

EXCEEDS = (ROOT / "examples" / "gue_encap.c").read_text()
FITS = EXCEEDS.replace("MAX_OPT_LEN 124", "MAX_OPT_LEN 100")
NO_XDP = "int main(void)\n{\n\treturn 0;\n}\n"

LIMIT = 200  # seconds that a line may take: one installs a package with all that it needs
Run = Callable[[str], "subprocess.CompletedProcess[str]"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def run(tmp_path: Path, project: Path) -> Run:
    """Runs a line of shell, as GitHub does, in the project, with this tree's `xdp-lsp` on PATH."""
    environment = os.environ | home(tmp_path / "home")

    def line(command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-e", "-c", command],
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )

    return line
