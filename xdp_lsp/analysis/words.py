"""What is known of a program, in the words that reports and editors share."""

from __future__ import annotations

from collections.abc import Sequence

from xdp_lsp.analysis.result import ProgramAnalysis, TargetVerdict, Verdict
from xdp_lsp.headroom import Target, portable
from xdp_lsp.verifier.result import NeedKind


def count(number: int, noun: str) -> str:
    """`1 target`, `2 targets`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def some(names: Sequence[str], most: int = 3) -> str:
    """`i40e, ice, igb and 4 more`: `most` of them, or one more where it is the last."""
    if len(names) <= most + 1:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"


def configuration_words(names: Sequence[str]) -> str:
    """`in configuration mtu9000`, `in configurations mtu1500, mtu9000`."""
    return f"in configuration{'s' if len(names) > 1 else ''} {', '.join(names)}"


def verdict_line(program: ProgramAnalysis, configurations: Sequence[str] = ()) -> str:
    """`xdp_main (xdp): needs 84 bytes; fits all 24 targets (portable 152, ixgbe)`, and what became of its contracts.

    `configurations` are those that it is said of, where it is not of all.
    """
    words = (need_words(program), fits_words(program), contract_words(program))
    where = f" {configuration_words(configurations)}" if configurations else ""
    return f"{program.name} ({program.section}){where}: {'; '.join(filter(None, words))}"


def contract_words(program: ProgramAnalysis) -> str:
    """`contract: prepends at most 64 (kept)`; empty where there is none."""
    if not program.contracts:
        return ""
    word = "contract" if len(program.contracts) == 1 else "contracts"
    return f"{word}: {'; '.join(dict.fromkeys(map(str, program.contracts)))}"


def need_words(program: ProgramAnalysis) -> str:
    """`needs 84 bytes, 20 with its fallback`, or why there is no such number."""
    found = program.exploration
    if found.need_kind is NeedKind.UNBOUNDED:
        return "nothing bounds what it prepends"
    if found.need is None:
        return "needs an unknown number of bytes"
    redirected = _redirected(program)
    if not any(site.reachable for site in found.calls):
        return f"needs {redirected}" if redirected else "calls nothing that takes headroom"
    if is_relative(program):
        return f"needs {found.need} bytes on top of what ran before"
    least = "at least " if any(not gap.is_sound for gap in found.gaps) else ""
    fallback = found.need_with_fallback
    rest = "" if fallback is None or fallback == found.need else f", {fallback} with its fallback"
    rest += f", {redirected}" if redirected else ""
    return f"needs {least}{found.need} bytes{rest}"


def _redirected(program: ProgramAnalysis) -> str:
    """What redirected frames need with what their sender wants, where that is more than the need."""
    if program.sender is None or not program.redirects:
        return ""
    taken = max(found.redirect.taken[-1].max for found in program.redirects)
    needed = taken + program.sender.wants
    if needed <= (program.exploration.need or 0):
        return ""
    by = program.sender.spec if program.sender.driver else "a driver"
    return f"{needed} to be redirected to {by}, which wants {program.sender.wants}"


def is_relative(program: ProgramAnalysis) -> bool:
    """Whether all that is unknown is what the driver's headroom still is when the program starts."""
    found = program.exploration
    return (
        program.verdict is Verdict.UNKNOWN
        and found.need_kind is not NeedKind.UNKNOWN
        and all(gap.is_sound for gap in found.gaps)
    )


def fits_words(program: ProgramAnalysis) -> str:
    """`fits all 24 targets (portable 152, ixgbe)`."""
    targets = [verdict.target for verdict in program.targets]
    if not targets:
        return "no targets were chosen"
    if program.verdict is Verdict.FITS:
        return f"fits {_all(targets)} ({_least(targets)})"
    if program.verdict is Verdict.UNKNOWN:
        return "whether it fits is not known"
    refusing = [verdict for verdict in program.targets if verdict.fits is False]
    if program.exploration.need_kind is NeedKind.UNBOUNDED:
        return f"fits {'no target' if len(targets) > 1 else f'not {targets[0].spec}'} ({_least(targets)})"
    verb = "exceeds" if program.verdict is Verdict.EXCEEDS else "may exceed"
    return f"{verb} {_some(refusing, targets)} ({_least(targets)})"


def _all(targets: Sequence[Target]) -> str:
    return targets[0].spec if len(targets) == 1 else f"all {len(targets)} targets"


def _some(refusing: Sequence[TargetVerdict], targets: Sequence[Target]) -> str:
    if len(targets) == 1:
        return targets[0].spec
    if len(refusing) == len(targets):
        return f"all {len(targets)} targets"
    return f"{len(refusing)} of {len(targets)} targets"


def _least(targets: Sequence[Target]) -> str:
    least = portable(targets)
    return f"usable {least.usable}" if len(targets) == 1 else f"portable {least.usable}, {least.spec}"
