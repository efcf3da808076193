"""What targets there are, for a list to choose from."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from xdp_lsp.analysis.words import count, some
from xdp_lsp.headroom import Target, conditions, driver_rows, drivers, groups, portable, resolve


class Choice(NamedTuple):
    """`name` is what the setting `targets` takes, `detail` a line about it."""

    name: str
    detail: str


@cache
def group_choices() -> tuple[Choice, ...]:
    """The groups, `mainstream` first."""
    return tuple(Choice(name, _group(resolve([name]))) for name in groups())


@cache
def driver_choices() -> tuple[Choice, ...]:
    """The members of the groups as these stand there, then what else a driver has: modes, conditions."""
    members = groups()["all"]
    rest = {row.target for row in driver_rows(everything=True)} - set(members)
    targets = (resolve([name])[0] for name in (*members, *sorted(rest)))
    return tuple(Choice(target.spec, ", ".join(_driver(target))) for target in targets)


def usable_words(target: Target) -> str:
    """`152 of 192 bytes usable`; the rest is kept by the kernel."""
    of = f" of {target.headroom}" if target.driver else ""
    return f"{target.usable}{of} bytes usable"


def condition_words(target: Target) -> str:
    """What its condition means, where its name has one: `on devices with the DQO-RDA queue format`."""
    is_named = target.condition and f"[{target.condition}]" in target.spec
    return conditions()[target.condition] if is_named else ""


def _group(targets: tuple[Target, ...]) -> str:
    least = portable(targets)
    names = some([target.spec for target in targets])
    return f"{count(len(targets), 'target')}, portable {least.usable} ({least.spec}): {names}"


def _driver(target: Target) -> Iterator[str]:
    vendor = drivers()[target.driver].vendor
    if vendor:
        yield vendor
    yield usable_words(target)
    if condition := condition_words(target):
        yield condition
