"""The JSON that tools rely on. Its schema is check.schema.json beside this file.

Lines and columns count from 1, columns in bytes; deltas are as the program passes them (negative prepends);
keys are only ever added.
"""

from __future__ import annotations

import json
from typing import Any

import xdp_lsp
from xdp_lsp.analysis import CallAnalysis, ProgramAnalysis, RedirectAnalysis
from xdp_lsp.checks import Finding, HeldContract
from xdp_lsp.headroom import Sender
from xdp_lsp.pipeline import FileReport
from xdp_lsp.report.model import Report
from xdp_lsp.source import SourceLocation, SourceRange
from xdp_lsp.verifier.result import Bounds
from xdp_lsp.witness import Witness

Json = dict[str, Any]


def render(report: Report) -> str:
    """The whole report as one JSON text, ASCII only, so that it passes through any terminal and pipe."""
    return json.dumps(as_json(report), indent=2) + "\n"


def as_json(report: Report) -> Json:
    return {
        "version": xdp_lsp.__version__,
        "files": [_file(report, file) for file in report.files],
    }


def _file(report: Report, file: FileReport) -> Json:
    analysis = file.analysis
    return {
        "path": report.shown(analysis.path),
        "configuration": analysis.configuration,
        "configurations": list(file.configurations),
        "status": analysis.status.value,
        "reason": analysis.reason,
        "hint": file.hint,
        "flag_remarks": list(file.flag_remarks),
        "kernel_remarks": list(file.kernel_remarks),
        "programs": [_program(report, program) for program in analysis.programs],
        "findings": [_finding(report, finding) for finding in file.analysis.findings],
    }


def _program(report: Report, program: ProgramAnalysis) -> Json:
    found = program.exploration
    return {
        "name": program.name,
        "section": program.section,
        **location_as_json(report, program.location),
        "instructions": program.instructions,
        "need": found.need,
        "need_kind": found.need_kind.value,
        "need_with_fallback": found.need_with_fallback,
        "demand": found.demand,
        "verdict": program.verdict.value,
        "targets": [
            {
                "target": verdict.target.spec,
                "usable": verdict.target.usable,
                "fits": verdict.fits,
                "short_to_send": verdict.short_to_send,
            }
            for verdict in program.targets
        ],
        "calls": [_call(report, call) for call in program.calls],
        "redirects": [_redirect(report, redirect) for redirect in program.redirects],
        "sender": _sender(program.sender),
        "contracts": [_contract(report, held) for held in program.contracts],
        "gaps": [{"what": gap.what, "assumed": gap.assumed, "is_sound": gap.is_sound} for gap in found.gaps],
        "assumed": [
            {"section": constant.section, "name": constant.name, "value": constant.value}
            for constant in found.assumed
        ],
        "need_for_any_constant": found.need_for_any_constant if found.assumed else found.need,
        "steps": found.steps,
    }


def _call(report: Report, call: CallAnalysis) -> Json:
    site = call.site
    return {
        "helper": site.helper,
        "instruction": call.instruction,
        **location_as_json(report, call.location),
        "inlined_at": [location_as_json(report, place) for place in call.inlined_at],
        "reachable": site.reachable,
        "delta": _bounds(site.delta),
        "total": _bounds(site.total),
        "metadata": _bounds(site.metadata),
        "demand": _bounds(site.demand),
        "result_checked": site.result_checked,
    }


def _redirect(report: Report, found: RedirectAnalysis) -> Json:
    return {
        "instruction": found.instruction,
        **location_as_json(report, found.location),
        "taken": [_bounds(taken) for taken in found.redirect.taken],
    }


def _sender(sender: Sender | None) -> Json | None:
    return None if sender is None else {"target": sender.spec, "wants": sender.wants}


def _contract(report: Report, held: HeldContract) -> Json:
    contract = held.contract
    return {
        "text": contract.text,
        "limit": contract.limit,
        "targets": [target.spec for target in contract.targets],
        "in_object": held.in_object,
        "kept": held.kept,
        "reason": held.reason,
        **_range(report, held.place),
    }


def _finding(report: Report, finding: Finding) -> Json:
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "message": finding.message,
        **_range(report, finding.range),
        "program": finding.program,
        "where": finding.where,
        "notes": list(finding.notes),
        "suggestion": finding.suggestion,
        "suppressed": finding.suppressed,
        "witness": _witness(finding.witness),
        "related": [{"message": place.message, **_range(report, place.range)} for place in finding.related],
    }


def _witness(witness: Witness | None) -> Json | None:
    if witness is None:
        return None
    return {
        "demand": witness.demand,
        "claimed": witness.claimed,
        "inputs": [{"name": one.name, "value": one.value, "text": one.text} for one in witness.inputs],
    }


def _bounds(bounds: Bounds | None) -> Json | None:
    return None if bounds is None else {"min": bounds.min, "max": bounds.max}


def location_as_json(report: Report, location: SourceLocation | None) -> Json:
    if location is None:
        return {"path": None, "line": None, "column": None}
    # Column 0 stands for "only the line is known" inside; outside columns count from 1.
    return {"path": report.shown(location.path), "line": location.line, "column": location.column or None}


def _range(report: Report, place: SourceRange | None) -> Json:
    if place is None:
        return {**location_as_json(report, None), "end_line": None, "end_column": None}
    return {
        **location_as_json(report, place.start),
        "end_line": place.end_line,
        "end_column": place.end_column or None,
    }
