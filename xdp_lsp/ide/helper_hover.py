"""The hover on a helper's name: its prototype and its manual."""

from __future__ import annotations

from xdp_lsp.ide.page import Block, Code
from xdp_lsp.isa.helpers import helper_named
from xdp_lsp.pipeline import FileReport


def manual_of(report: FileReport, name: str) -> tuple[Block, ...]:
    """What is known of the helper `name`; nothing where it is none."""
    helper = helper_named(name)
    if helper is None:
        return ()
    return (Code(helper.prototype, "c"),)
