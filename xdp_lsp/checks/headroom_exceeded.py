"""A call asks for more headroom than a chosen target has.

## What it finds
A call of `bpf_xdp_adjust_head`, `bpf_xdp_adjust_meta` or `bpf_xdp_pull_data` that fails
on at least one of the chosen targets, because the bytes prepended so far, plus this
call's, plus the metadata, are more than the driver leaves in front of the packet.

- **error**: every run that gets to the call asks too much of some target.
- **warning**: some run may. The number is the largest that any path can bring.
- **information**: the call fails, but the program then tries a smaller prepend, and
  that one fits; or the call fits every chosen target and only drivers outside the
  choice give less.

What is compared is the sum along a path: a loop or a second encapsulation adds up,
exclusive branches do not, and bytes trimmed before count against it.

## Why it matters
Headroom differs by driver, mode and kernel: 256 bytes on many, 192 on the Intel
drivers, 128 on sfc, 64 on ixgbevf, and the kernel keeps `sizeof(struct xdp_frame)` of
them for itself (40 bytes from Linux 5.18
on, and in late 5.15.y). It cannot be asked for at load time. A
program that works on the card it was written on returns an error for every packet on
another, and most programs drop the packet then.

## Example
```c
if (opts->len > 168)
        return XDP_DROP;
if (bpf_xdp_adjust_head(ctx, -(int)opts->len))	/* may prepend up to 168 bytes; ixgbe has 152 */
        return XDP_ABORTED;
```

## Use instead
Bound the length by the least that the targets give, on every path to the call:
```c
if (opts->len > 152)
        return XDP_DROP;
```
or trim what is not needed before prepending, or fall back to a shorter encapsulation
where the call fails. If the program never meets the driver that is named, leave it out:
`--target`, or `targets` in `.xdp-lsp.toml`.

## When it cannot know
The headroom of each target is read from kernel sources for 4 KiB pages, an MTU of 1500
and default options (`xdp-lsp drivers` shows value, condition and source). Vendors' own
drivers may differ. Values that only the loader knows are taken to be anything; limits
that hold for reasons outside the program (a map that is only ever filled with small
lengths) are not seen, and a check in the program is the way to say so. Rings on which
nothing can be prepended at all (gve's GQI queues, Intel's legacy-rx) are not brought up
unless they are chosen or another driver falls short as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from xdp_lsp.checks.finding import Finding, Severity
from xdp_lsp.checks.underline import Underline
from xdp_lsp.checks.view import ADJUST_HEAD, ProgramView, by_amount, is_refused, is_unbounded
from xdp_lsp.headroom import Target
from xdp_lsp.verifier.result import Bounds, CallSite

CODE = "headroom-exceeded"
SEVERITY = Severity.WARNING
UNDERLINES = Underline.DELTA


def check(view: ProgramView) -> Iterator[Finding]:
    told = False
    outside = _outside(view)
    for site in view.reachable_calls():
        if site.demand is None:
            continue
        finding = _judge(view, site, site.demand)
        if finding is None:
            continue
        if outside and site.pc == outside[0].pc:
            finding = finding._replace(notes=(*finding.notes, outside[1]))
            told = True
        yield finding
    if outside and not told:
        site, note = outside
        yield view.finding(
            CODE,
            Severity.INFORMATION,
            f"{_asks(site, _demand(site))}; fits the chosen targets, but some others give less",
            site.pc,
            notes=(note,),
            weight=_demand(site).max,
        )


def shortfalls(targets: Iterable[Target], demand: int) -> tuple[str, ...]:
    """`short by 16: i40e, ice`, for each amount that some of `targets` lack for `demand`, the least first.

    Those on which nothing can be prepended come last: by how much they fall short says nothing.
    """
    refusing = [target for target in targets if not target.fits(demand)]
    lacking = ((target.shortfall(demand), target.spec) for target in refusing if target.usable)
    without = sorted(target.spec for target in refusing if not target.usable)
    return (
        *by_amount(lacking),
        *((f"no room at all: {', '.join(without)}",) if without else ()),
    )


def _judge(view: ProgramView, site: CallSite, demand: Bounds) -> Finding | None:
    if _gives_back(view, site):
        return None
    always = [t for t in view.targets if is_refused(t, view.least_demand(site), view.exploration)]
    if view.bounds_hold and always:
        return _refusal(view, site, demand, Severity.ERROR)
    if is_unbounded(site):
        return None  # prepend-unbounded's
    if any(is_refused(t, demand.max, view.exploration) for t in view.targets):
        return _refusal(view, site, demand, Severity.WARNING)
    # No target is left that refuses it for good: those it does not fit are served by the fallback.
    forgiven = [t for t in view.targets if not t.fits(demand.max)]
    if forgiven:
        fallback = view.exploration.need_with_fallback
        return view.finding(
            CODE,
            Severity.INFORMATION,
            f"{_asks(site, demand)}, and falls back to {fallback} where that fails, "
            f"as it does on {_count(len(forgiven), 'target')}",
            site.pc,
            notes=shortfalls(forgiven, demand.max),
            related=view.related(site),
            weight=demand.max,
        )
    return None


def _gives_back(view: ProgramView, site: CallSite) -> bool:
    """Whether the call only gives headroom back, on targets where that always succeeds.

    Its demand can be too large only where an earlier call's was larger: on such a target that one has
    failed, and the finding is there. Below the reserve it is another matter: there every call fails.
    """
    least = view.least_target
    return (
        site.delta is not None
        and site.delta.min >= 0
        and least is not None
        and least.headroom >= least.reserve
    )


def _refusal(view: ProgramView, site: CallSite, demand: Bounds, severity: Severity) -> Finding:
    # An error speaks of what every run asks for: where the most is not bounded, the least is the number.
    worst = demand.min if is_unbounded(site) else demand.max
    refusing = [t for t in view.targets if not t.fits(worst)]
    return view.finding(
        CODE,
        severity,
        f"{_asks(site, demand)}{_relative(view)}; {_limit(view, worst)}",
        site.pc,
        notes=shortfalls(refusing, worst),
        suggestion=_suggestion(view, site, demand),
        related=view.related(site),
        weight=worst,
    )


def _asks(site: CallSite, demand: Bounds) -> str:
    """What the call asks for, in words: `may prepend up to 168 bytes here`."""
    if demand.max <= 0:
        return "asks for no headroom here"
    if is_unbounded(site):
        amount, exact = f"at least {demand.min}", True
    elif demand.is_constant:
        amount, exact = f"{demand.max}", True
    else:
        amount, exact = f"up to {demand.max}", False
    if _is_plain_prepend(site):
        return f"prepends {amount} bytes here" if exact else f"may prepend {amount} bytes here"
    verb = "needs" if exact else "may need"
    counted = "metadata included" if site.metadata and site.metadata.max > 0 else "earlier calls counted"
    return f"{verb} {amount} bytes of headroom here, {counted}"


def _is_plain_prepend(site: CallSite) -> bool:
    """Whether the whole demand is this call's own delta: nothing was moved before it."""
    delta, total = site.delta, site.total
    if site.helper != ADJUST_HEAD or delta is None or total is None:
        return False
    if site.metadata is not None and site.metadata.max > 0:
        return False
    # A delta of INT_MIN never succeeds, so the total does not show it.
    return total.max == delta.max and (total.min == delta.min or site.delta_has_int_min)


