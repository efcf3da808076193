"""Flags to try for a file that does not compile. `order` has the whole, and what holds of all of them."""

from xdp_lsp.project.guesses.remedies.order import remedies
from xdp_lsp.project.guesses.remedies.situation import Situation

__all__ = ["Situation", "remedies"]
