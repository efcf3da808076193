"""The suites of test_vscode.py that take longest, for another worker."""

from __future__ import annotations

from pathlib import Path

import pytest
from vscode import LIMIT, LONGEST, run_suite


@pytest.mark.timeout(LIMIT + 30)
@pytest.mark.parametrize("suite", sorted(LONGEST))
def test_suite(suite: str, tmp_path: Path) -> None:
    run_suite(suite, tmp_path)
