"""One module per diagnostic; each module's docstring is the manual page of its code.

A check sees a `ProgramView`: what the verifier found out about one program, the targets, and a way from an
instruction to its place in the source. It knows nothing of ELF, editors or output formats.
"""

from typing import TYPE_CHECKING

from xdp_lsp.checks.contract import Breach, HeldContract
from xdp_lsp.checks.finding import Finding, RelatedPlace, Severity
from xdp_lsp.checks.manual import HEADINGS, Manual
from xdp_lsp.checks.underline import Underline
from xdp_lsp.on_demand import exported

if TYPE_CHECKING:
    from xdp_lsp.checks.registry import CHECKS, CODES, nearest_code
    from xdp_lsp.checks.view import ProgramView, is_forgiven, is_refused, is_unbounded

__all__ = [
    "CHECKS",
    "CODES",
    "HEADINGS",
    "Breach",
    "Finding",
    "HeldContract",
    "Manual",
    "ProgramView",
    "RelatedPlace",
    "Severity",
    "Underline",
    "is_forgiven",
    "is_refused",
    "is_unbounded",
    "nearest_code",
]


if not TYPE_CHECKING:

    def __getattr__(name):
        return exported(__name__, name, ("registry", "view"))
