"""The records of a linked object: what the verifier explores."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple, Protocol

from xdp_lsp.isa.instruction import Instruction
from xdp_lsp.objfile import Btf
from xdp_lsp.program.variables import Variable
from xdp_lsp.source import SourceLocation

# Sections that only the compiler fills (switch tables, merged constants): it puts nothing volatile there.
_COMPILER_CONSTANTS = (".rodata.cst", ".rodata.str")


class Attach(Enum):
    """Where the kernel runs a program, as its section says."""

    XDP = "xdp"
    DEVMAP = "xdp/devmap"
    CPUMAP = "xdp/cpumap"
    FREPLACE = "freplace"
    TAIL_CALL = "tail call"  # only ever entered through a program array of the same object

    @property
    def starts_fresh(self) -> bool:
        """Whether the driver's whole headroom is there at entry; else another program ran before."""
        return self is Attach.XDP


class Program(NamedTuple):
    """One entry point: `entry` is the pc of its first instruction."""

    name: str
    section: str
    entry: int
    attach: Attach
    frags: bool = False


class Function(NamedTuple):
    """A function's code: pcs `start` to `end` (exclusive)."""

    name: str
    section: str
    start: int
    end: int
    is_global: bool


class Undecided(NamedTuple):
    """A function of which nothing tells whether it is an XDP program.

    `may_prepend`: it leads to code that is not in the object. Otherwise it prepends nothing: it calls no XDP helper.
    """

    name: str
    section: str
    may_prepend: bool


class MapDefinition(NamedTuple):
    """A map as the object defines it; sizes in bytes, types as ids of `Image.types`, 0 where the object does not say.

    `programs` are the entry pcs of the functions that a BPF_MAP_TYPE_PROG_ARRAY is filled with in the object,
    by index. `inner` defines the maps that a map of maps holds. `key_type` and `value_type` are BTF ids, 0 where
    only sizes are given.
    """

    name: str
    type: int  # enum bpf_map_type
    key_size: int
    value_size: int
    max_entries: int
    programs: Mapping[int, int] = {}
    flags: int = 0  # map_flags
    extra: int = 0  # map_extra
    key_type: int = 0
    value_type: int = 0
    inner: MapDefinition | None = None


def tail_called(maps: Iterable[MapDefinition]) -> set[int]:
    """The entry pcs of all functions that program arrays among `maps` are filled with in the object."""
    return {pc for definition in maps for pc in definition.programs.values()}


class DataVariable(NamedTuple):
    """A variable in a data section. `is_volatile` makes a `const volatile` one a setting of the loader's.

    `type` is an id of `Image.types`, 0 where it is not known.
    """

    name: str
    offset: int  # bytes from the section's start
    size: int  # bytes
    is_const: bool
    is_volatile: bool
    is_signed: bool = False
    type: int = 0


class DataSection(NamedTuple):
    """Bytes that programs read: `.rodata*` (`is_constant`), `.data*`, `.bss*`.

    `has_types` says whether BTF told which variables stand where; without it `variables` come from symbols
    and whether one is volatile is not known (then it is taken to be).
    """

    name: str
    data: bytes
    is_constant: bool
    variables: tuple[DataVariable, ...]
    has_types: bool

    def variable_at(self, offset: int) -> DataVariable | None:
        """The variable that holds the byte at `offset`."""
        for variable in self.variables:
            if variable.offset <= offset < variable.offset + max(variable.size, 1):
                return variable
        return None

    def is_setting(self, offset: int) -> bool:
        """Whether the loader may set what is there: `const volatile`, or (without types) any named variable."""
        variable = self.variable_at(offset)
        if variable is None or self.name.startswith(_COMPILER_CONSTANTS):
            return False
        return variable.is_volatile or not self.has_types


class MapAddress(NamedTuple):
    """A map's own address, or (`value_offset`) a place in the value of its first element."""

    map: str
    value_offset: int | None = None


class DataAddress(NamedTuple):
    """A place in a data section, `offset` in bytes from its start."""

    section: str
    offset: int


class FunctionAddress(NamedTuple):
    """The entry of a function whose address is taken (a callback)."""

    pc: int


class UnknownAddress(NamedTuple):
    """Something only the loader knows (`.kconfig`, ksyms, CO-RE), with the words to say so."""

    reason: str


Address = MapAddress | DataAddress | FunctionAddress | UnknownAddress


