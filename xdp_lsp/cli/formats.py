"""The formats of a report, and what was known before it. A format is imported when it is asked for."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from xdp_lsp.cli.output import note, wants_colour
from xdp_lsp.cli.status import UsageError
from xdp_lsp.report.model import Report

if TYPE_CHECKING:
    from xdp_lsp.report.since import Since

FORMATS = ("text", "json", "sarif", "github", "html")


def render(
    report: Report,
    arguments: argparse.Namespace,
    since: Since | None = None,
    parts: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """`report` in the format that `arguments` name, or what there is new in it `since` a revision. `parts` are as in
    `report.text`."""
    if since is not None and arguments.format in ("text", "json", "github"):
        return _difference(since, arguments)
    if arguments.format == "json":
        from xdp_lsp.report import json_report  # noqa: PLC0415

        return json_report.render(report)
    if arguments.format == "sarif":
        from xdp_lsp.report import sarif  # noqa: PLC0415

        return sarif.render(report)
    if arguments.format == "github":
        from xdp_lsp.report import github  # noqa: PLC0415

        return github.render(report)
    if arguments.format == "html":
        from xdp_lsp.cli.page import page_of  # noqa: PLC0415
        from xdp_lsp.report import page  # noqa: PLC0415

        return page.render(page_of(report, since))
    from xdp_lsp.report import text  # noqa: PLC0415
    from xdp_lsp.report.style import Style  # noqa: PLC0415

    return text.render(report, Style(wants_colour(arguments.color)), quiet=arguments.quiet, parts=parts)


def _difference(since: Since, arguments: argparse.Namespace) -> str:
    from xdp_lsp.report import since_table  # noqa: PLC0415
    from xdp_lsp.report.style import Style  # noqa: PLC0415

    if arguments.format == "json":
        return since_table.render_json(since)
    if arguments.format == "github":
        return since_table.render_github(since)
    return since_table.render(since, Style(wants_colour(arguments.color)))


class Baseline:
    """The findings of an earlier report, which are not told again."""

    def __init__(self, path: str) -> None:
        """Raises UsageError where the file at `path` is no such report."""
        from xdp_lsp.report.baseline import BaselineError, read_baseline  # noqa: PLC0415

        self._path = path
        try:
            self._known: Mapping[str, int] = read_baseline(Path(path).read_text("utf-8"))
        except BaselineError as problem:
            raise UsageError(f"the baseline {path} cannot be used: {problem}") from problem
        except (OSError, ValueError) as problem:
            reason = problem.strerror if isinstance(problem, OSError) else "it is not UTF-8 text"
            raise UsageError(f"the baseline {path} cannot be read: {reason}") from problem

    def hides(self, report: Report) -> Report:
        """`report` without what was known."""
        from xdp_lsp.report.baseline import hide_known  # noqa: PLC0415

        report, hidden = hide_known(report, self._known)
        note(f"{hidden} known from {self._path}")
        return report
