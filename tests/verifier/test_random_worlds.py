"""Random programs: whatever a run does is within what `explore` says of the program."""

from __future__ import annotations

import random

import pytest

from tests.verifier.assembly import assemble
from tests.verifier.interpreter import Interpreter
from xdp_lsp.verifier import explore
from xdp_lsp.verifier.result import NeedKind

KEPT = ("r7", "r8", "r9")
NUMBERS = (0, 1, 2, 3, 7, 8, 15, 16, 31, 64, 255, -1, -8, -64, 0x7FFFFFFF)
SIGNS = ("+=", "-=", "*=", "/=", "s/=", "|=", "&=", "<<=", ">>=", "%=", "s%=", "^=", "s>>=", "=")
TESTS = ("==", "!=", ">", ">=", "<", "<=", "s>", "s>=", "s<", "s<=", "&")
INT_MIN = -(1 << 31)


class Writer:
    """Writes a program that uses r6 for the context, r7 to r9 and r0 for numbers, fp-32..fp-1 for spills."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.lines: list[str] = []
        self.labels = 0

    def program(self) -> str:
        self.lines = [
            "fn main:",
            "r6 = r1",
            "r7 = *(u32 *)(r6 +12)",
            "r8 = *(u32 *)(r6 +16)",
            "r9 = 3",
            "r0 = 1",
        ]
        self.lines += [f"*(u64 *)(r10 -{offset}) = 0" for offset in (8, 16, 24, 32)]
        for _ in range(self.random.randint(3, 7)):
            self.random.choice((self.arms, self.arms, self.loop, self.prepend, self.straight))()
        self.prepend()
        self.lines += ["r0 = 2", "exit", "fn inner:"]
        self.lines += ["r0 = r2", *(self.operation("r0") for _ in range(2)), "if r0 s> 20 goto deep"]
        self.lines += ["*(u64 *)(r1 +0) = r0", "exit", "deep:", "r0 = 5", "exit"]
        self.lines += ["fn run:", "r1 = r2", "r2 = r1", "r2 = -2", "call 44", "r0 &= 1", "exit"]
        return "\n".join(self.lines)

    def label(self) -> str:
        self.labels += 1
        return f"l{self.labels}"

    def operation(self, register: str | None = None) -> str:
        dst = register or self.random.choice((*KEPT, *KEPT, "r0"))
        if self.random.random() < 0.5:
            dst = "w" + dst[1:]
        sign = self.random.choice(SIGNS)
        if sign.endswith(("<<=", ">>=")):
            return f"{dst} {sign} {self.random.randrange(32)}"
        if self.random.random() < 0.6 or register is not None:
            return f"{dst} {sign} {self.random.choice(NUMBERS)}"
        return f"{dst} {sign} {dst[0]}{self.random.choice(KEPT)[1:]}"

    def straight(self) -> None:
        for _ in range(self.random.randint(1, 3)):
            kind = self.random.random()
            register, size = self.random.choice(KEPT), self.random.choice((1, 2, 4, 8))
            offset = self.random.randint(1, 32 // size) * size
            if kind < 0.6:
                self.lines.append(self.operation())
            elif kind < 0.75:
                self.lines.append(f"*(u{8 * size} *)(r10 -{offset}) = {register}")
            elif kind < 0.9:
                sign = self.random.choice("us") if size < 8 else "u"
                self.lines.append(f"{register} = *({sign}{8 * size} *)(r10 -{offset})")
            elif kind < 0.95:
                self.lines.append(f"{register} = bswap{self.random.choice((16, 32, 64))} {register}")
            else:
                aligned = self.random.choice((8, 16, 24, 32))
                self.lines += ["r1 = r10", f"r1 += -{aligned}", f"r2 = {register}", "call inner"]
                self.lines.append(f"{register} = r0")

    def branch(self, target: str) -> None:
        bank = self.random.choice("rw")
        register, test = self.random.choice(KEPT)[1:], self.random.choice(TESTS)
        other = self.random.choice(NUMBERS)
        operand = str(other) if self.random.random() < 0.7 else bank + self.random.choice(KEPT)[1:]
        self.lines.append(f"if {bank}{register} {test} {operand} goto {target}")

    def arms(self) -> None:
        other, end = self.label(), self.label()
        self.branch(other)
        self.straight()
        self.lines += [f"goto {end}", f"{other}:"]
        self.straight()
        if self.random.random() < 0.4:
            self.prepend()
        self.lines.append(f"{end}:")

    def loop(self) -> None:
        head, out = self.label(), self.label()
        if self.random.random() < 0.3:
            count = self.random.choice((f"r1 = {self.random.randrange(5)}", "r1 = r7\nr1 &= 3"))
            self.lines += [count, "r2 = &run", "r3 = r6", "r4 = 0", "call 181"]
            return
        self.lines += ["*(u64 *)(r10 -40) = 0", f"{head}:"]
        self.straight()
        if self.random.random() < 0.5:
            self.prepend()
        self.lines += ["r0 = *(u64 *)(r10 -40)", "r0 += 1", "*(u64 *)(r10 -40) = r0"]
        self.lines += [f"if r0 > {self.random.randrange(1, 4)} goto {out}", f"goto {head}", f"{out}:"]

    def prepend(self) -> None:
        self.lines += [f"r2 = {self.random.choice(KEPT)}"]
        if self.random.random() < 0.7:
            self.lines += [f"r2 &= {self.random.choice((7, 12, 63, 255))}", "r2 = -r2"]
        if self.random.random() < 0.3:
            self.lines.append(f"r2 += {self.random.choice((-8, 4, -1))}")
        self.lines += ["r1 = r6", "call 44"]
        if self.random.random() < 0.5:
            end = self.label()
            self.lines += [f"if w0 != 0 goto {end}", self.operation(), f"{end}:"]


@pytest.mark.parametrize("seed", range(60))
def test_runs_are_within_the_claim(seed):
    text = Writer(seed).program()
    image = assemble(text, big_endian=seed % 5 == 0)
    found = explore(image, image.programs[0], budget=2000)
    claims = {site.pc: site for site in found.calls}
    rng = random.Random(seed)
    for _ in range(40):
        fields = {
            offset: rng.choice((0, 1, 5, 20, 100, rng.getrandbits(32), rng.getrandbits(8)))
            for offset in (12, 16)
        }
        for pc, delta, total in Interpreter(image, fields, rng).run():
            told = claims[pc]
            if found.need_kind is NeedKind.UNKNOWN:
                continue
            assert told.reachable, (text, fields, pc)
            assert told.delta is not None and told.total is not None
            assert told.delta.min <= delta <= told.delta.max, (text, fields, pc, delta, told)
            if delta != INT_MIN:  # refused by every kernel, and left out of the total
                assert told.total.min <= total <= told.total.max, (text, fields, pc, total, told)
                if found.need is not None:
                    assert -total <= found.need, (text, fields, pc, total, found.need)
