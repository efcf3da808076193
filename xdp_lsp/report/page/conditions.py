"""What the answers rest on: the targets with their sources, the flags with their origins."""

from __future__ import annotations

import os
from collections.abc import Iterable
from xml.etree.ElementTree import Element

from xdp_lsp.analysis import Status
from xdp_lsp.analysis.words import count
from xdp_lsp.headroom import Target
from xdp_lsp.project import Layer
from xdp_lsp.report.model import FAILED, Report
from xdp_lsp.report.page.markup import element, extended
from xdp_lsp.report.page.model import Page
from xdp_lsp.report.words import failure_line


def failures(page: Page, anchors: dict[int, str]) -> list[Element]:
    """The files that could not be analysed, each with its reason."""
    rows = []
    for number, one in enumerate(page.files):
        analysis = one.file.analysis
        if analysis.status in FAILED:
            name: Element | str = page.report.shown(analysis.path)
            if number in anchors:
                name = element("a", name, href=f"#{anchors[number]}")
            reason = failure_line(analysis).replace(f"{page.report.folder}{os.sep}", "")
            reason = " ".join(filter(None, (reason, one.file.hint)))
            rows.append(element("tr", element("th", name, scope="row"), element("td", reason)))
    if not rows:
        return []
    table = _table(("file", "reason"), rows)
    table.set("class", "failures")
    return [
        element("h2", f"{count(len(rows), 'file')} not analysed"),
        element("div", table, class_="wide", tabindex="0"),
    ]


def conditions(page: Page) -> list[Element]:
    """Targets and flags, folded."""
    titled = (("chosen", page.chosen), ("not chosen", page.outside))
    rows = [
        _target(target, words)
        for words, targets in titled
        for target in sorted(targets, key=lambda one: (one.usable, one.spec))
    ]
    header = ("target", "usable", "headroom", "kept", "condition", "", "source")
    found = [
        element("h2", "What this rests on"),
        element("details", element("summary", count(len(rows), "target")), _wide(_table(header, rows))),
    ]
    if page.settings_files:
        names = ", ".join(map(page.report.shown, page.settings_files))
        found.append(element("p", "Settings: ", element("code", names)))
    flags = _flags(page.report, page)
    if flags:
        title = element("summary", "Flags for clang, and where they are from")
        found.append(element("details", title, _wide(_table(("flags", "from", "because", "files"), flags))))
    without = [one for one in page.files if one.file.analysis.status is Status.NO_PROGRAM]
    if without:
        names = ", ".join(page.report.shown(one.file.analysis.path) for one in without)
        title = element("summary", f"{count(len(without), 'file')} without an XDP program")
        found.append(element("details", title, element("p", element("code", names))))
    return found


def _target(target: Target, chosen: str) -> Element:
    condition = " ".join(filter(None, (target.condition, target.kernels)))
    cells = (str(target.usable), str(target.headroom), str(target.reserve), condition, chosen, target.source)
    return extended(
        element("tr", element("th", target.spec, scope="row")), [element("td", cell) for cell in cells]
    )


def _flags(report: Report, page: Page) -> list[Element]:
    """A row for each layer of flags, with the files that it is for."""
    files: dict[Layer, list[str]] = {}
    for one in page.files:
        for layer in one.file.layers:
            if layer.flags.kept:
                files.setdefault(layer, []).append(report.shown(one.file.analysis.path))
    rows = []
    for layer, names in files.items():
        origin = report.shown(layer.origin) if layer.origin else ""
        origin += f":{layer.line}" if layer.line else ""
        cells = (
            " ".join(_flag(report, one) for one in layer.flags.kept),
            origin,
            layer.reason,
            ", ".join(dict.fromkeys(names)),
        )
        rows.append(extended(element("tr"), [element("td", cell) for cell in cells]))
    return rows


def _flag(report: Report, flag: str) -> str:
    """A flag with its folder as people are to see it."""
    return f"-I{report.shown(flag[2:])}" if flag.startswith("-I") else flag


def _wide(table: Element) -> Element:
    return element("div", table, class_="wide", tabindex="0")


def _table(header: Iterable[str], rows: Iterable[Element]) -> Element:
    heads = [element("th", name, scope="col") if name else element("td") for name in header]
    return element(
        "table", element("thead", extended(element("tr"), heads)), extended(element("tbody"), rows)
    )
