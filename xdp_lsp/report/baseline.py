"""Hide the findings that an earlier SARIF report already has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from xdp_lsp.checks.compile_error import CODE as COMPILE_ERROR
from xdp_lsp.report.fingerprint import FINGERPRINT, fingerprints
from xdp_lsp.report.model import Report


class BaselineError(ValueError):
    """The baseline cannot be used; the message is one sentence."""


def read_baseline(text: str) -> Mapping[str, int]:
    """The fingerprints in the SARIF log `text`, each with how bad its finding was (`Finding.weight`).

    Raises BaselineError where it is none of ours.
    """
    try:
        runs = json.loads(text)["runs"]
        results = [result for run in runs for result in run.get("results", ())]
        known = [
            (
                result.get("partialFingerprints", {}).get(FINGERPRINT),
                result.get("properties", {}).get("weight", 0),
            )
            for result in results
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BaselineError("it is not a SARIF log") from None
    if known and not any(fingerprint for fingerprint, _ in known):
        raise BaselineError("it is a SARIF log of another tool or version: no result has our fingerprint")
    return {
        fingerprint: weight
        for fingerprint, weight in known
        if isinstance(fingerprint, str) and isinstance(weight, int)
    }


def hide_known(report: Report, known: Mapping[str, int]) -> tuple[Report, int]:
    """`report` without the findings that are in `known` and got no worse, and how many those were."""
    files, hidden = [], 0
    for file in report.files:
        new = tuple(
            finding
            for finding, fingerprint in zip(file.analysis.findings, fingerprints(report, file), strict=True)
            if fingerprint not in known
            or finding.weight > known[fingerprint]
            or finding.code == COMPILE_ERROR
        )
        hidden += len(file.analysis.findings) - len(new)
        files.append(file._replace(analysis=file.analysis._replace(findings=new)))
    return replace(report, files=tuple(files)), hidden
