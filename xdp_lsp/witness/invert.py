"""What an argument of an operation must be for a given result, the other arguments being as they are."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from xdp_lsp.isa import instruction as isa
from xdp_lsp.machine.arithmetic import TOP, alu, byte_swap
from xdp_lsp.witness.expression import Form, Graph, Node, Operation, Point, Table, apply

_DEEPEST = 64
# A table with more entries than this is not searched.
_LONGEST_TABLE = 1 << 12


def preimages(
    operation: Operation,
    values: tuple[int, ...],
    target: int,
    *,
    width: int,
    detail: object = 0,
    free: Collection[int] = (0, 1),
) -> Iterator[tuple[int, int]]:
    """(position, value): the operation gives `target` with that argument `value` and the others as in `values`.

    Only arguments at positions in `free` are asked for. Some values where there are many, none where there is none or
    it is not known how to find one. BYTES has none: all its arguments count at once.
    """
    mask = (1 << width) - 1
    if target & ~mask:
        return
    if operation is Form.SWAP:
        yield 0, values[0] & ~mask & TOP | byte_swap(target, width)
    elif operation is Form.EXTEND:
        assert isinstance(detail, int)
        low = (1 << detail) - 1
        candidate = values[0] & ~low & TOP | target & low
        if apply(operation, width, detail, (candidate,)) == target:
            yield 0, candidate
    elif operation is Form.ENTRY:
        assert isinstance(detail, Table)
        for address in range(detail.first, detail.first + min(len(detail.data), _LONGEST_TABLE)):
            if detail.entry(address) == target:
                yield 0, address
    elif isinstance(operation, int):
        x, y = values
        for position, candidate in _of_alu(operation, width, (x & mask, y & mask), target, free):
            if position not in free:
                continue
            # Above `width` an operand is not looked at, and stays as it is.
            full = values[position] & ~mask & TOP | candidate & mask
            replaced = (full, y) if position == 0 else (x, full)
            if alu(operation, *replaced, width, bool(detail)) == target:
                yield position, full


def _of_alu(
    operation: int, width: int, values: tuple[int, int], target: int, free: Collection[int]
) -> Iterator[tuple[int, int]]:
    """Candidates for (position, value), not all of which are right; all numbers are of `width` bits."""
    x, y = values
    if operation == isa.ADD:
        yield 0, target - y
        yield 1, target - x
    elif operation == isa.SUB:
        yield 0, target + y
        yield 1, x - target
    elif operation == isa.XOR:
        yield 0, target ^ y
        yield 1, target ^ x
    elif operation == isa.AND:
        yield 0, target | x & ~y
        yield 1, target | y & ~x
    elif operation == isa.OR:
        yield 0, target & ~y | x & y
        yield 1, target & ~x | x & y
    elif operation == isa.MUL:
        yield from ((0, value) for value in _factors(y, target, width))
        yield from ((1, value) for value in _factors(x, target, width))
    elif operation == isa.DIV:
        yield 0, target * y
        if target:
            yield 1, x // target
    elif operation == isa.MOD:
        yield 0, x - x % y + target if y else target
        yield 0, target
    else:
        yield from _of_shift(operation, width, x, y & width - 1, target)
        counts = range(width) if 1 in free else ()
        yield from ((1, count) for count in counts if alu(operation, x, count, width) == target)


def _of_shift(operation: int, width: int, x: int, count: int, target: int) -> Iterator[tuple[int, int]]:
    if operation == isa.LSH:
        lost = (1 << width) - (1 << (width - count)) if count else 0  # bits that fall out stay as they are
        yield 0, target >> count | x & lost
    else:
        yield 0, target << count | x & (1 << count) - 1
        yield 0, target << count


def _factors(known: int, product: int, width: int) -> Iterator[int]:
    """The least number that gives `product` together with `known`."""
    if known:
        twos = (known & -known).bit_length() - 1
        if product & ((1 << twos) - 1) == 0:
            modulus = 1 << (width - twos)
            yield (product >> twos) * pow(known >> twos, -1, modulus) % modulus


class Inverter:
    """Finds values of sources for which a node comes out as wanted at a point; sources of the mask `frozen` stay."""

    def __init__(self, graph: Graph, point: Point, frozen: int) -> None:
        self._graph = graph
        self._point = point
        self._frozen = frozen

    def reach(self, node: Node | int, target: int, depth: int = 0) -> Iterator[dict[int, int]]:
        """Changes (source -> value), each of which may do; where a source is there twice, it may not."""
        if self._graph.evaluate(node, self._point) == target:
            yield {}
            return
        if isinstance(node, int) or depth > _DEEPEST or target >> node.bits or not node.mask & ~self._frozen:
            return
        if node.operation is Form.SOURCE:
            assert isinstance(node.detail, int)
            allowed = self._graph.sources[node.detail].allowed
            if not allowed or target in allowed:
                yield {node.detail: target}
        elif node.operation is Form.BYTES:
            yield from self._bytes(node, target, depth)
        else:
            values = tuple([self._graph.evaluate(arg, self._point) for arg in node.args])
            free = [at for at, arg in enumerate(node.args) if isinstance(arg, Node)]
            found = preimages(node.operation, values, target, width=node.width, detail=node.detail, free=free)
            for position, value in found:
                yield from self.reach(node.args[position], value, depth + 1)

    def _bytes(self, node: Node, target: int, depth: int) -> Iterator[dict[int, int]]:
        changes: dict[int, int] = {}
        for at, arg in enumerate(node.args):
            found = next(self.reach(arg, target >> 8 * at & 0xFF, depth + 1), None)
            if found is None or any(changes.get(source, value) != value for source, value in found.items()):
                return
            changes |= found
        yield changes
