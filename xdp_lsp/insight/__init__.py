"""What is known of each instruction and each variable of one object: for readers of code, not for the verdict."""

from xdp_lsp.insight.instructions import (
    REGISTERS,
    FileInsight,
    ListedFunction,
    ListedInstruction,
    RegisterValue,
    look_into,
    points_of,
)
from xdp_lsp.insight.variable_table import Mention, NamedVariable, VariableTable, variable_table

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
