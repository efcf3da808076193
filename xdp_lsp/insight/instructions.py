"""Finds out what is known of each instruction of one object, after the verdict is told, from the same bytes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar, cast

from xdp_lsp.insight.listing import (
    REGISTERS,
    FileInsight,
    InlinedCall,
    ListedFunction,
    ListedInstruction,
    RegisterValue,
)
from xdp_lsp.insight.variable_table import variable_table
from xdp_lsp.insight.variables import VariableTable
from xdp_lsp.isa import instruction as isa
from xdp_lsp.program import Function, FunctionAddress, Image
from xdp_lsp.program.listing import instruction_text
from xdp_lsp.program.operands import operands
from xdp_lsp.program.stack import stack_use
from xdp_lsp.source import SourceLocation
from xdp_lsp.verifier import (
    PointValues,
    Value,
    brief_text,
    delta_slice,
    join_into,
    kernel_text,
    plain_text,
    values_for_any_arguments,
    values_of,
)
from xdp_lsp.verifier.cfg import reachable_functions, successors
from xdp_lsp.verifier.helpers import moves, moves_end

_log = logging.getLogger(__name__)

_Thing = TypeVar("_Thing")


def look_into(image: Image, read_source: Callable[[str], bytes | None]) -> FileInsight:
    """All that there is to know of `image`'s instructions; `read_source` gives the bytes of a source file."""
    points = points_of(image)
    functions = tuple(_Reader(image, points).functions())
    instructions = [one for function in functions for one in function.instructions]
    lines = {}
    for one in instructions:
        if one.location is not None and (one.location.path, one.location.line) not in lines:
            lines[one.location.path, one.location.line] = image.source_map.line_text(one.pc) or ""
    paths = dict.fromkeys(path for path, _ in lines)
    variables = _variables(image, points, read_source)
    return FileInsight(functions, tuple(paths), lines, variables, tails=_tails(image, points))


def _tails(image: Image, points: Mapping[int, PointValues]) -> dict[tuple[str, int], tuple[str, ...]]:
    """See `FileInsight.tails`. The helper takes r2 as an int: its low 32 bits (net/core/filter.c, Linux 4.18-7.3)."""
    found: dict[tuple[str, int], dict[str, None]] = {}
    for pc, point in points.items():
        location = image.source_map.location(pc) if moves_end(image, pc) else None
        if location is not None:
            delta = point.registers[2]
            text = "any number of" if delta is None else plain_text(delta, 32, signed=True)
            found.setdefault((location.path, location.line), {})[text] = None
    return {place: tuple(texts) for place, texts in found.items()}


def points_of(image: Image) -> Mapping[int, PointValues]:
    """What holds before each instruction in whichever of the programs it runs; one that is not in it is not reached.

    Programs of other types, and what else no XDP program calls (it may run after an exception), are given anything,
    and so are the functions that these share with XDP programs.
    """
    found: dict[int, PointValues] = {}
    called: set[int] = set()
    for program in image.programs:
        called.update(reachable_functions(image, program.entry))
        join_into(found, values_of(image, program))
    others = [function.start for function in image.functions if function.start not in called]
    join_into(found, values_for_any_arguments(image, others))
    return found


def _variables(
    image: Image, points: Mapping[int, PointValues], read_source: Callable[[str], bytes | None]
) -> VariableTable:
    try:
        return variable_table(image, points, read_source)
    except Exception:  # a fault of ours: the verdict and the listing stand
        _log.exception("the values of variables cannot be told")
        return VariableTable()


class _Reader:
    """Reads one image; what is equal is made once."""

    def __init__(self, image: Image, points: Mapping[int, PointValues]) -> None:
        self._image = image
        self._values = points
        self._programs: dict[int, list[str]] = {}  # by the entry of a function
        self._of_delta: set[int] = set()
        for program in image.programs:
            for entry in reachable_functions(image, program.entry):
                self._programs.setdefault(entry, []).append(program.name)
            self._of_delta |= delta_slice(image, program)
        self._texts: dict[Value, RegisterValue] = {}
        self._shared: dict[Any, Any] = {}

    def functions(self) -> Iterator[ListedFunction]:
        for function in self._image.functions:
            programs = tuple(self._programs.get(function.start, ()))
            stack = stack_use(self._image, function)
            yield ListedFunction(
                function.name, function.section, programs, stack, tuple(self._listed(function))
            )

    def _listed(self, function: Function) -> Iterator[ListedInstruction]:
        image = self._image
        before: tuple[Value | None, ...] = (None,) * REGISTERS
        for pc in range(function.start, function.end):
            text = instruction_text(image, pc)
            if not text:
                continue
            point = self._values.get(pc)
            now = point.registers if point is not None else before
            read, written = operands(image, pc)
            yield ListedInstruction(
                pc,
                image.offset_in_section(pc),
                text,
                self._location(pc),
                self._inlined(pc),
                _jump_targets(image, pc),
                _callee(image, pc),
                read,
                written,
                tuple(
                    (number, self._text(value))
                    for number, (old, value) in enumerate(zip(before, now, strict=True))
                    if old != value
                ),
                is_reached=point is not None or function.start not in self._programs,
                is_of_delta=pc in self._of_delta,
                moves_packet=moves(image, pc),
            )
            before = now

    def _text(self, value: Value | None) -> RegisterValue | None:
        if value is None:
            return None
        if value not in self._texts:
            self._texts[value] = RegisterValue(brief_text(value), kernel_text(value))
        return self._texts[value]

    def _location(self, pc: int) -> SourceLocation | None:
        return self._once(self._image.source_map.location(pc))

    def _inlined(self, pc: int) -> tuple[InlinedCall, ...]:
        source_map = self._image.source_map
        names, places = source_map.inlined_functions(pc), source_map.inlined_at(pc)
        return self._once(tuple(map(InlinedCall, names, places)))

    def _once(self, thing: _Thing) -> _Thing:
        """The first that was equal: pickled once, and made once by whoever reads it."""
        return cast(_Thing, self._shared.setdefault(thing, thing))


def _jump_targets(image: Image, pc: int) -> tuple[int, ...]:
    instruction = image.slots[pc]
    if instruction.klass not in (isa.JMP, isa.JMP32) or instruction.operation in (isa.CALL, isa.EXIT):
        return ()
    if instruction.operation == isa.JA and instruction.uses_register:
        return image.jump_targets.get(pc, ())
    return successors(image, pc)[-1:]


def _callee(image: Image, pc: int) -> int | None:
    address = image.addresses.get(pc)
    return address.pc if isinstance(address, FunctionAddress) else image.calls.get(pc)
