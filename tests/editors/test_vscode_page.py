"""VS Code's page as a user has it: opened, clicked and looked at in Chromium; what was seen is in build/screenshots."""

from __future__ import annotations

from pathlib import Path

import pytest
from installed import server_of_the_tree
from vscode import LIMIT, build, node


@pytest.mark.timeout(LIMIT + 60)
def test_what_a_user_sees(tmp_path: Path) -> None:
    build()
    done = node("page.mts", limit=LIMIT, path=server_of_the_tree(tmp_path))
    assert done.returncode == 0, done.stdout
