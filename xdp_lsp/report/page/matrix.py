"""The matrix: a row for each program, a column for all targets on which every program fares alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from xml.etree.ElementTree import Element

from xdp_lsp.analysis import ProgramAnalysis, Verdict
from xdp_lsp.analysis.words import contract_words, count
from xdp_lsp.headroom import Target
from xdp_lsp.report.page.markup import element, extended
from xdp_lsp.report.page.model import Cell, FilePage, Page, ProgramRow
from xdp_lsp.report.since import need_text

_NOT_ASKED = Cell("none", "–", "not among the targets of this file")
_EXPLAINED = (
    "What each program needs, in bytes, against what it may take on each target. "
    "Targets on which every program fares alike share a column."
)
_MANY = 6  # names in a head from which on it is wider


class Column(NamedTuple):
    """Targets that leave the same number of bytes, and on which each program comes to the same."""

    targets: tuple[Target, ...]
    is_chosen: bool

    @property
    def usable(self) -> int:
        return self.targets[0].usable

    def cell(self, row: ProgramRow) -> Cell:
        return row.cells.get(self.targets[0].spec, _NOT_ASKED)


def matrix(page: Page, anchors: dict[int, str]) -> Iterator[Element]:
    """`anchors` names the places of files that are told of further down, by their index in `page.files`."""
    rows = [row for file in page.files for row in file.rows]
    asking = [row for row in rows if takes_headroom(row)]
    if asking:
        yield element("p", _EXPLAINED, id="columns", class_="note")
        yield element("div", _table(page, columns(page, asking), anchors), class_="wide", tabindex="0")
    silent = [(file, row.program.name) for file in page.files for row in file.rows if not takes_headroom(row)]
    if silent:
        yield _silent(page, silent)


def takes_headroom(row: ProgramRow) -> bool:
    """Whether there is anything to hold against a target."""
    program = row.program
    return program.verdict is not Verdict.FITS or bool(
        program.exploration.calls or program.redirects or program.contracts
    )


def columns(page: Page, rows: Iterable[ProgramRow]) -> list[Column]:
    """The chosen first, then the others, each time the least headroom first."""
    rows = list(rows)
    found: dict[tuple[object, ...], list[Target]] = {}
    for is_chosen, targets in ((True, page.chosen), (False, page.outside)):
        for target in sorted(targets, key=lambda one: one.usable):
            fates = tuple(row.cells.get(target.spec) for row in rows)
            found.setdefault((not is_chosen, target.usable, fates), []).append(target)
    return [Column(tuple(targets), not key[0]) for key, targets in found.items()]


def _table(page: Page, shown: list[Column], anchors: dict[int, str]) -> Element:
    chosen = sum(1 for column in shown if column.is_chosen)
    groups = element("tr", element("td", colspan="3"))
    for words, width in (("chosen targets", chosen), ("other targets that leave less", len(shown) - chosen)):
        if width:
            groups.append(element("th", words, scope="colgroup", colspan=str(width)))
    heads = extended(
        element("tr", element("th", "program", scope="col"), element("th", "needs", scope="col")),
        [element("th", "verdict", scope="col"), *map(_head, shown)],
    )
    table = element("table", element("thead", groups, heads), class_="matrix", aria_describedby="columns")
    for at, file in enumerate(page.files):
        told = [row for row in file.rows if takes_headroom(row)]
        if told:
            table.append(_file(page, file, told, shown, anchors.get(at)))
    return table


def _head(column: Column) -> Element:
    names = " ".join(target.spec for target in column.targets)
    classes = ["target"]
    classes += [] if column.is_chosen else ["outside"]
    classes += ["many"] if len(column.targets) > _MANY else []
    return element(
        "th",
        element("b", str(column.usable)),
        " ",
        element("small", names),
        scope="col",
        class_=" ".join(classes),
    )


def _file(
    page: Page, file: FilePage, rows: list[ProgramRow], shown: list[Column], anchor: str | None
) -> Element:
    path = page.report.shown(file.file.analysis.path)
    configuration = file.file.analysis.configuration
    path = path if configuration == "default" else f"{path} [{configuration}]"
    name = element("a", path, href=f"#{anchor}") if anchor else path
    width = str(3 + len(shown))
    body = element(
        "tbody", element("tr", element("th", name, scope="rowgroup", colspan=width, class_="file"))
    )
    for row in rows:
        program = row.program
        at = f":{program.location.line}" if program.location is not None else ""
        line = element(
            "tr",
            element("th", program.name, " ", element("small", f"{program.section}{at}"), scope="row"),
            element("td", need_text(program), class_="need"),
            _verdict(program),
        )
        body.append(extended(line, [_cell(column.cell(row), column) for column in shown]))
    return body


def _verdict(program: ProgramAnalysis) -> Element:
    made = element("td", program.verdict.value.replace("-", " "), class_=f"verdict {program.verdict.value}")
    contracts = contract_words(program)
    return extended(made, [" ", element("small", contracts)]) if contracts else made


def _cell(cell: Cell, column: Column) -> Element:
    made = element("td", cell.text, class_=cell.state if column.is_chosen else f"{cell.state} outside")
    return extended(made, [" ", element("small", cell.more)]) if cell.more else made


def _silent(page: Page, programs: list[tuple[FilePage, str]]) -> Element:
    by_file: dict[str, list[str]] = {}
    for file, name in programs:
        by_file.setdefault(page.report.shown(file.file.analysis.path), []).append(name)
    said = "takes no headroom, and fits" if len(programs) == 1 else "take no headroom, and fit"
    shown = element("details", element("summary", f"{count(len(programs), 'program')} {said} every target"))
    items = (
        element("li", element("code", path), ": ", element("code", ", ".join(names)))
        for path, names in by_file.items()
    )
    shown.append(extended(element("ul"), items))
    return shown
