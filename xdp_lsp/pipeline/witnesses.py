"""Shows findings about what a call asks for by a run in which it does: not part of the verdict, which need not wait."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from xdp_lsp.analysis import ProgramAnalysis
from xdp_lsp.analysis.conclude import where
from xdp_lsp.checks import Finding
from xdp_lsp.checks.contract_broken import CODE as CONTRACT_BROKEN
from xdp_lsp.checks.headroom_exceeded import CODE as HEADROOM_EXCEEDED
from xdp_lsp.checks.prepend_unbounded import CODE as PREPEND_UNBOUNDED
from xdp_lsp.program import Attach, Image, Program
from xdp_lsp.verifier.result import CallSite
from xdp_lsp.witness import Witness, find_witness

_log = logging.getLogger(__name__)

_CODES = (HEADROOM_EXCEEDED, PREPEND_UNBOUNDED, CONTRACT_BROKEN)
# A file with more findings than this has worse troubles than to know an input for each.
_MOST_WITNESSES = 8


def with_witnesses(
    findings: Iterable[Finding], programs: Sequence[ProgramAnalysis], image: Image
) -> tuple[Finding, ...]:
    """`findings` with a witness for those that are shown and about what a call asks for, as far as there is one."""
    shown = []
    found: dict[tuple[str, str], Witness | None] = {}  # by what the search goes on from
    for finding in findings:
        witness = None
        if finding.code in _CODES and finding.suppressed is None:
            call = (finding.where, finding.program)
            if call not in found and len(found) < _MOST_WITNESSES:
                found[call] = _witness(finding, programs, image)
            witness = found.get(call)
        if witness is None:
            shown.append(finding)
        else:
            shown.append(finding._replace(witness=witness, notes=(*finding.notes, str(witness))))
    return tuple(shown)


def _witness(finding: Finding, programs: Sequence[ProgramAnalysis], image: Image) -> Witness | None:
    """Of a demand that is not bounded only a run tells anything that no chosen target has room for."""
    call = _call(finding, programs, image)
    if call is None:
        return None
    program, analysis, site = call
    try:
        witness = find_witness(image, program, analysis.exploration, site)
    except Exception:  # the finding stands without it
        _log.exception("the search for a witness in %s failed", program.name)
        return None
    if witness is not None and witness.claimed is None:
        largest = max((verdict.target.usable for verdict in analysis.targets), default=0)
        return witness if witness.demand > largest else None
    return witness


def _call(
    finding: Finding, programs: Sequence[ProgramAnalysis], image: Image
) -> tuple[Program, ProgramAnalysis, CallSite] | None:
    """The call that `finding` is about, and the program to be run.

    Of programs that come to it by tail calls that is the first, whose prepends before it count.
    """
    entries = {(one.name, one.section): one for one in image.programs}
    found = [
        (entries[program.name, program.section], program, call.site)
        for program in programs
        for call in program.calls
        if call.site.demand is not None and where(image, call.site.pc) == finding.where
    ]
    found.sort(key=lambda one: (one[0].attach is Attach.TAIL_CALL, one[1].name != finding.program))
    demands = [
        site.demand.max for _, analysis, site in found if site.demand and analysis.name == finding.program
    ]
    return next((one for one in found if one[2].demand and one[2].demand.max in demands), None)
