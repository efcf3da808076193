"""Runs one XDP program of an `Image` on one input, and records every attempt to move the packet.

The rules of the instructions are those of Documentation/bpf/standardization/instruction-set.rst.
"""

from __future__ import annotations

from dataclasses import dataclass

from xdp_lsp.isa import instruction as isa
from xdp_lsp.isa.instruction import Instruction
from xdp_lsp.isa.validity import CMPXCHG, FETCH, LOAD_ACQUIRE, STORE_RELEASE, XCHG
from xdp_lsp.machine import helpers, kfuncs
from xdp_lsp.machine.arithmetic import TOP
from xdp_lsp.machine.faults import Fault, Unmodelled
from xdp_lsp.machine.inputs import Inputs, Kind, Source
from xdp_lsp.machine.maps import Maps
from xdp_lsp.machine.memory import Region
from xdp_lsp.machine.packet import Packet
from xdp_lsp.program.image import DataAddress, FunctionAddress, Image, MapAddress, Program, UnknownAddress

DEFAULT_LIMIT = 20_000  # instructions
_STACK = 512  # bytes of a frame
_MOST_FRAMES = 8  # MAX_CALL_FRAMES
MOST_TAIL_CALLS = 33  # MAX_TAIL_CALL_CNT
_MOST_ROUNDS = 1 << 23  # BPF_MAX_LOOPS
_E2BIG = -7 & TOP
_EXTERN = 8  # bytes of what the loader fills in


@dataclass
class Frame:
    registers: list[int | None]
    return_pc: int
    callback: Callback | None = None


@dataclass
class Callback:
    """A helper that runs a function of the program: what is left of its runs, each the arguments of one."""

    pc: int
    entry: int
    rounds: list[tuple[int, ...]] | None  # None: (index, context) until `limit`
    done: int
    limit: int
    context: int


