"""Holds what a run did against what the analysis claims of all runs."""

from __future__ import annotations

from collections.abc import Sequence

from xdp_lsp.machine import RESERVE, Attempt
from xdp_lsp.verifier.result import Exploration, NeedKind

_INT_MIN = -(1 << 31)


def refuted_redirect(claim: Exploration, redirects: Sequence[int], total: int) -> str | None:
    """In words, the first of the calls `redirects` (pcs) whose claim a run exceeds that ended with `total` (S)."""
    if claim.need_kind is NeedKind.UNKNOWN or any(not gap.is_sound for gap in claim.gaps):
        return None
    claimed = {redirect.pc: redirect.taken for redirect in claim.redirects}
    for pc in redirects:
        if not any(taken.min <= -total <= taken.max for taken in claimed.get(pc, ())):
            return f"redirect at {pc}: {-total} bytes are gone, outside {claimed.get(pc)}"
    return None


def refuted(claim: Exploration, attempts: Sequence[Attempt], headroom: int | None = None) -> str | None:
    """In words, the first thing in which a run exceeds the claim; None where it does not.

    With `headroom` (bytes, that the run had) the need with fallback is held against it as well. Claims with a gap
    that is not sound bound nothing.
    """
    if claim.need_kind is NeedKind.UNKNOWN or any(not gap.is_sound for gap in claim.gaps):
        return None
    sites = {site.pc: site for site in claim.calls}
    unmet = False  # a prepend failed for want of headroom and none made it good since
    for at, attempt in enumerate(attempts):
        site = sites.get(attempt.pc)
        where = f"attempt {at} {attempt}"
        if (
            site is None
            or not site.reachable
            or not (site.delta and site.total and site.metadata and site.demand)
        ):
            return f"{where}: the call counts as unreachable"
        if not site.delta.min <= attempt.delta <= site.delta.max:
            return f"{where}: delta is outside {site.delta}"
        succeeded = attempt.result == 0
        total, metadata = attempt.wanted
        if succeeded and not site.total.min <= total <= site.total.max:
            return f"{where}: S becomes {total}, outside {site.total}"
        if succeeded and not site.metadata.min <= metadata <= site.metadata.max:
            return f"{where}: M becomes {metadata}, outside {site.metadata}"
        if attempt.delta == _INT_MIN and site.delta_has_int_min:
            continue
        before = attempt.metadata - attempt.total
        if site.before is None or not site.before.min <= before <= site.before.max:
            return f"{where}: {before} bytes are gone before it, outside {site.before}"
        if not site.demand.min <= attempt.demand <= site.demand.max:
            return f"{where}: demands {attempt.demand}, outside {site.demand}"
        if claim.need is not None and attempt.demand > claim.need:
            return f"{where}: demands {attempt.demand}, the need is {claim.need}"
        if headroom is not None and attempt.delta < 0:
            if succeeded:
                unmet = False
            elif attempt.demand > headroom - RESERVE:
                unmet = True
    fallback = claim.need_with_fallback
    if unmet and headroom is not None and fallback is not None and fallback <= headroom - RESERVE:
        return f"a prepend failed for good on {headroom - RESERVE} usable bytes, the need with fallback is {fallback}"
    return None
