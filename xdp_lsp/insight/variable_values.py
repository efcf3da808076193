"""What a local variable can hold at a line.

Control is "at a line" before each instruction that the line info gives that line. A value there is joined over all of
them, copy by copy: a function's code is copied where it is inlined, a loop's where it is unrolled.

clang's locations err in one way, where the scheduler has moved instructions past each other: a location then begins
an instruction or two before or after the assignment that it stands for (LLVM 22, ScheduleDAGSDNodes::EmitSchedule(),
puts it before the first instruction that comes later in the source, wherever that has got to). So where a block's
lines do not go forward, all locations that the variable has there are joined, and the ones next to them. Nothing
holds back the location of an assignment that needs no instruction: before one, what may be it says nothing.

And constants last too long there: where clang has lost an assignment, the one before it goes on, and one that is named
but once is taken to hold in the whole function ("not necessarily correct", says DwarfDebug.cpp of LLVM 22 itself, at
validThroughout()), while a register's or a slot's location ends where that is overwritten. So constants are believed
only of variables whose assignments all left code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from functools import reduce
from itertools import pairwise

from xdp_lsp.insight.located_value import is_computed, is_constant, value_in
from xdp_lsp.insight.variables import AtLines, Chain, CopyAtLine, Known, Told
from xdp_lsp.program import Image
from xdp_lsp.program.variables import Variable, VariableCopy, VariableLocation
from xdp_lsp.source import SourceLocation
from xdp_lsp.verifier.cfg import Block, FunctionGraph, is_conditional
from xdp_lsp.verifier.value import PointValues, joined

# More copies of a line than these are joined: nobody reads on.
_MOST_ROUNDS = 8


class Behind(Enum):
    """What there is behind a line that changes the variable."""

    NOTHING = "nothing"
    CHANGE = "change"  # or a line that names it and left no code: of a macro, perhaps, that changes it
    UNSEEN_CHANGE = "unseen change"  # the next one is an assignment that left no code


_Said = tuple[Told, Told | None, tuple[Told, ...]]


class LineReader:
    """Reads values at lines; `points` hold before each instruction that runs come to."""

    def __init__(self, image: Image, points: Mapping[int, PointValues]) -> None:
        self._points = points
        self._image = image
        self._inlined_at = image.source_map.inlined_at
        self._places = image.source_map.own_lines
        self._lines: dict[tuple[str, int], list[tuple[int, Chain]]] = {}  # pcs of each line, and their chains
        # Pcs of what was inlined at each line, and the chains of the line itself.
        self._called: dict[tuple[str, int], list[tuple[int, Chain]]] = {}
        self._graphs: dict[int, FunctionGraph] = {}  # by each pc
        self._turns: dict[tuple[int, Chain, str], bool] = {}
        for pc, place in sorted(self._places.items()):
            chain = self._inlined_at(pc)
            self._lines.setdefault((place.path, place.line), []).append((pc, chain))
            for depth, site in enumerate(chain, 1):
                self._called.setdefault((site.path, site.line), []).append((pc, chain[depth:]))
        self._tests = set(self._branches())
        for function in image.functions:
            graph = FunctionGraph(image, function.start)
            self._graphs.update(dict.fromkeys(graph.block_of, graph))

    def _branches(self) -> Iterator[tuple[str, int, Chain]]:
        """The line of each branch; of one that clang put together of several, the last line before it."""
        for pc, slot in enumerate(self._image.slots):
            place = self._image.source_map.location(pc) if is_conditional(slot) else None
            if place is not None:
                yield place.path, place.line, self._inlined_at(pc)

    # -- which instructions ---------------------------------------------------------------------

    def has_code(self, path: str, line: int) -> bool:
        """Whether any instruction is left of a line, or of what was inlined there."""
        return (path, line) in self._lines or (path, line) in self._called

    def told(
        self,
        variable: Variable,
        path: str,
        lines: Sequence[int],
        *,
        tests: bool,
        loses: bool = False,
        assigns: bool = True,
        behind: Behind = Behind.NOTHING,
    ) -> AtLines:
        """What is known of `variable` at `lines`; of one without own code at what was inlined there.

        `tests` says that the text of the lines tests something, `loses` that an assignment to it left no code.
        """
        if loses:
            variable = _without_constants(variable)
        by_chain: dict[Chain, list[int]] = {}
        for one in lines:
            for pc, chain in self._lines.get((path, one)) or self._called.get((path, one)) or ():
                by_chain.setdefault(chain, []).append(pc)
        said: dict[_Said, list[Chain]] = {}
        for chain, pcs in by_chain.items():
            is_moved = tests and not any((path, one, chain) in self._tests for one in lines)
            copies = [copy for copy in variable.copies if copy.chain == chain]
            if behind is not Behind.NOTHING:
                copies = [self._without_new(copy, pcs, behind) for copy in copies]
            for what in self._copies(variable, copies, pcs, is_moved=is_moved, assigns=assigns):
                said.setdefault(what, []).append(chain)
        if len(said) > 1:  # some copies are never run
            said = {what: chains for what, chains in said.items() if what[0].known is not Known.UNREACHED}
        at_line = tuple(CopyAtLine(tuple(dict.fromkeys(chains)), *what) for what, chains in said.items())
        at = _joined([copy.at for copy in at_line]) or Told(Known.NO_CODE)
        after = _joined([copy.after for copy in at_line if copy.after is not None])
        return AtLines(at_line, at, after)

    def _without_new(self, copy: VariableCopy, pcs: list[int], behind: Behind) -> VariableCopy:
        """`copy` with the locations unclear that may be of the next change behind `pcs`.

        Those of numbers that are computed may: what they are computed from may be there long before. So may, of a
        change without code, others that begin in the blocks of `pcs`.
        """
        blocks = {self._block_of(pc) for pc in pcs} - {None} if behind is Behind.UNSEEN_CHANGE else set()
        return copy._replace(
            locations=tuple(
                one._replace(expression=None)
                if self._block_of(one.start) in blocks or (one.expression and is_computed(one.expression))
                else one
                for one in copy.locations
            )
        )

    def _block_of(self, pc: int) -> int | None:
        return self._graphs[pc].block_of[pc] if pc in self._graphs else None

    def _copies(
        self, variable: Variable, copies: list[VariableCopy], pcs: list[int], *, is_moved: bool, assigns: bool
    ) -> Iterator[_Said]:
        """What is said of the variable in code that was inlined through one chain, once for each of its `copies`.

        `is_moved`: the line tests something, and not there.
        """
        if not any(pc in self._points for pc in pcs):
            yield Told(Known.UNREACHED), None, ()
            return
        if not copies:
            yield Told(Known.OPTIMISED_OUT), None, ()
        for copy in copies:
            own = pcs if len(copies) == 1 else [pc for pc in pcs if _is_in(copy, pc)]
            if any(pc in self._points for pc in own):
                yield self._copy(variable, copy, own, is_moved=is_moved, assigns=assigns)

    # -- what is known there --------------------------------------------------------------------

    def _copy(
        self, variable: Variable, copy: VariableCopy, pcs: list[int], *, is_moved: bool, assigns: bool
    ) -> _Said:
        rounds: list[tuple[int, Told | None]] = []  # column, what is told
        behind: list[Told | None] = []
        leaving: list[Told | None] = []
        for block, first, last in self._runs(copy.chain, pcs):
            place = self._places[block.pcs[first]]
            run = block.pcs[first : last + 1]
            following = block.pcs[last + 1 : last + 2]
            if self._turns_back(block, copy.chain, place.path):
                # Between the line's own parts, and beside them, are values of other lines: alone they say nothing, but
                # behind an assignment.
                parts = _stretches([at for at in range(first, last + 1) if block.pcs[at] in pcs])
                with_place = [
                    any(self._look(variable, copy, pc) for pc in block.pcs[start : end + 1])
                    for start, end in parts
                ]
                if not any(with_place) and not assigns:
                    rounds.append((place.column, None))
                    continue
                if any(with_place) and not all(with_place):
                    rounds.append((place.column, _NOWHERE))
                run += self._beside(copy, block, first, last)
            else:
                if following:
                    behind.append(self._changed(variable, copy, run[0], following[0]))
                leaving += [
                    self._look(variable, copy, pc) for pc in following or block.after if pc not in pcs
                ]
            if is_moved:
                run += self._tested(block)
            seen = (self._look(variable, copy, pc) for pc in run)
            rounds.append((place.column, _joined([told for told in seen if told is not None])))
        # Where it is nowhere in a part of the line it is not needed there any more, or not yet; not so where another
        # copy of the same part has it.
        needed = {column for column, told in rounds if told is not None}
        all_told = [told or _NOWHERE for column, told in rounds if column in needed]
        at = _joined(all_told) or _NOWHERE
        after = _joined([told for told in (behind if all_told else leaving) if told is not None])
        different = tuple(dict.fromkeys(all_told))
        is_unrolled = len({column for column, _ in rounds}) == 1 and 1 < len(different) <= _MOST_ROUNDS
        return at, None if after == at else after, different if is_unrolled else ()

    def _look(self, variable: Variable, copy: VariableCopy, pc: int) -> Told | None:
        """None where the variable has no place, or no run comes."""
        point, location = self._points.get(pc), _location(copy, pc)
        if point is None or location is None:
            return None
        if location.expression is None:
            return Told(Known.UNCLEAR)
        value = value_in(location.expression, variable.type, point, big_endian=self._image.big_endian)
        return Told(Known.VALUE, value)

    def _changed(self, variable: Variable, copy: VariableCopy, first: int, following: int) -> Told | None:
        """What the variable holds before `following` where it is not what it held before `first`, in the same block.

        Then an assignment is between them.
        """
        after = self._look(variable, copy, following)
        return None if after == self._look(variable, copy, first) else after

    def _runs(self, chain: Chain, pcs: list[int]) -> Iterator[tuple[Block, int, int]]:
        """`pcs` as stretches of blocks, by first and last index; one of a block whose lines turn back."""
        indexes: dict[int, list[int]] = {}
        for pc in pcs:
            if pc in self._graphs:
                indexes.setdefault(self._graphs[pc].block_of[pc], []).append(pc)
        for start, found in indexes.items():
            block = self._graphs[start].blocks[start]
            at = sorted(map(block.pcs.index, found))
            if self._turns_back(block, chain, self._places[block.pcs[at[0]]].path):
                yield block, at[0], at[-1]
            else:
                yield from ((block, first, last) for first, last in _stretches(at))

    def _turns_back(self, block: Block, chain: Chain, path: str) -> bool:
        """Whether the lines of a block do not go forward: instructions were moved, or a loop was unrolled into it."""
        key = block.start, chain, path
        if key not in self._turns:
            places = [self._places.get(pc) for pc in block.pcs if self._inlined_at(pc) == chain]
            lines = [place.line for place in places if place is not None and place.path == path]
            self._turns[key] = any(after < before for before, after in pairwise(lines))
        return self._turns[key]

    @staticmethod
    def _beside(copy: VariableCopy, block: Block, first: int, last: int) -> Iterator[int]:
        """A pc with the location that the variable has before those from `first` to `last`, and one behind them.

        Of one in memory all of the block: a store to it may have been moved.
        """
        locations = [_location(copy, pc) for pc in block.pcs]
        if any(map(_is_memory, locations[first : last + 1])):
            yield from (*block.pcs, *block.after)
            return
        for index, onwards in ((first, range(first - 1, -1, -1)), (last, range(last + 1, len(block.pcs)))):
            found = next((at for at in onwards if locations[at] not in (None, locations[index])), None)
            if found is not None:
                yield block.pcs[found]
            elif index == last:
                yield from (pc for pc in block.after if _location(copy, pc) != locations[index])

    def _tested(self, block: Block) -> Iterator[int]:
        """The branches that lead to `block`, and those of its line that lead to it: tests put together."""
        graph = self._graphs[block.start]
        todo: list[tuple[int, SourceLocation | None]] = [(start, None) for start in block.before]
        seen: set[int] = set()
        while todo:
            start, of = todo.pop()
            one = graph.blocks[start]
            line = self._places.get(one.last)
            is_branch = len(one.after) > 1
            if start not in seen and (of is None or not is_branch or line == of):
                seen.add(start)
                if is_branch:
                    yield one.last
                todo += [(before, line if is_branch else of) for before in one.before]


def _without_constants(variable: Variable) -> Variable:
    """`variable` with nothing understood where it is said to be a constant."""
    copies = (
        copy._replace(
            locations=tuple(
                one._replace(expression=None) if is_constant(one.expression) else one
                for one in copy.locations
            )
        )
        for copy in variable.copies
    )
    return variable._replace(copies=tuple(copies))


def _stretches(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The first and the last of each stretch of rising numbers without a gap."""
    first = numbers[0]
    for number, following in pairwise([*numbers, numbers[-1] + 2]):
        if following != number + 1:
            yield first, number
            first = following


def _is_in(copy: VariableCopy, pc: int) -> bool:
    return _location(copy, pc) is not None or any(low <= pc < high for low, high in copy.scope)


def _location(copy: VariableCopy, pc: int) -> VariableLocation | None:
    return next((one for one in copy.locations if one.start <= pc < one.end), None)


def _is_memory(location: VariableLocation | None) -> bool:
    return location is not None and location.expression is not None and location.expression[-1].name == "breg"


def _joined(all_told: Sequence[Told]) -> Told | None:
    """What holds all of them; None where there are none."""
    known = {told.known for told in all_told} - {Known.UNREACHED}
    if not known:
        return all_told[0] if all_told else None
    if Known.UNCLEAR in known:
        return Told(Known.UNCLEAR)
    if known == {Known.OPTIMISED_OUT}:
        return _NOWHERE
    value = reduce(joined, (told.value for told in all_told if told.known in (Known.VALUE, Known.IN_PLACES)))
    return Told(Known.VALUE if known == {Known.VALUE} else Known.IN_PLACES, value)


_NOWHERE = Told(Known.OPTIMISED_OUT)