class Machine(Packet):
    """One run: `attempts` and the pcs of `redirects` in their order; `steps` counts instructions, at most `limit`."""

    def __init__(self, image: Image, program: Program, given: Inputs, limit: int = DEFAULT_LIMIT) -> None:
        super().__init__(given, big_endian=image.big_endian)
        self.image = image
        self.steps = 0
        self.pc = program.entry
        self.tail_calls = 0
        self.frames: list[Frame] = []
        self._limit = limit
        self.maps = Maps(image, self.memory, given)
        self._data: dict[str, Region] = {}
        self._functions = self.memory.add(b"").address
        self._push(-1, None)
        self.frames[0].registers[1] = self.context

    # -- running --------------------------------------------------------------------------------

    def run(self) -> int:
        """Runs to the end; gives r0."""
        while True:
            result = self.step()
            if result is not None:
                return result

    def step(self) -> int | None:
        """Runs one instruction; gives r0 where it ended the program. Raises Fault."""
        self.steps += 1
        if self.steps > self._limit:
            raise Fault("too many steps")
        slots = self.image.slots
        if not 0 <= self.pc < len(slots):
            raise Fault("the code runs out")
        it = slots[self.pc]
        klass = it.opcode & 0x07
        if klass in (isa.ALU64, isa.ALU):
            self._alu(it, 64 if klass == isa.ALU64 else 32)
        elif klass == isa.LDX:
            value = self.load(self.operate(isa.ADD, self.read(it.src), it.offset), it.size)
            self._write(it.dst, self.sign_extend(value, 8 * it.size) if it.mode == isa.MEMSX else value)
        elif klass in (isa.ST, isa.STX):
            self._store(it)
        elif klass == isa.LD:
            self._wide(it)
            self.pc += 1
        elif it.opcode == isa.JMP | isa.CALL:
            self._call(it)
            return None
        elif it.opcode == isa.JMP | isa.EXIT:
            return self._exit()
        else:
            self._jump(it)
            return None
        self.pc += 1
        return None

    def read(self, register: int) -> int:
        value = self.frames[-1].registers[register]
        if value is None:
            raise Fault(f"r{register} is read before it is written (pc {self.pc})")
        return value

    def _write(self, register: int, value: int) -> None:
        self.frames[-1].registers[register] = value

    def _push(self, return_pc: int, callback: Callback | None) -> Frame:
        if len(self.frames) >= _MOST_FRAMES:
            raise Fault("too many frames")
        frame = Frame([None] * 11, return_pc, callback)
        frame.registers[10] = self.memory.add(self.given.fresh(_STACK)).address + _STACK
        self.frames.append(frame)
        return frame

    def _wide(self, it: Instruction) -> None:
        address = self.image.addresses.get(self.pc)
        if isinstance(address, DataAddress):
            value = self.section(address.section).address + address.offset
        elif isinstance(address, MapAddress):
            value = self.maps.address(address.map)
            if address.value_offset is not None:
                definition = self.image.maps[address.map]
                value = self.maps.put(definition, self.maps.first_key()).address + address.value_offset
        elif isinstance(address, FunctionAddress):
            value = self._functions + address.pc
        elif isinstance(address, UnknownAddress):
            value = self._extern(address.reason).address
        else:
            value = self.image.slots[self.pc + 1].imm << 32 | it.imm & 0xFFFFFFFF
        self._write(it.dst, value & TOP)

    def section(self, name: str) -> Region:
        """A data section, as it stands in this run."""
        if name not in self._data:
            section = self.image.data[name]
            source = Source(Kind.VARIABLE, name)
            contents = self.given.contents(source, section.data)
            self._data[name] = self.memory.add(contents, source, writable=not section.is_constant)
        return self._data[name]

    def _extern(self, reason: str) -> Region:
        """What the loader fills in, taken to be zeros: no such function, and a setting that is off."""
        if reason not in self._data:
            self._data[reason] = self.memory.add(bytes(_EXTERN), writable=False)
        return self._data[reason]

    def _alu(self, it: Instruction, width: int) -> None:
        operation, dst = it.operation, it.dst
        if operation == isa.MOV:
            value = self._second(it)
            if it.offset == 1:
                raise Unmodelled("an address of an arena")
            if it.offset:
                value = self.sign_extend(value, it.offset, width)
            elif width == 32:
                value = self.operate(isa.AND, value, 0xFFFFFFFF)
            else:
                value = value if it.uses_register else value & TOP
        elif operation == isa.NEG:
            value = self.operate(isa.SUB, 0, self.read(dst), width)
        elif operation == isa.END:
            value = self.read(dst)
            if width == 64 or it.uses_register != self.image.big_endian:
                value = self.swap(value, it.imm)
            else:
                value = self.operate(isa.AND, value, (1 << it.imm) - 1)
        else:
            value = self.operate(operation, self.read(dst), self._second(it), width, bool(it.offset))
        self._write(dst, value)

    def _second(self, it: Instruction) -> int:
        return self.read(it.src) if it.uses_register else it.imm

    def _store(self, it: Instruction) -> None:
        if it.mode == isa.ATOMIC:
            self._atomic(it)
        else:
            value = it.imm & TOP if it.klass == isa.ST else self.read(it.src)
            self.store((self.read(it.dst) + it.offset) & TOP, it.size, value)

    def _atomic(self, it: Instruction) -> None:
        if it.imm == LOAD_ACQUIRE:  # dst and src change roles
            self._write(it.dst, self.load((self.read(it.src) + it.offset) & TOP, it.size))
            return
        address = (self.read(it.dst) + it.offset) & TOP
        if it.imm == STORE_RELEASE:
            self.store(address, it.size, self.read(it.src))
            return
        width = 8 * it.size
        old = self.load(address, it.size)
        operand = self.operate(isa.AND, self.read(it.src), (1 << width) - 1)
        if it.imm == CMPXCHG:
            if self.holds(isa.JEQ, old, self.read(0), width):
                self.store(address, it.size, operand)
            self._write(0, old)
            return
        operation = it.imm & ~FETCH
        new = operand if operation == XCHG & ~FETCH else self.operate(operation, old, operand, width)
        self.store(address, it.size, new)
        if it.imm & FETCH:
            self._write(it.src, old)

    def _jump(self, it: Instruction) -> None:
        operation = it.operation
        if it.opcode == isa.JMP32 | isa.JA:
            self.pc += 1 + it.imm
        elif operation == isa.JA and it.uses_register:
            self.pc = self._through_table(self.read(it.dst))
        elif operation == isa.JA:
            self.pc += 1 + it.offset
        elif operation == isa.JCOND:  # may_goto jumps after more rounds than a run has
            self.pc += 1
        elif operation in (isa.CALL, isa.EXIT):
            raise Unmodelled("a call through a register")
        else:
            width = 64 if it.klass == isa.JMP else 32
            jumps = self.holds(operation, self.read(it.dst), self._second(it), width)
            self.pc += 1 + it.offset if jumps else 1

    def _through_table(self, word: int) -> int:
        """gotox: the tables of an object hold offsets in bytes from the start of the jump's section."""
        for target in self.image.jump_targets.get(self.pc, ()):
            if self.holds(isa.JEQ, word, 8 * self.image.offset_in_section(target)):
                return target
        raise Fault("a jump to nowhere")

    # -- calls ----------------------------------------------------------------------------------

    def _call(self, it: Instruction) -> None:
        callee = self.image.calls.get(self.pc)
        if callee is not None:
            arguments = self.frames[-1].registers[1:6]
            self._push(self.pc + 1, None).registers[1:6] = arguments
            self.pc = callee
        elif self.pc in self.image.kfuncs:
            self.returned(kfuncs.call(self, self.image.kfuncs[self.pc].name))
            self.pc += 1
        elif it.src != isa.CALL_HELPER:
            raise Unmodelled("a function that the object does not hold")
        else:
            pc = self.pc
            value = helpers.call(self, it.imm)
            if value is not None:  # else it has seen to what comes next
                self.returned(value)
                self.pc = pc + 1

    def returned(self, value: int | None) -> None:
        """Nothing (None) is what a static function of type void gives."""
        self.frames[-1].registers[0:6] = [value, None, None, None, None, None]

    def tail_call(self, entry: int) -> bool:
        """Goes on with another program in the place of the innermost frame; not more often than the kernel does."""
        if self.tail_calls == MOST_TAIL_CALLS:
            return False
        self.tail_calls += 1
        self._push(self.frames.pop().return_pc, None).registers[1] = self.context
        self.pc = entry
        return True

    def start_callback(
        self, function: int, context: int, *, limit: int = 0, rounds: list[tuple[int, ...]] | None = None
    ) -> None:
        """Runs a function for each of `rounds` (its arguments), or `limit` times with (index, context)."""
        entry = (function - self._functions) & TOP
        if entry >= len(self.image.slots):
            raise Unmodelled("a callback that is not known")
        self._next_round(Callback(self.pc, int(entry), rounds, 0, limit, context))

    def _next_round(self, callback: Callback) -> None:
        if callback.rounds is None:
            if self.holds(isa.JGT, callback.limit, _MOST_ROUNDS):
                callback.limit, callback.done = 0, _E2BIG
            more = self.holds(isa.JLT, callback.done, callback.limit)
        else:
            more = callback.done < len(callback.rounds)
        if not more:
            self.returned(callback.done)
            self.pc = callback.pc + 1
            return
        arguments = (
            (callback.done, callback.context) if callback.rounds is None else callback.rounds[callback.done]
        )
        self._push(callback.pc + 1, callback).registers[1 : 1 + len(arguments)] = arguments
        self.pc = callback.entry

    def _exit(self) -> int | None:
        if len(self.frames) == 1:
            return self.read(0)
        frame = self.frames.pop()
        value, callback = frame.registers[0], frame.callback
        if callback is None:
            self.returned(value)
            self.pc = frame.return_pc
            return None
        callback.done += 1
        if value is None:
            raise Fault("a callback gives nothing back")
        if self.holds(isa.JNE, value, 0):
            self.returned(callback.done)
            self.pc = frame.return_pc
        else:
            self._next_round(callback)
        return None
