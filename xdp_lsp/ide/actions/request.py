"""What is asked of `find_actions`."""

from __future__ import annotations

from typing import NamedTuple

from xdp_lsp.ide.actions.lines import Lines
from xdp_lsp.pipeline import SourceSnapshot
from xdp_lsp.settings import Settings


class ActionsRequest(NamedTuple):
    """What can be done about the findings and the programs on `lines` (None: anywhere) of a text."""

    snapshot: SourceSnapshot
    settings: Settings
    lines: Lines | None = None
