"""Changes that mend what was found, each applied, compiled and analysed before it is offered.

`find_actions` runs in a worker process. A module for each kind of change proposes; `trial` decides.
"""

from typing import TYPE_CHECKING

from xdp_lsp.ide.actions.action import Action, ActionKind, Blank, TextEdit, applied, diff
from xdp_lsp.ide.actions.lines import Lines
from xdp_lsp.ide.actions.request import ActionsRequest
from xdp_lsp.ide.actions.text import Text
from xdp_lsp.on_demand import exported

if TYPE_CHECKING:
    from xdp_lsp.ide.actions.find import find_actions, report_on

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


if not TYPE_CHECKING:

    def __getattr__(name):
        return exported(__name__, name, ("find",))
