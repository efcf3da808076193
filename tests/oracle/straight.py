"""Random straight-line code for `generate`: numbers from outside, arithmetic, spills and fills."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tests.oracle.writer import Writer
from tests.support.assembly import MAP_SIZE
from xdp_lsp.verifier.helpers import GET_PRANDOM_U32, REDIRECT

BOUNDARIES = (
    0, 1, 2, 3, 4, 7, 8, 14, 16, 20, 31, 32, 40, 63, 64, 127, 128, 129, 200, 216, 217, 255, 256, 1000, 0x7FFF, 0x8000,
    0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0x80000001, 0xFFFFFFFF, 0x100000000, 0x7FFFFFFFFFFFFFFF,
    0x8000000000000000,
)  # fmt: skip
SMALL = (0, 1, 2, 3, 4, 6, 8, 12, 14, 16, 20, 24, 32, 40, 48, 64, 100, 128, 200)
ATOMICS = (
    "lock *{at} += r{src}", "r{src} = atomic{wide}_fetch_add({at}, r{src})", "lock *{at} |= r{src}",
    "lock *{at} &= r{src}", "r{src} = atomic{wide}_fetch_and({at}, r{src})",
    "lock *{at} ^= r{src}", "r{src} = atomic{wide}_fetch_xor({at}, r{src})",
    "r{src} = atomic{wide}_xchg({at}, r{src})", "r0 = atomic{wide}_cmpxchg({at}, r0, r{src})",
)  # fmt: skip
MAP = "values"
TABLE = ".rodata"  # a section of constants
BUFFER = 32  # bytes of its frame that a function lends to the functions it calls


@dataclass(frozen=True)
class Options:
    """What the programs may contain. The kernel wants a program it can finish checking; the machine takes anything."""

    for_kernel: bool = False
    size: int = 10  # statements, roughly
    big_endian: bool = False
    redirects: bool = False  # where there would be random numbers


class StraightCode:
    """Emits statements without jumps that matter; keeps book of which registers and slots hold numbers."""

    def __init__(self, seed: int, options: Options) -> None:
        self.random = random.Random(seed)
        self.options = options
        self.asm = Writer()
        self.pending: list[tuple[str, int]] = []  # functions called and not yet written, with their depth
        self.callbacks: list[tuple[str, int]] = []
        self.known: set[int] = set()  # registers that hold numbers
        self.slots: dict[int, int] = {}  # frame offset -> size of what was stored there
        self.lent = False  # whether r9 points to the caller's buffer
        self.recent = 0  # the register written last
        self.reserved: set[int] = set()  # counters of the loops that the code is in
        self.depth = 0
        self.loops = 0
        self.interesting: list[int] = []  # constants that were compared with

    # -- choices --------------------------------------------------------------------------------

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    def number(self) -> int:
        kind = self.random.randrange(10)
        if kind < 5:
            value = self.random.choice(SMALL)
        elif kind < 7:
            value = self.random.choice(BOUNDARIES)
        elif kind < 8:
            value = self.random.getrandbits(32)
        else:
            value = self.random.randrange(300)
        if self.chance(30):
            value = -value
        return ((value + (1 << 31)) & 0xFFFFFFFF) - (1 << 31)

    def bits(self) -> int:
        return self.random.choice((32, 64))

    def numbers(self) -> list[int]:
        return sorted(self.known)

    def old(self) -> int:
        """A register that holds a number."""
        if self.recent in self.known and self.chance(40):
            return self.recent
        return self.random.choice(self.numbers())

    def new(self) -> int:
        """A register to write: mostly one that calls keep."""
        kept = [7, 8] if self.lent else [7, 8, 9]
        kept = [register for register in kept if register not in self.reserved]
        self.recent = self.random.choice(kept if kept and self.chance(60) else [0, 1, 2, 3, 4, 5])
        return self.recent

    def clobber(self) -> None:
        self.known -= {1, 2, 3, 4, 5}
        self.known.add(0)

    # -- straight code --------------------------------------------------------------------------

    def source(self) -> None:
        """Puts a number from outside into a register."""
        asm, dst = self.asm, self.new()
        kind = self.random.randrange(14)
        size = self.random.choice((1, 1, 2, 4, 4, 8))
        if kind < 5:
            base = self.random.choice([r for r in range(6) if r != dst])
            offset = self.random.randrange(0, MAP_SIZE, size)
            if kind == 0 and not self.options.for_kernel:
                self.lookup()
                base = 0
            else:
                asm.emit(f"r{base} = map[{MAP}][0]+0")
            asm.load(dst, size, base, offset, signed=size < 8 and self.chance(15))
            self.known -= {base}
        elif kind < 7:
            asm.load(dst, 4, 6, self.random.choice((12, 16)))
        elif kind < 9:
            self.from_packet(dst, size)
        elif kind == 9:
            asm.emit("r2 = *(u32 *)(r6 +0)", "r3 = *(u32 *)(r6 +4)", "r3 -= r2", f"r{dst} = r3")
            self.known -= {2}
            self.known.add(3)
        elif kind == 10 and not self.options.for_kernel:
            if self.options.redirects:
                asm.emit("r1 = 1", f"r2 = {self.random.randrange(2)}", f"call {REDIRECT}")
            else:
                asm.emit(f"call {GET_PRANDOM_U32}")
            self.clobber()
            asm.alu(dst, "=", "r0")
        elif kind == 11:
            self.from_table(dst)
        elif kind == 12:
            value = self.random.choice((self.random.getrandbits(64), self.random.choice(BOUNDARIES)))
            asm.emit(f"r{dst} = {value} ll")
        else:
            asm.alu(dst, "=", self.number(), self.bits())
        self.known.add(dst)

    def lookup(self) -> None:
        asm = self.asm
        asm.store(4, 10, -4, 0)
        self.slots = {o: s for o, s in self.slots.items() if o + s <= -4}
        asm.emit("r2 = r10", "r2 += -4", f"r1 = map[{MAP}]", "call 1")
        label = asm.new_label()
        asm.emit(f"if r0 != 0 goto {label}", "r0 = 1", "exit")
        asm.label(label)
        self.clobber()

    def from_packet(self, dst: int, size: int) -> None:
        asm = self.asm
        a, b, c = self.random.sample([1, 2, 3, 4, 5], 3)
        offset = self.random.randrange(0, 16)
        asm.load(a, 4, 6, 0)
        asm.load(b, 4, 6, 4)
        asm.alu(c, "=", f"r{a}")
        asm.alu(c, "+=", offset + size)
        good = asm.new_label()
        over = asm.new_label()
        self.known -= {a, b, c}
        asm.branch(c, self.random.choice(("<=", "<")), f"r{b}", good)
        asm.alu(dst, "=", self.number())
        asm.emit(f"goto {over}")
        asm.label(good)
        asm.load(dst, size, a, offset)
        asm.label(over)
        if self.chance(30):
            asm.swap(dst, self.random.choice((16, 32, 64)), self.random.choice(("be", "le", "bswap")))
        self.known -= {a, b, c}

    def from_table(self, dst: int) -> None:
        if not self.known:
            return self.asm.emit(f"r{dst} = 3")
        asm = self.asm
        index, base = self.random.sample([r for r in range(6) if r != dst], 2)
        size = self.random.choice((1, 2, 4))
        asm.alu(index, "=", f"r{self.old()}")
        asm.alu(index, "&=", self.random.choice((3, 7, 6, 12)))
        if size > 1:
            asm.alu(index, "<<=", size // 2)
        asm.emit(f"r{base} = &{TABLE}+{self.random.choice((0, 0, 4))}")
        asm.alu(base, "+=", f"r{index}")
        asm.load(dst, size, base, 0)
        self.known -= {base}
        self.known.add(index)
        return None

    def compute(self) -> None:
        asm = self.asm
        if not self.known:
            return self.source()
        bits = self.bits()
        kind = self.random.randrange(24)
        if kind < 3:
            dst = self.new()
            extension = ""
            if self.chance(25):
                extension = f"(s{self.random.choice((8, 16, 32) if bits == 64 else (8, 16))})"
            asm.alu(dst, "=", f"{extension}r{self.old()}", bits)
            self.known.add(dst)
            return None
        dst = self.old()
        if kind < 5:
            asm.neg(dst, bits)
        elif kind < 6:
            asm.swap(dst, self.random.choice((16, 32, 64)), self.random.choice(("be", "le", "bswap")))
        elif kind < 8:
            asm.alu(
                dst,
                "&=",
                self.random.choice((1, 3, 7, 15, 0xF0, 0xFC, 0x7F, 0xFF, 0x1F, 0xFFFF, -1, -4, -8)),
                bits,
            )
        elif kind < 10:
            amount = self.random.randrange(bits) if self.chance(20) else self.random.randrange(5)
            asm.alu(dst, self.random.choice(("<<=", ">>=", "s>>=")), amount, bits)
        elif kind < 11 and not self.options.for_kernel:
            asm.alu(dst, self.random.choice(("<<=", ">>=", "s>>=")), f"r{self.old()}", bits)
        elif kind < 12:
            asm.alu(dst, "<<=", 32)
            asm.alu(dst, self.random.choice((">>=", "s>>=")), 32)
        elif kind < 16:
            sign = self.random.choice(("+=", "+=", "-=", "-=", "*=", "|=", "^=", "&=", "/=", "%="))
            divides = sign in ("/=", "%=")
            if divides and self.chance(40):
                sign = f"s{sign}"
            if divides and self.chance(60):
                by = self.random.choice((1, 2, 4, 8, 16)) if self.chance(50) else abs(self.number()) or 3
                asm.alu(dst, sign, by, bits)
            else:
                asm.alu(dst, sign, f"r{self.old()}", bits)
        elif kind < 18:
            left, right = self.random.choice((7, 63, 255, -1, -8)), self.old()
            dst = self.new()
            if dst != right:
                asm.alu(dst, "=", left)
                self.known.add(dst)
            asm.alu(dst, self.random.choice(("-=", "&=", "|=", "^=")), f"r{right}", bits)
        else:
            sign = self.random.choice(("+=", "+=", "-=", "*=", "|=", "^="))
            value = self.random.choice((2, 3, 4, 6, 8, 16, 20)) if sign == "*=" else self.number()
            asm.alu(dst, sign, value, bits)
        return None

    # -- memory ---------------------------------------------------------------------------------

    def slot(self, size: int) -> int:
        return -8 * self.random.randrange(1, 7) + self.random.randrange(0, 8, size)

    def spill(self) -> None:
        asm = self.asm
        size = self.random.choice((1, 2, 4, 4, 8, 8))
        offset = self.slot(size)
        base = 10
        kind = self.random.randrange(10)
        if kind < 2:
            base = self.random.choice((1, 2, 3, 4, 5))
            asm.alu(base, "=", "r10")
            shift = self.random.randrange(-64, 0, 8)
            asm.alu(base, "+=", shift)
            self.known -= {base}
            place = offset - shift
        elif kind < 6 and self.lent:
            base, place = 9, self.random.randrange(0, BUFFER - 8, size)
        elif kind == 6 and self.known:
            return self.store_somewhere(size)
        else:
            place = offset
        if self.known and self.chance(75):
            value = self.old()
            if self.chance(12) and size >= 4 and base != value and 0 in self.known:
                form = self.random.choice(ATOMICS)
                if all(o in self.slots for o in (offset,)) or not self.options.for_kernel:
                    at = f"(u{8 * size} *)(r{base} {place:+d})"
                    asm.emit(form.format(at=at, src=value, wide="64" if size == 8 else ""))
                    return None
            asm.store(size, base, place, f"r{value}")
        else:
            asm.store(size, base, place, self.number())
        if base != 9:
            self.stored(offset, size)
        return None

    def stored(self, offset: int, size: int) -> None:
        self.slots = {o: s for o, s in self.slots.items() if o + s <= offset or o >= offset + size}
        self.slots[offset] = size

    def record(self) -> None:
        """A struct of eight bytes on the stack: zeroed, then some of its fields written, then read whole."""
        asm, offset = self.asm, -8 * self.random.randrange(1, 7)
        asm.store(8, 10, offset, 0 if self.chance(80) else self.number())
        for _ in range(self.random.randrange(1, 4)):
            size = self.random.choice((1, 2, 4))
            value = f"r{self.old()}" if self.known and self.chance(70) else self.number()
            asm.store(size, 10, offset + self.random.randrange(0, 8, size), value)
        self.stored(offset, 8)
        size, dst = self.random.choice((4, 8, 8)), self.new()
        asm.load(dst, size, 10, offset + self.random.randrange(0, 8, size))
        self.known.add(dst)

    def store_somewhere(self, size: int) -> None:
        """A store at a variable offset of the frame (or of the caller's buffer)."""
        asm = self.asm
        index, base = self.random.sample((1, 2, 3, 4, 5), 2)
        value = self.old()
        if value in (index, base):
            return
        asm.alu(index, "=", f"r{self.old()}")
        asm.alu(index, "&=", self.random.choice((8, 16, 8)))
        if self.lent and self.chance(60):
            asm.alu(base, "=", "r9")
        else:
            asm.alu(base, "=", "r10")
            asm.alu(base, "+=", -32)
            self.slots = {o: s for o, s in self.slots.items() if o < -32}
        asm.alu(base, "+=", f"r{index}")
        asm.store(size, base, 0, f"r{value}")
        self.known -= {base}
        self.known.add(index)

    def fill(self) -> None:
        asm, dst = self.asm, self.new()
        size = self.random.choice((1, 2, 4, 4, 8, 8))
        if self.lent and self.chance(50):
            asm.load(dst, size, 9, self.random.randrange(0, BUFFER, size))
        elif self.slots and self.chance(75):
            offset = self.random.choice(sorted(self.slots))
            size = self.slots[offset] if self.chance(60) else self.random.choice((1, 2, 4, 8))
            offset = offset // size * size
            asm.load(dst, size, 10, offset, signed=size < 8 and self.chance(15))
        elif self.chance(25):
            index, base = self.random.sample([r for r in (1, 2, 3, 4, 5) if r != dst], 2)
            if not self.known:
                return
            asm.alu(index, "=", f"r{self.old()}")
            asm.alu(index, "&=", self.random.choice((8, 16, 24)))
            asm.alu(base, "=", "r10")
            asm.alu(base, "+=", f"r{index}")
            asm.load(dst, size, base, -32)
            self.known -= {base}
            self.known.add(index)
        else:
            asm.load(dst, size, 10, self.slot(size))
        self.known.add(dst)
