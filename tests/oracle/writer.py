"""Writes programs for `tests.support.assembly`, from parts that were chosen at random."""

from __future__ import annotations

from tests.support.assembly import slots_of


class Writer:
    """Appends lines. Registers are numbers; an operand "r3" is a register, 3 is a number."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.functions = 0
        self._labels = 0

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def size(self) -> int:
        """Instruction slots so far."""
        return sum(map(slots_of, self.lines))

    def emit(self, *lines: str) -> None:
        self.lines += lines

    def new_label(self) -> str:
        self._labels += 1
        return f"L{self._labels}"

    def label(self, name: str) -> None:
        self.emit(f"{name}:")

    def function(self, name: str) -> None:
        """Everything from here to the next function is `name`."""
        self.functions += 1
        self.emit(f"fn {name}:")

    def alu(self, dst: int, sign: str, operand: int | str, bits: int = 64) -> None:
        bank = "r" if bits == 64 else "w"
        self.emit(f"{bank}{dst} {sign} {str(operand).replace('r', bank)}")

    def neg(self, dst: int, bits: int = 64) -> None:
        bank = "r" if bits == 64 else "w"
        self.emit(f"{bank}{dst} = -{bank}{dst}")

    def swap(self, dst: int, bits: int, kind: str) -> None:
        self.emit(f"r{dst} = {kind}{bits} r{dst}")

    def load(self, dst: int, size: int, base: int, offset: int, *, signed: bool = False) -> None:
        self.emit(f"r{dst} = *({'s' if signed else 'u'}{8 * size} *)(r{base} {offset:+d})")

    def store(self, size: int, base: int, offset: int, value: int | str) -> None:
        self.emit(f"*(u{8 * size} *)(r{base} {offset:+d}) = {value}")

    def branch(self, register: int, condition: str, operand: int | str, label: str, bits: int = 64) -> None:
        bank = "r" if bits == 64 else "w"
        self.emit(f"if {bank}{register} {condition} {str(operand).replace('r', bank)} goto {label}")
