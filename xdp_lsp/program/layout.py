"""Code space: where each executable section and each function stands."""

from __future__ import annotations

from bisect import bisect_right
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
    """All code of an object as one sequence of slots; `spans` is the pcs of a section, by its number."""

    slots: Sequence[Instruction]
    sections: tuple[Section, ...]  # those that hold code, in the order of the file
    spans: Mapping[int, range]
    problems: tuple[str, ...]

    def pc(self, section: int, offset: int) -> int | None:
        """The pc at `offset` bytes in section `section`; None where no instruction starts there."""
        span = self.spans.get(section)
        if span is None or offset % SLOT_SIZE:
            return None
        pc = span.start + offset // SLOT_SIZE
        return pc if pc in span else None

    def section_at(self, pc: int) -> Section:
        """The section that holds `pc`, which indexes `slots`."""
        return self.sections[
            bisect_right(self.sections, pc, key=lambda one: self.spans[one.number].start) - 1
        ]


def lay_out(obj: ObjectFile) -> Layout:
    """Decode the executable sections of `obj`, one after another; raises ObjectError for too much code."""
    slots: list[Instruction] = []
    sections: list[Section] = []
    spans: dict[int, range] = {}
    problems: list[str] = []
    for section in obj.sections:
        if not section.is_executable:
            continue
        count, rest = divmod(len(section.contents), SLOT_SIZE)
        if rest:
            problems.append(f"The last {rest} bytes of section {section.name} are no whole instruction.")
        if not count:
            continue
        if len(slots) + count > MAX_SLOTS:
            raise ObjectError(f"The object has more than {MAX_SLOTS} instructions, which no kernel loads.")
        sections.append(section)
        spans[section.number] = range(len(slots), len(slots) + count)
        slots += decode(section.contents[: count * SLOT_SIZE], obj.big_endian)
    return Layout(slots, tuple(sections), spans, tuple(problems))


def find_functions(obj: ObjectFile, layout: Layout, called: Iterable[int]) -> tuple[Function, ...]:
    """Every function, by its start: from symbols, from the targets of calls (`called`), else a whole section.

    A function ends where its symbol's size says so or the next one starts, whichever is first.
    """
    symbols = _function_symbols(obj, layout)
    starts = sorted({*symbols, *called, *(span.start for span in layout.spans.values())})
    ends = [*starts[1:], len(layout.slots)]
    functions = []
    for start, end in zip(starts, ends, strict=False):
        section, symbol = layout.section_at(start), symbols.get(start)
        if symbol is None:
            offset = start - layout.spans[section.number].start
            name = f"{section.name}+{offset}" if offset else section.name
            functions.append(Function(name, section.name, start, end, is_global=not offset))
        else:
            stated = start + symbol.size // SLOT_SIZE
            last = stated if start < stated < end else end
            functions.append(Function(symbol.name, section.name, start, last, not symbol.is_local))
    return tuple(functions)


def _function_symbols(obj: ObjectFile, layout: Layout) -> dict[int, Symbol]:
    """The symbol of each function, by pc; of several at one place a global one.

    clang before 9 left the type of function symbols out: a global STT_NOTYPE one in code is a function.
    """
    found: dict[int, Symbol] = {}
    for symbol in obj.symbols:
        if symbol.section not in layout.spans:
            continue
        untyped = symbol.type == STT_NOTYPE and not symbol.is_local
        if symbol.type != STT_FUNC and not untyped:
            continue
        pc = layout.pc(symbol.section, symbol.value)
        if pc is not None and (pc not in found or found[pc].is_local):
            found[pc] = symbol
    return found
