"""Inputs that make the conditions of a run hold, or one of them no longer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from xdp_lsp.isa import instruction as isa
from xdp_lsp.machine.arithmetic import TOP, compare, signed
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
_MOST_SEARCHED = 3000  # operations that trying values for one condition may cost
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
        for changes in chain(self.ways(goal, values), self._searched(goal, values)):
            mended = self._mend(changes, [goal, *others], values, 0)
            if mended is not None:
                yield mended

    def climb(
        self, form: Node, enough: int, others: Sequence[Condition], values: Mapping[int, int]
    ) -> dict[int, int]:
        """Changes of `values` for which `form` (signed) gets as near to `enough` as steps up take it, `others` holding."""
        changes: dict[int, int] = {}
        merged = dict(values)
        reached = signed(self._graph.evaluate(form, merged, {}))
        step = enough - reached
        for _ in range(_MOST_STEPS):
            if step <= 0 or reached >= enough:
                break
            goal = Condition(isa.JSGE, form, reached + step & TOP, 64)
            mended = (self._mend(way, [goal, *others], merged, 0) for way in self.ways(goal, merged))
            found = next((way for way in mended if way is not None), None)
            if found is None:
                step //= 2
                continue
            changes |= found
            merged |= found
            reached = signed(self._graph.evaluate(form, merged, {}))
            step = min(step, enough - reached)
        return changes

    def _mend(
        self, changes: dict[int, int], conditions: Sequence[Condition], values: Mapping[int, int], depth: int
    ) -> dict[int, int] | None:
        """`changes` and what else must change so that all `conditions` hold; None where that is not found."""
        changed = _mask(changes)
        merged = {**values, **changes}
        memo: dict[int, int] = {}
        for condition in conditions:
            if condition.mask & changed and not self._holds(condition, merged, memo):
                break
        else:
            return changes
        if depth < _DEEPEST:
            for more in self.ways(condition, merged, changed):
                found = self._mend({**changes, **more}, conditions, values, depth + 1)
                if found is not None:
                    return found
        return None

    def _holds(
        self,
        condition: Condition,
        values: Mapping[int, int],
        memo: dict[int, int],
        before: Mapping[int, int] = {},
        changed: int = -1,
    ) -> bool:
        x = self._graph.evaluate(condition.x, values, memo, before, changed)
        return condition.holds(x, self._graph.evaluate(condition.y, values, memo, before, changed))

    def ways(
        self, condition: Condition, values: Mapping[int, int], frozen: int = 0
    ) -> Iterator[dict[int, int]]:
        """A few ways to make `condition` hold without the sources in `frozen`.

        First those that go no farther than they must, then one that goes as far as it can: loops run as often as
        a number says.
        """
        known: dict[int, int] = {}
        self._holds(condition, values, known)
        free = _members(condition.mask & ~frozen)
        far = {source: (1 << self._graph.sources[source].bits) - 1 for source in free}
        found = 0
        for changes in self._inverted(condition, known, frozen):
            if not self._holds(condition, {**values, **changes}, {}, known, _mask(changes)):
                continue
            yield changes
            found += 1
            if found == 1 and self._holds(condition, {**values, **far}, {}):
                yield far
            if found == _MOST_WAYS:
                return

    def _inverted(
        self, condition: Condition, known: Mapping[int, int], frozen: int
    ) -> Iterator[dict[int, int]]:
        x, y = (known[side.number] if isinstance(side, Node) else side for side in (condition.x, condition.y))
        inverter = Inverter(self._graph.sources, known, frozen)
        mask = (1 << condition.width) - 1
        mirrored = _MIRROR.get(condition.operation, condition.operation)
        for target in targets(condition.operation, x & mask, y & mask, condition.width):
            yield from inverter.reach(condition.x, x & ~mask & TOP | target)
        for target in targets(mirrored, y & mask, x & mask, condition.width):
            yield from inverter.reach(condition.y, y & ~mask & TOP | target)

    def _searched(self, condition: Condition, values: Mapping[int, int]) -> Iterator[dict[int, int]]:
        """What nothing says how to invert: every value of a narrow source, some of a wide one.

        Gives up where trying them costs much.
        """
        known: dict[int, int] = {}
        if self._holds(condition, values, known):
            return
        effort = self._graph.effort
        for source in _members(condition.mask):
            found = self._graph.sources[source]
            for value in found.allowed or (range(1 << found.bits) if found.bits <= 8 else _extremes(found.bits)):
                if self._graph.effort > effort + _MOST_SEARCHED:
                    return
                changes = {source: value}
                if self._holds(condition, {**values, **changes}, {}, known, 1 << source):
                    yield changes


def _mask(changes: Mapping[int, int]) -> int:
    mask = 0
    for source in changes:
        mask |= 1 << source
    return mask


def _members(mask: int) -> Iterator[int]:
    while mask:
        yield (mask & -mask).bit_length() - 1
        mask &= mask - 1


def _extremes(bits: int) -> tuple[int, ...]:
    return 0, 1, 2, (1 << bits) - 1, 1 << (bits - 1)


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