def _relative(view: ProgramView) -> str:
    return "" if view.counts_all else ", even if nothing was taken before"


def _limit(view: ProgramView, demand: int) -> str:
    least = view.least_target
    assert least is not None  # some target refused
    if demand <= 0:
        return (
            f"even so it fails on {least.spec}, whose headroom of {least.headroom} is under the "
            f"{least.reserve} bytes that the kernel keeps"
        )
    if not least.driver:
        return f"the target is {least.spec}"
    if len(view.targets) == 1:
        return f"{least.spec} has {least.usable}"
    return f"the portable headroom is {least.usable} (set by {least.spec})"


def _suggestion(view: ProgramView, site: CallSite, demand: Bounds) -> str:
    least = view.least_target
    if least is None or site.delta is None or site.helper != ADJUST_HEAD:
        return ""
    # What the other prepends and the metadata of the worst path leave for this call.
    others = 0 if _is_plain_prepend(site) else demand.max + site.delta.min
    room = least.headroom - least.reserve - others
    if room <= 0 or site.delta.min >= 0 or is_unbounded(site):
        return ""
    if others and others != demand.min + site.delta.max:
        # The longest prepend and the worst of what came before need not be on one path.
        return (
            f"check before the call that this prepend and what was taken before come to at most "
            f"{least.usable} bytes, and drop the packet otherwise"
        )
    if site.delta.is_constant:
        return f"prepend at most {room} bytes here, or fall back to that where the call fails"
    return f"check before the call that it prepends at most {room} bytes, and drop the packet otherwise"


def _outside(view: ProgramView) -> tuple[CallSite, str] | None:
    """The call with the largest demand, and a note on the targets outside the choice that refuse it."""
    sites = [site for site in view.reachable_calls() if site.demand is not None]
    if not view.counts_all or not sites or any(is_unbounded(site) for site in sites):
        return None
    worst = max(sites, key=lambda site: _demand(site).max)
    demand = _demand(worst).max
    refusing = [t for t in view.outliers if is_refused(t, demand, view.exploration)]
    # Where nothing can be prepended at all (gve's 2 bytes) every program falls short: that alone is no news.
    if demand <= 0 or not any(target.usable for target in refusing):
        return None
    lacking = "; ".join(shortfalls(refusing, demand)).replace("; short by", "; by")
    return worst, f"outside the chosen targets: {lacking}"


def _demand(site: CallSite) -> Bounds:
    assert site.demand is not None
    return site.demand


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
