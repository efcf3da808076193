"""Nothing bounds how many bytes a call prepends.

## What it finds
A call of `bpf_xdp_adjust_head` whose demand for headroom can be over 65,535 bytes: the
length comes from a map, the packet or another place that can hold any number, and no
check on the way to the call narrows it; or a loop prepends again and again without a
limit that can be seen. The finding names the place where the value comes from.

## Why it matters
No driver fits. Whether the program works on a given card depends on what happens to be
in the map or the packet, and a packet may well be under an attacker's control. The call
itself fails safely (the kernel checks it), so what is lost are the packets, without a
trace.

## Example
```c
struct conf *c = bpf_map_lookup_elem(&conf, &key);
if (!c)
        return XDP_PASS;
if (bpf_xdp_adjust_head(ctx, -(int)c->len))	/* c->len can be anything */
        return XDP_ABORTED;
```

## Use instead
Check the length where the compiler must keep the check, and use the checked copy:
```c
__u32 len = c->len;

if (len > 152)
        return XDP_DROP;
if (bpf_xdp_adjust_head(ctx, -(int)len))
        return XDP_ABORTED;
```
A length that is signed needs a check below as well (`negative-length`). A length in a
narrower type (`__u8`) is bounded by the type. Two reads of one map value may differ, so
check the copy that is used.

## When it cannot know
A limit that holds for reasons outside the program is not seen, nor one that the loader
sets (`const volatile` with an initial value of zero, `.kconfig`). A relation between
two values (`a + b` was checked, `a` and `b` are used) is followed only in part. Where
the analysis gave up, `analysis-incomplete` says so.
"""

from __future__ import annotations

from collections.abc import Iterator

from xdp_lsp.checks.finding import Finding, Severity
from xdp_lsp.checks.underline import Underline
from xdp_lsp.checks.view import ADJUST_HEAD, ProgramView, is_unbounded
from xdp_lsp.verifier.result import UNBOUNDED_NEED, CallSite

CODE = "prepend-unbounded"
SEVERITY = Severity.WARNING
UNDERLINES = Underline.DELTA


def check(view: ProgramView) -> Iterator[Finding]:
    unbounded = [site for site in view.reachable_calls() if is_unbounded(site)]
    # What comes after an unbounded prepend inherits its total: the calls to mend are those whose own delta is
    # unbounded, or, where none is, those that a loop repeats.
    own = [site for site in unbounded if _own_is_unbounded(site)]
    for site in own or unbounded:
        yield view.finding(
            CODE,
            Severity.WARNING,
            _message(view, site, bool(own)),
            site.pc,
            suggestion=_suggestion(view, bool(own)),
            related=view.related(site),
            weight=site.demand.max if site.demand else 0,
        )


def _own_is_unbounded(site: CallSite) -> bool:
    return site.delta is not None and -site.delta.min > UNBOUNDED_NEED


def _message(view: ProgramView, site: CallSite, own: bool) -> str:
    if own and site.delta is not None:
        verb = "prepend" if site.helper == ADJUST_HEAD else "ask for"
        asks = f"may {verb} any number of bytes here: nothing bounds the length"
    else:
        asks = "repeated prepends add up without a bound here"
    least = view.least_target
    if least is None:
        return asks
    if not least.driver:
        return f"{asks}; the target is {least.spec}"
    if len(view.targets) == 1:
        return f"{asks}; {least.spec} has {least.usable}"
    return f"{asks}; the portable headroom is {least.usable} (set by {least.spec})"


def _suggestion(view: ProgramView, own: bool) -> str:
    least = view.least_target
    room = least.usable if least else 0
    if room <= 0:
        return ""
    if own:
        return f"check before the call that the length is at most {room}, and not negative where it is signed"
    return f"limit the number of rounds so that they prepend at most {room} bytes in all"
