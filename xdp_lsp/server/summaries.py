"""How each root stands, worked out once for each report."""

from __future__ import annotations

from collections.abc import Mapping

from xdp_lsp.ide import Summary, summary
from xdp_lsp.pipeline import FileReport
from xdp_lsp.server.roots import Root, RootState


class Summaries:
    """The summaries of the reports of `roots`."""

    def __init__(self, roots: Mapping[Root, RootState]) -> None:
        self._roots = roots
        self._known: dict[Root, tuple[FileReport, Summary]] = {}

    def of(self, root: Root, report: FileReport) -> Summary:
        known = self._known.get(root)
        if known is None or known[0] is not report:
            for gone in [one for one in self._known if one not in self._roots]:
                del self._known[gone]
            known = self._known[root] = report, summary(report)
        return known[1]
