"""What one program's exploration means: its verdict, and what the checks say."""

from __future__ import annotations

from typing import NamedTuple

from xdp_lsp.analysis.result import CallAnalysis, ProgramAnalysis, RedirectAnalysis
from xdp_lsp.analysis.verdict import judge
from xdp_lsp.checks import CHECKS, Finding, ProgramView
from xdp_lsp.headroom import Sender, Target
from xdp_lsp.program import Image, Program
from xdp_lsp.verifier.result import Exploration


class Conclusion(NamedTuple):
    """One program's answer; `findings` are not merged yet: a line that was inlined twice has two."""

    program: ProgramAnalysis
    findings: tuple[Finding, ...]


def conclude(
    image: Image,
    program: Program,
    exploration: Exploration,
    targets: tuple[Target, ...],
    outliers: tuple[Target, ...],
    *,
    counts_all: bool,
    senders: tuple[Sender, ...] = (),
) -> Conclusion:
    """Hold `exploration` of `program` against `targets`; `counts_all` and `senders` are as in ProgramView."""
    view = ProgramView(
        name=program.name,
        section=program.section,
        attach=program.attach,
        entry=program.entry,
        exploration=exploration,
        targets=targets,
        outliers=outliers,
        senders=senders,
        locate=image.source_map.location,
        where=lambda pc: where(image, pc),
        counts_all=counts_all,
    )
    verdict, fits = judge(
        exploration, counts_all, targets, view.least_demand, short_to_send=view.short_to_send
    )
    redirects = tuple(
        RedirectAnalysis(redirect, _slot(image, redirect.pc)[1], image.source_map.location(redirect.pc))
        for redirect in exploration.redirects
    )
    calls = tuple(
        CallAnalysis(site, _slot(image, site.pc)[1], image.source_map.location(site.pc))
        for site in exploration.calls
    )
    analysis = ProgramAnalysis(
        program.name,
        program.section,
        exploration.instructions,
        image.source_map.location(program.entry),
        exploration,
        verdict,
        fits,
        calls,
        redirects,
        view.sender,
    )
    return Conclusion(analysis, tuple(finding for check in CHECKS for finding in check.check(view)))


def where(image: Image, pc: int) -> str:
    """The place of `pc` in the object: section and slot, `xdp+12`."""
    section, slot = _slot(image, pc)
    return f"{section}+{slot}"


def _slot(image: Image, pc: int) -> tuple[str, int]:
    function = image.function_at(pc)
    if function is None:
        return "", pc
    # The functions of a section lie one after another in the image, the first at the section's slot 0.
    start = min(other.start for other in image.functions if other.section == function.section)
    return function.section, pc - start
