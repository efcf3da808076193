"""A redirected frame may have too little headroom left for the driver that sends it.

## What it finds
A call of `bpf_redirect` or `bpf_redirect_map` after which the frame may leave with
fewer bytes in front of it than the driver that sends it wants. It is looked for only
where `redirect-to` (or `--redirect-to`) names that driver.

- **error**: every frame redirected here is too short of headroom for some target.
- **warning**: some frame may be. The number is for the largest sum of prepends that can
  stand when the program ends.

A map of sockets (XSKMAP) or CPUs leads to no driver, and is passed over.

## Why it matters
Some drivers put a header of their own before the frame: virtio_net 12 bytes, lan966x
28, dpaa2 up to 128 (`xdp-lsp drivers` tells). Where it does not fit they refuse the
frame, and it is dropped after the program has returned, where only the tracepoint
`xdp_devmap_xmit` sees it. A prepend that the receiving driver has room for can be too
long for the one that sends. Where the receiver's headroom is under the kernel's reserve
(Intel's legacy-rx) no packet can be redirected at all.

## Example
```c
if (bpf_xdp_adjust_head(ctx, -150))	/* fits ixgbe, which has 152 */
        return XDP_ABORTED;
return bpf_redirect(ifindex, 0);	/* 2 bytes are left for virtio_net, which wants 12 */
```

## Use instead
Prepend as much less as the sender wants: 140 bytes here. Or trim what is not needed
before prepending, or pass the packet (`XDP_PASS`) where the encapsulation is too long:
the stack makes room.

## When it cannot know
Which device a map or an interface number leads to: every redirect is held against the
sender that wants most. Calls that move the packet after the redirect are counted
whether or not that redirect is the one that stands. A frame that a program of a devmap
handles again is sent with what that one leaves. `XDP_TX` goes out by the driver that
received the packet, and is not looked at. In generic mode the stack makes room, so
nothing is said of those targets; frames of zero-copy targets are cloned without
headroom.
"""

from __future__ import annotations

from collections.abc import Iterator

from xdp_lsp.checks.finding import Finding, RelatedPlace, Severity
from xdp_lsp.checks.underline import Underline
from xdp_lsp.checks.view import ADJUST_HEAD, MOST_RELATED, ProgramView, by_amount
from xdp_lsp.headroom import Sender, Target
from xdp_lsp.verifier.result import Redirect

CODE = "redirect-headroom"
SEVERITY = Severity.WARNING
UNDERLINES = Underline.PLACE


def check(view: ProgramView) -> Iterator[Finding]:
    sender = view.sender
    if sender is None:
        return
    for redirect in view.exploration.redirects:
        short = [(view.shortage(target, redirect), target) for target in view.targets]
        lacking = [(amount.max, target) for amount, target in short if amount.max]
        if lacking:
            always = any(amount.min for amount, _ in short)
            yield _finding(view, redirect, sender, lacking, always=always)


def _finding(
    view: ProgramView,
    redirect: Redirect,
    sender: Sender,
    lacking: list[tuple[int, Target]],
    *,
    always: bool,
) -> Finding:
    amount, worst = max(lacking, key=lambda pair: (pair[0], pair[1].spec))
    left = sender.wants - amount
    on = f"{'on' if worst.driver else 'with'} {worst.spec}"
    if left < 0:
        message = (
            f"no frame can be redirected here {on}, whose headroom of {worst.headroom} is under the "
            f"{worst.reserve} bytes that the kernel keeps"
        )
    else:
        by = sender.spec if sender.driver else "the driver that sends it"
        message = (
            f"{'leaves' if always else 'may leave'} {left} bytes for {by}, which wants {sender.wants} "
            f"to send (short by {amount} {on})"
        )
    return view.finding(
        CODE,
        Severity.ERROR if always else Severity.WARNING,
        message,
        redirect.pc,
        notes=by_amount((amount, target.spec) for amount, target in lacking),
        suggestion=_suggestion(sender, redirect, lacking),
        related=_prepends(view) if left >= 0 and redirect.taken[-1].max > 0 else (),
        weight=amount,
    )


def _suggestion(sender: Sender, redirect: Redirect, lacking: list[tuple[int, Target]]) -> str:
    room = min(target.usable for _, target in lacking) - sender.wants
    if room <= 0 or redirect.taken[-1].max <= room:
        return ""
    return f"prepend at most {room} bytes in all to a frame that is redirected"


def _prepends(view: ProgramView) -> tuple[RelatedPlace, ...]:
    """The calls that may have taken what is missing."""
    places: dict[RelatedPlace, None] = {}
    for site in view.reachable_calls():
        place = view.place(site.pc)
        if place is not None and site.helper == ADJUST_HEAD and site.delta is not None and site.delta.min < 0:
            upto = "" if site.delta.is_constant else "up to "
            places[RelatedPlace(place, f"prepends {upto}{-site.delta.min} bytes")] = None
    return tuple(places)[:MOST_RELATED]
