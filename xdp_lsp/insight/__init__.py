"""What is known of each instruction and each variable of one object: for readers of code, not for the verdict.

`listing` and `variables` are what is told; the other modules find it out.
"""

from typing import TYPE_CHECKING

from xdp_lsp.insight.listing import (
    REGISTERS,
    FileInsight,
    ListedFunction,
    ListedInstruction,
    RegisterValue,
)
from xdp_lsp.insight.variables import Mention, NamedVariable, VariableTable
from xdp_lsp.on_demand import exported

if TYPE_CHECKING:
    from xdp_lsp.insight.instructions import look_into, points_of
    from xdp_lsp.insight.variable_table import variable_table

__all__ = [
    "REGISTERS",
    "FileInsight",
    "ListedFunction",
    "ListedInstruction",
    "Mention",
    "NamedVariable",
    "RegisterValue",
    "VariableTable",
    "look_into",
    "points_of",
    "variable_table",
]


if not TYPE_CHECKING:

    def __getattr__(name):
        return exported(__name__, name, ("instructions", "variable_table"))
