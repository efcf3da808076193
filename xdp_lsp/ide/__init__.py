"""What an editor shows at a cursor, as plain values of a file's report. Knows nothing of the protocol.

Each function takes a `FileReport` and a place in the source as it was compiled. What a hover says is a `page`, which
`render` turns into Markdown or into the text of a terminal.
"""

from xdp_lsp.ide.cursor import Cursor
from xdp_lsp.ide.hints import Hint, hints
from xdp_lsp.ide.hover import Hover, early_hover, hover
from xdp_lsp.ide.lenses import Lens, lenses
from xdp_lsp.ide.state import State
from xdp_lsp.ide.summary import Summary, in_configuration, summary

__all__ = [
    "Cursor",
    "Hint",
    "Hover",
    "Lens",
    "State",
    "Summary",
    "early_hover",
    "hints",
    "hover",
    "in_configuration",
    "lenses",
    "summary",
]
