"""The result of a call that can fail is not looked at.

## What it finds
A call of `bpf_xdp_adjust_head`, `bpf_xdp_adjust_meta` or `bpf_xdp_pull_data` whose
return value decides nothing afterwards. For `bpf_xdp_adjust_head` it is a **warning**.
For the other two it is **information**: the comparison with `data` or `data_end` that
the kernel's verifier asks for before every access notices that the bytes are not there.

## Why it matters
The call fails where the driver has too little headroom, and where fewer than 14 bytes
of packet would remain. Nothing has moved then, and the program goes on as if it had: a
prepend that did not happen makes the new header overwrite the packet's own first bytes,
a decapsulation that did not happen sends the packet on with its outer header. Both pass
every bounds check.

## Example
```c
bpf_xdp_adjust_head(ctx, -(int)sizeof(struct iphdr));
data = (void *)(long)ctx->data;
data_end = (void *)(long)ctx->data_end;
if (data + sizeof(struct ethhdr) > data_end)	/* passes although nothing was prepended */
        return XDP_DROP;
```

## Use instead
```c
if (bpf_xdp_adjust_head(ctx, -(int)sizeof(struct iphdr)))
        return XDP_ABORTED;	/* seen by the xdp:xdp_exception tracepoint */
```

## When it cannot know
A result that is returned as the program's own return code, kept in a map or compared in
code that cannot be reached counts as the analysis sees it: what matters is whether any
branch depends on it.
"""

from __future__ import annotations

from collections.abc import Iterator

from xdp_lsp.checks.finding import Finding, Severity
from xdp_lsp.checks.underline import Underline
from xdp_lsp.checks.view import ADJUST_HEAD, ProgramView

CODE = "result-unchecked"
SEVERITY = Severity.WARNING
UNDERLINES = Underline.CALL


def check(view: ProgramView) -> Iterator[Finding]:
    for site in view.reachable_calls():
        if site.result_checked:
            continue
        moves_head = site.helper == ADJUST_HEAD
        prepends = site.delta is not None and site.delta.min < 0
        consequence = ", and what is written next overwrites the packet" if moves_head and prepends else ""
        yield view.finding(
            CODE,
            Severity.WARNING if moves_head else Severity.INFORMATION,
            f"the result of {site.helper} is not looked at: where it fails, nothing has moved{consequence}",
            site.pc,
            suggestion=f"if ({site.helper}(...)) return XDP_ABORTED;",
        )
