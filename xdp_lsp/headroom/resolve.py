"""From what a user writes to numbers: `DRIVER[@KERNEL][:MODE][[CONDITION]]`, a group, or usable bytes.

`ixgbe`, `ice@6.1`, `veth:generic`, `igb[legacy-rx]`, `virtio_net@6.1[mergeable]`; the parts after the driver may
come in any order, capitals and `-` for `_` are taken, and a target prints in the order above. A group
(`mainstream`, ...) may take `@KERNEL` and then leaves out the drivers without XDP there. A plain number is
**usable** bytes, what a program can prepend (not the driver's headroom, which is 40 more): `152` and `152 bytes`
both mean a target that takes a prepend of 152.

Without `@KERNEL` a target is the least over Linux 5.15 and every later release, or since the driver has XDP if
that is later. Without `[CONDITION]` it is the driver's default configuration. Where several profiles apply (a
change in a stable line, a choice that the host makes) the least counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

from xdp_lsp.headroom.kernel import FLOOR, Kernel, metadata_limit_of, reserve_of
from xdp_lsp.headroom.profiles import (
    GENERIC,
    MODES,
    NATIVE,
    HeadroomProfile,
    conditions,
    drivers,
    environments,
    group_members,
    profiles,
)
from xdp_lsp.headroom.target import MetadataSupport, Target

DEFAULT_GROUP = "mainstream"
ALL_GROUP = "all"
_GROUP_ORDER = (DEFAULT_GROUP, "intel", "cloud", "virtual", "embedded", "outliers", ALL_GROUP)

# More than any frame: include/uapi/linux/if_ether.h, ETH_MAX_MTU.
_MOST_BYTES = 65_535

# ip-link(8) and libxdp write the modes so.
_MODE_ALIASES = {
    "drv": NATIVE,
    "xdpdrv": NATIVE,
    "skb": GENERIC,
    "xdpgeneric": GENERIC,
    "zc": "zerocopy",
    "zero-copy": "zerocopy",
}

_NUMBER = re.compile(r"(-?\d+)\s*(?:b|bytes?)?", re.ASCII | re.IGNORECASE)
_TARGET = re.compile(r"([^@:\[\]]+)((?:@[^@:\[\]]+|:[^@:\[\]]+|\[[^\[\]]+\]\s*)*)")
_PART = re.compile(r"@([^@:\[\]]+)|:([^@:\[\]]+)|\[([^\[\]]+)\]")


class TargetError(ValueError):
    """A target that cannot be resolved; the message is one sentence for the user."""


class _Request(NamedTuple):
    """A target as written, its parts found but not looked up."""

    text: str
    name: str
    kernel: Kernel | None
    mode: str  # "" where not given
    condition: str  # likewise


def resolve(specs: Iterable[str]) -> tuple[Target, ...]:
    """The targets that `specs` name, each once, in the order given.

    Raises TargetError for the first one that names nothing.
    """
    found: dict[str, Target] = {}
    for spec in specs:
        for target in _resolve_one(spec):
            found.setdefault(target.spec, target)
    return tuple(found.values())


@cache
def default_targets() -> tuple[Target, ...]:
    """The members of `mainstream`."""
    return resolve([DEFAULT_GROUP])


@cache
def groups() -> dict[str, tuple[str, ...]]:
    """The members of every group as targets, `mainstream` first and `all` last."""
    members = group_members()
    table = {
        name: tuple(member.target for member in members if name in member.groups)
        for name in _GROUP_ORDER[:-1]
    }
    table[ALL_GROUP] = tuple(member.target for member in members)
    return table


def portable(targets: Sequence[Target]) -> Target:
    """The target with the least headroom for a program, the first by name where several are level.

    Its `usable` is the portable headroom of `targets`: what fits it fits them all. ValueError without targets.
    """
    return min(targets, key=lambda target: (target.headroom - target.reserve, target.spec))


def outliers(chosen: Sequence[Target]) -> tuple[Target, ...]:
    """The targets of `all` that were not chosen and have less usable bytes than the least that was.

    On the kernel of the chosen ones where they agree on one, else on the default range. Least first.
    """
    least = portable(chosen).usable
    taken = {(target.driver, target.mode, target.condition) for target in chosen}
    kernels = {target.kernel for target in chosen}
    kernel = kernels.pop() if len(kernels) == 1 else ""
    candidates = resolve([f"{ALL_GROUP}@{kernel}" if kernel else ALL_GROUP])
    narrower = (
        target
        for target in candidates
        if target.usable < least and (target.driver, target.mode, target.condition) not in taken
    )
    return tuple(sorted(narrower, key=lambda target: (target.usable, target.spec)))


def canonical(name: str, kernel: Kernel | None, mode: str, condition: str) -> str:
    """How a target is printed."""
    implied = GENERIC if name == GENERIC else NATIVE
    return (
        name
        + (f"@{kernel}" if kernel is not None else "")
        + (f":{mode}" if mode != implied else "")
        + (f"[{condition}]" if condition else "")
    )


def _resolve_one(spec: str) -> tuple[Target, ...]:
    text = spec.strip()
    if number := _NUMBER.fullmatch(text):
        return (_usable_bytes(number[1]),)
    request = _parse(text)
    if _fold(request.name) in _GROUP_ORDER:
        return _resolve_group(request)
    return (_resolve_driver(request),)


def _usable_bytes(digits: str) -> Target:
    # Lengths first: int() refuses thousands of digits with an error of its own.
    if digits.startswith("-") or len(digits) > len(str(_MOST_BYTES)) or int(digits) > _MOST_BYTES:
        raise TargetError(f"a target in bytes is a number from 0 to {_MOST_BYTES}, not {_quote(digits)}")
    usable = int(digits)
    reserve = reserve_of(FLOOR)
    return Target(spec=f"{usable} bytes", driver="", headroom=usable + reserve, reserve=reserve, mode="")


def _parse(text: str) -> _Request:
    if not text:
        raise TargetError("a target is empty; name a driver, a group or a number of usable bytes")
    match = _TARGET.fullmatch(text)
    if match is None:
        raise TargetError(f"{_quote(text)} is not a target: write DRIVER[@KERNEL][:MODE][[CONDITION]]")
    given: dict[str, str] = {}
    for kernel, mode, condition in _PART.findall(match[2]):
        for part, value in (("kernel", kernel), ("mode", mode), ("condition", condition)):
            if not value:
                continue
            if part in given:
                raise TargetError(f"{_quote(text)} gives two {part}s")
            given[part] = value.strip()
    try:
        kernel_asked = Kernel.parse(given["kernel"]) if "kernel" in given else None
    except ValueError:
        raise TargetError(
            f"{_quote(text)} asks for the kernel {_quote(given['kernel'])}; write a release such as 6.1"
        ) from None
    return _Request(
        text=text,
        name=match[1].strip(),
        kernel=kernel_asked,
        mode=_mode(given.get("mode", ""), text),
        condition=_condition(given.get("condition", ""), text),
    )


def _mode(word: str, text: str) -> str:
    mode = _MODE_ALIASES.get(_fold(word), _fold(word))
    if mode and mode not in MODES:
        raise TargetError(f"{_quote(text)} asks for the mode {_quote(word)}; modes are {', '.join(MODES)}")
    return mode


def _condition(word: str, text: str) -> str:
    tag = _fold(word)
    if tag and tag not in conditions():
        raise TargetError(
            f"{_quote(text)} has the unknown condition {_quote(word)}{_nearest(tag, conditions())}"
        )
    return tag


def _resolve_group(request: _Request) -> tuple[Target, ...]:
    name, kernel = _fold(request.name), request.kernel
    if request.mode or request.condition:
        raise TargetError(f"the group {name} takes no mode and no condition: name its drivers one by one")
    found = []
    for member in groups()[name]:
        driver, _, condition = member.rstrip("]").partition("[")
        target = _lookup(driver, kernel, GENERIC if driver == GENERIC else NATIVE, condition)
        if target is not None:
            found.append(target)
    if not found:
        raise TargetError(f"no driver of the group {name} leaves headroom to XDP programs on Linux {kernel}")
    return tuple(found)


def _resolve_driver(request: _Request) -> Target:
    name = _driver_name(request)
    has_native_mode = any(profile.driver == name for profile in profiles())
    if name == GENERIC and request.mode not in ("", GENERIC):
        raise TargetError(f"{_quote(request.text)} contradicts itself: generic is a mode")
    mode = request.mode or (NATIVE if has_native_mode and name != GENERIC else GENERIC)
    target = _lookup(name, request.kernel, mode, request.condition)
    if target is None:
        raise TargetError(_absence(name, mode, request))
    return target


def _driver_name(request: _Request) -> str:
    wanted = _fold(request.name)
    names = _names()
    if wanted in names:
        return names[wanted]
    for environment in environments():
        if _fold(environment.name) == wanted:
            raise TargetError(f"{environment.name} is not a driver. {environment.sentence}")
    hint = _nearest(wanted, [*names, *_GROUP_ORDER])
    if not hint:
        hint = (
            "; a driver that `xdp-lsp drivers` does not list runs programs in generic mode: write `generic`"
        )
    raise TargetError(f"unknown driver or group {_quote(request.name)}{hint}")


@cache
def _names() -> dict[str, str]:
    """Drivers by every spelling: the module's name where no driver has it, and the driver's."""
    table = drivers().values()
    return {_fold(driver.module): driver.name for driver in table if driver.module} | {
        _fold(driver.name): driver.name for driver in table
    }


def _lookup(name: str, kernel: Kernel | None, mode: str, condition: str) -> Target | None:
    """The target, or None where no profile applies."""
    holds_for = GENERIC if mode == GENERIC else name
    candidates = [
        profile
        for profile in profiles()
        if profile.driver == holds_for
        and profile.mode == mode
        and (profile.condition == condition if condition else profile.default)
        and (profile.covers(kernel) if kernel is not None else profile.reaches(FLOOR))
    ]
    if not candidates:
        return None
    since = kernel or FLOOR
    first = kernel or max(FLOOR, min(profile.first for profile in candidates))
    # Of level ones the one that holds longest.
    worst = max(candidates, key=lambda profile: (-profile.headroom, profile.last))
    metadata, metadata_kernels = _least_metadata(candidates, since)
    tags = {profile.condition for profile in candidates}
    shown = condition or (tags.pop() if len(tags) == 1 else "")
    return Target(
        spec=canonical(name, kernel, mode, shown),
        driver=name,
        headroom=worst.headroom,
        reserve=reserve_of(first),
        metadata=metadata,
        metadata_limit=metadata_limit_of(first),
        kernel=str(kernel) if kernel is not None else "",
        mode=mode,
        condition=worst.condition,
        source=worst.source,
        confidence=worst.confidence,
        kernels=worst.kernels,
        metadata_kernels=metadata_kernels,
    )


def _least_metadata(profiles_: Sequence[HeadroomProfile], since: Kernel) -> tuple[MetadataSupport, str]:
    """NO where some release in question refuses metadata, YES where all take it; the releases in words."""
    order = (MetadataSupport.NO, MetadataSupport.UNKNOWN, MetadataSupport.YES)
    least = min(profiles_, key=lambda profile: order.index(profile.metadata_since(since)))
    support = least.metadata_since(since)
    return support, "yes" if support is MetadataSupport.YES else least.metadata


def _absence(name: str, mode: str, request: _Request) -> str:
    """Why a known driver has no profile for a request, and what it has instead."""
    of_driver = [
        profile for profile in profiles() if profile.driver == (GENERIC if mode == GENERIC else name)
    ]
    in_mode = [profile for profile in of_driver if profile.mode == mode]
    if not in_mode:
        known = ", ".join(dict.fromkeys([*(profile.mode for profile in of_driver), GENERIC]))
        return f"{name} has no {mode} mode in the kernels read, 4.15 to 7.3 (it has: {known})"
    if request.condition and all(profile.condition != request.condition for profile in in_mode):
        tags = (
            ", ".join(dict.fromkeys(profile.condition for profile in in_mode if profile.condition)) or "none"
        )
        return f"{name} has no condition {request.condition} in {mode} mode (it has: {tags})"
    wanted = [p for p in in_mode if (p.condition == request.condition if request.condition else p.default)]
    there = [p for p in in_mode if request.kernel is None or p.covers(request.kernel)]
    where = f" on Linux {request.kernel}" if request.kernel is not None else ""
    ranges = ", ".join(profile.kernels for profile in wanted)
    alternatives = ", ".join(dict.fromkeys(canonical(name, request.kernel, mode, p.condition) for p in there))
    return (
        f"no headroom is known of {canonical(name, None, mode, request.condition)}{where}"
        + (f" (known: {ranges})" if ranges else " in a default configuration")
        + (f"; there is {alternatives}" if alternatives else "")
    )


def _fold(name: str) -> str:
    return name.strip().lower().replace("_", "-")


def _nearest(wanted: str, known: Iterable[str]) -> str:
    # Imported for the error only: it would double the time that loading the tables takes.
    from difflib import get_close_matches  # noqa: PLC0415

    close = get_close_matches(wanted, list(known), n=1)
    if not close:
        return ""
    return f"; did you mean `{_names().get(close[0], close[0])}`?"


def _quote(text: str) -> str:
    """What the user wrote, fit for one line."""
    shown = text if len(text) <= 60 else text[:57] + "..."
    return "`" + "".join(c if c.isprintable() else "?" for c in shown) + "`"
