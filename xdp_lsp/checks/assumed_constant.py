"""The answer rests on the initial value of a variable that the loader may set.

## What it finds
A `const volatile` global with a non-zero initial value that the length of a prepend, or
a check on it, depends on. The value is used as it stands in the object, and the finding
says what the need is if the variable may hold any value of its type.

## Why it matters
`const volatile` variables live in `.rodata`, which loaders fill in before the program
is loaded (`skel->rodata->limit = 64`): the number in the object is a default, not a
promise.

## Example
```c
const volatile __u32 limit = 64;

if (len > limit)
        return XDP_DROP;
if (bpf_xdp_adjust_head(ctx, -(int)len))	/* 64 bytes, unless the loader sets another limit */
        return XDP_ABORTED;
```

## Use instead
Where the value is not meant to be set, drop the `volatile` or use a macro. Where it is,
bound it in the program too:
```c
if (len > limit || len > 152)
        return XDP_DROP;
```

## When it cannot know
What the loader does. A `const volatile` variable that is zero in the object is a
setting waiting to be set: it is taken to hold any value, without this finding.
"""

from __future__ import annotations

from collections.abc import Iterator

from xdp_lsp.checks.finding import Finding, Severity
from xdp_lsp.checks.underline import Underline
from xdp_lsp.checks.view import ProgramView

CODE = "assumed-constant"
SEVERITY = Severity.INFORMATION
UNDERLINES = Underline.PLACE


def check(view: ProgramView) -> Iterator[Finding]:
    told: set[tuple[str, str]] = set()
    for constant in view.exploration.assumed:
        if (constant.section, constant.name) in told:
            continue
        told.add((constant.section, constant.name))
        yield view.finding(
            CODE,
            Severity.INFORMATION,
            f"{constant.name} is taken to be {constant.value}, its initial value in {constant.section}, "
            f"which the loader may change; {_otherwise(view)}",
            constant.pc,
            subject=constant.name,
        )


def _otherwise(view: ProgramView) -> str:
    need = view.exploration.need_for_any_constant
    if need is None:
        return "for any value, the need is unbounded"
    if need == view.exploration.need:
        return f"for any value, the need stays {need} bytes"
    return f"for any value, the need is {need} bytes"
