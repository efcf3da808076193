"""Changes that mend what was found, each applied, compiled and analysed before it is offered.

`find_actions` runs in a worker process. A module for each kind of change proposes; `trial` decides.
"""

from xdp_lsp.ide.actions.action import Action, ActionKind, Blank, TextEdit, applied, diff
from xdp_lsp.ide.actions.find import ActionsRequest, find_actions, report_on
from xdp_lsp.ide.actions.lines import Lines
from xdp_lsp.ide.actions.text import Text

__all__ = [
    "Action",
    "ActionKind",
    "ActionsRequest",
    "Blank",
    "Lines",
    "Text",
    "TextEdit",
    "applied",
    "diff",
    "find_actions",
    "report_on",
]
