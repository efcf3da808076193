"""What a verifier log says, for people and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import xdp_lsp
from xdp_lsp.analysis.words import count
from xdp_lsp.pipeline.log_report import LogReport, ProgramAnswer
from xdp_lsp.report.model import Report
from xdp_lsp.report.style import Style
from xdp_lsp.report.text import render_findings
from xdp_lsp.source import printable
from xdp_lsp.vlog import Outcome

Json = dict[str, Any]


def render_text(log: LogReport, folder: str, style: Style) -> str:
    """The refusals in the manner of a compiler, then a line for each program; paths are relative to `folder`."""
    report = Report((log.in_source(),), folder)
    lines = [f"{style.bold(printable(report.shown(log.path)))}: {line}" for line in _lines(log)]
    return render_findings(report, style) + "".join(f"{line}\n" for line in lines)


def _lines(log: LogReport) -> Iterator[str]:
    for remark in log.remarks:
        yield f"note: {printable(remark)}"
    for one in log.programs:
        yield printable(f"{one.log.name or 'a program'}: {_outcome(one)}")
        yield from (f"note: {printable(remark)}" for remark in one.log.remarks)
    if not log.programs:
        yield "no verifier log"


def _outcome(one: ProgramAnswer) -> str:
    figures = one.log.figures
    instruction = one.refusal.instruction if one.refusal is not None else ""
    processed = f", {count(figures.processed, 'instruction')} processed" if figures is not None else ""
    if one.log.outcome is Outcome.REFUSED:
        at = f" at instruction {one.log.pc}" if one.log.pc is not None else ""
        text = f": {instruction}" if instruction else ""
        return f"refused{at}{text}{processed}"
    if one.log.outcome is Outcome.ACCEPTED:
        return f"accepted{processed}"
    return "whether it was accepted is not in the log"


def render_json(log: LogReport, folder: str) -> str:
    report = Report((log.in_source(),), folder)
    found = {
        "version": xdp_lsp.__version__,
        "path": report.shown(log.path),
        "programs": [_program_json(one, report) for one in log.programs],
        "remarks": list(log.remarks),
    }
    return json.dumps(found, indent=2) + "\n"


def _program_json(one: ProgramAnswer, report: Report) -> Json:
    log, refusal, diagnosis = one.log, one.refusal, one.log.diagnosis
    place = refusal.place if refusal is not None else None
    explanation = refusal.explanation if refusal is not None else None
    return {
        "name": log.name,
        "outcome": log.outcome.value,
        "reason": log.reason,
        "message": list(log.message),
        "explanation": explanation.meaning if explanation is not None else "",
        "instruction": log.pc,
        "instruction_text": refusal.instruction if refusal is not None else "",
        "location": None
        if place is None
        else {"path": report.shown(place.path), "line": place.line, "column": place.column},
        "source": None if log.source is None else log.source._asdict(),
        "registers": [view._asdict() for view in refusal.registers] if refusal is not None else [],
        "diagnosis": None if diagnosis is None else diagnosis._asdict(),
        "figures": None if log.figures is None else log.figures._asdict(),
        "log_lines": [log.first, log.last],
        "message_line": log.message_at,
        "remarks": list(log.remarks),
    }
