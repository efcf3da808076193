"""SARIF 2.1.0 (OASIS, errata 01), for code scanning and for baselines."""

from __future__ import annotations

import json
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import quote

import xdp_lsp
from xdp_lsp.checks import CODES, Finding, Severity
from xdp_lsp.checks.registry import manual
from xdp_lsp.pipeline import FileReport
from xdp_lsp.report.configurations import in_configurations
from xdp_lsp.report.fingerprint import FINGERPRINT, Identified, identified
from xdp_lsp.report.model import FAILED, Report, character_of
from xdp_lsp.report.words import failure_line
from xdp_lsp.source import SourceRange

Json = dict[str, Any]

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
# The name that a consumer may map to another checkout (3.14.14).
_ROOT = "%SRCROOT%"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFORMATION: "note"}


def render(report: Report) -> str:
    """One run with every rule, ASCII only."""
    return json.dumps(as_sarif(report), indent=2) + "\n"


def as_sarif(report: Report) -> Json:
    rules = list(CODES)
    results = [
        _result(report, file, one, rules.index(one.finding.code))
        for file, found in identified(report)
        for one in found
        if one.is_news
    ]
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "xdp-lsp",
                        "semanticVersion": xdp_lsp.__version__,
                        "rules": [_rule(code) for code in rules],
                    }
                },
                "invocations": [_invocation(report)],
                "originalUriBaseIds": {_ROOT: {"uri": _folder_uri(report.folder)}},
                "columnKind": "unicodeCodePoints",
                "results": results,
            }
        ],
    }


def _rule(code: str) -> Json:
    page = manual(code)
    what = dict(page.sections)["What it finds"]
    return {
        "id": code,
        "name": "".join(word.capitalize() for word in code.split("-")),
        "shortDescription": {"text": page.title},
        "fullDescription": {"text": what.partition("\n\n")[0].replace("\n", " ")},
        "help": {"text": page.text(), "markdown": page.markdown()},
        "defaultConfiguration": {"level": _LEVELS[CODES[code].SEVERITY]},
    }


def _invocation(report: Report) -> Json:
    """Whether every file was analysed; those that were not, and the verdicts, as notifications."""
    groups = report.groups()
    return {
        "executionSuccessful": not any(file.analysis.status in FAILED for file in report.files),
        "toolExecutionNotifications": [
            *(
                _notification(report, file, "error", words)
                for group in groups
                for file in group.reports
                if file.analysis.status in FAILED
                for words in group.outcome(file, failure_line(file.analysis))
            ),
            *(
                _notification(report, file, "note", line)
                for group in groups
                for file in group.reports
                for _, line in group.verdict_lines(file)
            ),
        ],
    }


def _notification(report: Report, file: FileReport, level: str, text: str) -> Json:
    location = {"physicalLocation": {"artifactLocation": _artifact(report, file.analysis.path)}}
    return {"level": level, "message": {"text": _text(text)}, "locations": [location]}


def _result(report: Report, file: FileReport, one: Identified, rule: int) -> Json:
    finding = one.finding
    first = in_configurations(finding, one.configurations).message
    message = "\n".join((first, *finding.notes, *filter(None, [finding.suggestion])))
    named = {"configurations": list(one.configurations)} if one.configurations else {}
    result: Json = {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": _text(message)},
        "locations": [_location(report, file, finding)],
        "partialFingerprints": {FINGERPRINT: one.fingerprint},
        "properties": {"weight": finding.weight, **named},  # a baseline hides what got no worse
    }
    if finding.related:
        result["relatedLocations"] = [
            {
                "id": number,
                "physicalLocation": _physical(report, file, place.range),
                "message": {"text": _text(place.message)},
            }
            for number, place in enumerate(finding.related, start=1)
        ]
    # Empty means "not suppressed", which has to be said as soon as other results say otherwise (3.27.23).
    result["suppressions"] = (
        []
        if finding.suppressed is None
        else [{"kind": "inSource", "justification": _text(finding.suppressed)}]
    )
    return result


def _location(report: Report, file: FileReport, finding: Finding) -> Json:
    if finding.range is None:
        location: Json = {"physicalLocation": {"artifactLocation": _artifact(report, file.analysis.path)}}
    else:
        location = {"physicalLocation": _physical(report, file, finding.range)}
    if finding.program:
        location["logicalLocations"] = [
            {"name": finding.program, "fullyQualifiedName": finding.where, "kind": "function"}
        ]
    return location


def _physical(report: Report, file: FileReport, place: SourceRange) -> Json:
    region: Json = {"startLine": place.line}
    if place.column:
        region["startColumn"] = character_of(file, place.path, place.line, place.column)
    if (place.end_line, place.end_column) > (place.line, place.column):
        region["endLine"] = place.end_line
        region["endColumn"] = character_of(file, place.path, place.end_line, place.end_column)
    return {"artifactLocation": _artifact(report, place.path), "region": region}


def _artifact(report: Report, path: str) -> Json:
    shown = PurePath(report.shown(path))
    if shown.is_absolute():
        return {"uri": shown.as_uri()}
    return {"uri": quote(shown.as_posix(), errors="surrogateescape"), "uriBaseId": _ROOT}


def _folder_uri(folder: str) -> str:
    return Path(folder).as_uri().rstrip("/") + "/"


def _text(text: str) -> str:
    """`text` without halves of characters, which JSON for other tools must not carry."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
