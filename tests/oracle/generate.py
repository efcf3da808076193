"""Random XDP programs that are memory safe by construction.

What is common in the generated code is what decides about prepends: lengths from map values and packets, checks of all
kinds on them, sums and negations, loops, correlated branches, spills, functions and callbacks, and results that are
(not) checked. Registers: r6 is the context everywhere, r10 the frame; the others hold numbers, or in functions r9 a
pointer into the caller's frame.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from tests.oracle.straight import BUFFER, SMALL, TABLE, Options, StraightCode
from tests.support.assembly import CONDITIONS, assemble
from tests.support.machine import ADJUST_HEAD, ADJUST_META, ADJUST_TAIL, LOOP, REDIRECT
from xdp_lsp.program.image import DataSection, Image, Program


class _Generator(StraightCode):
    # -- control --------------------------------------------------------------------------------

    def condition(self, label: str) -> None:
        """A jump to `label`."""
        asm = self.asm
        register = self.old()
        condition = self.random.choice(tuple(CONDITIONS))
        if self.chance(30) and len(self.known) > 1:
            asm.branch(register, condition, f"r{self.old()}", label, self.bits())
            return
        value = (
            self.random.choice(self.interesting) if self.interesting and self.chance(25) else self.number()
        )
        self.interesting.append(value)
        asm.branch(register, condition, value, label, self.bits())

    def leave(self) -> None:
        self.asm.alu(0, "=", self.random.choice((0, 1)) if self.depth else self.random.randrange(5))
        self.asm.emit("exit")

    def guard(self) -> None:
        """`if (condition) return`: the usual check of a length."""
        if not self.known:
            return self.source()
        label = self.asm.new_label()
        if self.chance(60):
            register, bits = self.old(), self.bits()
            condition = self.random.choice(("<=", "<", "<=", "s<=", "s>=", "!=", "=="))
            value = self.random.choice(SMALL[4:])
            self.asm.branch(register, condition, value, label, bits)
        else:
            self.condition(label)
        self.leave()
        self.asm.label(label)
        return None

    def bound(self, register: int) -> None:
        """Makes a number small in one of the ways that programs do."""
        asm = self.asm
        kind = self.random.randrange(6)
        limit = self.random.choice((1, 4, 8, 20, 40, 64, 100, 200))
        if kind == 0:
            asm.alu(register, "&=", self.random.choice((7, 15, 0x3C, 0x7F)), self.bits())
            return
        label = asm.new_label()
        if kind < 3:  # the smaller of two
            asm.branch(register, self.random.choice(("<=", "<=", "s<=")), limit, label, self.bits())
            asm.alu(register, "=", limit)
        elif kind == 3:
            asm.branch(register, "<", limit, label, 64)
            self.leave()
        elif kind == 4:
            bits = self.bits()
            asm.branch(register, "s>", -limit, label, bits)
            self.leave()
            asm.label(label)
            label = asm.new_label()
            asm.branch(register, "s<=", limit, label, bits)
            self.leave()
        else:
            asm.branch(register, "<=", limit, label, 32)
            self.leave()
        asm.label(label)

    def choose(self, budget: int) -> None:
        if not self.known:
            return self.source()
        asm = self.asm
        other, over = asm.new_label(), asm.new_label()
        self.condition(other)
        known, slots = set(self.known), dict(self.slots)
        self.block(budget // 2)
        ended = self.chance(15)
        if ended:
            self.leave()
        elif self.chance(70):
            asm.emit(f"goto {over}")
            after, after_slots = self.known, self.slots
            self.known, self.slots = known, slots
            asm.label(other)
            self.block(budget // 2)
            asm.label(over)
            self.known &= after
            self.slots = {o: s for o, s in self.slots.items() if after_slots.get(o) == s}
            return None
        if ended:
            self.known, self.slots = known, slots
        else:
            self.known &= known
            self.slots = {o: s for o, s in self.slots.items() if slots.get(o) == s}
        asm.label(other)
        return None

    def loop(self, budget: int) -> None:
        if self.loops >= 2:
            return self.choose(budget)
        asm = self.asm
        bits = self.bits()
        in_slot = self.chance(30)
        offset = -56 - 8 * self.loops
        free = [
            register for register in ((7, 8) if self.lent else (7, 8, 9)) if register not in self.reserved
        ]
        if not in_slot and not free:
            return self.choose(budget)
        counter = self.random.choice(free or [7])
        limit: int | str = self.random.choice((1, 2, 3, 4, 6, 8, 8 if self.options.for_kernel else 40))
        step = self.random.choice((1, 1, 1, 2, 3))
        down = self.chance(25)
        if in_slot:
            asm.store(8, 10, offset, limit if down else 0)
        else:
            asm.alu(counter, "=", limit if down else 0)
        self.loops += 1
        reserved = set() if in_slot else {counter}
        bound_slot = None
        if not down and self.known and self.chance(35):  # the bound is a value
            value = self.old()
            bound_slot = offset - 16
            if value not in reserved:
                asm.alu(5, "=", f"r{value}")
                asm.alu(5, "&=", self.random.choice((3, 7) if self.options.for_kernel else (3, 7, 15, 63)))
                asm.store(8, 10, bound_slot, "r5")
                self.known.add(5)
            else:
                bound_slot = None
        known = set(self.known)
        head, over = asm.new_label(), asm.new_label()
        self.known -= reserved
        # What the body destroys is not known at the head when it comes round: find out by writing it once.
        entry_known, entry_slots = set(self.known), dict(self.slots)
        before = copy.deepcopy(self.__dict__)
        for _ in range(6):
            self.go_back(before)
            self.known, self.slots = set(entry_known), dict(entry_slots)
            asm.label(head)
            test = counter
            if in_slot:
                asm.load(4, 8, 10, offset)
                self.known.discard(4)
                test = 4
            if down:
                asm.branch(test, "s<=", 0, over, bits)
            elif bound_slot is not None:
                asm.load(5, 8, 10, bound_slot)
                self.known.discard(5)
                asm.branch(test, self.random.choice((">=", "s>=")), "r5", over, bits)
            else:
                asm.branch(test, self.random.choice((">=", "s>=", ">")), int(limit), over, bits)
            head_known, head_slots = set(self.known), dict(self.slots)
            self.reserved |= reserved
            self.block(budget // 2)
            self.reserved -= reserved
            if in_slot:
                asm.load(5, 8, 10, offset)
                asm.alu(5, "+=", -step if down else step, bits)
                asm.store(8, 10, offset, "r5")
                self.known.discard(5)
            else:
                asm.alu(counter, "+=", -step if down else step, bits)
            asm.emit(f"goto {head}")
            asm.label(over)
            stable = self.known >= entry_known and all(self.slots.get(o) == s for o, s in entry_slots.items())
            if stable:
                break
            entry_known &= self.known
            entry_slots = {o: s for o, s in entry_slots.items() if self.slots.get(o) == s}
        else:
            raise _Retry
        self.known, self.slots = head_known, head_slots
        if not in_slot:
            self.known.add(counter)
        self.slots = {o: s for o, s in self.slots.items() if o > -56}
        self.known &= known | {counter}
        return None

    def go_back(self, before: dict[str, Any]) -> None:
        """Takes back everything since `before` was copied from `__dict__`; the assembler stays the same object."""
        then = copy.deepcopy(before)
        vars(self.asm).update(vars(then.pop("asm")))
        vars(self).update(then)

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
        simple: list[tuple[int, Callable[[], None]]] = [
            (16, self.source), (22, self.compute), (10, self.spill), (10, self.fill), (10, self.guard),
            (16, self.prepend), (9, self.call_function), (5, self.run_callback), (2, self.redirect),
        ]  # fmt: skip
        nested: list[tuple[int, Callable[[int], None]]] = [(14, self.choose), (5, self.loop)]
        kinds = [*simple, *nested] if budget > 2 else simple
        chosen = self.random.choices(kinds, [weight for weight, _ in kinds])[0][1]
        if chosen in (self.choose, self.loop):
            chosen(budget - 1)  # type: ignore[call-arg]
            return max(2, min(budget, (self.asm.size - before) // 4))
        chosen()  # type: ignore[call-arg]
        return 1

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


class _Retry(Exception):  # noqa: N818
    """This choice led nowhere."""


def program(seed: int, options: Options) -> tuple[Image, Program]:
    """The program of `seed`: the same one each time."""
    for attempt in range(100):
        try:
            return _Generator(seed + (attempt << 40), options).program()
        except _Retry:
            continue
    raise AssertionError("no program came about")
