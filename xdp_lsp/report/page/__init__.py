"""One self-contained page: for a merge request, for an archive, for the printer.

It needs no network, no script and no font: one file, whose policy lets it load nothing. What is in it comes from
sources and compilers, and can only come out as text (`markup`). It is readable in light and dark, by its own styles
(`page.css`), and says nothing by colour alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

import xdp_lsp
from xdp_lsp.report.model import FAILED
from xdp_lsp.report.page.conditions import conditions, failures
from xdp_lsp.report.page.difference import difference
from xdp_lsp.report.page.files import section
from xdp_lsp.report.page.markup import document, element
from xdp_lsp.report.page.matrix import matrix, takes_headroom
from xdp_lsp.report.page.model import (
    CallPicture,
    Cell,
    CodeExcerpt,
    CodeRow,
    FilePage,
    Page,
    ProgramRow,
)
from xdp_lsp.report.words import summary_line

__all__ = ["CallPicture", "Cell", "CodeExcerpt", "CodeRow", "FilePage", "Page", "ProgramRow", "render"]

_STYLE = Path(__file__).parent / "page.css"


def render(page: Page) -> str:
    """The page as HTML, ASCII only."""
    return document(f"XDP headroom: {summary_line(page.report)}", _STYLE.read_text("ascii"), _body(page))


def _body(page: Page) -> Iterator[Element]:
    findings = [told for _, told in page.report.told()]
    anchors = {
        number: f"file-{number + 1}"
        for number, (file, told) in enumerate(zip(page.files, findings, strict=True))
        if told or any(map(takes_headroom, file.rows))
    }
    yield element("h1", "XDP headroom")
    yield element("p", summary_line(page.report), class_="summary")
    if page.since is not None:
        yield from difference(page.since)
    yield from matrix(page, anchors)
    failed = {number for number, one in enumerate(page.files) if one.file.analysis.status in FAILED}
    sections = {
        number: section(page.report, page.files[number], findings[number], anchor)
        for number, anchor in anchors.items()
    }
    yield from (one for number, one in sections.items() if number not in failed)
    yield from failures(page, anchors)
    yield from (one for number, one in sections.items() if number in failed)
    yield from conditions(page)
    yield element("footer", f"xdp-lsp {xdp_lsp.__version__}")
