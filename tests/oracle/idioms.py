"""What real programs do with lengths, for `generate`: relations between values that a bound has to survive."""

from __future__ import annotations

from tests.oracle.control import ControlFlow
from tests.oracle.straight import MAP, SMALL
from tests.support.assembly import MAP_SIZE


class Idioms(ControlFlow):
    def prepend(self) -> None:
        """A call that moves the packet's start, mostly by a value that is known."""
        raise NotImplementedError

    def idiom(self) -> None:
        if not self.known:
            return self.source()
        self.random.choice(
            (
                self.copied, self.ternary, self.disjoint, self.header, self.distance,
                self.rest, self.summed, self.shifted, self.read_again, self.count,
            )
        )()  # fmt: skip
        if self.known and self.chance(40):
            self.prepend()
        return None

    # -- parts ----------------------------------------------------------------------------------

    def other(self, *taken: int) -> int:
        """A register to write that is none of `taken`."""
        kept = (7, 8) if self.lent else (7, 8, 9)
        free = [r for r in (0, 1, 2, 3, 4, 5, *kept) if r not in taken and r not in self.reserved]
        return self.random.choice(free)

    def now(self, register: int) -> None:
        """`register` holds a number, the one that is used next."""
        self.known.add(register)
        self.recent = register

    def check(self, register: int) -> None:
        """Leaves unless `register` is small, by a check in any width and sign."""
        label = self.asm.new_label()
        self.asm.branch(
            register,
            self.random.choice(("<=", "<", "s<=", "s<")),
            self.random.choice(SMALL[4:]),
            label,
            self.bits(),
        )
        self.leave()
        self.asm.label(label)

    # -- two places of one value ----------------------------------------------------------------

    def copied(self) -> None:
        """A value in two registers, or in one and a spill: one is checked, the other is used."""
        asm, value = self.asm, self.old()
        copy = self.other(value)
        in_slot = self.chance(40)
        offset = self.slot(8)
        if in_slot:
            asm.store(8, 10, offset, f"r{value}")
            self.stored(offset, 8)
        else:
            asm.alu(copy, "=", f"r{value}", self.bits())
        self.check(value)
        if in_slot:
            asm.load(copy, self.random.choice((4, 8)), 10, offset)
        self.now(copy)

    def read_again(self) -> None:
        """A map's value is read, checked and read again: nobody says that it is still the same."""
        asm, size = self.asm, self.random.choice((1, 2, 4, 8))
        offset = self.random.randrange(0, MAP_SIZE, size)
        base = self.other()
        value = self.other(base)
        self.known -= {base}
        asm.emit(f"r{base} = map[{MAP}][0]+0")
        asm.load(value, size, base, offset, signed=size < 8 and self.chance(30))
        self.known.add(value)
        self.check(value)
        asm.load(value, size, base, offset, signed=size < 8 and self.chance(30))
        self.now(value)

    def count(self) -> None:
        """An atomic operation on a map's value; what it fetches is a number like any other."""
        asm, value, size = self.asm, self.old(), self.random.choice((4, 8))
        base = self.other(value)
        place = f"(u{8 * size} *)(r{base} {self.random.randrange(0, MAP_SIZE, size):+d})"
        asm.emit(f"r{base} = map[{MAP}][0]+0")
        self.known -= {base}
        if self.chance(50):
            asm.emit(f"lock *{place} {self.random.choice(('+=', '|=', '&=', '^='))} r{value}")
        elif 0 in self.known and base != 0 and self.chance(30):
            asm.emit(f"r0 = atomic{'64' if size == 8 else ''}_cmpxchg({place}, r0, r{value})")
            self.now(0)
        elif value not in self.reserved:
            wide = "64" if size == 8 else ""
            what = self.random.choice(("fetch_add", "fetch_or", "fetch_and", "fetch_xor", "xchg"))
            asm.emit(f"r{value} = atomic{wide}_{what}({place}, r{value})")
            self.now(value)

    # -- two values -----------------------------------------------------------------------------

    def ternary(self) -> None:
        """The smaller or the larger of two values."""
        asm, one, two = self.asm, self.old(), self.old()
        if one in self.reserved or one == two:
            return
        label = asm.new_label()
        asm.branch(
            one, self.random.choice(("<", "<=", ">", "s<", "s>=", "s>")), f"r{two}", label, self.bits()
        )
        asm.alu(one, "=", f"r{two}", self.bits())
        asm.label(label)
        self.now(one)

    def disjoint(self) -> None:
        """Bits of two values put together: or, xor and sum are one."""
        asm, one, two = self.asm, self.old(), self.old()
        low = self.other(one, two)
        high = self.other(one, two, low)
        at = self.random.choice((2, 3, 4))
        asm.alu(low, "=", f"r{one}")
        asm.alu(high, "=", f"r{two}")
        asm.alu(low, "&=", (1 << at) - 1)
        if self.chance(70):
            asm.alu(high, "&=", 7)
        asm.alu(high, "<<=", at, self.bits())
        asm.alu(high, self.random.choice(("|=", "^=", "+=")), f"r{low}", self.bits())
        self.known.add(low)
        self.now(high)

    def rest(self) -> None:
        """A value and what is left of a limit."""
        asm, value = self.asm, self.old()
        left = self.other(value)
        if self.chance(70):
            self.check(value)
        asm.alu(left, "=", self.random.choice((40, 64, 128)))
        asm.alu(left, "-=", f"r{value}", self.bits())
        self.now(left)

    def summed(self) -> None:
        """A sum of two values is checked, and they are used one by one."""
        asm, one, two = self.asm, self.old(), self.old()
        total = self.other(one, two)
        asm.alu(total, "=", f"r{one}")
        asm.alu(total, "+=", f"r{two}", self.bits())
        self.check(total)
        self.known.add(total)
        self.recent = self.random.choice((one, two, total))

    def shifted(self) -> None:
        """A check after a shift."""
        asm, value = self.asm, self.old()
        shifted = self.other(value)
        asm.alu(shifted, "=", f"r{value}")
        asm.alu(
            shifted, self.random.choice((">>=", "s>>=", "<<=")), self.random.choice((1, 2, 3, 8)), self.bits()
        )
        self.check(shifted)
        self.known.add(shifted)
        self.recent = self.random.choice((value, shifted))

    # -- packets --------------------------------------------------------------------------------

    def header(self) -> None:
        """Bytes behind a header of variable length (`ihl * 4`), up to the packet's end."""
        asm = self.asm
        start, end, at = self.random.sample((1, 2, 3, 4, 5), 3)
        length = self.other(start, end, at)
        self.known -= {start, end, at}
        outside = asm.new_label()
        size = self.random.choice((1, 2, 4))
        asm.load(start, 4, 6, 0)
        asm.load(end, 4, 6, 4)
        asm.alu(length, "=", self.number())
        asm.alu(at, "=", f"r{start}")
        asm.alu(at, "+=", 15)
        asm.branch(at, ">", f"r{end}", outside)
        asm.load(length, 1, start, 14)
        asm.alu(length, "&=", 15)
        asm.alu(length, "<<=", 2)
        asm.alu(at, "=", f"r{start}")
        asm.alu(at, "+=", f"r{length}")
        asm.alu(start, "=", f"r{at}")
        asm.alu(start, "+=", size)
        asm.branch(start, ">", f"r{end}", outside)
        if self.chance(60):
            asm.load(length, size, at, 0, signed=self.chance(30))
        asm.label(outside)
        self.now(length)

    def distance(self) -> None:
        """How far a cursor is from the packet's start or end."""
        asm, value = self.asm, self.old()
        start = self.other(value)
        cursor = self.other(value, start)
        self.known -= {start, cursor}
        by = self.other(start, cursor)
        asm.alu(by, "=", f"r{value}")
        asm.alu(by, "&=", self.random.choice((7, 60, 63)))
        asm.load(start, 4, 6, 0)
        asm.alu(cursor, "=", f"r{start}")
        asm.alu(cursor, "+=", f"r{by}")
        asm.alu(cursor, "+=", self.random.choice((0, 14, 20)))
        if self.chance(30):
            asm.load(start, 4, 6, 4)
        one, two = (cursor, start) if self.chance(60) else (start, cursor)
        asm.alu(one, "-=", f"r{two}")
        self.known.add(by)
        self.known -= {two}
        self.now(one)
