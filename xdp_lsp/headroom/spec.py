"""The spelling of targets: parts found in what a user writes, and the one way they are printed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple, Protocol, TypeVar

from xdp_lsp.headroom.kernel import Kernel
from xdp_lsp.headroom.profiles import GENERIC, MODES, NATIVE, ZEROCOPY, conditions

GRAMMAR = "DRIVER[@KERNEL][:MODE][[CONDITION]]"

# ip-link(8) and libxdp write the modes so.
_MODE_ALIASES = {
    "drv": NATIVE,
    "xdpdrv": NATIVE,
    "skb": GENERIC,
    "xdpgeneric": GENERIC,
    "zc": ZEROCOPY,
    "zero-copy": ZEROCOPY,
}

_TARGET = re.compile(r"([^@:\[\]]+)((?:@[^@:\[\]]+|:[^@:\[\]]+|\[[^\[\]]+\]\s*)*)")
_NUMBER = re.compile(r"(-?\d+)\s*(?:b|bytes?)?", re.ASCII | re.IGNORECASE)
# More than any frame: include/uapi/linux/if_ether.h, ETH_MAX_MTU.
MOST_BYTES = 65_535
_PART = re.compile(r"@([^@:\[\]]+)|:([^@:\[\]]+)|\[([^\[\]]+)\]")


class TargetError(ValueError):
    """A target that cannot be resolved; the message is one sentence for the user."""


class TargetSpec(NamedTuple):
    """A target as written: its parts, of which the name is not looked up yet; "" and None where not given."""

    text: str
    name: str
    kernel: Kernel | None
    mode: str
    condition: str


def parse(text: str) -> TargetSpec:
    """The parts of a target, which may follow its name in any order. Raises TargetError."""
    match = _TARGET.fullmatch(text)
    if match is None:
        raise TargetError(f"{quote(text)} is not a target: write {GRAMMAR}")
    given: dict[str, str] = {}
    for values in _PART.findall(match[2]):
        for part, value in zip(("kernel", "mode", "condition"), values, strict=True):
            if value and part in given:
                raise TargetError(f"{quote(text)} gives two {part}s")
            if value:
                given[part] = value.strip()
    return TargetSpec(
        text=text,
        name=match[1].strip(),
        kernel=parse_kernel(given["kernel"]) if "kernel" in given else None,
        mode=parse_mode(given["mode"]) if "mode" in given else "",
        condition=_condition(given["condition"], text) if "condition" in given else "",
    )


def parse_bytes(text: str) -> int | None:
    """The number in `152`, `152b` or `152 bytes`; None where it is not one. Raises TargetError out of range."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    digits = match[1]
    # Lengths first: int() refuses thousands of digits with an error of its own.
    if digits.startswith("-") or len(digits) > len(str(MOST_BYTES)) or int(digits) > MOST_BYTES:
        raise TargetError(f"a target in bytes is a number from 0 to {MOST_BYTES}, not {quote(digits)}")
    return int(digits)


def parse_kernel(word: str) -> Kernel:
    """A kernel release as written. Raises TargetError."""
    try:
        return Kernel.parse(word)
    except ValueError:
        raise TargetError(f"{quote(word)} is not a kernel release: write one like 6.1") from None


def parse_mode(word: str) -> str:
    """A mode as written, by one of its names. Raises TargetError."""
    mode = _MODE_ALIASES.get(fold(word), fold(word))
    if mode not in MODES:
        raise TargetError(f"{quote(word)} is not a mode: modes are {', '.join(MODES)}")
    return mode


def canonical(name: str, kernel: Kernel | None, mode: str, condition: str) -> str:
    """How a target is printed: the mode is left out where the name implies it."""
    implied = GENERIC if name == GENERIC else NATIVE
    return (
        name
        + (f"@{kernel}" if kernel is not None else "")
        + (f":{mode}" if mode != implied else "")
        + (f"[{condition}]" if condition else "")
    )


def fold(name: str) -> str:
    """The form in which names are compared: modules and drivers differ in `-` and `_` at will."""
    return name.strip().lower().replace("_", "-")


def nearest(wanted: str, known: Iterable[str]) -> str:
    """`; did you mean ...?` for the closest of `known`, or nothing; both sides folded."""
    # Imported for the error only: it takes longer than loading the tables.
    from difflib import get_close_matches  # noqa: PLC0415

    spellings = {fold(name): name for name in known}
    close = get_close_matches(wanted, spellings, n=1)
    return f"; did you mean `{spellings[close[0]]}`?" if close else ""


def quote(text: str) -> str:
    """What the user wrote, fit for one line of output."""
    shown = text if len(text) <= 60 else text[:57] + "..."
    return "`" + "".join(c if c.isprintable() else "?" for c in shown) + "`"


def _condition(word: str, text: str) -> str:
    tag = fold(word)
    if tag not in conditions():
        hint = nearest(tag, conditions())
        raise TargetError(f"{quote(text)} has the unknown condition {quote(word)}{hint}")
    return tag


class _Specified(Protocol):
    @property
    def spec(self) -> str: ...


_Named = TypeVar("_Named", bound=_Specified)


def each_once(named: Iterable[_Named]) -> tuple[_Named, ...]:
    """The first of those that one spec names, in the order given."""
    found: dict[str, _Named] = {}
    for one in named:
        found.setdefault(one.spec, one)
    return tuple(found.values())
