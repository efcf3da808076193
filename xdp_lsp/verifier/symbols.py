"""The symbols of one exploration: where each value comes from and how it was computed."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum, auto
from typing import NamedTuple

from xdp_lsp.domains.scalar import WORD, Scalar
from xdp_lsp.verifier.linear import Linear, Symbol, of_symbol
from xdp_lsp.verifier.result import ReasonKind


class Op(Enum):
    """Operations that are not linear; a symbol stands for their result."""

    AND = auto()
    OR = auto()
    XOR = auto()
    MUL = auto()
    UDIV = auto()
    UMOD = auto()
    SDIV = auto()
    SMOD = auto()
    SHIFT_RIGHT = auto()  # by the constant `parameter`
    SHIFT_RIGHT_ARITHMETIC = auto()  # by the constant `parameter`
    ZERO_EXTEND = auto()  # from the low `parameter` bits
    SIGN_EXTEND = auto()  # from the low `parameter` bits
    BYTE_SWAP = auto()  # of the low `parameter` bits, zeros above


class Definition(NamedTuple):
    """`op` applied to forms; `parameter` is its constant operand (a bit count) where it has one."""

    op: Op
    args: tuple[Linear, ...]
    parameter: int = 0


class Region(Enum):
    """What a pointer symbol is the base of."""

    CONTEXT = auto()  # struct xdp_md
    PACKET = auto()  # the packet's first byte as it came in
    STACK = auto()  # the frame pointer of one frame
    DATA = auto()  # a data section of the object
    OTHER = auto()  # a map value, a ring buffer record, ...: memory whose contents are not followed
    UNKNOWN = auto()  # perhaps a pointer, perhaps into a frame: what an unknown place may hold


class Origin(NamedTuple):
    """Where a symbol comes from, for explanations: what, at which instruction (None: see its parents).

    `joined` are the two values that met there, where that is what it is.
    """

    kind: ReasonKind
    pc: int | None
    text: str
    parents: tuple[Symbol, ...] = ()
    joined: tuple[Scalar, Scalar] | None = None


class SymbolInfo(NamedTuple):
    """`base` holds every value the symbol can have, before any check.

    A fixed symbol is one thing throughout a run (a field of the context, an address), whatever state it is in: it can
    not stand for another value, as the others can.
    """

    base: Scalar
    definition: Definition | None = None
    origin: Origin | None = None
    region: Region | None = None
    name: str = ""  # of the section of a DATA region, or of the map that an OTHER one belongs to
    is_fixed: bool = False
    depth: int = 0  # of definitions that hang one on another


class SymbolTable:
    """Makes symbols. Only grows; shared by all states of one exploration."""

    # Kernel addresses are nowhere near either end of the address space, so adding a packet offset to
    # one (the kernel allows up to BPF_MAX_VAR_OFF, 1 << 29) never wraps.
    addresses = WORD.between(1 << 32, (1 << 64) - (1 << 32))

    def __init__(self, *, big_endian: bool = False) -> None:
        self.big_endian = big_endian
        self._infos: list[SymbolInfo] = []
        self._known: dict[object, Symbol] = {}
        self._functions: dict[Symbol, int] = {}
        self._frames: list[Symbol] = []
        self.context = self.pointer(Region.CONTEXT, is_fixed=True)

    def __getitem__(self, symbol: Symbol) -> SymbolInfo:
        return self._infos[symbol]

    def _make(self, info: SymbolInfo) -> Symbol:
        self._infos.append(info)
        return len(self._infos) - 1

    def fresh(
        self, base: Scalar, origin: Origin | None = None, region: Region | None = None, name: str = ""
    ) -> Symbol:
        """A new value that may be anything in `base`; not a stack pointer unless `region` says it may be."""
        return self._make(SymbolInfo(base, origin=origin, region=region, name=name))

    def pointer(self, region: Region, name: str = "", *, is_fixed: bool = False) -> Symbol:
        """The base of a new region."""
        return self._make(SymbolInfo(self.addresses, region=region, name=name, is_fixed=is_fixed))

    def shared(self, key: object, base: Scalar, origin: Origin | None = None) -> Symbol:
        """The value that is the same throughout one run, such as a field of the context."""
        if key not in self._known:
            self._known[key] = self._make(SymbolInfo(base, origin=origin, is_fixed=True))
        return self._known[key]

    def data_section(self, section: str) -> Symbol:
        key = (Region.DATA, section)
        if key not in self._known:
            self._known[key] = self.pointer(Region.DATA, section, is_fixed=True)
        return self._known[key]

    def map(self, name: str) -> Symbol:
        """The address of a map: what a program passes to helpers, not where its values are."""
        key = ("map", name)
        if key not in self._known:
            self._known[key] = self.pointer(Region.OTHER, name, is_fixed=True)
        return self._known[key]

    def map_at(self, form: Linear) -> str | None:
        """The name of the map whose address `form` is."""
        if form.symbol is None:
            return None
        name = self._infos[form.symbol].name
        return name if self._known.get(("map", name)) == form.symbol else None

    def frame(self, depth: int) -> Symbol:
        """The frame pointer of the frame at `depth` (0 is the program's)."""
        while depth >= len(self._frames):
            self._frames.append(self.pointer(Region.STACK, is_fixed=True))
        return self._frames[depth]

    def frame_depth(self, symbol: Symbol) -> int | None:
        """The depth of the frame whose pointer `symbol` is."""
        return self._frames.index(symbol) if symbol in self._frames else None

    def depth(self, forms: Iterable[Linear]) -> int:
        """How many definitions hang one on another below `forms`."""
        return max((self._infos[symbol].depth for form in forms for symbol, _ in form.terms), default=0)

    def defined(self, op: Op, *args: Linear, parameter: int = 0) -> Linear:
        """The result of an operation: the same operation on the same forms is the same symbol.

        Its base is what the operation gives for any operands: the states that share the symbol differ in what
        they know of the operands.
        """
        definition = Definition(op, args, parameter)
        if definition not in self._known:
            base = WORD.top
            if op in (Op.ZERO_EXTEND, Op.BYTE_SWAP):
                base = WORD.of_width(parameter)
            elif op is Op.SIGN_EXTEND:
                base = WORD.between(-1 << (parameter - 1), (1 << (parameter - 1)) - 1)
            depth = 1 + self.depth(args)
            self._known[definition] = self._make(SymbolInfo(base, definition, depth=depth))
        return of_symbol(self._known[definition])

    def function(self, pc: int) -> Symbol:
        """The address of the function that starts at `pc`."""
        key = ("function", pc)
        if key not in self._known:
            self._known[key] = self.pointer(Region.OTHER, is_fixed=True)
            self._functions[self._known[key]] = pc
        return self._known[key]

    def function_at(self, form: Linear) -> int | None:
        """The pc of the function whose address `form` is."""
        return None if form.symbol is None else self._functions.get(form.symbol)

    def region(self, form: Linear) -> tuple[Region, Symbol] | None:
        """What `form` points into: the region of its pointer symbol; None where it has none.

        A form over several pointers, or a multiple of one, may point anywhere (UNKNOWN) if one of them may be to a
        frame, and to no frame (OTHER) else.
        """
        found = None
        for symbol, coefficient in form.terms:
            region = self._infos[symbol].region
            if region is not None:
                if found is not None or coefficient != 1:
                    mixed = any(
                        self._infos[s].region in (Region.STACK, Region.UNKNOWN) for s, _ in form.terms
                    )
                    return (Region.UNKNOWN if mixed else Region.OTHER), symbol
                found = (region, symbol)
        return found
