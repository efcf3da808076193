"""A concrete BPF machine: runs one XDP program of an `Image` on one input and records every attempt to move the packet.

The rules of the helpers are those of net/core/filter.c (Linux 6.18); those of the instructions are
Documentation/bpf/standardization/instruction-set.rst. What no input decides (fresh stack bytes, random numbers, map
values that another CPU may write) comes from a seeded generator, so that a run can be repeated.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from tests.support.arithmetic import TOP, alu_result, compare, signed
from xdp_lsp.isa import instruction as isa
from xdp_lsp.isa.instruction import Instruction
from xdp_lsp.isa.validity import CMPXCHG, FETCH, LOAD_ACQUIRE, STORE_RELEASE, XCHG
from xdp_lsp.program.image import DataAddress, FunctionAddress, Image, MapAddress, Program

RESERVE = 40  # sizeof(struct xdp_frame), 5.15.y and later
ETH_HLEN = 14
LONGEST_METADATA = 252
EINVAL, EACCES = -22, -13
_LONGEST_PACKET = 4096 - 256 - 320  # a page less headroom and struct skb_shared_info, as in BPF_PROG_TEST_RUN
_STEPS = 20_000

# Address space: a region's number in the upper bits, the offset in the lower 24.
_SHIFT = 24
_BASE = 0xFFFF_8000_0000_0000
_CONTEXT, _PACKET, _MAP, _DATA, _FRAMES, _FUNCTIONS = 1, 2, 3, 16, 64, 128

MAP_LOOKUP, GET_PRANDOM, REDIRECT, REDIRECT_MAP, LOOP = 1, 7, 23, 51, 181
ADJUST_HEAD, ADJUST_META, ADJUST_TAIL = 44, 54, 65


class Attempt(NamedTuple):
    """One call of adjust_head or adjust_meta: what it passed, what came of it, and where the packet stood before."""

    pc: int
    helper: int
    delta: int
    result: int
    total: int  # S before the call
    metadata: int  # M before the call

    @property
    def wanted(self) -> tuple[int, int]:
        """S and M as the call wants them to be."""
        if self.helper == ADJUST_HEAD:
            return self.total + self.delta, self.metadata
        return self.total, self.metadata - self.delta

    @property
    def demand(self) -> int:
        total, metadata = self.wanted
        return metadata - total


@dataclass(frozen=True)
class Input:
    """What one run starts with. `volatile` makes two reads of one map value differ."""

    packet: bytes
    map_value: bytes
    headroom: int = 256
    ifindex: int = 1
    queue: int = 0
    seed: int = 0
    volatile: bool = False


class Fault(Exception):  # noqa: N818 - the program's, not ours
    """The program did what no verifier would have let through, or ran too long."""


@dataclass
class _Frame:
    registers: list[int | None]
    return_pc: int
    stack: bytearray = field(default_factory=lambda: bytearray(512))


@dataclass
class _Loop:
    pc: int
    entry: int
    index: int
    limit: int
    context: int


class Machine:
    """One run. `attempts` are in the order of the calls, `redirects` their pcs; `steps` counts instructions."""

    def __init__(self, image: Image, program: Program, given: Input) -> None:
        self.image = image
        self.order: Literal["big", "little"] = "big" if image.big_endian else "little"
        self.given = given
        self.random = random.Random(given.seed)
        self.attempts: list[Attempt] = []
        self.redirects: list[int] = []
        self.steps = 0
        self.total = self.metadata = 0
        self.pc = program.entry
        # The packet's first byte as it came in is at `headroom` in its buffer.
        self.buffer = bytearray(given.headroom) + bytearray(given.packet.ljust(_LONGEST_PACKET, b"\0"))
        self.end = given.headroom + len(given.packet)
        self.map_value = bytearray(given.map_value)
        self.sections = {name: at for at, name in enumerate(sorted(image.data))}
        self.frames: list[_Frame] = []
        self.loops: list[_Loop | None] = []
        self._push(-1, None)
        self.frames[0].registers[1] = self._address(_CONTEXT)

    # -- memory ---------------------------------------------------------------------------------

    @staticmethod
    def _address(region: int, offset: int = 0) -> int:
        return _BASE + (region << _SHIFT) + offset

    def _push(self, return_pc: int, loop: _Loop | None) -> None:
        frame = _Frame([None] * 11, return_pc)
        frame.stack[:] = self.random.randbytes(512)
        self.frames.append(frame)
        self.loops.append(loop)
        if len(self.frames) > 8:
            raise Fault("too many frames")
        frame.registers[10] = self._address(_FRAMES + len(self.frames) - 1, 512)

    def _place(self, address: int, size: int, *, write: bool) -> tuple[bytearray | bytes, int]:
        if address < _BASE:
            raise Fault(f"access at {address:#x}")
        region, offset = (address - _BASE) >> _SHIFT, (address - _BASE) & ((1 << _SHIFT) - 1)
        memory: bytearray | bytes
        if region == _PACKET:
            memory = self.buffer
            start = self.given.headroom + self.total - self.metadata
            if not start <= offset <= self.end - size:
                raise Fault("outside the packet")
        elif region == _MAP:
            memory = self.map_value
        elif _DATA <= region < _FRAMES and not write:
            memory = self.image.data[sorted(self.image.data)[region - _DATA]].data
        elif _FRAMES <= region < _FRAMES + len(self.frames):
            memory = self.frames[region - _FRAMES].stack
        else:
            raise Fault(f"access at {address:#x}")
        if offset + size > len(memory):
            raise Fault(f"access at {address:#x}")
        return memory, offset

    def load(self, address: int, size: int) -> int:
        if address - self._address(_CONTEXT) in range(64) and size == 4:
            return self._context(address - self._address(_CONTEXT))
        memory, offset = self._place(address, size, write=False)
        if memory is self.map_value and self.given.volatile and self.random.random() < 0.5:
            return int.from_bytes(self.random.randbytes(size), "little")
        return int.from_bytes(memory[offset : offset + size], self.order)

    def store(self, address: int, size: int, value: int) -> None:
        memory, offset = self._place(address, size, write=True)
        assert isinstance(memory, bytearray)
        memory[offset : offset + size] = (value & ((1 << 8 * size) - 1)).to_bytes(size, self.order)

    def _context(self, offset: int) -> int:
        start = self.given.headroom + self.total
        fields = {
            0: self._address(_PACKET, start),
            4: self._address(_PACKET, self.end),
            8: self._address(_PACKET, start - self.metadata),
            12: self.given.ifindex,
            16: self.given.queue,
        }
        if offset not in fields:
            raise Fault(f"field {offset} of the context")
        return fields[offset]

    # -- running --------------------------------------------------------------------------------

    def run(self) -> int:
        """Runs to the end; gives r0."""
        while True:
            result = self.step()
            if result is not None:
                return result

    def _read(self, register: int) -> int:
        value = self.frames[-1].registers[register]
        if value is None:
            raise Fault(f"r{register} is read before it is written (pc {self.pc})")
        return value

    def _write(self, register: int, value: int) -> None:
        self.frames[-1].registers[register] = value & TOP

    def step(self) -> int | None:
        """Runs one instruction; gives r0 where it ended the program. Raises Fault."""
        self.steps += 1
        if self.steps > _STEPS:
            raise Fault("too many steps")
        it = self.image.slots[self.pc]
        klass = it.klass
        if klass in (isa.ALU, isa.ALU64):
            self._alu(it)
        elif klass == isa.LDX:
            value = self.load((self._read(it.src) + it.offset) & TOP, it.size)
            self._write(it.dst, signed(value, 8 * it.size) if it.mode == isa.MEMSX else value)
        elif klass in (isa.ST, isa.STX):
            self._store(it)
        elif klass == isa.LD:
            self._wide(it)
            self.pc += 1
        elif it.operation == isa.CALL and klass == isa.JMP:
            self._call(it)
            return None
        elif it.operation == isa.EXIT and klass == isa.JMP:
            return self._exit()
        else:
            self._jump(it)
        self.pc += 1
        return None

    def _wide(self, it: Instruction) -> None:
        address = self.image.addresses.get(self.pc)
        if isinstance(address, DataAddress):
            value = self._address(_DATA + self.sections[address.section], address.offset)
        elif isinstance(address, MapAddress):
            value = self._address(_MAP, address.value_offset or 0)
        elif isinstance(address, FunctionAddress):
            value = self._address(_FUNCTIONS, address.pc)
        else:
            value = self.image.slots[self.pc + 1].imm << 32 | it.imm & 0xFFFFFFFF
        self._write(it.dst, value)

    def _alu(self, it: Instruction) -> None:
        x = self._read(it.dst) if it.operation != isa.MOV else 0
        y = self._second(it) if it.operation not in (isa.END, isa.NEG) else 0
        self._write(it.dst, alu_result(it, x, y, big_endian=self.image.big_endian))

    def _second(self, it: Instruction) -> int:
        return self._read(it.src) if it.uses_register else it.imm

    def _store(self, it: Instruction) -> None:
        if it.mode == isa.ATOMIC:
            self._atomic(it)
        else:
            value = it.imm if it.klass == isa.ST else self._read(it.src)
            self.store((self._read(it.dst) + it.offset) & TOP, it.size, value)

    def _atomic(self, it: Instruction) -> None:
        if it.imm == LOAD_ACQUIRE:  # dst and src change roles
            self._write(it.dst, self.load((self._read(it.src) + it.offset) & TOP, it.size))
            return
        address = (self._read(it.dst) + it.offset) & TOP
        if it.imm == STORE_RELEASE:
            self.store(address, it.size, self._read(it.src))
            return
        mask = (1 << 8 * it.size) - 1
        memory, offset = self._place(address, it.size, write=True)
        old = int.from_bytes(memory[offset : offset + it.size], self.order)
        operand = self._read(it.src) & mask
        if it.imm == CMPXCHG:
            if old == self._read(0) & mask:
                self.store(address, it.size, operand)
            self._write(0, old)
            return
        new = {
            isa.ADD: old + operand,
            isa.OR: old | operand,
            isa.AND: old & operand,
            isa.XOR: old ^ operand,
            XCHG & ~FETCH: operand,
        }[it.imm & ~FETCH]
        self.store(address, it.size, new)
        if it.imm & FETCH:
            self._write(it.src, old)

    def _jump(self, it: Instruction) -> None:
        if it.opcode == isa.JMP32 | isa.JA:
            self.pc += it.imm
            return
        width = 64 if it.klass == isa.JMP else 32
        if it.operation == isa.JA or compare(it.operation, self._read(it.dst), self._second(it), width):
            self.pc += it.offset

    # -- calls ----------------------------------------------------------------------------------

    def _call(self, it: Instruction) -> None:
        callee = self.image.calls.get(self.pc)
        if callee is not None:
            arguments = self.frames[-1].registers[1:6]
            self._push(self.pc + 1, None)
            self.frames[-1].registers[1:6] = arguments
            self.pc = callee
            return
        if it.imm == LOOP:
            entry = (self._read(2) - self._address(_FUNCTIONS)) & TOP
            self._next_run(_Loop(self.pc, entry, 0, self._read(1) & 0xFFFFFFFF, self._read(3)))
            return
        self._returned(self._helper(it.imm))
        self.pc += 1

    def _next_run(self, loop: _Loop) -> None:
        if loop.index >= loop.limit or loop.limit > 1 << 23:
            self._returned(loop.index if loop.limit <= 1 << 23 else -7)
            self.pc = loop.pc + 1
            return
        self._push(loop.pc + 1, loop)
        self.frames[-1].registers[1:3] = [loop.index, loop.context]
        self.pc = loop.entry

    def _exit(self) -> int | None:
        value = self._read(0)
        if len(self.frames) == 1:
            return value
        frame, loop = self.frames.pop(), self.loops.pop()
        if loop is None:
            self._returned(value)
            self.pc = frame.return_pc
        else:
            loop.index += 1
            loop.limit = loop.index if value else loop.limit
            self._next_run(loop)
        return None

    def _returned(self, value: int) -> None:
        self.frames[-1].registers[0:6] = [value & TOP] + [None] * 5

    def _helper(self, number: int) -> int:
        if number in (ADJUST_HEAD, ADJUST_META):
            delta = signed(self._read(2), 32)
            before = self.total, self.metadata
            result = self._adjust_head(delta) if number == ADJUST_HEAD else self._adjust_meta(delta)
            self.attempts.append(Attempt(self.pc, number, delta, result, *before))
            return result
        if number == ADJUST_TAIL:
            end = self.end + signed(self._read(2), 32)
            start = self.given.headroom + self.total
            if end > len(self.buffer) or end < start + ETH_HLEN:
                return EINVAL
            self.buffer[self.end : end] = bytes(max(0, end - self.end))
            self.end = end
            return 0
        if number == MAP_LOOKUP:
            return self._address(_MAP)
        if number == GET_PRANDOM:
            return self.random.choice((self.random.getrandbits(32), self.random.getrandbits(4)))
        if number in (REDIRECT, REDIRECT_MAP):
            self.redirects.append(self.pc)
        if number == REDIRECT_MAP:  # what the map holds no input says
            return self.random.choice((0, 4))
        if number == REDIRECT:
            return 4 if self._read(2) == 0 else 0
        raise Fault(f"helper {number}")

    def _adjust_head(self, delta: int) -> int:
        """bpf_xdp_adjust_head(): nothing moves unless the new start is in bounds."""
        start = self.given.headroom + self.total + delta
        if start < RESERVE + self.metadata or start > self.end - ETH_HLEN:
            return EINVAL
        self.total += delta
        return 0

    def _adjust_meta(self, delta: int) -> int:
        """bpf_xdp_adjust_meta() and xdp_metalen_invalid(), Linux 6.8 and later."""
        metadata = self.metadata - delta
        if self.given.headroom + self.total - metadata < RESERVE or metadata < 0:
            return EINVAL
        if metadata % 4 or metadata > LONGEST_METADATA:
            return EACCES
        self.metadata = metadata
        return 0
