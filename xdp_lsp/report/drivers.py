"""The table of targets, for people and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence

from xdp_lsp.headroom import DriverRow

_HEADINGS = ("TARGET", "USABLE", "HEADROOM", "KERNELS", "METADATA", "CONDITION", "SOURCE")


def render_text(rows: Sequence[DriverRow]) -> str:
    """One line a row, in columns; bytes on the right of theirs."""
    if not rows:
        return "no driver matches\n"
    cells = [
        (
            row.target,
            str(row.usable),
            str(row.headroom),
            row.kernels,
            row.metadata,
            row.condition_text or "-",
            row.source,
        )
        for row in rows
    ]
    widths = [max(len(line[column]) for line in (_HEADINGS, *cells)) for column in range(len(_HEADINGS) - 1)]
    lines = []
    for line in (_HEADINGS, *cells):
        padded = [
            cell.rjust(width) if heading in ("USABLE", "HEADROOM") else cell.ljust(width)
            for cell, width, heading in zip(line, widths, _HEADINGS, strict=False)
        ]
        lines.append("  ".join((*padded, line[-1])).rstrip())
    senders = {row.driver: row.wants_to_send for row in rows if row.wants_to_send}
    reserves = sorted({row.reserve for row in rows})
    lines += [
        "",
        f"Bytes. Usable is headroom less what the kernel reserves there ({' or '.join(map(str, reserves))}); "
        "metadata comes out of it.",
    ]
    if senders:
        wants = ", ".join(f"{driver} {wanted}" for driver, wanted in sorted(senders.items()))
        lines.append(f"To send a frame that is redirected to them, these want so much left of it: {wants}.")
    return "\n".join(lines) + "\n"


def render_json(rows: Sequence[DriverRow]) -> str:
    return json.dumps({"drivers": [row._asdict() for row in rows]}, indent=2) + "\n"
