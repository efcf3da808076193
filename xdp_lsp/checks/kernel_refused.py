"""The kernel's verifier does not take the program.

## What it finds
What the verifier said when it refused a program, at the line that it said it of: in a log that
`xdp-lsp log` or an editor was given, or, with the setting `kernel-check`, from the running
kernel, which is asked to load each program for checking only.

Beside its words stand the registers that they name: what the kernel knew of each on the
path that it refused, and what our analysis says of it over all paths.

## Why it matters
The program cannot be loaded by this kernel; others may take it. Nothing is said by this
about headroom.

## Example
```c
if (bpf_xdp_adjust_head(ctx, -8))
        return XDP_DROP;
void *data = (void *)(long)ctx->data;
return *(__u8 *)data;	/* invalid access to packet, off=0 size=1 */
```

## Use instead
```c
if (data + 1 > (void *)(long)ctx->data_end)
        return XDP_DROP;
return *(__u8 *)data;
```
Pointers to the packet have to be read anew, and compared with `data_end` anew, after every
call that may move it.

## When it cannot know
The verifier stops at the first thing that it does not take: there may be more behind it.
Where it gave up (a program that is too large, a stack that is too deep) no line is to
blame, and the program's own is named.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from xdp_lsp.checks.finding import Finding, RelatedPlace, Severity
from xdp_lsp.checks.underline import Underline
from xdp_lsp.source import SourceRange
from xdp_lsp.vlog import Explanation, ProgramLog

CODE = "kernel-refused"
SEVERITY = Severity.ERROR
UNDERLINES = Underline.PLACE

_NO_WORDS = "the log ends before it says why"


class RegisterView(NamedTuple):
    """A register (`R1`) as the kernel last printed it, and as we know it there; empty where that is not known.

    `is_current`: what the kernel printed is all that it knew; else it may have learnt more since.
    """

    name: str
    kernel: str = ""
    ours: str = ""
    is_current: bool = True

    def __str__(self) -> str:
        if not self.kernel:
            return f"{self.name} is, by our analysis, {self.ours}"
        kernel = f"is {self.kernel}" if self.is_current else f"was {self.kernel} when it was last printed"
        ours = f"; by our analysis, over all paths, it is {self.ours}" if self.ours else ""
        return f"{self.name} {kernel}{ours}"


def refusal(
    log: ProgramLog,
    explanation: Explanation | None,
    registers: Iterable[RegisterView],
    place: SourceRange | None,
    *,
    program: str,
    where: str,
    related: tuple[RelatedPlace, ...] = (),
    kernel: str = "the kernel's verifier",
) -> Finding:
    """What `log`, of a program that was refused, says of `place`. `kernel` is who refused it."""
    first, *rest = log.message or (_reason(log),)
    notes = list(rest)
    notes += [str(view) for view in registers if view.kernel or view.ours]
    if log.diagnosis is not None and log.diagnosis.reason:
        notes.append(log.diagnosis.reason)
    elif explanation is not None:
        meaning = explanation.meaning.removesuffix(".")
        notes.append(meaning[:1].lower() + meaning[1:])
    return Finding(
        CODE,
        SEVERITY,
        f"{kernel} refuses {program or 'the program'}: {first}",
        place,
        program=program,
        where=where,
        notes=tuple(notes),
        suggestion=log.diagnosis.suggestion if log.diagnosis is not None else "",
        related=related,
        subject=program,
    )


def _reason(log: ProgramLog) -> str:
    return f"{log.reason}; {_NO_WORDS}" if log.reason else _NO_WORDS
