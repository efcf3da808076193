"""Inputs that make the conditions of a run hold, or one of them no longer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from xdp_lsp.isa import instruction as isa
from xdp_lsp.machine.arithmetic import compare
from xdp_lsp.witness.expression import Graph, Node
from xdp_lsp.witness.invert import Inverter

_JNSET = -1  # x & y == 0, which no instruction tests
_OPPOSITE = {isa.JEQ: isa.JNE, isa.JGT: isa.JLE, isa.JLT: isa.JGE, isa.JSGT: isa.JSLE, isa.JSLT: isa.JSGE}
_OPPOSITE |= {isa.JSET: _JNSET}
_OPPOSITE |= {value: key for key, value in _OPPOSITE.items()}
_MIRROR = {isa.JGT: isa.JLT, isa.JGE: isa.JLE, isa.JSGT: isa.JSLT, isa.JSGE: isa.JSLE}
_MIRROR |= {value: key for key, value in _MIRROR.items()}

_MOST_WAYS = 4  # to mend one condition
_DEEPEST = 5  # conditions mended one after another
_MOST_SEARCHED = 3  # sources of one condition that are searched value by value


class Condition(NamedTuple):
    """`x operation y`, of the low `width` bits."""

    operation: int
    x: Node | int
    y: Node | int
    width: int

    @property
    def mask(self) -> int:
        """A bit for each source that bears on it."""
        return (self.x.mask if isinstance(self.x, Node) else 0) | (
            self.y.mask if isinstance(self.y, Node) else 0
        )

    def opposite(self) -> Condition:
        return self._replace(operation=_OPPOSITE[self.operation])

    def holds(self, x: int, y: int) -> bool:
        if self.operation == _JNSET:
            return not compare(isa.JSET, x, y, self.width)
        return compare(self.operation, x, y, self.width)


class Solver:
    """Changes inputs as little as it can: sources that a condition does not rest on stay."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def solve(
        self, goal: Condition, others: Sequence[Condition], values: Mapping[int, int]
    ) -> Iterator[dict[int, int]]:
        """Changes of `values` (source -> value) for which `goal` holds and `others` still do."""
        for changes in self.ways(goal, values, 0):
            mended = self._mend(changes, [goal, *others], values, 0)
            if mended is not None:
                yield mended

    def _mend(
        self, changes: dict[int, int], conditions: Sequence[Condition], values: Mapping[int, int], depth: int
    ) -> dict[int, int] | None:
        """`changes` and what else must change so that all `conditions` hold; None where that is not found."""
        changed = 0
        for source in changes:
            changed |= 1 << source
        merged = {**values, **changes}
        known: dict[int, int] = {}
        for condition in conditions:
            if condition.mask & changed and not self._holds(condition, merged, known):
                break
        else:
            return changes
        if depth < _DEEPEST:
            for more in self.ways(condition, merged, changed):
                found = self._mend({**changes, **more}, conditions, values, depth + 1)
                if found is not None:
                    return found
        return None

    def _holds(self, condition: Condition, values: Mapping[int, int], known: dict[int, int]) -> bool:
        evaluate = self._graph.evaluate
        return condition.holds(evaluate(condition.x, values, known), evaluate(condition.y, values, known))

    def ways(self, condition: Condition, values: Mapping[int, int], frozen: int) -> Iterator[dict[int, int]]:
        """A few ways to make `condition` hold without the sources in `frozen`, the least far from it first."""
        given = 0
        for changes in self._candidates(condition, values, frozen):
            if self._holds(condition, {**values, **changes}, {}):
                yield changes
                given += 1
                if given == _MOST_WAYS:
                    return

    def _candidates(
        self, condition: Condition, values: Mapping[int, int], frozen: int
    ) -> Iterator[dict[int, int]]:
        known: dict[int, int] = {}
        x = self._graph.evaluate(condition.x, values, known)
        y = self._graph.evaluate(condition.y, values, known)
        inverter = Inverter(self._graph.sources, known, frozen)
        mask = (1 << condition.width) - 1
        mirrored = _MIRROR.get(condition.operation, condition.operation)
        for target in targets(condition.operation, x & mask, y & mask, condition.width):
            yield from inverter.reach(condition.x, x & ~mask | target)
        for target in targets(mirrored, y & mask, x & mask, condition.width):
            yield from inverter.reach(condition.y, y & ~mask | target)
        yield from self._searched(condition, frozen)

    def _searched(self, condition: Condition, frozen: int) -> Iterator[dict[int, int]]:
        """Every value of a narrow source, some of a wide one."""
        left = condition.mask & ~frozen
        for _ in range(_MOST_SEARCHED):
            if not left:
                return
            source = (left & -left).bit_length() - 1
            left &= left - 1
            found = self._graph.sources[source]
            wide = [0, 1, 2, (1 << found.bits) - 1, 1 << (found.bits - 1)]
            for value in found.allowed or (range(1 << found.bits) if found.bits <= 8 else wide):
                yield {source: value}


def targets(operation: int, x: int, y: int, width: int) -> list[int]:
    """Values of x for which `x operation y` holds: the nearest to the boundary, and the farthest from it."""
    mask, sign = (1 << width) - 1, 1 << (width - 1)
    if operation == isa.JEQ:
        found = [y]
    elif operation == isa.JNE:
        found = [y + 1, y - 1, y ^ sign]
    elif operation == isa.JSET:
        found = [x | y & -y, x | y]
    elif operation == _JNSET:
        found = [x & ~y]
    elif operation == isa.JGT:
        found = [y + 1, mask] + _widths(y, width) if y < mask else []
    elif operation == isa.JGE:
        found = [y, mask, *_widths(y, width)]
    elif operation == isa.JLT:
        found = [y - 1, 0] if y else []
    elif operation == isa.JLE:
        found = [y, 0]
    elif operation == isa.JSGT:
        found = [y + 1, sign - 1] + _widths(y, width) if y != sign - 1 else []
    elif operation == isa.JSGE:
        found = [y, sign - 1, *_widths(y, width)]
    elif operation == isa.JSLT:
        found = [y - 1, 0, sign] if y != sign else []
    else:
        found = [y, 0, sign]
    return list(dict.fromkeys(value & mask for value in found))


def _widths(y: int, width: int) -> list[int]:
    """The largest numbers of the narrower widths, which are what a narrower source can be."""
    return [limit for bits in (8, 16, 32) if bits < width and (limit := (1 << bits) - 1) > y]
