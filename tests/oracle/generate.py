"""Random XDP programs that are memory safe by construction.

What is common in the generated code is what decides about prepends: lengths from map values and packets, checks of all
kinds on them, sums and negations, loops, correlated branches, spills, functions and callbacks, and results that are
(not) checked. Registers: r6 is the context everywhere, r10 the frame; the others hold numbers, or in functions r9 a
pointer into the caller's frame.
"""

from __future__ import annotations

from tests.oracle.control import Retry
from tests.oracle.idioms import Idioms
from tests.oracle.straight import BUFFER, SMALL, TABLE, Options
from tests.support.assembly import assemble
from xdp_lsp.program.image import DataSection, Image, Program
from xdp_lsp.verifier.helpers import ADJUST_HEAD, ADJUST_META, ADJUST_TAIL, LOOP, REDIRECT


class _Generator(Idioms):
    # -- calls ----------------------------------------------------------------------------------

    def prepend(self) -> None:
        asm = self.asm
        if not self.known:
            self.source()
        kind = self.random.randrange(12)
        value = self.old() if self.known else 0
        if self.known and self.chance(75):
            self.bound(value)
        if kind < 2 or not self.known:
            asm.alu(
                2, "=", self.random.choice((-4, -8, -14, -20, -40, -64, -100, -128, 4, 14, 20)), self.bits()
            )
        else:
            asm.alu(2, "=", f"r{value if self.chance(75) else self.old()}", self.bits())
            if kind < 5:
                asm.neg(2, self.bits())
            elif kind == 5:
                asm.alu(2, "*=", self.random.choice((-1, -4, -8, -20)), self.bits())
            elif kind == 6:
                asm.alu(2, "<<=", self.random.choice((1, 2, 4)), self.bits())
                asm.alu(2, "^=", -8, self.bits())
            elif kind == 7:
                asm.alu(2, "|=", -16, self.bits())
            elif kind == 8:
                asm.alu(2, "&=", self.random.choice((0x3F, 0xFC, -8)), self.bits())
                asm.neg(2)
        helper = (
            ADJUST_HEAD if self.chance(82) else self.random.choice((ADJUST_META, ADJUST_META, ADJUST_TAIL))
        )
        asm.emit("r1 = r6", f"call {helper}")
        self.clobber()
        checked = self.random.randrange(10)
        if checked < 4:
            label = asm.new_label()
            asm.branch(0, self.random.choice(("==", "s>=", "!=")), 0, label, self.bits())
            self.leave()
            asm.label(label)
        elif checked < 6:
            label = asm.new_label()
            asm.branch(0, "==", 0, label)
            smaller = self.random.choice((-4, -8, -16))
            asm.emit(f"r2 = {smaller}", "r1 = r6", f"call {ADJUST_HEAD}")
            self.clobber()
            asm.label(label)

    def call_function(self) -> None:
        if self.depth >= 3 or len(self.pending) > 5:
            return self.compute()
        asm = self.asm
        name = f"f{self.asm.functions + len(self.pending)}_{self.depth + 1}"
        if self.pending and self.chance(40):
            named = [name_ for name_, depth in self.pending if depth == self.depth + 1]
            name = self.random.choice(named) if named else name
        if (name, self.depth + 1) not in self.pending:
            self.pending.append((name, self.depth + 1))
        value: int | str = f"r{self.random.choice(self.numbers())}" if self.known else self.number()
        asm.alu(3, "=", value)
        if self.chance(30):
            asm.alu(4, "=", self.number())
        else:
            asm.alu(4, "=", "r3", 32)
        if self.lent and self.chance(60):
            asm.alu(2, "=", "r9")
        else:
            for offset in range(-BUFFER, 0, 8):
                if self.slots.get(offset) != 8 and (self.options.for_kernel or self.chance(50)):
                    asm.store(8, 10, offset, self.random.choice(SMALL))
            asm.emit("r2 = r10", f"r2 += {-BUFFER}")
            self.slots = {o: s for o, s in self.slots.items() if o < -BUFFER} | dict.fromkeys(
                range(-BUFFER, 0, 8), 8
            )
        asm.emit("r1 = r6", f"call {name}")
        self.clobber()
        self.from_buffer()
        return None

    def from_buffer(self) -> None:
        """What a function left in the buffer it was lent is used, mostly."""
        if self.chance(60):
            dst, size = self.new(), self.random.choice((1, 4, 8))
            base, first = (9, 0) if self.lent and self.chance(50) else (10, -BUFFER)
            self.asm.load(dst, size, base, first + self.random.randrange(0, BUFFER - 8, size))
            self.known.add(dst)
            if self.chance(40):
                self.prepend()

    def run_callback(self) -> None:
        if self.depth >= 2 or self.options.for_kernel or len(self.callbacks) > 2:
            return self.compute()
        asm = self.asm
        name = f"cb{len(self.callbacks)}_{self.depth + 1}"
        if self.callbacks and self.chance(30):
            name, _ = self.random.choice(self.callbacks)
        if (name, self.depth + 1) not in self.callbacks:
            if any(name == other for other, _ in self.callbacks):
                return None
            self.callbacks.append((name, self.depth + 1))
        if self.known and self.chance(60):
            asm.alu(1, "=", f"r{self.old()}")
            asm.alu(1, "&=", self.random.choice((3, 7, 31)))
        else:
            asm.alu(1, "=", self.random.choice((0, 1, 2, 5, 20)))
        asm.store(8, 10, -8, "r6")
        for offset in range(-BUFFER, -8, 8):
            if self.slots.get(offset) != 8 and self.chance(50):
                asm.store(8, 10, offset, self.random.choice(SMALL))
        self.slots = {o: s for o, s in self.slots.items() if o < -BUFFER} | dict.fromkeys(
            range(-BUFFER, -8, 8), 8
        )
        asm.emit(f"r2 = &{name}", "r3 = r10", f"r3 += {-BUFFER}", "r4 = 0", f"call {LOOP}")
        self.clobber()
        self.from_buffer()
        return None

    def redirect(self) -> None:
        self.asm.emit(f"r1 = {self.random.randrange(8)}", "r2 = 0", f"call {REDIRECT}")
        self.clobber()

    # -- programs -------------------------------------------------------------------------------

    def statement(self, budget: int) -> int:
        """Emits one statement; gives what it cost."""
        before = self.asm.size
        simple = [
            (16, self.source), (22, self.compute), (10, self.spill), (10, self.fill), (6, self.record),
            (10, self.guard), (16, self.prepend), (9, self.call_function), (5, self.run_callback),
            (2, self.redirect), (14, self.idiom),
        ]  # fmt: skip
        nested = [(14, self.choose), (5, self.loop)] if budget > 2 else []
        weights = [weight for weight, _ in (*simple, *nested)]
        (at,) = self.random.choices(range(len(weights)), weights)
        if at < len(simple):
            simple[at][1]()
            return 1
        nested[at - len(simple)][1](budget - 1)
        return max(2, min(budget, (self.asm.size - before) // 4))

    def block(self, budget: int) -> None:
        while budget > 0:
            budget -= self.statement(budget)

    def function(self, name: str, depth: int, *, is_callback: bool) -> None:
        asm = self.asm
        asm.function(name)
        self.depth, self.loops, self.reserved = depth, 0, set()
        self.slots, self.lent = {}, depth > 0
        self.interesting = self.interesting[-4:]
        self.known = set()
        if is_callback:  # (index, pointer to a buffer whose last 8 bytes hold the context)
            asm.emit("r9 = r2", f"r6 = *(u64 *)(r9 {BUFFER - 8:+d})")
            self.known = {1}
        elif depth:  # (context, pointer to a buffer, number, number)
            asm.emit("r6 = r1", "r9 = r2")
            self.known = {3, 4}
        else:
            asm.emit("r6 = r1")
        if self.options.for_kernel:  # what is in a fresh frame is not the same there and here
            for offset in range(-64, 0, 8):
                asm.store(8, 10, offset, self.random.choice(SMALL))
        self.block(self.options.size if depth == 0 else self.options.size // 2)
        if depth == 0 and f"call {ADJUST_HEAD}" not in asm.lines:
            self.prepend()
        if is_callback:
            asm.alu(0, "=", 0 if self.chance(60) or not self.known else f"r{self.old()}")
            asm.alu(0, "&=", 1)
        elif depth and self.known and self.chance(70):
            asm.alu(0, "=", f"r{self.old()}")
        else:
            asm.alu(0, "=", 2)
        asm.emit("exit")

    def program(self) -> tuple[Image, Program]:
        self.function("main", 0, is_callback=False)
        done: set[str] = set()
        while True:
            rest = [(n, d, False) for n, d in self.pending if n not in done]
            rest += [(n, d, True) for n, d in self.callbacks if n not in done]
            if not rest:
                break
            name, depth, is_callback = rest[0]
            done.add(name)
            self.function(name, depth, is_callback=is_callback)
        table = bytes(self.random.choice((0, 1, 4, 8, 16, 20, 40, 64, 128, 255)) for _ in range(96))
        section = DataSection(TABLE, table, is_constant=True, variables=(), has_types=True)
        image = assemble(self.asm.text, big_endian=self.options.big_endian, data=[section])
        return image, image.programs[0]


def program(seed: int, options: Options) -> tuple[Image, Program]:
    """The program of `seed`: the same one each time."""
    for attempt in range(100):
        try:
            return _Generator(seed + (attempt << 40), options).program()
        except Retry:
            continue
    raise AssertionError("no program came about")
