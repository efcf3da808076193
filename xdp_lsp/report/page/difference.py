"""What changed since a revision, above everything else."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from xdp_lsp.report.page.markup import element, extended
from xdp_lsp.report.since import Since, summary
from xdp_lsp.report.since_table import HEADER, rows


def difference(since: Since) -> Iterator[Element]:
    """The table of `check --diff`, and what was left out of the comparison."""
    yield element("h2", f"Since {since.revision} ({since.commit[:12]})")
    yield element("p", summary(since))
    for remark in since.remarks:
        yield element("p", remark, class_="note")
    if since.changes:
        heads = [element("th", name, scope="col") for name in HEADER]
        body = element("tbody")
        for name, *cells in rows(since):
            row = element("tr", element("th", name, scope="row"))
            body.append(extended(row, [element("td", cell) for cell in cells]))
        table = element("table", element("thead", extended(element("tr"), heads)), body, class_="changes")
        yield element("div", table, class_="wide", tabindex="0")
        yield element("p", "Below: findings that are new, and all programs as they stand.", class_="note")
