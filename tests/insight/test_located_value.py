"""Expressions of DWARF over everything that registers and stack can hold, against the same over numbers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.support.variables import number, raw
from xdp_lsp.domains.scalar import WORD, Scalar
from xdp_lsp.insight.located_value import value_in
from xdp_lsp.machine import Inputs, Machine
from xdp_lsp.objfile import DwarfType, Operation
from xdp_lsp.objfile import Kind as TypeKind
from xdp_lsp.program.image import Attach, Image, Program
from xdp_lsp.verifier.value import Kind, PointValues, Value

_TOP = (1 << 64) - 1
words = st.one_of(st.integers(0, 300), st.integers(_TOP - 300, _TOP), st.integers(0, _TOP))
scalars = st.builds(lambda a, b: (a, WORD.join(WORD.const(a), WORD.const(b))), words, words)
types = st.builds(
    lambda size, kind: DwarfType("T", size, kind),
    st.sampled_from((1, 2, 4, 8)),
    st.sampled_from((TypeKind.SIGNED, TypeKind.UNSIGNED)),
)
_LEAVES = st.one_of(
    st.builds(lambda n, k: (Operation("breg", (n, k)),), st.integers(1, 3), st.integers(-9, 300)),
    st.builds(lambda n: (Operation("lit", (n,)),), st.integers(0, 31)),
    st.builds(lambda n: (Operation("consts", (n,)),), st.integers(-300, 300)),
)
_TWO = ("plus", "minus", "mul", "and", "or", "xor", "div")
_SHIFTS = ("shl", "shr", "shra")


def _larger(smaller: st.SearchStrategy[tuple[Operation, ...]]) -> st.SearchStrategy[tuple[Operation, ...]]:
    return st.one_of(
        st.builds(lambda a, b, name: (*a, *b, Operation(name)), smaller, smaller, st.sampled_from(_TWO)),
        st.builds(
            lambda a, n, name: (*a, Operation("lit", (n,)), Operation(name)),
            smaller,
            st.integers(0, 31),
            st.sampled_from(_SHIFTS),
        ),
        st.builds(lambda a, name: (*a, Operation(name)), smaller, st.sampled_from(("neg", "not"))),
        st.builds(lambda a, n: (*a, Operation("plus_uconst", (n,))), smaller, st.integers(0, 300)),
    )


_CONVERTED = st.builds(
    lambda a, width, signed, other: (
        *a,
        Operation("convert", (width, signed)),
        Operation("convert", (other, signed)),
    ),
    st.recursive(_LEAVES, _larger, max_leaves=3),
    st.sampled_from((1, 8, 16, 32, 64)),
    st.integers(0, 1),
    st.sampled_from((8, 16, 32, 64)),
)
expressions = st.one_of(st.recursive(_LEAVES, _larger, max_leaves=5), _CONVERTED)


def machine_with(registers: list[int], stack: bytes, *, big_endian: bool) -> Machine:
    image = Image(slots=(), functions=(), programs=(), big_endian=big_endian)
    machine = Machine(image, Program("p", "xdp", 0, Attach.XDP), Inputs())
    machine.frames[-1].registers[1:4] = registers
    top = machine.frames[-1].registers[10]
    assert top is not None
    for at, byte in enumerate(stack):
        machine.store(top - len(stack) + at, 1, byte)
    return machine


def point_with(registers: list[Scalar], stack: dict[int, tuple[int, Value]]) -> PointValues:
    values: list[Value | None] = [None] * 11
    values[1:4] = [Value(Kind.SCALAR, one) for one in registers]
    values[10] = Value(Kind.STACK, WORD.const(0))
    return PointValues(tuple(values), stack)


def holds(value: Value | None, concrete: int) -> bool:
    return value is None or (value.kind is Kind.SCALAR and WORD.contains(value.number, concrete))


@given(st.lists(scalars, min_size=3, max_size=3), expressions, types)
def test_what_comes_out_of_members_is_a_member(
    given_: list[tuple[int, Scalar]], expression: tuple[Operation, ...], type_: DwarfType
) -> None:
    complete = (*expression, Operation("stack_value"))
    machine = machine_with([one for one, _ in given_], b"", big_endian=False)
    concrete = raw(machine, complete, type_.size)
    point = point_with([scalar for _, scalar in given_], {})
    value = value_in(complete, type_, point, big_endian=False)
    assert concrete is None or holds(value, number(concrete, type_))


@given(st.integers(0, _TOP), st.sampled_from((1, 2, 4, 8)), st.integers(0, 7), types, st.booleans())
def test_a_part_of_a_slot(word: int, size: int, skipped: int, type_: DwarfType, big_endian: bool) -> None:
    word &= (1 << 8 * size) - 1
    order = "big" if big_endian else "little"
    machine = machine_with([0, 0, 0], word.to_bytes(size, order).ljust(16, b"\0"), big_endian=big_endian)
    point = point_with([WORD.const(0)] * 3, {-16: (size, Value(Kind.SCALAR, WORD.const(word)))})
    expression = (Operation("breg", (10, -16 + skipped)),)
    concrete = raw(machine, expression, type_.size)
    assert concrete is not None
    value = value_in(expression, type_, point, big_endian=big_endian)
    assert holds(value, number(concrete, type_))
    if skipped == 0 and type_.size == size:
        assert value is not None and value.number.constant == number(concrete, type_) & _TOP


def test_a_register_is_cut_to_its_type() -> None:
    point = point_with([WORD.between(0x1FE, 0x1FF)] * 3, {})
    register = (Operation("reg", (2,)),)
    for kind, least in ((TypeKind.UNSIGNED, 0xFE), (TypeKind.SIGNED, -2)):
        value = value_in(register, DwarfType("T", 1, kind), point, big_endian=False)
        assert value is not None and WORD.signed(value.number) == (least, least + 1)


def test_numbers_are_divided_as_signed_ones() -> None:
    half = (Operation("breg", (1, 0)), Operation("lit", (2,)), Operation("div"), Operation("stack_value"))
    for kind in (TypeKind.SIGNED, TypeKind.UNSIGNED):
        value = value_in(
            half, DwarfType("T", 8, kind), point_with([WORD.const(-7)] * 3, {}), big_endian=False
        )
        assert value is not None and WORD.signed(value.number) == (-3, -3)


def test_a_number_is_taken_off_another() -> None:
    operands = (Operation("breg", (1, 0)), Operation("breg", (2, 0)))
    point = point_with([WORD.const(7), WORD.between(2, 3), WORD.top], {})
    difference = (*operands, Operation("minus"), Operation("stack_value"))
    value = value_in(difference, DwarfType("T", 8, TypeKind.SIGNED), point, big_endian=False)
    assert value is not None and WORD.signed(value.number) == (4, 5)
