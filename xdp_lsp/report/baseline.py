"""Hide the findings that an earlier SARIF report already has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from xdp_lsp.checks.compile_error import CODE as COMPILE_ERROR
from xdp_lsp.report.fingerprint import FINGERPRINT, Identified, identified
from xdp_lsp.report.model import Report


class BaselineError(ValueError):
    """The baseline cannot be used; the message is one sentence."""


def read_baseline(text: str) -> Mapping[str, int]:
    """The fingerprints in the SARIF log `text`, each with how bad its finding was (`Finding.weight`).

    What some configurations of a file have and others do not has one for each of them (`_in`). Raises BaselineError
    where it is none of ours.
    """
    try:
        runs = json.loads(text)["runs"]
        results = [result for run in runs for result in run.get("results", ())]
        known = [
            (
                result.get("partialFingerprints", {}).get(FINGERPRINT),
                result.get("properties", {}).get("weight", 0),
                result.get("properties", {}).get("configurations") or ("",),
            )
            for result in results
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BaselineError("it is not a SARIF log") from None
    if known and not any(fingerprint for fingerprint, _, _ in known):
        raise BaselineError("it is a SARIF log of another tool or version: no result has our fingerprint")
    return {
        _in(configuration, fingerprint): weight
        for fingerprint, weight, configurations in known
        if isinstance(fingerprint, str) and isinstance(weight, int)
        for configuration in configurations
    }


def _in(configuration: str, fingerprint: str) -> str:
    return f"{fingerprint} {configuration}" if configuration else fingerprint


def known_in(report: Report) -> Mapping[str, int]:
    """As `read_baseline`, of a report that is at hand."""
    return {
        _in(configuration, one.fingerprint): one.finding.weight
        for _, found in identified(report)
        for one in found
        for configuration in one.configurations or ("",)
    }


def hide_known(report: Report, known: Mapping[str, int]) -> tuple[Report, int]:
    """`report` without the findings that are in `known` and got no worse, and how many those were."""
    files, hidden = [], 0
    for file, found in identified(report):
        configuration = file.analysis.configuration
        new = tuple(one.finding for one in found if _is_new(one, configuration, known))
        hidden += len(found) - len(new)
        files.append(file._replace(analysis=file.analysis._replace(findings=new)))
    return replace(report, files=tuple(files)), hidden


def _is_new(one: Identified, configuration: str, known: Mapping[str, int]) -> bool:
    if one.finding.code == COMPILE_ERROR:
        return True
    keys = (one.fingerprint, _in(configuration, one.fingerprint))
    return all(key not in known or one.finding.weight > known[key] for key in keys)
