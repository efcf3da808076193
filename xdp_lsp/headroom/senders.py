"""Where a redirected frame goes: what the driver that sends it wants, and what a target leaves for that.

A frame keeps `headroom - sizeof(struct xdp_frame)` bytes of what the program left, metadata among them
(include/net/xdp.h, xdp_update_frame_from_buff(), l.285 in 6.1.192; the same from 4.18 to 7.3). Some drivers put a
header of their own there before they send, and drop the frame where it does not fit. A sender is written like a
target, without a mode: `virtio_net`, `virtio_net@6.1[hash-report]`, a group, or the number of bytes that are wanted.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from xdp_lsp.headroom.kernel import FLOOR, Kernel
from xdp_lsp.headroom.profiles import (
    GENERIC,
    NATIVE,
    ZEROCOPY,
    SenderProfile,
    profiles,
    sender_profiles,
)
from xdp_lsp.headroom.resolve import driver_name, groups, split_member
from xdp_lsp.headroom.spec import TargetError, canonical, each_once, fold, parse, parse_bytes, quote
from xdp_lsp.headroom.target import Target

# Receivers that copy a redirected packet into a buffer of its own, with so many bytes before it: by driver and
# condition. drivers/net/ethernet/google/gve/gve_rx.c, gve_xdp_redirect() (7.3).
_COPYING = {("gve", "gqi"): 256}


class Sender(NamedTuple):
    """A driver that frames are redirected to. `wants` is in bytes of frame->headroom, 0 for most drivers.

    `driver` is empty where the user gave bytes; without a kernel in `spec`, `wants` is the most on Linux 5.15 and
    later.
    """

    spec: str
    driver: str
    wants: int
    source: str = ""
    confidence: str = "high"


def resolve_senders(specs: Iterable[str]) -> tuple[Sender, ...]:
    """The senders that `specs` name, each once, in the order given.

    Raises TargetError for the first one that names nothing.
    """
    return each_once(sender for spec in specs for sender in _resolve_one(spec))


def wanted_by(driver: str, kernel: Kernel | None = None) -> int:
    """The bytes that `driver` wants in its default configuration."""
    return _sender(driver, kernel, "").wants


def shortfall_to_send(target: Target, least: int, most: int, wants: int) -> int:
    """How many bytes are missing to send frames that `target` received and a program redirects; 0 where it fits.

    From `least` to `most` bytes are gone from the headroom when a frame leaves (the sum of the prepends less the
    trims, metadata not counted). Where `target` refuses the prepends there is no such frame.
    """
    usable = target.headroom - target.reserve
    # Below the reserve every call fails, and no packet becomes a frame, not even one that nothing was taken from.
    gone = 0 if usable < 0 and least <= 0 <= most else min(most, usable)
    if least > gone:
        return 0
    if target.mode == GENERIC:  # an skb, which the ordinary path sends (net/core/filter.c, generic_xdp_tx())
        return 0
    if target.mode == ZEROCOPY:  # a clone without headroom (net/core/xdp.c, xdp_convert_zc_to_xdp_frame())
        return wants
    copied = _COPYING.get((target.driver, target.condition))
    if copied is not None:
        return max(0, wants - (copied - target.reserve))
    return max(0, gone + wants - usable)


def _resolve_one(text: str) -> tuple[Sender, ...]:
    text = text.strip()
    if not text:
        raise TargetError("a sender is empty; name a driver, a group or the number of bytes that it wants")
    wants = parse_bytes(text)
    if wants is not None:
        return (Sender(f"{wants} bytes", "", wants),)
    spec = parse(text)
    if spec.mode:
        raise TargetError(f"{quote(text)} gives a mode: what a driver wants to send does not depend on one")
    members = groups().get(fold(spec.name))
    if members is None:
        return (_sender(driver_name(spec), spec.kernel, spec.condition),)
    if spec.condition:
        raise TargetError(f"the group {fold(spec.name)} takes no condition: name its drivers one by one")
    return tuple(_sender(split_member(member)[0], spec.kernel, "") for member in members)


@cache
def _sender(driver: str, kernel: Kernel | None, condition: str) -> Sender:
    own = [profile for profile in sender_profiles() if profile.driver == driver]
    if condition in {profile.condition for profile in profiles() if profile.driver == driver}:
        condition = ""  # of how the driver receives
    elif condition and condition not in {profile.condition for profile in own}:
        known = ", ".join(profile.condition for profile in own if profile.condition) or "none"
        raise TargetError(f"{driver} has no condition {condition} for sending (it has: {known})")
    spec = canonical(driver, kernel, GENERIC if driver == GENERIC else NATIVE, condition)
    candidates = [
        profile
        for profile in own
        if (profile.condition == condition if condition else profile.default) and _holds(profile, kernel)
    ]
    if not candidates:
        return Sender(spec, driver, 0)
    most = max(candidates, key=lambda profile: profile.wants)
    return Sender(spec, driver, most.wants, most.source, most.confidence)


def _holds(profile: SenderProfile, kernel: Kernel | None) -> bool:
    return profile.last >= FLOOR if kernel is None else profile.first <= kernel <= profile.last
