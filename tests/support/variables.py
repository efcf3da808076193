"""Where a run of the machine has a variable, read as DWARF 5, section 2.5, says: numbers in, a number out."""

from __future__ import annotations

from collections.abc import Sequence

from xdp_lsp.machine import Fault, Machine
from xdp_lsp.objfile import DwarfType, Kind, Operation
from xdp_lsp.program.variables import Variable, VariableCopy

_TOP = (1 << 64) - 1


def read(machine: Machine, variable: Variable, copy: VariableCopy) -> int | None:
    """The number in `variable` before the machine's next instruction, as its type reads it; None: it has no place."""
    for start, end, expression in copy.locations:
        if start <= machine.pc < end and expression is not None:
            found = raw(machine, expression, variable.type.size)
            return None if found is None else number(found, variable.type)
    return None


def number(word: int, type_: DwarfType) -> int:
    """The low bytes of `word` as a number of the type."""
    bits = 8 * type_.size
    word &= (1 << bits) - 1
    return word - (1 << bits) if type_.kind is Kind.SIGNED and word >> bits - 1 else word


def _signed(x: int, bits: int = 64) -> int:
    x &= (1 << bits) - 1
    return x - (1 << bits) if x >> bits - 1 else x


def raw(machine: Machine, expression: Sequence[Operation], size: int) -> int | None:
    """What is where `expression` says, `size` bytes if that is in memory; None where that is not known."""
    registers = machine.frames[-1].registers
    stack: list[int] = []
    for name, operands in expression:
        if name == "reg":
            return registers[operands[0]]
        if name == "breg":
            base = registers[operands[0]]
            if base is None:
                return None
            stack.append(base + operands[1])
        elif name == "lit" or name.startswith("const"):
            stack.append(operands[0])
        elif name == "stack_value":
            return stack[-1] & _TOP
        elif name == "plus_uconst":
            stack[-1] += operands[0]
        elif name == "convert":
            bits, is_signed = operands or (64, 0)
            stack[-1] = _signed(stack[-1], bits) if is_signed else stack[-1] & (1 << bits) - 1
        elif name in ("deref", "deref_size"):
            stack.append(_load(machine, stack.pop(), operands[0] if operands else 8))
        elif name in _BINARY:
            right, left = stack.pop(), stack.pop()
            if name in ("div", "mod") and not right & _TOP:
                return None  # DWARF does not say
            stack.append(_BINARY[name](left, right))
        elif name in _UNARY:
            stack.append(_UNARY[name](stack.pop()))
        else:
            return None
    return _load(machine, stack[-1], size)


def _load(machine: Machine, address: int, size: int) -> int:
    try:
        return machine.memory.load(address & _TOP, size)
    except Fault:
        raise AssertionError(f"a variable is where no memory is: {address:#x}") from None


_UNARY = {"neg": lambda x: -x, "not": lambda x: ~x, "abs": lambda x: abs(_signed(x))}
_BINARY = {
    "plus": lambda a, b: a + b,
    "minus": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "and": lambda a, b: a & b,
    "or": lambda a, b: a | b,
    "xor": lambda a, b: a ^ b,
    "shl": lambda a, b: a << (b & 63),
    "shr": lambda a, b: (a & _TOP) >> (b & 63),
    "shra": lambda a, b: _signed(a) >> (b & 63),
    "div": lambda a, b: (
        int(abs(_signed(a)) // abs(_signed(b))) * (1 if (_signed(a) < 0) == (_signed(b) < 0) else -1)
    ),
    "mod": lambda a, b: (a & _TOP) % (b & _TOP),
}
