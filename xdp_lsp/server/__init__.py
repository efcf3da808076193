"""The one place where the Language Server Protocol is spoken.

Invariant: analysis runs in worker processes; the event loop never waits for it. Invariant: a result is published only
if it is of the newest text that was looked at (saved, or with `run = "on-type"` typed), where that text stands by now.

Importing this package imports no pygls: worker processes do it too.
"""

from __future__ import annotations


def serve(tcp: tuple[str, int] | None = None) -> int:
    """Serve one client until it leaves; the exit status. See `xdp_lsp.server.transport`."""
    from xdp_lsp.server import transport  # noqa: PLC0415 - see above

    return transport.serve(tcp)
