"""Inverting: what comes out of it, put in, gives what was wanted. On any operation, and on whole expressions."""

from __future__ import annotations

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from xdp_lsp.isa import instruction as isa
from xdp_lsp.machine import Kind, Source
from xdp_lsp.machine.arithmetic import TOP
from xdp_lsp.witness.expression import Form, Graph, Node, Point, Table, apply
from xdp_lsp.witness.invert import Inverter, preimages
from xdp_lsp.witness.solve import Condition, Solver

_ALU = (isa.ADD, isa.SUB, isa.MUL, isa.DIV, isa.OR, isa.AND, isa.LSH, isa.RSH, isa.MOD, isa.XOR, isa.ARSH)
_COMPARISONS = (
    isa.JEQ, isa.JGT, isa.JGE, isa.JSET, isa.JNE, isa.JSGT, isa.JSGE, isa.JLT, isa.JLE, isa.JSLT, isa.JSLE,
)  # fmt: skip
_SOURCES = [Source(Kind.PACKET, number=number) for number in range(4)]

words = st.one_of(st.integers(0, TOP), st.sampled_from((0, 1, 2, 8, 255, 1 << 31, TOP)), st.integers(0, 300))
widths = st.sampled_from((32, 64))


@settings(deadline=None)
@given(st.sampled_from(_ALU), widths, st.booleans(), st.tuples(words, words), words)
def test_every_preimage_of_an_operation_gives_the_target(
    operation: int, width: int, is_signed: bool, values: tuple[int, int], other: int
) -> None:
    x, y = values
    is_signed = is_signed and operation in (isa.DIV, isa.MOD)
    # A target that some x gives, so that there is something to find.
    target = apply(operation, width, is_signed, (other, y))
    for position, value in preimages(operation, (x, y), target, width=width, detail=is_signed):
        replaced = (value, y) if position == 0 else (x, value)
        assert apply(operation, width, is_signed, replaced) == target


@settings(deadline=None)
@given(st.sampled_from((isa.ADD, isa.SUB, isa.XOR)), widths, words, words, words)
def test_what_can_be_undone_always_is(operation: int, width: int, x: int, y: int, target: int) -> None:
    target &= (1 << width) - 1
    assert {position for position, _ in preimages(operation, (x, y), target, width=width)} == {0, 1}


@settings(deadline=None)
@given(st.sampled_from((16, 32, 64)), words, words)
def test_swaps_and_extensions(width: int, x: int, other: int) -> None:
    for operation, detail in ((Form.SWAP, 0), (Form.EXTEND, 8), (Form.EXTEND, 16)):
        target = apply(operation, width, detail, (other,))
        found = list(preimages(operation, (x,), target, width=width, detail=detail))
        assert found
        assert all(apply(operation, width, detail, (value,)) == target for _, value in found)


def test_a_table_is_searched() -> None:
    table = Table(1000, bytes((8, 16, 20, 40)), 1, "little")
    assert list(preimages(Form.ENTRY, (1000,), 20, width=64, detail=table)) == [(0, 1002)]
    assert not list(preimages(Form.ENTRY, (1000,), 21, width=64, detail=table))


@st.composite
def expressions(draw: st.DrawFn, graph: Graph, depth: int = 4) -> Node | int:
    """A sum of shifts of masks of ... bytes, as clang writes lengths."""
    kind = draw(st.integers(0, 5 if depth else 1))
    if kind == 0:
        return graph.source(draw(st.sampled_from(_SOURCES)))
    if kind == 1:
        return draw(words)
    inner = [draw(expressions(graph, depth - 1)) for _ in range(2)]
    assume(any(isinstance(one, Node) for one in inner))
    if kind == 2 and all(isinstance(one, Node) for one in inner):
        parts = tuple(graph.make(isa.AND, (one, 0xFF)) for one in inner)
        return graph.make(Form.BYTES, parts)
    if kind == 3 and isinstance(inner[0], Node):
        return graph.make(Form.SWAP, (inner[0],), draw(st.sampled_from((16, 32, 64))))
    if kind == 4 and isinstance(inner[0], Node):
        return graph.make(Form.EXTEND, (inner[0],), draw(widths), draw(st.sampled_from((8, 16, 32))))
    return graph.make(draw(st.sampled_from(_ALU)), (inner[0], inner[1]), draw(widths))


@settings(deadline=None)
@given(st.data(), st.lists(st.integers(0, 255), min_size=8, max_size=8))
def test_changes_that_touch_each_source_once_give_the_target(data: st.DataObject, numbers: list[int]) -> None:
    graph = Graph()
    for source in _SOURCES:
        graph.source(source)
    node = data.draw(expressions(graph))
    assume(isinstance(node, Node) and node.mask)
    now, then = dict(enumerate(numbers[:4])), dict(enumerate(numbers[4:]))
    target = graph.evaluate(node, Point(then, {}))
    point = Point(now, {})
    for changes in Inverter(graph, point, 0).reach(node, target):
        assert all(0 <= value <= 255 for value in changes.values())
        if _is_tree(node):
            assert graph.evaluate(node, point.but(changes)) == target


def _is_tree(node: Node | int, seen: list[int] | None = None) -> bool:
    """Whether no source is in it twice."""
    seen = [] if seen is None else seen
    if isinstance(node, int):
        return True
    if node.operation is Form.SOURCE:
        seen.append(node.number)
        return len(set(seen)) == len(seen)
    return all(_is_tree(arg, seen) for arg in node.args)


@given(
    st.data(), st.sampled_from(_COMPARISONS), widths, st.lists(st.integers(0, 255), min_size=4, max_size=4)
)
def test_a_solution_holds_with_what_held_before(
    data: st.DataObject, operation: int, width: int, numbers: list[int]
) -> None:
    graph = Graph()
    for source in _SOURCES:
        graph.source(source)
    x, y, z = (data.draw(expressions(graph, 2)) for _ in range(3))
    goal, other = Condition(operation, x, y, width), Condition(isa.JLE, z, 100, 64)
    assume(goal.mask and other.mask)
    point = Point(dict(enumerate(numbers)), {})

    def holds(condition: Condition, at: Point) -> bool:
        return condition.holds(graph.evaluate(condition.x, at), graph.evaluate(condition.y, at))

    if not holds(other, point):
        other = other.opposite()
    for changes in Solver(graph).solve(goal, [other], point):
        there = point.but(changes)
        assert holds(goal, there)
        assert holds(other, there)
        assert not holds(goal.opposite(), there)
        assert graph.evaluate(x, Point(there.values, {})) == graph.evaluate(
            x, there
        )  # what was kept was right


def test_a_length_is_solved_under_its_check() -> None:
    graph = Graph()
    low, high = (graph.source(source) for source in _SOURCES[:2])
    length = graph.make(Form.BYTES, (low, high))
    limit = Condition(isa.JLE, length, 300, 32)
    words_of = graph.make(isa.LSH, (length, 2))
    point = Point({0: 0, 1: 0}, {})
    goal = Condition(isa.JEQ, words_of, 1200, 64)
    assert next(Solver(graph).solve(goal, [limit], point)) == {0: 44, 1: 1}
    assert not list(Solver(graph).solve(goal._replace(y=1204), [limit], point))