class Kfunc(NamedTuple):
    """A kernel function that a program calls.

    `pointees[i]` is how many bytes argument i points at: None where it is no pointer, 0 where the size is not
    known, negative (minus the size) where the pointee is const. `is_kernel` is False for a function that
    another object defines (static linking would bring it): it can do whatever a subprogram can.
    """

    name: str
    pointees: tuple[int | None, ...]
    is_kernel: bool = True


class SourceMap(Protocol):
    """From instructions to source, as far as the object tells.

    `problems` are sentences about what could not be read up to now.
    """

    @property
    def problems(self) -> tuple[str, ...]: ...

    def location(self, pc: int) -> SourceLocation | None:
        """The line of `pc`: the last `.BTF.ext` (else DWARF) record at or before it in its function."""

    def line_text(self, pc: int) -> str | None:
        """The text of that line as it was compiled; None or "" where the object does not have it."""

    def files(self) -> tuple[str, ...]:
        """Every source file that some instruction comes from."""

    def inlined_at(self, pc: int) -> tuple[SourceLocation, ...]:
        """The chain of call sites that `pc` was inlined through, innermost first. Reads DWARF: slow, lazy."""

    def inlined_functions(self, pc: int) -> tuple[str, ...]:
        """The names of the functions that are called at these call sites; "" where one has none."""

    @property
    def own_lines(self) -> Mapping[int, SourceLocation]:
        """The line of each pc that is code of one: not of those that clang moved, merged or made up. Reads DWARF."""

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The local variables of every function. Reads DWARF: slow, lazy."""


class NoSourceMap:
    """The source map of an object without line info."""

    problems: tuple[str, ...] = ()

    def location(self, pc: int) -> SourceLocation | None:
        return None

    def line_text(self, pc: int) -> str | None:
        return None

    def files(self) -> tuple[str, ...]:
        return ()

    def inlined_at(self, pc: int) -> tuple[SourceLocation, ...]:
        return ()

    def inlined_functions(self, pc: int) -> tuple[str, ...]:
        return ()

    @property
    def own_lines(self) -> Mapping[int, SourceLocation]:
        return {}

    @property
    def variables(self) -> tuple[Variable, ...]:
        return ()


@dataclass(frozen=True, slots=True)
class Image:
    """One object file, linked.

    Invariant: every pc in `calls`, `addresses`, `patched`, `kfuncs`, `functions` and `jump_targets` indexes
    `slots`.
    Invariant: a ld_imm64 whose pc is not in `addresses` loads the plain number in its two slots, unless
    `patched` has it.
    """

    slots: Sequence[Instruction]
    functions: tuple[Function, ...]  # sorted by start, not overlapping
    programs: tuple[Program, ...]  # every XDP program, in the order of the file
    big_endian: bool = False
    calls: Mapping[int, int] = field(default_factory=dict)  # BPF-to-BPF: pc of the call -> pc of the callee
    addresses: Mapping[int, Address] = field(default_factory=dict)  # pc of a ld_imm64 -> what it loads
    patched: Mapping[int, str] = field(default_factory=dict)  # CO-RE: pc -> why its imm/offset is not known
    kfuncs: Mapping[int, Kfunc] = field(default_factory=dict)  # pc of a kfunc call -> what is called
    maps: Mapping[str, MapDefinition] = field(default_factory=dict)
    data: Mapping[str, DataSection] = field(default_factory=dict)
    source_map: SourceMap = field(default_factory=NoSourceMap)
    problems: tuple[str, ...] = ()  # what could not be read (corrupt BTF, no line info, ...), in sentences
    section_starts: tuple[int, ...] = (0,)  # the first pc of each section, sorted
    jump_targets: Mapping[int, tuple[int, ...]] = field(
        default_factory=dict
    )  # gotox: pc -> every pc it may go to
    undecided: tuple[Undecided, ...] = ()
    types: Btf | None = None  # what the ids of types in the records above are of
    # What others have made of it and want again, by keys of their own; a changed copy begins without.
    derived: dict[object, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def function_at(self, pc: int) -> Function | None:
        """The function whose code holds `pc`."""
        index = bisect_right(self.functions, pc, key=lambda function: function.start) - 1
        return self.functions[index] if index >= 0 and pc < self.functions[index].end else None

    def offset_in_section(self, pc: int) -> int:
        """Slots from the start of the section that holds `pc`: the number that llvm-objdump prints."""
        return pc - self.section_starts[bisect_right(self.section_starts, pc) - 1]
