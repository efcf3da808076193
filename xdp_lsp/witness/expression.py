"""How a number of a run came out of its input: a graph of operations, every one of which is there once."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Literal, NamedTuple

from xdp_lsp.isa import instruction as isa
from xdp_lsp.machine import Source
from xdp_lsp.machine.arithmetic import TOP, alu, byte_swap, signed


class Table(NamedTuple):
    """Constant bytes of the object that stand at address `first`; what is read of them has `size` bytes."""

    first: int
    data: bytes
    size: int
    order: Literal["big", "little"]

    def entry(self, address: int) -> int | None:
        """What stands at `address`; None outside."""
        at = address - self.first
        if not 0 <= at <= len(self.data) - self.size:
            return None
        return int.from_bytes(self.data[at : at + self.size], self.order)


class Form(Enum):
    """What is no ALU operation; with each, the arguments and `Node.detail`."""

    SOURCE = "source"  # the index of a source
    SWAP = "swap"  # (x,); the width in bits
    EXTEND = "extend"  # (x,); how many low bits are the signed number
    BYTES = "bytes"  # bytes, the least significant first
    ENTRY = "entry"  # (address,); a Table


Operation = int | Form


@dataclass(slots=True, eq=False)
class Node:
    """One operation. `mask` has a bit for each source below, `bits` says how wide the number is at most."""

    number: int
    operation: Operation
    args: tuple[Node | int, ...]
    width: int
    detail: object
    mask: int
    bits: int


class Traced(int):
    """A number of a run with how it came about."""

    node: Node

    @classmethod
    def of(cls, value: int, node: Node) -> Traced:
        traced = cls(value)
        traced.node = node
        return traced


def form(value: int) -> Node | int:
    """How `value` came about; itself where no input bears on it."""
    return value.node if isinstance(value, Traced) else value


def apply(operation: Operation, width: int, detail: object, values: tuple[int, ...]) -> int:
    """What an operation that is no SOURCE makes of `values`; 0 for an ENTRY outside its table."""
    if isinstance(operation, int):
        return alu(operation, values[0], values[1], width, bool(detail))
    if operation is Form.BYTES:
        return int.from_bytes(bytes(values), "little")
    if operation is Form.SWAP:
        return byte_swap(values[0], width)
    if operation is Form.EXTEND:
        assert isinstance(detail, int)
        return signed(values[0], detail) & ((1 << width) - 1)
    assert isinstance(detail, Table)
    return detail.entry(values[0]) or 0


class Point:
    """An input: a value for each source (by index), and what is known of the numbers that come out.

    `before` has numbers (by node) of a run whose sources differ from `values` in those of the mask `changed` alone.
    """

    __slots__ = ("before", "changed", "memo", "values")

    def __init__(self, values: Mapping[int, int], before: Mapping[int, int], changed: int = 0) -> None:
        self.values = values
        self.before = before
        self.changed = changed
        self.memo: dict[int, int] = {}

    def but(self, changes: Mapping[int, int]) -> Point:
        """The point with other values for some sources."""
        return Point({**self.values, **changes}, self.before, self.changed | mask_of(changes))


def mask_of(sources: Iterable[int]) -> int:
    mask = 0
    for source in sources:
        mask |= 1 << source
    return mask


class SpentError(Exception):
    """More effort was spent on expressions than was allowed."""


class Graph:
    """Makes nodes, and evaluates them. `effort` counts what that took; beyond `limit` SpentError is raised."""

    def __init__(self, limit: int = 1 << 62) -> None:
        self.effort = 0
        self.limit = limit
        self.sources: list[Source] = []
        self._indices: dict[Source, Node] = {}
        self._nodes: dict[Hashable, Node] = {}

    def spend(self) -> None:
        """Counts one step of whoever works on the graph."""
        self.effort += 1
        if self.effort > self.limit:
            raise SpentError

    def source(self, source: Source) -> Node:
        node = self._indices.get(source)
        if node is None:
            index = len(self.sources)
            self.sources.append(source)
            node = Node(len(self._nodes), Form.SOURCE, (), 64, index, 1 << index, source.bits)
            self._indices[source] = self._nodes[source] = node
        return node

    def make(
        self, operation: Operation, args: tuple[Node | int, ...], width: int = 64, detail: object = 0
    ) -> Node:
        """The node of an operation, one of whose arguments at least is a node."""
        if operation == isa.AND and isinstance(args[1], int) and isinstance(args[0], Node):
            kept = args[1] & ((1 << width) - 1)
            if kept & ~(-1 << args[0].bits) == ~(-1 << args[0].bits):
                return args[0]  # nothing is cut off
        key = (operation, tuple(arg.number if isinstance(arg, Node) else ~arg for arg in args), width, detail)
        node = self._nodes.get(key)
        if node is None:
            mask = 0
            for arg in args:
                if isinstance(arg, Node):
                    mask |= arg.mask
            bits = _bits(operation, args, width, detail)
            node = self._nodes[key] = Node(len(self._nodes), operation, args, width, detail, mask, bits)
        return node

    def byte(self, node: Node, number: int) -> Node:
        """Byte `number` of a node, 0 being the least significant."""
        shifted = self.make(isa.RSH, (node, 8 * number)) if number else node
        return self.make(isa.AND, (shifted, 0xFF))

    def evaluate(self, node: Node | int, point: Point) -> int:
        """The number that comes out at `point`, which remembers it."""
        if isinstance(node, int):
            return node
        memo, before, changed = point.memo, point.before, point.changed
        todo = [node]
        while todo:
            one = todo[-1]
            number = one.number
            if number in memo:
                todo.pop()
            elif not one.mask & changed and number in before:
                memo[number] = before[number]
            elif one.operation is Form.SOURCE:
                assert isinstance(one.detail, int)
                memo[number] = point.values[one.detail]
            else:
                missing = [arg for arg in one.args if isinstance(arg, Node) and arg.number not in memo]
                if missing:
                    todo += missing
                    continue
                self.effort += 1
                arguments = tuple([memo[arg.number] if isinstance(arg, Node) else arg for arg in one.args])
                memo[number] = apply(one.operation, one.width, one.detail, arguments)
        self.spend()
        return memo[node.number]


def _bits(operation: Operation, args: tuple[Node | int, ...], width: int, detail: object) -> int:
    """How many bits the result has at most."""
    sizes = [arg.bits if isinstance(arg, Node) else (arg & TOP).bit_length() for arg in args]
    if operation is Form.BYTES:
        return 8 * len(args)
    if operation is Form.ENTRY:
        assert isinstance(detail, Table)
        return 8 * detail.size
    if operation == isa.AND:
        return min(*sizes, width)
    if operation in (isa.OR, isa.XOR):
        return min(max(sizes), width)
    if operation in (isa.RSH, isa.DIV, isa.MOD) and not detail:
        return min(sizes[0], width)
    return width
