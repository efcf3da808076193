"""A length that can be negative trims the packet instead of extending it.

## What it finds
A call of `bpf_xdp_adjust_head` that is meant to prepend a variable number of bytes, but
whose delta can also be above zero: the length is signed and was checked from above
only. It also tells where the length can be `INT_MIN`: this passes a check from above
and negates to itself.

## Why it matters
A positive delta moves the start of the packet forward: up to all but 14 bytes are cut
off, and the call reports success. `INT_MIN` is refused by every kernel (the helper
returns -22), so it asks for no headroom, and the bound that is reported leaves it out;
but where it is possible, so is every other negative length.

## Example
```c
if (val->prep_len > 64)		/* prep_len is an int: -1000 passes, and so does INT_MIN */
        return XDP_DROP;
if (bpf_xdp_adjust_head(ctx, -val->prep_len))
        return XDP_ABORTED;
```

## Use instead
Keep lengths in an unsigned type, or check both ends:
```c
if (val->prep_len < 0 || val->prep_len > 64)
        return XDP_DROP;
```

## When it cannot know
A program that trims and prepends on purpose, by one variable, gets this as well:
silence it there with a comment.
"""

from __future__ import annotations

from collections.abc import Iterator

from xdp_lsp.checks.finding import Finding, Severity
from xdp_lsp.checks.underline import Underline
from xdp_lsp.checks.view import ADJUST_HEAD, ProgramView, is_unbounded
from xdp_lsp.verifier.result import Bounds, CallSite

CODE = "negative-length"
SEVERITY = Severity.INFORMATION
UNDERLINES = Underline.DELTA

_INT_MIN_NOTE = "INT_MIN negates to itself; every kernel refuses it (-22), so the need leaves it out"


def check(view: ProgramView) -> Iterator[Finding]:
    for site in view.reachable_calls():
        if site.helper != ADJUST_HEAD or site.delta is None or is_unbounded(site):
            continue  # an unbounded length is prepend-unbounded's, whose advice covers the sign
        if not (site.delta_has_int_min or site.may_be_either):
            continue
        yield view.finding(
            CODE,
            Severity.INFORMATION,
            _message(site, site.delta),
            site.pc,
            notes=(_INT_MIN_NOTE,) if site.delta_has_int_min else (),
            suggestion="check that the length is not negative, or keep it in an unsigned type",
            related=view.related(site),
            weight=site.delta.max,
        )


def _message(site: CallSite, delta: Bounds) -> str:
    if delta.max <= 0:
        return "the length can be INT_MIN here, which negates to itself"
    return f"trims up to {delta.max} bytes here where the length is negative"
