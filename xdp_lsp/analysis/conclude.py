"""What one program's exploration means: its verdict, and what the checks say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from xdp_lsp.analysis.hold_contracts import hold
from xdp_lsp.analysis.result import CallAnalysis, ProgramAnalysis, RedirectAnalysis
from xdp_lsp.analysis.verdict import judge
from xdp_lsp.checks import CHECKS, Finding, HeldContract, ProgramView
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
    contracts: Sequence[HeldContract] = (),
    alone: Exploration | None = None,
) -> Conclusion:
    """Hold `exploration` of `program` against `targets`; `counts_all` and `senders` are as in ProgramView.

    `contracts` and `alone` are as for `hold`; None for a program that is known to run first.
    """
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
    view = replace(view, contracts=tuple(hold(contracts, view, alone or exploration)))
    verdict, fits = judge(
        exploration, counts_all, targets, view.least_demand, short_to_send=view.short_to_send
    )
    redirects = tuple(
        RedirectAnalysis(
            redirect, image.offset_in_section(redirect.pc), image.source_map.location(redirect.pc)
        )
        for redirect in exploration.redirects
    )
    calls = tuple(
        CallAnalysis(
            site,
            image.offset_in_section(site.pc),
            image.source_map.location(site.pc),
            view.related(site),
        )
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
        view.contracts,
        counts_all,
    )
    return Conclusion(analysis, tuple(finding for check in CHECKS for finding in check.check(view)))


def where(image: Image, pc: int) -> str:
    """The place of `pc` in the object: section and slot, `xdp+12`."""
    function = image.function_at(pc)
    return f"{function.section if function is not None else ''}+{image.offset_in_section(pc)}"
