"""The program does not start with the driver's headroom, but with what another program
left of it.

## What it finds
A program that moves the start of the packet and is attached as `xdp/devmap`,
`xdp/cpumap` or `freplace`, or that is only ever entered by a tail call from a program
array. Its numbers are relative to its entry, and its verdict is unknown.

## Why it matters
The program that ran before may have prepended or trimmed, and the driver the packet
came from is not the device it leaves by. A redirected zero-copy frame is cloned with no
usable headroom at all.

## Example
```c
SEC("xdp/devmap") int out(struct xdp_md *ctx)
{
        return bpf_xdp_adjust_head(ctx, -20) ? XDP_ABORTED : XDP_PASS;	/* 20 more than before */
}
```

## Use instead
Add the need of the program that runs first to this one's, on every path that leads
here, and hold the sum against the driver that receives the packet. Prepending in the
first program only keeps the sum in one place.

## When it cannot know
Which program ran before: that is up to whoever loads the two.
"""

from __future__ import annotations

from collections.abc import Iterator

from xdp_lsp.checks.finding import Finding, Severity
from xdp_lsp.checks.underline import Underline
from xdp_lsp.checks.view import ProgramView
from xdp_lsp.program import Attach

CODE = "depends-on-entry"
SEVERITY = Severity.INFORMATION
UNDERLINES = Underline.PLACE

# How a program is entered, after its name.
ENTERED = {
    Attach.XDP: "runs after a program that could not be followed to its end",
    Attach.DEVMAP: "runs on a packet that another program has redirected to a device (xdp/devmap)",
    Attach.CPUMAP: "runs on a packet that another program has redirected to a CPU (xdp/cpumap)",
    Attach.FREPLACE: "replaces a function of another program (freplace)",
    Attach.TAIL_CALL: "is entered by tail calls only",
}


def check(view: ProgramView) -> Iterator[Finding]:
    if view.counts_all or not any(view.reachable_calls()):
        return
    need = view.exploration.need
    needs = "" if need is None else f"{need} bytes on top of what was taken before: "
    yield view.finding(
        CODE,
        Severity.INFORMATION,
        f"{needs}{view.name} {ENTERED[view.attach]}",
        view.entry,
    )
