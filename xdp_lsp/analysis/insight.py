"""What is known of each instruction of one object, for readers rather than for the verdict.

Made after the verdict is told, from the same bytes; plain and picklable, so that whoever answers a question at a cursor
only looks up.
"""

from __future__ import annotations

from typing import NamedTuple

from xdp_lsp.program import Function, Image
from xdp_lsp.program.listing import instruction_text
from xdp_lsp.source import SourceLocation


class ListedInstruction(NamedTuple):
    """One instruction: `slot` counts from the start of its section, as llvm-objdump does.

    `inlined_at` are the call sites that it was inlined through, innermost first.
    """

    pc: int
    slot: int
    text: str
    location: SourceLocation | None
    inlined_at: tuple[SourceLocation, ...] = ()


class ListedFunction(NamedTuple):
    """A function's instructions in their order."""

    name: str
    section: str
    instructions: tuple[ListedInstruction, ...]


class FileInsight(NamedTuple):
    """The functions in the order of the object. `paths` are the source files that any of it speaks of, each once."""

    functions: tuple[ListedFunction, ...]
    paths: tuple[str, ...]


def look_into(image: Image) -> FileInsight:
    """All that there is to know of `image`'s instructions."""
    functions = tuple(_listed(image, function) for function in image.functions)
    places = (one.location for function in functions for one in function.instructions)
    return FileInsight(functions, tuple(dict.fromkeys(place.path for place in places if place is not None)))


def _listed(image: Image, function: Function) -> ListedFunction:
    listed = tuple(
        ListedInstruction(
            pc,
            image.offset_in_section(pc),
            text,
            image.source_map.location(pc),
            image.source_map.inlined_at(pc),
        )
        for pc in range(function.start, function.end)
        if (text := instruction_text(image, pc))
    )
    return ListedFunction(function.name, function.section, listed)
