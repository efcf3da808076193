"""From what a user writes to numbers: `DRIVER[@KERNEL][:MODE][[CONDITION]]`, a group, or usable bytes.

`ixgbe`, `ice@6.1`, `veth:generic`, `igb[legacy-rx]`, `virtio_net@6.1[mergeable]`; the parts after the driver
may come in any order, capitals and `-` for `_` are taken, and a target prints in the order above. A group
(`mainstream`, ...) may take `@KERNEL` and then leaves out the drivers without XDP there. A plain number is
**usable** bytes, what a program can prepend (not the driver's headroom, which is 40 more): `152` and `152
bytes` both mean a target that takes a prepend of 152.

Without `@KERNEL` a target is the least over Linux 5.15 and every later release, or since the driver has XDP
if that is later. Without `[CONDITION]` it is the driver's default configuration. Where several profiles apply
(a change in a stable line, a choice that the host makes) the least counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache, lru_cache

from xdp_lsp.headroom.kernel import FLOOR, Kernel, metadata_limit_of, reserve_of
from xdp_lsp.headroom.profiles import (
    GENERIC,
    NATIVE,
    HeadroomProfile,
    drivers,
    environments,
    group_members,
    profiles,
)
from xdp_lsp.headroom.spec import (
    TargetError,
    TargetSpec,
    canonical,
    each_once,
    fold,
    nearest,
    parse,
    parse_bytes,
    quote,
)
from xdp_lsp.headroom.target import MetadataSupport, Target

DEFAULT_GROUP = "mainstream"
ALL_GROUP = "all"
_GROUP_ORDER = (DEFAULT_GROUP, "intel", "cloud", "virtual", "embedded", "outliers", ALL_GROUP)


def resolve(specs: Iterable[str]) -> tuple[Target, ...]:
    """The targets that `specs` name, each once, in the order given.

    Raises TargetError for the first one that names nothing.
    """
    return each_once(target for spec in specs for target in _resolve_one(spec))


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

    Its `usable` is the portable headroom of `targets`: what fits it fits them all. ValueError without
    targets.
    """
    return min(targets, key=lambda target: (target.headroom - target.reserve, target.spec))


def others(chosen: Sequence[Target]) -> tuple[Target, ...]:
    """The targets of `all` that were not chosen, those with the least usable bytes first.

    On the kernel of the chosen ones where they agree on one, else on the default range.
    """
    taken = {(target.driver, target.mode, target.condition) for target in chosen}
    kernels = {target.kernel for target in chosen}
    kernel = kernels.pop() if len(kernels) == 1 else ""
    candidates = resolve([f"{ALL_GROUP}@{kernel}" if kernel else ALL_GROUP])
    rest = (one for one in candidates if (one.driver, one.mode, one.condition) not in taken)
    return tuple(sorted(rest, key=lambda target: (target.usable, target.spec)))


def outliers(chosen: Sequence[Target]) -> tuple[Target, ...]:
    """Those of `others` that have less usable bytes than the least that was chosen."""
    least = portable(chosen).usable
    return tuple(target for target in others(chosen) if target.usable < least)


@lru_cache(maxsize=128)  # settings are read at each check, and name the same ones
def _resolve_one(text: str) -> tuple[Target, ...]:
    text = text.strip()
    if not text:
        raise TargetError("a target is empty; name a driver, a group or a number of usable bytes")
    usable = parse_bytes(text)
    if usable is not None:
        return (_usable_bytes(usable),)
    spec = parse(text)
    if fold(spec.name) in _GROUP_ORDER:
        return _resolve_group(spec)
    return (_resolve_driver(spec),)


def _usable_bytes(usable: int) -> Target:
    reserve = reserve_of(FLOOR)
    return Target(spec=f"{usable} bytes", driver="", headroom=usable + reserve, reserve=reserve, mode="")


