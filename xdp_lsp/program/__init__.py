"""The code of an object file, linked: every instruction has one number, every address a meaning.

`Image` is what the verifier explores: all executable sections of one object laid one after another, so that a
program counter (`pc`, in instruction slots) is unique in the object and nothing is copied per program.
"""

from xdp_lsp.program.image import (
    Address,
    Attach,
    DataAddress,
    DataSection,
    DataVariable,
    Function,
    FunctionAddress,
    Image,
    Kfunc,
    MapAddress,
    MapDefinition,
    Program,
    SourceMap,
    Undecided,
    UnknownAddress,
)
from xdp_lsp.program.load import load_image

__all__ = [
    "Address",
    "Attach",
    "DataAddress",
    "DataSection",
    "DataVariable",
    "Function",
    "FunctionAddress",
    "Image",
    "Kfunc",
    "MapAddress",
    "MapDefinition",
    "Program",
    "SourceMap",
    "Undecided",
    "UnknownAddress",
    "load_image",
]
