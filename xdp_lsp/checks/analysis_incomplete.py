"""The analysis could not follow the program all the way, and says what it assumed.

## What it finds
Places where the answer is wider than the program, or ends before it does: the budget of
steps was spent, an instruction or a call is not known, a tail call leads into a program
that is not in the object (or through an array that user space can change), debug
information is missing or corrupt. Each names what it was, where, and what was assumed
instead.

## Why it matters
Where the assumption covers every run, the number holds and may only be too large. Where
it does not (a tail call into another program), the need is that of the part that was
seen, and the verdict is unknown unless that part alone already asks too much.

## Example
```c
bpf_tail_call(ctx, &jmp_table, index);	/* what the next program prepends is not counted here */
```

## Use instead
For tail calls, fill the program array in the object (`.values = { ... }`), so that the
programs are known. For a spent budget, bound the loops, or check the length once more
next to the call. Compile with `-g` where line information is missing.

## When it cannot know
This is that page. `--strict` makes an unknown verdict count in the exit status.
"""

from __future__ import annotations

from collections.abc import Iterator

from xdp_lsp.checks.finding import Finding, Severity
from xdp_lsp.checks.underline import Underline
from xdp_lsp.checks.view import ProgramView

CODE = "analysis-incomplete"
SEVERITY = Severity.INFORMATION
UNDERLINES = Underline.PLACE


def check(view: ProgramView) -> Iterator[Finding]:
    for gap in view.exploration.gaps:
        consequence = (
            "with that the bounds hold; they may be wider than what happens"
            if gap.is_sound
            else "what happens from here on is not part of the need"
        )
        yield view.finding(
            CODE,
            Severity.INFORMATION,
            f"{gap.what}; assumed: {gap.assumed}",
            gap.pc,
            notes=(consequence,),
            subject=gap.what,
        )