def _resolve_group(spec: TargetSpec) -> tuple[Target, ...]:
    name, kernel = fold(spec.name), spec.kernel
    if spec.mode or spec.condition:
        raise TargetError(f"the group {name} takes no mode and no condition: name its drivers one by one")
    found = []
    for member in groups()[name]:
        driver, condition = split_member(member)
        target = _lookup(driver, kernel, implied_mode(driver), condition)
        if target is not None:
            found.append(target)
    if not found:
        raise TargetError(f"no driver of the group {name} leaves headroom to XDP programs on Linux {kernel}")
    return tuple(found)


def _resolve_driver(spec: TargetSpec) -> Target:
    name = driver_name(spec)
    if name == GENERIC and spec.mode not in ("", GENERIC):
        raise TargetError(f"{quote(spec.text)} contradicts itself: generic is a mode")
    mode = spec.mode or implied_mode(name)
    target = _lookup(name, spec.kernel, mode, spec.condition)
    if target is None:
        raise TargetError(_absence(name, mode, spec))
    return target


def driver_name(spec: TargetSpec) -> str:
    """The driver's own spelling of the name that `spec` gives. TargetError where there is no such driver."""
    wanted = fold(spec.name)
    names = _names()
    if wanted in names:
        return names[wanted]
    for environment in environments():
        if fold(environment.name) == wanted:
            raise TargetError(f"{environment.name} is not a driver: {environment.sentence}")
    hint = nearest(wanted, [*drivers(), *_GROUP_ORDER])
    hint = hint or "; for a driver without a native mode write `generic`"
    raise TargetError(f"unknown driver or group {quote(spec.name)}{hint}")


def implied_mode(name: str) -> str:
    """The mode of a target that gives none: native where the driver has it."""
    has_native_mode = any(profile.driver == name and profile.mode == NATIVE for profile in profiles())
    return NATIVE if has_native_mode else GENERIC


def split_member(member: str) -> tuple[str, str]:
    """Driver and condition of a group's member."""
    driver, _, condition = member.rstrip("]").partition("[")
    return driver, condition


@cache
def _names() -> dict[str, str]:
    """Drivers by every spelling: the module's name where no driver has it, and the driver's."""
    table = drivers().values()
    return {fold(driver.module): driver.name for driver in table if driver.module} | {
        fold(driver.name): driver.name for driver in table
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


def _least_metadata(candidates: Sequence[HeadroomProfile], since: Kernel) -> tuple[MetadataSupport, str]:
    """NO where some release in question refuses metadata, YES where all take it; the releases in words."""
    order = (MetadataSupport.NO, MetadataSupport.UNKNOWN, MetadataSupport.YES)
    least = min(candidates, key=lambda profile: order.index(profile.metadata_since(since)))
    support = least.metadata_since(since)
    return support, "yes" if support is MetadataSupport.YES else least.metadata


def _absence(name: str, mode: str, spec: TargetSpec) -> str:
    """Why a known driver has no profile for `spec`, and what it has instead."""
    holds_for = GENERIC if mode == GENERIC else name
    in_mode = [profile for profile in profiles() if profile.driver == holds_for and profile.mode == mode]
    if not in_mode:
        modes = [profile.mode for profile in profiles() if profile.driver == name]
        known = ", ".join(dict.fromkeys([*modes, GENERIC]))
        return f"{name} has no {mode} mode in the kernels read, 4.15 to 7.3 (it has: {known})"
    tags = dict.fromkeys(profile.condition for profile in in_mode if profile.condition)
    if spec.condition and spec.condition not in tags:
        known = ", ".join(tags) or "none"
        return f"{name} has no condition {spec.condition} in {mode} mode (it has: {known})"
    wanted = [p for p in in_mode if (p.condition == spec.condition if spec.condition else p.default)]
    there = [p for p in in_mode if spec.kernel is None or p.covers(spec.kernel)]
    where = f" on Linux {spec.kernel}" if spec.kernel is not None else ""
    ranges = ", ".join(profile.kernels for profile in wanted)
    alternatives = ", ".join(dict.fromkeys(canonical(name, spec.kernel, mode, p.condition) for p in there))
    return (
        f"no headroom is known of {canonical(name, None, mode, spec.condition)}{where}"
        + (f" (known: {ranges})" if ranges else " in a default configuration")
        + (f"; there is {alternatives}" if alternatives else "")
    )
