"""The extension in the real VS Code: each suite of `editors/vscode/test/suite` in a window of its own.

Those that take longest are in test_vscode_longest.py, so that two workers share them.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from vscode import LIMIT, LONGEST, SUITES, run_suite


@pytest.mark.timeout(LIMIT + 30)
@pytest.mark.parametrize("suite", sorted(SUITES - LONGEST))
def test_suite(suite: str, tmp_path: Path) -> None:
    run_suite(suite, tmp_path)
