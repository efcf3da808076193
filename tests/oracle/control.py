"""Random control flow for `generate`: checks of all kinds, branches and loops."""

from __future__ import annotations

import copy
from typing import Any

from tests.oracle.straight import SMALL, StraightCode
from tests.support.assembly import CONDITIONS


class Retry(Exception):  # noqa: N818 - no error
    """This choice led nowhere: another program has to be written."""


class ControlFlow(StraightCode):
    def block(self, budget: int) -> None:
        """Emits `budget` statements, roughly."""
        raise NotImplementedError

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

    def jump(self, label: str) -> None:
        self.asm.emit(f"{'gotol' if self.chance(15) else 'goto'} {label}")

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
            self.jump(over)
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
        may_end = self.chance(20)
        self.known -= reserved
        # What the body destroys is not known at the head when it comes round: find out by writing it once.
        entry_known, entry_slots = set(self.known), dict(self.slots)
        before = copy.deepcopy(self.__dict__)
        for _ in range(6):
            self.go_back(before)
            self.known, self.slots = set(entry_known), dict(entry_slots)
            asm.label(head)
            if may_end:
                asm.emit(f"may_goto {over}")
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
            self.jump(head)
            asm.label(over)
            stable = self.known >= entry_known and all(self.slots.get(o) == s for o, s in entry_slots.items())
            if stable:
                break
            entry_known &= self.known
            entry_slots = {o: s for o, s in entry_slots.items() if self.slots.get(o) == s}
        else:
            raise Retry
        self.known, self.slots = head_known, head_slots
        if not in_slot:
            self.known.add(counter)
        self.slots = {o: s for o, s in self.slots.items() if o > -56}
        self.known &= known | {counter}
        return None

    def go_back(self, before: dict[str, Any]) -> None:
        """Takes back everything since `before` was copied from `__dict__`; the writer stays the same object."""
        then = copy.deepcopy(before)
        vars(self.asm).update(vars(then.pop("asm")))
        vars(self).update(then)
