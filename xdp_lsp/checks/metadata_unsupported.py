"""A chosen target refuses the metadata that the program asks for.

## What it finds
A call of `bpf_xdp_adjust_meta` where the driver of a chosen target does not support
metadata, where the metadata can be longer than the kernel of a target allows (32 bytes
up to Linux 6.7, 252 from 6.8 on), or where its length is not a multiple of four, which
every kernel refuses.

## Why it matters
The helper returns an error for every packet there (`-ENOTSUPP` or `-EACCES`). Programs
commonly drop the packet or skip the feature then, on some cards only.

## Example
```c
if (bpf_xdp_adjust_meta(ctx, -(int)sizeof(struct meta)))
        return XDP_ABORTED;	/* every packet, on drivers without metadata */
```

## Use instead
Treat metadata as something that may be missing: go on without it where the call fails,
and let the consumer compare `data_meta` with `data`. Or leave the drivers that do not
support it out of the targets.

## When it cannot know
Support differs by mode and kernel. For drivers whose support is not known, nothing is
said. A call whose result is looked at is told as information, for the program may well
go on without; whether it does is not followed.
"""

from __future__ import annotations

from collections.abc import Iterator

from xdp_lsp.checks.finding import Finding, Severity
from xdp_lsp.checks.underline import Underline
from xdp_lsp.checks.view import ADJUST_META, ProgramView
from xdp_lsp.headroom import MetadataSupport, Target
from xdp_lsp.verifier.result import CallSite

CODE = "metadata-unsupported"
SEVERITY = Severity.WARNING
UNDERLINES = Underline.CALL


def check(view: ProgramView) -> Iterator[Finding]:
    for site in view.reachable_calls():
        if site.helper == ADJUST_META and site.delta is not None and site.delta.min < 0:
            yield from _unsupported(view, site)
            yield from _too_long(view, site)
            yield from _misaligned(view, site)


def _unsupported(view: ProgramView, site: CallSite) -> Iterator[Finding]:
    refusing: dict[str, list[str]] = {}
    for target in view.targets:
        if target.metadata is MetadataSupport.NO:
            refusing.setdefault(_when(target), []).append(target.spec)
    if refusing:
        count = sum(map(len, refusing.values()))
        yield view.finding(
            CODE,
            # A program that looks at the result can go on without; one that does not works with what is not there.
            Severity.INFORMATION if site.result_checked else Severity.WARNING,
            f"this call fails on {count} of {len(view.targets)} targets: their drivers refuse metadata, "
            "on all or some kernels",
            site.pc,
            notes=tuple(f"{when}: {', '.join(sorted(refusing[when]))}" for when in sorted(refusing)),
            suggestion="go on without metadata where the call fails",
            subject="support",
        )


def _when(target: Target) -> str:
    """On which kernels the driver of `target` refuses metadata."""
    if target.metadata_kernels in ("", "no"):
        return "no metadata on any kernel"
    return target.metadata_kernels.replace("no up to", "no metadata up to")


def _too_long(view: ProgramView, site: CallSite) -> Iterator[Finding]:
    if site.metadata is None:
        return
    longest = site.metadata.max
    refusing = [
        target
        for target in view.targets
        if target.metadata is not MetadataSupport.NO and target.metadata_limit < longest
    ]
    if refusing:
        limit = min(target.metadata_limit for target in refusing)
        allowed = (
            f"kernels before 6.8 allow {limit}" if limit < 252 else f"no kernel allows more than {limit}"
        )
        yield view.finding(
            CODE,
            Severity.WARNING,
            f"{'has' if site.metadata.is_constant else 'may have'} {longest} bytes of metadata here; "
            f"{allowed}",
            site.pc,
            notes=(f"refused on: {', '.join(sorted(target.spec for target in refusing))}",),
            subject="length",
            weight=longest,
        )


def _misaligned(view: ProgramView, site: CallSite) -> Iterator[Finding]:
    # include/net/xdp.h xdp_metalen_invalid(): metalen & (sizeof(__u32) - 1), the same from 4.15 to 7.3.
    if site.metadata is not None and site.metadata.is_constant and site.metadata.min % 4:
        yield view.finding(
            CODE,
            Severity.WARNING,
            f"{site.metadata.min} bytes of metadata are not a multiple of 4: every kernel refuses this call",
            site.pc,
            suggestion=f"round up to {(site.metadata.min + 3) // 4 * 4} bytes",
            subject="alignment",
        )
