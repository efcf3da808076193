"""A run that remembers where each number came from, and what decided how it went on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from xdp_lsp.isa import instruction as isa
from xdp_lsp.machine import Attempt, Fault, Inputs, Kind, Machine, Source
from xdp_lsp.machine.arithmetic import signed
from xdp_lsp.machine.memory import Region
from xdp_lsp.program.image import Image, Program
from xdp_lsp.witness.expression import Form, Graph, Node, Point, Table, Traced, form
from xdp_lsp.witness.solve import Condition

_INT_MIN = -(1 << 31)
_MOST_CHECKS = 4  # conditions that one call of adjust_head or adjust_meta decides by
_MOST_DECISIONS = 4000


class Decided(Inputs):
    """The plainest input but for what is `decided`."""

    def __init__(self, decided: Mapping[Source, int], headroom: int) -> None:
        self.decided = decided
        self.headroom = headroom
        self._bytes: dict[Source, dict[int, int]] = {}
        for source, value in decided.items():
            self._bytes.setdefault(source._replace(number=0), {})[source.number] = value

    def number(self, source: Source) -> int:
        value = self.decided.get(source)
        return super().number(source) if value is None else value

    def contents(self, source: Source, initial: bytes) -> bytes:
        known = self._bytes.get(source)
        if known is None:
            return initial
        made = bytearray(initial)
        for at, value in known.items():
            if at < len(made):
                made[at] = value
        return bytes(made)


class Decision(NamedTuple):
    """A condition that held at `pc`, and where the run would have gone on otherwise."""

    pc: int
    condition: Condition
    otherwise: int


class Reached(NamedTuple):
    """The call asked for `demand` bytes, which came about as `form`, after so many decisions."""

    demand: int
    form: Node | int
    decisions: int


class Sought(NamedTuple):
    """What a run looks for: the call at `pc`, which ends it where it demands `enough`.

    A delta of INT_MIN does not count with `but_int_min`.
    """

    pc: int
    enough: int
    but_int_min: bool


class _Enough(Fault):
    pass


class Recorder(Machine):
    """One run, to be started with `follow`.

    `values` are those of every source that was read, by index, `numbers` those of the nodes that came up.
    """

    def __init__(
        self, image: Image, program: Program, given: Decided, *, graph: Graph, sought: Sought, limit: int
    ) -> None:
        self.graph = graph
        self.decisions: list[Decision] = []
        self.reached: list[Reached] = []
        self.values: dict[int, int] = {}
        self.numbers: dict[int, int] = {}
        self._sought = sought
        # Which byte (0: the least significant) of which node stands at an address; None: of no input.
        self._shadow: dict[int, tuple[Node, int] | None] = {}
        self._shadowed: set[int] = set()  # regions that have any
        super().__init__(image, program, given, limit)

    def follow(self) -> None:
        """Runs until the program ends, or the machine cannot go on, or there is enough."""
        try:
            self.run()
        except Fault:
            return

    # -- where numbers come from ----------------------------------------------------------------

    def input(self, source: Source) -> int:
        value = self.given.number(source)
        return value if len(source.allowed) == 1 else self._traced(value, self._leaf(source, value))

    def _traced(self, value: int, node: Node) -> Traced:
        self.numbers[node.number] = value
        return Traced.of(value, node)

    def _leaf(self, source: Source, value: int) -> Node:
        node = self.graph.source(source)
        assert isinstance(node.detail, int)
        self.values[node.detail] = value
        return node

    def operate(self, operation: int, x: int, y: int, width: int = 64, is_signed: bool = False) -> int:
        value = super().operate(operation, x, y, width, is_signed)
        if isinstance(x, Traced) or isinstance(y, Traced):
            return self._traced(value, self.graph.make(operation, (form(x), form(y)), width, is_signed))
        return value

    def swap(self, x: int, width: int) -> int:
        value = super().swap(x, width)
        if isinstance(x, Traced):
            return self._traced(value, self.graph.make(Form.SWAP, (x.node,), width))
        return value

    def sign_extend(self, x: int, bits: int, width: int = 64) -> int:
        value = super().sign_extend(x, bits, width)
        if isinstance(x, Traced):
            return self._traced(value, self.graph.make(Form.EXTEND, (x.node,), width, bits))
        return value

    def holds(self, operation: int, x: int, y: int, width: int = 64) -> bool:
        value = super().holds(operation, x, y, width)
        if (isinstance(x, Traced) or isinstance(y, Traced)) and len(self.decisions) < _MOST_DECISIONS:
            condition = Condition(operation, form(x), form(y), width)
            held = condition if value else condition.opposite()
            self.decisions.append(Decision(self.pc, held, self._otherwise(taken=value)))
        return value

    def _otherwise(self, *, taken: bool) -> int:
        """Where the branch at hand does not go; a helper that decides something goes on at its call either way."""
        it = self.image.slots[self.pc]
        if it.klass not in (isa.JMP, isa.JMP32) or it.operation in (isa.CALL, isa.JA, isa.EXIT):
            return self.pc
        return self.pc + 1 if taken else self.pc + 1 + it.offset

    # -- memory ---------------------------------------------------------------------------------

    def load(self, address: int, size: int) -> int:
        value = super().load(address, size)
        if isinstance(value, Traced) or 0 <= address - self.context < 32:
            return value
        region, at = self.memory.place(address, size)
        if region.source is None and region.address not in self._shadowed:
            return value
        if region.source is not None and not region.writable and not self._is_setting(region, at, size):
            if isinstance(address, Traced):
                table = Table(region.address, bytes(region.data), size, self.memory.order)
                return self._traced(value, self.graph.make(Form.ENTRY, (address.node,), detail=table))
            return value
        node = self._assembled(region, at, size)
        return value if node is None else self._traced(value, node)

    def _is_setting(self, region: Region, at: int, size: int) -> bool:
        """Whether it is a `const volatile` variable that is zero: one that the loader is to set."""
        assert region.source is not None
        section = self.image.data[region.source.name]
        return section.is_setting(at) and not any(section.data[at : at + size])

    def _assembled(self, region: Region, at: int, size: int) -> Node | None:
        """How the `size` bytes at `at` in `region` came about; None where no input bears on them."""
        steps = range(size) if self.memory.order == "little" else range(size - 1, -1, -1)
        found = [self._byte(region, at + step) for step in steps]
        first = found[0]
        if isinstance(first, tuple) and all(one == (first[0], place) for place, one in enumerate(found)):
            return self.graph.make(isa.AND, (first[0], (1 << 8 * size) - 1))
        if not any(isinstance(one, tuple) for one in found):
            return None
        parts = tuple(one if isinstance(one, int) else self.graph.byte(*one) for one in found)
        return self.graph.make(Form.BYTES, parts)

    def _byte(self, region: Region, at: int) -> tuple[Node, int] | int:
        """The node that a byte is of, and which one it is there; the byte itself where no input bears on it."""
        address = region.address + at
        if address in self._shadow:
            found = self._shadow[address]
            return region.data[at] if found is None else found
        if region.source is None:
            return region.data[at]
        number = at - int(self.headroom) if region.source.kind is Kind.PACKET else at
        return self._leaf(region.source._replace(number=number), region.data[at]), 0

    def store(self, address: int, size: int, value: int) -> None:
        super().store(address, size, value)
        region, at = self.memory.place(address, size)
        first = region.address + at
        if isinstance(value, Traced):
            self._shadowed.add(region.address)
            little = self.memory.order == "little"
            for step in range(size):
                self._shadow[first + step] = value.node, step if little else size - 1 - step
        elif region.source is not None or region.address in self._shadowed:
            for step in range(size):
                self._shadow[first + step] = None

    # -- the packet -----------------------------------------------------------------------------

    def attempted(self, attempt: Attempt, demand: int) -> None:
        super().attempted(attempt, demand)
        pc = attempt.pc
        if pc != self._sought.pc or (attempt.delta == _INT_MIN and self._sought.but_int_min):
            return
        # What this very call decides by is no condition for getting to it.
        before = len(self.decisions)
        while before and self.decisions[before - 1].pc == pc and len(self.decisions) - before < _MOST_CHECKS:
            before -= 1
        self.reached.append(Reached(signed(demand), form(demand), before))
        if attempt.demand >= self._sought.enough:
            raise _Enough

    @property
    def point(self) -> Point:
        return Point(self.values, self.numbers)

    @property
    def best(self) -> Reached | None:
        """The call that asked for most."""
        return max(self.reached, key=lambda one: one.demand, default=None)
