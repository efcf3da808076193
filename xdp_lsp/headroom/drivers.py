"""The table of `xdp-lsp drivers`: profiles as plain records, selected and in order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from xdp_lsp.headroom.kernel import FLOOR, OPEN, Kernel, reserve_of
from xdp_lsp.headroom.profiles import (
    GENERIC,
    ZEROCOPY,
    HeadroomProfile,
    conditions,
    drivers,
    group_members,
    profiles,
)
from xdp_lsp.headroom.resolve import ALL_GROUP, driver_name, groups, implied_mode, split_member
from xdp_lsp.headroom.senders import wanted_by
from xdp_lsp.headroom.spec import canonical, fold, parse, parse_kernel, parse_mode


class DriverRow(NamedTuple):
    """One profile for people and tools.

    `usable`, `headroom` and `reserve` are bytes; `usable` and `reserve` are those of the kernel asked for,
    else of the newest one in `kernels`. `target` is what to write to get this row (`igb[legacy-rx]`,
    `ice:zerocopy`), with the kernel where it was asked for. `last` is empty where it is still so in the
    newest tree read. `wants_to_send` is what the driver wants left of the headroom of a frame that is redirected
    to it, in bytes.
    """

    target: str
    driver: str
    module: str
    vendor: str
    groups: tuple[str, ...]
    mode: str
    condition: str
    condition_text: str
    default: bool
    kernels: str
    first: str
    last: str
    usable: int
    headroom: int
    reserve: int
    metadata: str
    confidence: str
    expression: str
    source: str
    note: str
    wants_to_send: int


class _Selection(NamedTuple):
    """What one argument asks for; "" and None leave it open."""

    driver: str
    mode: str
    condition: str
    kernel: Kernel | None


def driver_rows(
    selected: Sequence[str] = (), *, kernel: str = "", mode: str = "", everything: bool = False
) -> tuple[DriverRow, ...]:
    """The profiles of `selected` (groups, drivers, targets; none: all), by usable bytes, then by name.

    Without `kernel` those that hold on some release from 5.15 on; without `everything` only default
    configurations in native and generic mode, unless a mode or condition is asked for. Raises TargetError for
    a name, kernel or mode that does not exist.
    """
    on = parse_kernel(kernel) if kernel else None
    in_mode = parse_mode(mode) if mode else ""
    found = {
        row
        for text in selected or (ALL_GROUP,)
        for selection in _selections(text.strip(), everything)
        for row in _rows_of(
            selection._replace(mode=selection.mode or in_mode, kernel=selection.kernel or on), everything
        )
    }
    return tuple(sorted(found, key=lambda row: (row.usable, row.target, Kernel.parse(row.first))))


def _selections(text: str, everything: bool) -> list[_Selection]:
    spec = parse(text)
    members = groups().get(fold(spec.name))
    if members is None:
        return [_Selection(driver_name(spec), spec.mode, spec.condition, spec.kernel)]
    return [
        _Selection(driver, spec.mode, spec.condition or ("" if everything else condition), spec.kernel)
        for driver, condition in map(split_member, members)
    ]


def _rows_of(selection: _Selection, everything: bool) -> list[DriverRow]:
    name, mode, condition, kernel = selection
    holds_for = name if _has_own_profile(name) and mode != GENERIC else GENERIC
    return [
        _row(name, profile, kernel)
        for profile in profiles()
        if profile.driver == holds_for
        and (profile.mode == mode if mode else everything or profile.mode != ZEROCOPY)
        and (profile.condition == condition if condition else everything or profile.default)
        and (profile.covers(kernel) if kernel is not None else everything or profile.reaches(FLOOR))
    ]


def _has_own_profile(name: str) -> bool:
    return any(profile.driver == name for profile in profiles())


def _row(name: str, profile: HeadroomProfile, kernel: Kernel | None) -> DriverRow:
    driver = drivers()[name]
    reserve = reserve_of(kernel or profile.last)
    return DriverRow(
        target=canonical(name, kernel, profile.mode, profile.condition),
        driver=name,
        module=driver.module,
        vendor=driver.vendor,
        groups=_groups_of(name, profile),
        mode=profile.mode,
        condition=profile.condition,
        condition_text=conditions()[profile.condition] if profile.condition else "",
        default=profile.default,
        kernels=profile.kernels,
        first=str(profile.first),
        last="" if profile.last == OPEN else str(profile.last),
        usable=max(0, profile.headroom - reserve),
        headroom=profile.headroom,
        reserve=reserve,
        metadata=profile.metadata,
        confidence=profile.confidence,
        expression=profile.expression,
        source=profile.source,
        note=profile.note,
        wants_to_send=wanted_by(name, kernel),
    )


def _groups_of(name: str, profile: HeadroomProfile) -> tuple[str, ...]:
    """The groups that stand for this profile: those of the driver hold for its default configuration."""
    if profile.mode != implied_mode(name):
        return ()
    return tuple(
        group
        for member in group_members()
        if split_member(member.target) == (name, profile.condition)
        or (profile.default and member.target == name)
        for group in member.groups
    )
