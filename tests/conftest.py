"""What holds for all tests.

With XDP_LSP_REQUIRE=1 (as in CI) a skipped test is a failure: an oracle, a compiler or an editor that is missing there
must not pass unseen.
"""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

REQUIRE = os.environ.get("XDP_LSP_REQUIRE") == "1"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With `--dist loadgroup` a file's tests run in one process: they share what they compile and explore.

    What waits for other programs comes first, so that what computes fills in and nothing long is left for the end; of
    VS Code one runs at a time.
    """
    items.sort(key=lambda item: "editors" not in item.path.parts)
    for item in items:
        group = "vscode" if item.path.name.startswith("test_vscode") else str(item.path)
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if REQUIRE and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, which XDP_LSP_REQUIRE=1 forbids: {report.longrepr}"
    return report
