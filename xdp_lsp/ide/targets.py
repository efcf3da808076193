"""The chosen targets as a table: those that fare alike in one row, the tightest first."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from xdp_lsp.headroom import Target
from xdp_lsp.ide.page import Table

# Rows of a table that a hover has room for.
MOST_ROWS = 12


def target_table(targets: Iterable[Target], fate: Callable[[Target], str], title: str) -> Table:
    """`fate` says in a few words how one target fares; `title` stands above that."""
    groups: dict[tuple[int, str], list[str]] = {}
    for target in targets:
        groups.setdefault((target.usable, fate(target)), []).append(target.spec)
    rows = [(str(usable), fared, ", ".join(names)) for (usable, fared), names in sorted(groups.items())]
    if len(rows) > MOST_ROWS:
        more = sum(len(names) for _, names in sorted(groups.items())[MOST_ROWS - 1 :])
        rows = [*rows[: MOST_ROWS - 1], ("", "", f"{more} more targets")]
    return Table(("usable", title, "targets"), tuple(rows))
