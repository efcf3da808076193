"""A comment is meant to silence a finding, and does not.

## What it finds
A comment of the form `xdp-lsp: allow(CODE) reason` that silences nothing: there is no
finding of that code on its line or the line below it, it gives no reason, or no check
has that code.

## Why it matters
A silencer that is left behind hides the next finding at its place, which nobody has
looked at.

## Example
```c
/* xdp-lsp: allow(prepend-unbounded) */		<- no reason: the finding stands
if (bpf_xdp_adjust_head(ctx, -(int)c->len))
        return XDP_ABORTED;
```

## Use instead
```c
/* xdp-lsp: allow(prepend-unbounded) the control plane writes at most 60, see conf.c */
if (bpf_xdp_adjust_head(ctx, -(int)c->len))
        return XDP_ABORTED;
```
Several codes stand in one pair of parentheses, with commas. After code, a comment is
for its own line; on a line of its own, for the next line of code.

## When it cannot know
Of a file that is compiled in several configurations a comment is unused where none of
them needs it; nothing is told where not all of them were checked. In headers, whose code may
be another file's, an unused comment is not told, only one without a reason or with an
unknown code.
"""

from __future__ import annotations

from xdp_lsp.checks.finding import Severity
from xdp_lsp.checks.underline import Underline

CODE = "unused-suppression"
SEVERITY = Severity.INFORMATION
UNDERLINES = Underline.PLACE
