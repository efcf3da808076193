"""Whether a program fits its targets, from what the verifier found out about its calls."""

from __future__ import annotations

from collections.abc import Callable

from xdp_lsp.analysis.result import TargetVerdict, Verdict
from xdp_lsp.checks import is_refused
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
    sites = [site for site in exploration.calls if site.reachable and site.demand is not None]
    demands = [site.demand for site in sites if site.demand is not None]
    incomplete = exploration.need_kind is NeedKind.UNKNOWN or not all(
        gap.is_sound for gap in exploration.gaps
    )
    if not counts_all and (demands or exploration.redirects or incomplete):
        return Verdict.UNKNOWN, tuple(TargetVerdict(target, None) for target in targets)
    unbounded = exploration.need_kind is NeedKind.UNBOUNDED or any(d.max > UNBOUNDED_NEED for d in demands)

    def always_refuses(target: Target) -> bool:
        # Where paths are missing, the least that was seen need not be the least there is.
        return exploration.need_kind is not NeedKind.UNKNOWN and any(
            is_refused(target, least_demand(site), exploration) for site in sites
        )

    def may_refuse(target: Target) -> bool:
        return unbounded or any(is_refused(target, demand.max, exploration) for demand in demands)

    def verdict_of(target: Target) -> TargetVerdict:
        short = short_to_send(target).max
        refuses = short > 0 or may_refuse(target)
        return TargetVerdict(target, False if refuses else None if incomplete else True, short)

    fits = tuple(map(verdict_of, targets))
    if any(always_refuses(target) or short_to_send(target).min > 0 for target in targets):
        return Verdict.EXCEEDS, fits
    if any(verdict.fits is False for verdict in fits):
        return Verdict.MAY_EXCEED, fits
    return (Verdict.UNKNOWN if incomplete else Verdict.FITS), fits
