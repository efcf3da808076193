"""Code space: where each executable section and each function stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from xdp_lsp.isa.decode import decode
from xdp_lsp.isa.instruction import SLOT_SIZE, Instruction
from xdp_lsp.objfile import ObjectError, ObjectFile, Section, Symbol
from xdp_lsp.objfile.elf import STT_FUNC, STT_NOTYPE
from xdp_lsp.program.image import Function

# The kernel takes programs of up to a million instructions (BPF_COMPLEXITY_LIMIT_INSNS, include/linux/bpf.h,
# 5.2 and later); no object is near it (39,000 in the largest of the survey).
MAX_SLOTS = 1_000_000


@dataclass(frozen=True, slots=True)
class Layout:
    """All code of an object as one sequence of slots; `bases`: the first pc of a section, by its number."""

    slots: Sequence[Instruction]
    sections: tuple[Section, ...]  # the executable ones, in the order of the file
    bases: Mapping[int, int]
    problems: tuple[str, ...]

    def pc(self, section: int, offset: int) -> int | None:
        """The pc at `offset` bytes in section `section`; None where no instruction starts there."""
        base = self.bases.get(section)
        if base is None or offset < 0 or offset % SLOT_SIZE:
            return None
        pc = base + offset // SLOT_SIZE
        return pc if pc < self.end(section) else None

    def end(self, section: int) -> int:
        """The pc after the last of section `section`."""
        found = next(candidate for candidate in self.sections if candidate.number == section)
        return self.bases[section] + found.size // SLOT_SIZE


def lay_out(obj: ObjectFile) -> Layout:
    """Decode the executable sections of `obj`, one after another; raises ObjectError for too much code."""
    slots: list[Instruction] = []
    sections: list[Section] = []
    bases: dict[int, int] = {}
    problems: list[str] = []
    for section in obj.sections:
        if not section.is_executable or not len(section.contents):
            continue
        count, rest = divmod(len(section.contents), SLOT_SIZE)
        if len(slots) + count > MAX_SLOTS:
            raise ObjectError(f"The object has more than {MAX_SLOTS} instructions, which no kernel loads.")
        if rest:
            problems.append(f"The last {rest} bytes of section {section.name} are no whole instruction.")
        sections.append(section)
        bases[section.number] = len(slots)
        slots += decode(section.contents[: count * SLOT_SIZE], obj.big_endian)
    return Layout(slots, tuple(sections), bases, tuple(problems))


def find_functions(obj: ObjectFile, layout: Layout, called: Iterable[int]) -> tuple[Function, ...]:
    """Every function, by its start: from symbols, from the targets of calls (`called`), else a whole section.

    A function ends where its symbol's size says so or the next one starts, whichever is first.
    """
    symbols = _function_symbols(obj, layout)
    starts: dict[int, set[int]] = {section.number: set() for section in layout.sections}
    for section in layout.sections:
        base, end = layout.bases[section.number], layout.end(section.number)
        known = starts[section.number]
        known.update(pc for pc in symbols if base <= pc < end)
        known.update(pc for pc in called if base <= pc < end)
        if end > base:
            known.add(base)
    functions = []
    for section in layout.sections:
        ordered = sorted(starts[section.number])
        for start, following in zip(ordered, [*ordered[1:], layout.end(section.number)], strict=True):
            symbol = symbols.get(start)
            if symbol is None:
                offset = start - layout.bases[section.number]
                name = f"{section.name}+{offset}" if offset else section.name
                functions.append(Function(name, section.name, start, following, not offset))
            else:
                stated = start + symbol.size // SLOT_SIZE
                end = stated if start < stated < following else following
                functions.append(Function(symbol.name, section.name, start, end, not symbol.is_local))
    return tuple(functions)


def _function_symbols(obj: ObjectFile, layout: Layout) -> dict[int, Symbol]:
    """The symbol of each function, by pc; of several at one place a global one.

    clang before 9 left the type of function symbols out: a global STT_NOTYPE one in code is a function.
    """
    found: dict[int, Symbol] = {}
    for symbol in obj.symbols:
        if symbol.section not in layout.bases:
            continue
        untyped = symbol.type == STT_NOTYPE and not symbol.is_local
        if symbol.type != STT_FUNC and not untyped:
            continue
        pc = layout.pc(symbol.section, symbol.value)
        if pc is not None and (pc not in found or found[pc].is_local):
            found[pc] = symbol
    return found
