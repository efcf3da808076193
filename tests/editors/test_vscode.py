"""The extension in the real VS Code: each suite of `editors/vscode/test/suite` in a window of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from installed import server_of_the_tree
from vscode import EXTENSION, LIMIT, build, node

SUITES = sorted(
    path.name.removesuffix(".test.ts") for path in (EXTENSION / "test" / "suite").glob("*.test.ts")
)


@pytest.fixture(scope="module")
def extension() -> None:
    build()


@pytest.mark.timeout(LIMIT + 30)
@pytest.mark.usefixtures("extension")
@pytest.mark.parametrize("suite", SUITES)
def test_suite(suite: str, tmp_path: Path) -> None:
    done = node("run.mts", suite, limit=LIMIT, path=server_of_the_tree(tmp_path))
    assert done.returncode == 0, f"{suite}:\n{done.stdout}"
