"""What a variable holds before an instruction: its DWARF expression, worked out over everything that can be there.

Sound: each operation is one of the value domain (`domains.scalar`), which holds every concrete result. What is not
known or not understood is None, "anything".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from xdp_lsp.domains.scalar import WORD, Infeasible, Scalar
from xdp_lsp.objfile import DwarfType, Operation
from xdp_lsp.objfile import Kind as TypeKind
from xdp_lsp.verifier.value import OTHER, Kind, PointValues, Value


def value_in(
    expression: tuple[Operation, ...], type_: DwarfType, point: PointValues, *, big_endian: bool
) -> Value | None:
    """Every value of a variable of `type_` that is where `expression` says (`VariableLocation`); None: it may be any.

    `type_` is an integer or a pointer of 1, 2, 4 or 8 bytes.
    """
    try:
        return as_typed(_evaluate(expression, type_.size, point, big_endian=big_endian), type_)
    except (Infeasible, IndexError):  # no run comes here; an expression takes more than it pushed
        return as_typed(None, type_)


def is_constant(expression: tuple[Operation, ...] | None) -> bool:
    """Whether an expression, understood or not, is of no register and so of no memory."""
    return expression is not None and not any(one.name in ("reg", "breg") for one in expression)


def is_computed(expression: tuple[Operation, ...]) -> bool:
    """Whether the number is no constant, and nowhere as it is: an assignment without code may have made it."""
    names = {operation.name for operation in expression}
    moved = any(operation.name == "breg" and operation.operands[1] for operation in expression)
    return bool(names & {"breg", "reg"}) and "stack_value" in names and (moved or bool(names & _ARITHMETIC))


def as_typed(value: Value | None, type_: DwarfType) -> Value | None:
    """`value` cut to the bytes of the type and extended as it says: a number of 64 bits that compares as C does."""
    bits = 8 * type_.size
    if bits == WORD.bits:
        return value
    number = value.number if value is not None and value.kind is Kind.SCALAR else WORD.top
    extend = WORD.sign_extend if type_.kind is TypeKind.SIGNED else WORD.zero_extend
    return Value(Kind.SCALAR, extend(number, bits))


def _evaluate(
    expression: tuple[Operation, ...], size: int, point: PointValues, *, big_endian: bool
) -> Value | None:
    stack: list[Value | None] = []
    for at, (name, operands) in enumerate(expression):
        if at and expression[at - 1].name == "convert" and name not in ("convert", "stack_value"):
            return None  # what follows would be arithmetic of that type
        if name == "reg":
            return _register(point, operands[0]) if len(expression) == 1 else None
        if name == "stack_value":
            return stack[-1] if at + 1 == len(expression) else None
        if name == "breg":
            stack.append(_plus(_register(point, operands[0]), WORD.const(operands[1])))
        elif name == "lit" or (name.startswith("const") and name not in ("constx", "const_type")):
            stack.append(Value(Kind.SCALAR, WORD.const(operands[0])))
        elif name == "plus_uconst":
            stack.append(_plus(stack.pop(), WORD.const(operands[0])))
        elif name == "convert":
            stack.append(_converted(stack.pop(), *(operands or (WORD.bits, 0))))
        elif name in ("deref", "deref_size"):
            stack.append(_loaded(stack.pop(), operands[0] if operands else 8, point, big_endian=big_endian))
        elif name in _UNARY:
            value = _number(stack.pop())
            stack.append(None if value is None else Value(Kind.SCALAR, _UNARY[name](value)))
        elif name in ("plus", "minus"):
            right, left = stack.pop(), stack.pop()
            stack.append(_sum(left, right) if name == "plus" else _difference(left, right))
        elif name in _BINARY:
            other, one = _number(stack.pop()), _number(stack.pop())
            known = None if one is None or other is None else _BINARY[name](one, other)
            stack.append(None if known is None else Value(Kind.SCALAR, known))
        else:
            return None
    return _loaded(stack[-1], size, point, big_endian=big_endian)


def _register(point: PointValues, number: int) -> Value | None:
    return point.registers[number] if number < len(point.registers) else None


def _number(value: Value | None) -> Scalar | None:
    return value.number if value is not None and value.kind is Kind.SCALAR else None


def _plus(value: Value | None, number: Scalar) -> Value | None:
    if value is None or number.constant == 0:
        return value
    if value.kind is Kind.OTHER or value.may_be_null:  # NULL and 8 is no pointer
        return OTHER if value.kind is Kind.OTHER else None
    return value._replace(number=WORD.add(value.number, number))


def _sum(one: Value | None, other: Value | None) -> Value | None:
    if (number := _number(other)) is not None:
        return _plus(one, number)
    return None if (number := _number(one)) is None else _plus(other, number)


def _difference(left: Value | None, right: Value | None) -> Value | None:
    number = _number(right)
    return None if number is None else _plus(left, WORD.scale(number, -1))


def _converted(value: Value | None, bits: int, is_signed: int) -> Value | None:
    if bits >= WORD.bits:
        return value
    number = _number(value)
    extend = WORD.sign_extend if is_signed else WORD.zero_extend
    return Value(Kind.SCALAR, extend(WORD.top if number is None else number, bits))


def _loaded(address: Value | None, size: int, point: PointValues, *, big_endian: bool) -> Value | None:
    """What the function's own stack holds in `size` bytes at `address`."""
    if address is None or address.kind is not Kind.STACK or address.frame or address.number.constant is None:
        return None
    return stack_value(point.stack, WORD.signed(address.number)[0], size, big_endian=big_endian)


def stack_value(
    stack: Mapping[int, tuple[int, Value]], offset: int, size: int, *, big_endian: bool
) -> Value | None:
    """The `size` bytes at `offset`, zero-extended, where they are one slot or a part of one."""
    for start, (length, value) in stack.items():
        if start == offset and length == size:
            return value
        if start <= offset and offset + size <= start + length and value.kind is Kind.SCALAR:
            skipped = start + length - offset - size if big_endian else offset - start
            part = WORD.zero_extend(WORD.shift_right(value.number, 8 * skipped), 8 * size)
            return Value(Kind.SCALAR, part)
    return None


def _shift_left(one: Scalar, other: Scalar) -> Scalar | None:
    count = other.constant
    return WORD.shift_left(one, count) if count is not None and count < WORD.bits else None


def _shift_right(one: Scalar, other: Scalar) -> Scalar | None:
    count = other.constant
    return WORD.shift_right(one, count) if count is not None and count < WORD.bits else None


def _shift_right_arithmetic(one: Scalar, other: Scalar) -> Scalar | None:
    count = other.constant
    return WORD.shift_right_arithmetic(one, count) if count is not None and count < WORD.bits else None


# What nobody converted is of the generic type: 64 bits, and signed only where it is divided (DWARF 5, 2.5.1.4).
_UNARY: dict[str, Callable[[Scalar], Scalar]] = {
    "neg": lambda x: WORD.scale(x, -1),
    "not": lambda x: WORD.xor(x, WORD.const(-1)),
}
_BINARY: dict[str, Callable[[Scalar, Scalar], Scalar | None]] = {
    "mul": WORD.mul,
    "div": WORD.signed_divide,
    "and": WORD.and_,
    "or": WORD.or_,
    "xor": WORD.xor,
    "shl": _shift_left,
    "shr": _shift_right,
    "shra": _shift_right_arithmetic,
}

_ARITHMETIC = {"plus", "minus", "plus_uconst", *_UNARY, *_BINARY}
