"""A program does not keep what its source promises of headroom, or nothing shows that it
does.

## What it finds
A contract that is broken, one that cannot be shown to be kept, and one that is not
understood. There are two:

- `prepends at most N`: the need, the largest sum of prepends and metadata that any call
  reaches or tries, is at most N bytes. It compares with a target's usable bytes. What a
  fallback would do with less does not count: the larger prepend may succeed.
- `must fit TARGETS`: the verdict for these targets (written as for `--target`, with
  commas) is `fits`, whichever targets are chosen in the settings. A call that fails on
  one of them is forgiven where the program falls back to a prepend that fits.

A promise that nothing shows to be kept is an **error** like a broken one: where the
length is not bounded, where a tail call leads into an unknown program, where the bound
rests on the value of a `const volatile` variable that the loader may set.
A contract that belongs to no XDP program is a **warning**.

## Why it matters
`bpf_xdp_adjust_head` fails at run time, on the other vendor's card. A contract says in
the source what those who deploy the program count on, and the change that breaks it is
told to the one who makes it. The macros leave it in the object as well (`btf_decl_tag`
in `.BTF`, which `llvm-strip -g` and the kernel keep), where a loader finds it and
`xdp-lsp check prog.o` checks it without the source.

## Example
```c
#include <xdp_contract.h>	/* or a copy: xdp-lsp contract-header > xdp_contract.h */

SEC("xdp") XDP_PREPENDS_AT_MOST(64) XDP_MUST_FIT("mainstream, sfc")
int encap(struct xdp_md *ctx)
{
        if (bpf_xdp_adjust_head(ctx, -72))	/* `prepends at most 64` is broken: encap needs 72 bytes */
                return XDP_ABORTED;
```
Without the header, as a comment above the program or on a line of its declaration:
```c
/* xdp-lsp: prepends at most 64; must fit mainstream, sfc */
SEC("xdp") int encap(struct xdp_md *ctx)
```

## Use instead
Bound what the program prepends, on every path:
```c
if (len > 64)
        return XDP_DROP;
```
or promise what it needs, and tell those who rely on it. N may be a sum such as
`(20 + 8)` and come from a macro; `sizeof` cannot stand in it, for a contract is text.
Compilers that do not know `btf_decl_tag` (clang before 14, GCC before 16) drop the
macros; loaders with libbpf before 0.6 refuse objects with them: use comments there.

## When it cannot know
Programs that start with what another program left (`freplace`, `xdp/devmap`,
`xdp/cpumap`, those entered by tail calls): `prepends at most N` counts from where the
program starts, wherever that is. `must fit` counts from the driver's headroom, so it
cannot be shown for them unless the program before is known, by a program array that the
object fills or by `--chain`. Programs that they tail call count as theirs. Whether a
driver takes metadata at all, and what a driver that sends wants (`redirect-to`), is no
part of a contract. On a function that is no XDP program a contract is checked nowhere;
on one that is inlined, a macro leaves no trace. An object that was built without `-g`
has none of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from xdp_lsp.checks.contract import HeldContract
from xdp_lsp.checks.finding import Finding, RelatedPlace, Severity
from xdp_lsp.checks.underline import Underline
from xdp_lsp.checks.view import ProgramView

CODE = "contract-broken"
SEVERITY = Severity.ERROR
UNDERLINES = Underline.PLACE


def check(view: ProgramView) -> Iterator[Finding]:
    for held in view.contracts:
        if not held.kept:
            yield _finding(view, held)


def _finding(view: ProgramView, held: HeldContract) -> Finding:
    breach = held.breach
    what = "cannot be shown" if held.kept is None else "is broken"
    related: tuple[RelatedPlace, ...] = ()
    notes = held.notes
    if breach is not None:
        place = view.place(breach.pc)
        if place is not None:
            related = (RelatedPlace(place, breach.text),)
        else:
            notes = (f"at {view.where(breach.pc)}: {breach.text}", *notes)
        if breach.site is not None:
            related += tuple(one for one in view.related(breach.site) if one.range != place)
    finding = view.finding(
        CODE,
        SEVERITY,
        f"`{held.contract.text}` {what}: {held.reason}",
        # A run that shows it is looked for at the call, as far as that call is the one that was explored.
        breach.pc if breach and breach.site in view.exploration.calls else view.entry,
        notes=notes,
        suggestion=held.suggestion,
        related=related,
        subject=held.contract.text,
        weight=breach.site.demand.max if breach and breach.site and breach.site.demand else 0,
    )
    return finding._replace(range=held.place)
