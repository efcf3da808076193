"""Whether a program fits its targets, from what the verifier found out about its calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from xdp_lsp.analysis.result import ProgramAnalysis, TargetVerdict, Verdict
from xdp_lsp.checks import is_refused
from xdp_lsp.checks.view import most_short_to_send
from xdp_lsp.headroom import Target
from xdp_lsp.verifier.result import UNBOUNDED_NEED, Bounds, CallSite, Exploration, NeedKind


def judge(
    exploration: Exploration,
    counts_all: bool,
    targets: tuple[Target, ...],
    least_demand: Callable[[CallSite], int],
    *,
    short_to_send: Callable[[Target], Bounds],
) -> tuple[Verdict, tuple[TargetVerdict, ...]]:
    """The program's verdict, and for each target whether it covers every call and every redirect.

    `least_demand` is what every run asks for that gets to a call, `short_to_send` what redirected frames lack on a
    target, at least and at most. A target that covers a fallback counts as
    fitting. What is known to ask too much does so however the program goes on, so a gap turns only "fits" into
    "unknown"; a program whose demands do not count all that was taken before (`counts_all`) is unknown unless it
    calls nothing that takes headroom and redirects nothing to a sender.
    """
    fits = _verdicts(exploration, counts_all, targets, lambda target: short_to_send(target).max)
    if not _is_known(exploration, counts_all):
        return Verdict.UNKNOWN, fits

    def always_refuses(target: Target) -> bool:
        # Where paths are missing, the least that was seen need not be the least there is.
        return exploration.need_kind is not NeedKind.UNKNOWN and any(
            is_refused(target, least_demand(site), exploration)
            for site in exploration.calls
            if _demand(site) is not None
        )

    if any(always_refuses(target) or short_to_send(target).min > 0 for target in targets):
        return Verdict.EXCEEDS, fits
    if any(verdict.fits is False for verdict in fits):
        return Verdict.MAY_EXCEED, fits
    return (Verdict.UNKNOWN if _is_incomplete(exploration) else Verdict.FITS), fits


def verdicts_on(program: ProgramAnalysis, targets: Iterable[Target]) -> tuple[TargetVerdict, ...]:
    """As `program.targets`, for targets that it was not held against."""
    sender = program.sender
    redirects = [one.redirect for one in program.redirects]
    return _verdicts(
        program.exploration,
        program.counts_all,
        targets,
        lambda target: most_short_to_send(target, redirects, sender) if sender is not None else 0,
    )


def _verdicts(
    exploration: Exploration,
    counts_all: bool,
    targets: Iterable[Target],
    short_to_send: Callable[[Target], int],
) -> tuple[TargetVerdict, ...]:
    if not _is_known(exploration, counts_all):
        return tuple(TargetVerdict(target, None) for target in targets)
    demands = [demand.max for site in exploration.calls if (demand := _demand(site)) is not None]
    is_unbounded = exploration.need_kind is NeedKind.UNBOUNDED or any(
        demand > UNBOUNDED_NEED for demand in demands
    )
    covered = None if _is_incomplete(exploration) else True

    def verdict_of(target: Target) -> TargetVerdict:
        short = short_to_send(target)
        refuses = (
            short > 0 or is_unbounded or any(is_refused(target, demand, exploration) for demand in demands)
        )
        return TargetVerdict(target, False if refuses else covered, short)

    return tuple(map(verdict_of, targets))


def _is_known(exploration: Exploration, counts_all: bool) -> bool:
    """Whether anything can be said: the demands are of the whole headroom, or there are none."""
    asks = any(_demand(site) is not None for site in exploration.calls) or exploration.redirects
    return counts_all or not (asks or _is_incomplete(exploration))


def _is_incomplete(exploration: Exploration) -> bool:
    return exploration.need_kind is NeedKind.UNKNOWN or not all(gap.is_sound for gap in exploration.gaps)


def _demand(site: CallSite) -> Bounds | None:
    """What a reachable call asks for."""
    return site.demand if site.reachable else None
