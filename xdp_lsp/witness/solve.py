"""Inputs that make the conditions of a run hold, or one of them no longer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from xdp_lsp.isa import instruction as isa
from xdp_lsp.machine import Source
from xdp_lsp.machine.arithmetic import TOP, compare, signed
from xdp_lsp.witness.expression import Graph, Node, Point, mask_of
from xdp_lsp.witness.invert import Inverter

_JNSET = -1  # x & y == 0, which no instruction tests
_OPPOSITE = {isa.JEQ: isa.JNE, isa.JGT: isa.JLE, isa.JLT: isa.JGE, isa.JSGT: isa.JSLE, isa.JSLT: isa.JSGE}
_OPPOSITE |= {isa.JSET: _JNSET}
_OPPOSITE |= {value: key for key, value in _OPPOSITE.items()}
_MIRROR = {isa.JGT: isa.JLT, isa.JGE: isa.JLE, isa.JSGT: isa.JSLT, isa.JSGE: isa.JSLE}
_MIRROR |= {value: key for key, value in _MIRROR.items()}

_MOST_WAYS = 4  # to mend one condition
_DEEPEST = 5  # conditions mended one after another
_MOST_SEARCHED = 1000  # operations that trying values for one condition may cost
_MOST_STEPS = 64  # of one climb


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

    @property
    def key(self) -> tuple[int, ...]:
        """Tells it from others of the same graph."""
        x, y = (side.number if isinstance(side, Node) else ~side for side in (self.x, self.y))
        return self.operation, x, y, self.width

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
        self._hopeless: set[tuple[int, ...]] = set()  # what was searched at great cost

    def solve(self, goal: Condition, others: Sequence[Condition], point: Point) -> Iterator[dict[int, int]]:
        """Changes (source -> value) after which `goal` holds and `others` still do."""
        found = False
        for ways in (self.ways(goal, point), self._searched(goal, point)):
            for changes in ways:
                mended = self._mend(changes, [goal, *others], point)
                if mended is not None:
                    yield mended
                    found = True
            if found:
                return

    def climb(self, form: Node, enough: int, others: Sequence[Condition], point: Point) -> dict[int, int]:
        """Changes after which `form` (signed) is as near to `enough` as steps up take it, `others` holding."""
        changes: dict[int, int] = {}
        reached = signed(self._graph.evaluate(form, point))
        step = enough - reached
        for _ in range(_MOST_STEPS):
            if step <= 0 or reached >= enough:
                break
            goal = Condition(isa.JSGE, form, reached + step & TOP, 64)
            mended = (self._mend(way, [goal, *others], point) for way in self.ways(goal, point))
            found = next((way for way in mended if way is not None), None)
            if found is None:
                step //= 2
                continue
            changes |= found
            point = point.but(found)
            reached = signed(self._graph.evaluate(form, point))
            step = min(step, enough - reached)
        return changes

    def _mend(
        self, changes: dict[int, int], conditions: Sequence[Condition], point: Point, depth: int = 0
    ) -> dict[int, int] | None:
        """`changes` and what else must change so that all `conditions` hold; None where that is not found."""
        changed = mask_of(changes)
        there = point.but(changes)
        for condition in conditions:
            if condition.mask & changed and not self._holds(condition, there):
                break
        else:
            return changes
        if depth < _DEEPEST:
            for more in self.ways(condition, there, changed):
                found = self._mend({**changes, **more}, conditions, point, depth + 1)
                if found is not None:
                    return found
        return None

    def _holds(self, condition: Condition, point: Point) -> bool:
        x = self._graph.evaluate(condition.x, point)
        return condition.holds(x, self._graph.evaluate(condition.y, point))

    def ways(self, condition: Condition, point: Point, frozen: int = 0) -> Iterator[dict[int, int]]:
        """A few ways to make `condition` hold without the sources in `frozen`.

        First those that go no farther than they must, then one that goes as far as it can: loops run as often as
        a number says.
        """
        sources = self._graph.sources
        far = {source: sources[source].most for source in _members(condition.mask & ~frozen)}
        found = 0
        for changes in self._inverted(condition, point, frozen):
            if not self._holds(condition, point.but(changes)):
                continue
            yield changes
            found += 1
            if found == 1 and self._holds(condition, point.but(far)):
                yield far
            if found == _MOST_WAYS:
                return

    def _inverted(self, condition: Condition, point: Point, frozen: int) -> Iterator[dict[int, int]]:
        x, y = (self._graph.evaluate(side, point) for side in (condition.x, condition.y))
        inverter = Inverter(self._graph, point, frozen)
        mask = (1 << condition.width) - 1
        mirrored = _MIRROR.get(condition.operation, condition.operation)
        for target in targets(condition.operation, x & mask, y & mask, condition.width):
            yield from inverter.reach(condition.x, x & ~mask & TOP | target)
        for target in targets(mirrored, y & mask, x & mask, condition.width):
            yield from inverter.reach(condition.y, y & ~mask & TOP | target)

    def _searched(self, condition: Condition, point: Point) -> Iterator[dict[int, int]]:
        """What nothing says how to invert: every value of a narrow source, some of a wide one.

        Gives up where trying them costs much.
        """
        key = condition.key
        if key in self._hopeless:
            return
        effort = self._graph.effort
        for index in _members(condition.mask):
            for value in _tried(self._graph.sources[index]):
                if self._graph.effort > effort + _MOST_SEARCHED:
                    self._hopeless.add(key)
                    return
                changes = {index: value}
                if self._holds(condition, point.but(changes)):
                    yield changes


def _members(mask: int) -> Iterator[int]:
    while mask:
        yield (mask & -mask).bit_length() - 1
        mask &= mask - 1


def _tried(source: Source) -> Sequence[int]:
    values = source.allowed or range(1 << source.bits)
    return (
        values
        if len(values) <= 256
        else (values[0], values[1], values[2], values[-1], 1 << (source.bits - 1))
    )


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
        found = [y + 1, mask, *_widths(y, width)] if y < mask else []
    elif operation == isa.JGE:
        found = [y, mask, *_widths(y, width)]
    elif operation == isa.JLT:
        found = [y - 1, 0] if y else []
    elif operation == isa.JLE:
        found = [y, 0]
    elif operation == isa.JSGT:
        found = [y + 1, sign - 1, *_widths(y, width)] if y != sign - 1 else []
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
