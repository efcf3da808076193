"""The driver profiles: records over the tables in data/, whose headers say what each column means.

The tables are CSV because it loads in a millisecond; blanks around commas do not count, so that they can be
kept aligned, and a line that starts with # is a comment.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from xdp_lsp.headroom.kernel import METADATA_FROM, OPEN, Kernel
from xdp_lsp.headroom.target import MetadataSupport

NATIVE, GENERIC, ZEROCOPY = "native", "generic", "zerocopy"
MODES = (NATIVE, GENERIC, ZEROCOPY)

_DATA = Path(__file__).with_name("data")


class Driver(NamedTuple):
    """A driver that a target may name: `name` as `ethtool -i` prints it, `module` as lsmod does."""

    name: str
    module: str
    vendor: str


class HeadroomProfile(NamedTuple):
    """What one driver leaves before the packet in one mode, under one condition, over a range of releases.

    `headroom` is `data - data_hard_start` in bytes when the program starts, the least where it varies.
    `first` and `last` are included; `last` is OPEN where it is still so in the newest tree read (7.3).
    `also_in` names stable lines whose late builds behave so too. Metadata is refused up to
    `metadata_absent_to` and taken from `metadata_from` on; what lies between, or where both are None, is not
    known. `default` marks what the driver does when nobody has tuned it.
    """

    driver: str
    mode: str
    condition: str
    first: Kernel
    last: Kernel
    also_in: tuple[Kernel, ...]
    default: bool
    headroom: int
    metadata_absent_to: Kernel | None
    metadata_from: Kernel | None
    confidence: str
    expression: str
    source: str
    note: str

    def covers(self, kernel: Kernel) -> bool:
        """Whether some build of `kernel` (one of its stable releases) behaves like this."""
        return self.first <= kernel <= self.last or kernel in self.also_in

    def reaches(self, floor: Kernel) -> bool:
        """Whether this holds on some release from `floor` on."""
        return self.last >= floor or any(kernel >= floor for kernel in self.also_in)

    def metadata_since(self, kernel: Kernel) -> MetadataSupport:
        """The least support for bpf_xdp_adjust_meta() on `kernel` and every later release of this profile."""
        kernel = max(kernel, self.first)
        if kernel < METADATA_FROM:
            return MetadataSupport.NO
        if self.metadata_absent_to is not None and kernel <= self.metadata_absent_to:
            return MetadataSupport.NO
        if self.metadata_from is not None and kernel >= self.metadata_from:
            return MetadataSupport.YES
        return MetadataSupport.UNKNOWN

    @property
    def kernels(self) -> str:
        """The range for people: `5.5-6.18`, `6.19+`, `4.14`."""
        if self.last == OPEN:
            return f"{self.first}+"
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"

    @property
    def metadata(self) -> str:
        """The support for people: `yes`, `no`, `unknown`, `no up to 6.1, yes from 6.5`."""
        absent, present = self.metadata_absent_to, self.metadata_from
        if absent == OPEN:
            return "no"
        if present == self.first:
            return "yes"
        parts = [f"no up to {absent}"] if absent is not None else []
        parts += [f"yes from {present}"] if present is not None else []
        return ", ".join(parts) or "unknown"


class SenderProfile(NamedTuple):
    """What one driver wants before a frame that it is to send, under one condition, over a range of releases.

    `wants` is in bytes of frame->headroom; the rest is as in `HeadroomProfile`.
    """

    driver: str
    condition: str
    first: Kernel
    last: Kernel
    default: bool
    wants: int
    confidence: str
    expression: str
    source: str
    note: str


class GroupMember(NamedTuple):
    """A row of groups.csv: `target` is DRIVER or DRIVER[CONDITION], `why` the reason for its place."""

    target: str
    groups: tuple[str, ...]
    why: str


class Environment(NamedTuple):
    """Something that runs XDP programs and is no driver; `sentence`, a clause, says what to name instead.

    `headroom` is in bytes, None where another program or driver decides.
    """

    name: str
    mode: str
    first: Kernel
    last: Kernel
    headroom: int | None
    confidence: str
    source: str
    sentence: str


@cache
def profiles() -> tuple[HeadroomProfile, ...]:
    """Every profile, in the order of the table."""
    return tuple(_profile(row) for row in _rows("profiles.csv"))


@cache
def sender_profiles() -> tuple[SenderProfile, ...]:
    """Every driver that wants something to send, in the order of the table."""
    return tuple(
        SenderProfile(
            driver=row["driver"],
            condition=row["condition"],
            first=Kernel.parse(row["from"]),
            last=_last(row["to"]),
            default=row["default"] == "yes",
            wants=int(row["wants"]),
            confidence=row["confidence"],
            expression=row["expression"],
            source=row["source"],
            note=row["note"],
        )
        for row in _rows("senders.csv")
    )


@cache
def drivers() -> dict[str, Driver]:
    """Every driver by its name; one without a profile runs programs in generic mode only."""
    return {
        row["driver"]: Driver(row["driver"], row["module"], row["vendor"]) for row in _rows("drivers.csv")
    }


@cache
def conditions() -> dict[str, str]:
    """What each condition tag means: a clause that completes "this holds ..."."""
    return {row["tag"]: row["sentence"] for row in _rows("conditions.csv")}


@cache
def group_members() -> tuple[GroupMember, ...]:
    """The members of all groups; every driver with a profile is there."""
    return tuple(
        GroupMember(row["target"], tuple(row["groups"].split()), row["why"]) for row in _rows("groups.csv")
    )


@cache
def environments() -> tuple[Environment, ...]:
    """Where XDP programs run that is no driver."""
    return tuple(
        Environment(
            name=row["name"],
            mode=row["mode"],
            first=Kernel.parse(row["from"]),
            last=_last(row["to"]),
            headroom=int(row["headroom"]) if row["headroom"] else None,
            confidence=row["confidence"],
            source=row["source"],
            sentence=row["sentence"],
        )
        for row in _rows("environments.csv")
    )


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (_DATA / name).open(encoding="utf-8", newline="") as table:
        lines = (line for line in table if line.strip() and not line.startswith("#"))
        rows = csv.reader(lines, skipinitialspace=True)
        columns = [column.strip() for column in next(rows)]
        for row in rows:
            yield dict(zip(columns, map(str.strip, row), strict=True))


def _profile(row: dict[str, str]) -> HeadroomProfile:
    first = Kernel.parse(row["from"])
    absent, present = _metadata(row["metadata"], first)
    return HeadroomProfile(
        driver=row["driver"],
        mode=row["mode"],
        condition=row["condition"],
        first=first,
        last=_last(row["to"]),
        also_in=tuple(Kernel.parse(kernel) for kernel in row["also in"].split()),
        default=row["default"] == "yes",
        headroom=int(row["headroom"]),
        metadata_absent_to=absent,
        metadata_from=present,
        confidence=row["confidence"],
        expression=row["expression"],
        source=row["source"],
        note=row["note"],
    )


def _last(cell: str) -> Kernel:
    return Kernel.parse(cell) if cell else OPEN


def _metadata(cell: str, first: Kernel) -> tuple[Kernel | None, Kernel | None]:
    """(last release known to refuse, first known to take) of `yes`, `no`, `?` or LAST->FIRST."""
    if cell == "yes":
        return None, first
    if cell == "no":
        return OPEN, None
    if cell == "?":
        return None, None
    absent, present = cell.split("->")
    return (None if absent == "?" else Kernel.parse(absent)), Kernel.parse(present)
