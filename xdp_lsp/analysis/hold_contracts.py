"""Whether a program keeps its contracts.

Soundness: a contract is kept only where the exploration covers every run (no gap that ends it, need bounded), and
where the bound does not rest on a variable that the loader may set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from xdp_lsp.analysis.result import Verdict
from xdp_lsp.analysis.verdict import judge
from xdp_lsp.checks import Breach, HeldContract, ProgramView
from xdp_lsp.checks.depends_on_entry import ENTERED
from xdp_lsp.checks.headroom_exceeded import shortfalls
from xdp_lsp.headroom import Target, contract_text, portable
from xdp_lsp.verifier.result import UNBOUNDED_NEED, Bounds, CallSite, Exploration, Gap, NeedKind

# More names than this are a number.
_MOST_NAMES = 3


def hold(contracts: Sequence[HeldContract], view: ProgramView, alone: Exploration) -> Iterator[HeldContract]:
    """`contracts` judged; `alone` is the exploration of the program wherever it starts (`ANYWHERE`).

    A limit is held against `alone`: it is about what the program takes itself. Fitting a target is held
    against the exploration of `view`, which counts what ran before.
    """
    for held in contracts:
        limit = held.contract.limit
        yield _within(held, limit, view, alone) if limit is not None else _fitting(held, view)


def _within(held: HeldContract, limit: int, view: ProgramView, alone: Exploration) -> HeldContract:
    worst = _worst(alone)
    asks = _asks(worst) if worst is not None else None
    if alone.need_kind is NeedKind.UNBOUNDED:
        return _unbounded(held, view, asks, limit)
    gap = _gap(alone)
    if alone.need is not None and alone.need > limit:
        # Also where paths are missing: what was seen is too much already.
        fallback = alone.need_with_fallback
        rest = f", {fallback} with its fallback" if fallback not in (None, alone.need) else ""
        rest += "" if view.counts_all and alone is view.exploration else " on top of what ran before"
        return held._replace(
            kept=False,
            reason=f"{view.name} needs {'at least ' if gap else ''}{alone.need} bytes{rest}",
            suggestion=f"prepend at most {limit} bytes in all on every path, or promise what it needs: "
            f"{contract_text(alone.need)}",
            breach=asks,
        )
    if alone.need is None or gap is not None:
        return _not_seen(held, gap)
    return _for_any_constant(held, alone, lambda need: need <= limit)


def _fitting(held: HeldContract, view: ProgramView) -> HeldContract:
    targets = held.contract.targets
    # What the driver that sends wants is a setting's business: a promise does not depend on settings.
    found = view.exploration._replace(redirects=())
    verdict, fits = judge(
        found, view.counts_all, targets, view.least_demand, short_to_send=lambda target: Bounds(0, 0)
    )
    worst = _worst(found)
    if verdict is Verdict.FITS:
        return _for_any_constant(held, found, lambda need: all(target.fits(need) for target in targets))
    if verdict is Verdict.UNKNOWN:
        if not view.counts_all:
            return held._replace(
                reason=f"{view.name} {ENTERED[view.attach]}",
                suggestion="promise `prepends at most N` instead, which counts from where the program starts",
            )
        return _not_seen(held, _gap(found))
    asks = _asks(worst) if worst is not None else None
    room = portable(targets).usable
    if found.need_kind is NeedKind.UNBOUNDED:
        return _unbounded(held, view, asks, room)
    refusing = [one.target for one in fits if one.fits is False]
    least = portable(refusing)
    demand = worst.demand.max if worst is not None and worst.demand is not None else 0
    needs = f"{view.name} needs {'at least ' if _gap(found) else ''}{max(demand, 0)} bytes"
    return held._replace(
        kept=False,
        reason=f"{needs} and {_exceeds(verdict)} {_some(refusing, targets)}",
        notes=shortfalls(refusing, demand),
        suggestion=f"prepend at most {room} bytes in all on every path, which {least.spec} has"
        if room
        else "",
        breach=asks,
    )


def _unbounded(held: HeldContract, view: ProgramView, asks: Breach | None, limit: int) -> HeldContract:
    return held._replace(
        kept=False,
        reason=f"nothing bounds what {view.name} prepends",
        suggestion=f"check before the call that it prepends at most {limit} bytes, and drop the packet otherwise"
        if limit
        else "",
        breach=asks,
    )


def _not_seen(held: HeldContract, gap: Gap | None) -> HeldContract:
    if gap is None:
        return held._replace(reason="the analysis did not come to an end")
    return held._replace(reason=gap.what, breach=Breach(gap.pc, "from here on what happens is not seen"))


def _for_any_constant(
    held: HeldContract, found: Exploration, is_kept_with: Callable[[int], bool]
) -> HeldContract:
    """Kept, unless a value that the loader sets may break it: a promise is for every loader."""
    need = found.need_for_any_constant
    if not found.assumed or need == found.need or (need is not None and is_kept_with(need)):
        return held._replace(kept=True)
    names = ", ".join(dict.fromkeys(constant.name for constant in found.assumed))
    first = found.assumed[0]
    return held._replace(
        reason=f"it rests on the initial value of {names}, which the loader may change; for any value the need is "
        f"{'unbounded' if need is None else f'{need} bytes'}",
        suggestion="check against a constant of the program as well, or drop the volatile",
        breach=Breach(first.pc, f"{first.name} is taken to be {first.value}"),
    )


def _gap(found: Exploration) -> Gap | None:
    """What keeps the need of `found` from covering every run."""
    return next((gap for gap in found.gaps if not gap.is_sound), None)


def _worst(found: Exploration) -> CallSite | None:
    """The call that asks for most, the first of several."""
    sites = [site for site in found.calls if site.reachable and site.demand is not None]
    return max(sites, key=lambda site: (site.demand.max if site.demand else 0, -site.pc), default=None)


def _asks(site: CallSite) -> Breach:
    demand = site.demand
    assert demand is not None  # _worst() leaves out the others
    if demand.max > UNBOUNDED_NEED:
        return Breach(site.pc, "nothing bounds what this call asks for", site)
    upto = "" if demand.is_constant else "up to "
    return Breach(site.pc, f"this call asks for {upto}{demand.max} bytes", site)


def _exceeds(verdict: Verdict) -> str:
    return "exceeds" if verdict is Verdict.EXCEEDS else "may exceed"


def _some(refusing: Sequence[Target], targets: Sequence[Target]) -> str:
    if len(refusing) <= _MOST_NAMES:
        return ", ".join(target.spec for target in refusing)
    return f"{len(refusing)} of {len(targets)} targets"
