"""Shows findings about what a call asks for by a run in which it does: not part of the verdict, which need not wait."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from xdp_lsp.analysis import ProgramAnalysis
from xdp_lsp.analysis.conclude import where
from xdp_lsp.checks import Finding
from xdp_lsp.checks.headroom_exceeded import CODE as HEADROOM_EXCEEDED
from xdp_lsp.checks.prepend_unbounded import CODE as PREPEND_UNBOUNDED
from xdp_lsp.program import Image
from xdp_lsp.verifier.result import CallSite
from xdp_lsp.witness import Witness, find_witness

_log = logging.getLogger(__name__)

_CODES = (HEADROOM_EXCEEDED, PREPEND_UNBOUNDED)
# A file with more findings than this has worse troubles than to know an input for each.
_MOST_WITNESSES = 8


def with_witnesses(
    findings: Iterable[Finding], programs: Sequence[ProgramAnalysis], image: Image
) -> list[Finding]:
    """`findings` with a witness for those that are shown and about what a call asks for, as far as there is one."""
    known = {
        (program.name, where(image, call.site.pc)): (program, call.site)
        for program in programs
        for call in program.calls
    }
    shown = []
    left = _MOST_WITNESSES
    for finding in findings:
        call = known.get((finding.program, finding.where))
        if finding.code in _CODES and finding.suppressed is None and call is not None and left:
            left -= 1
            witness = _witness(image, *call)
            if witness is not None:
                finding = finding._replace(witness=witness, notes=(*finding.notes, str(witness)))  # noqa: PLW2901
        shown.append(finding)
    return shown


def _witness(image: Image, analysis: ProgramAnalysis, site: CallSite) -> Witness | None:
    """Of a demand that is not bounded only a run tells anything that no chosen target has room for."""
    program = next(
        one for one in image.programs if (one.name, one.section) == (analysis.name, analysis.section)
    )
    try:
        witness = find_witness(image, program, analysis.exploration, site)
    except Exception:  # the finding stands without it
        _log.exception("the search for a witness in %s failed", program.name)
        return None
    if witness is not None and witness.claimed is None:
        largest = max((verdict.target.usable for verdict in analysis.targets), default=0)
        return witness if witness.demand > largest else None
    return witness
