"""What the verifier's well-known refusals mean, in a sentence, and what they are about.

Only what is true of every program that is refused so: what it lacks, not how its author should write it.

Source: the calls of verbose() in kernel/bpf/verifier.c and its parts (Linux 4.18 to 7.3), where each pattern is found.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple


class Explanation(NamedTuple):
    """`meaning` is a sentence; `registers` are those that the message is about, `R1`."""

    meaning: str
    registers: tuple[str, ...] = ()


class _Known(NamedTuple):
    pattern: re.Pattern[str]
    meaning: str
    has_place: bool = True  # whether one instruction is to blame
    is_about_operands: bool = False  # of the instruction; it names none


def _known(pattern: str, meaning: str, *, has_place: bool = True, is_about_operands: bool = False) -> _Known:
    return _Known(re.compile(pattern), meaning, has_place, is_about_operands)


_KNOWN = (
    _known(
        r"invalid access to packet, off=(-?\d+) size=(\d+)",
        "No comparison with data_end that the verifier could follow covers these bytes of the packet on this path; r= "
        "in the register's state is how many it knows to be there.",
    ),
    _known(
        r"R\d+ offset is outside of the packet",
        "No comparison with data_end that the verifier could follow covers these bytes of the packet on this path.",
    ),
    _known(
        r"math between \S+ pointer and register with unbounded min value",
        "The number that is added to the pointer may be negative: check it from below, or make it unsigned.",
        is_about_operands=True,
    ),
    _known(
        r"value -?\d+ makes \S+ pointer be out of bounds|\S+ pointer offset -?\d+ is not allowed",
        "The pointer would be further from its object than the verifier takes (2^29 bytes).",
        is_about_operands=True,
    ),
    _known(
        r"R\d+ unbounded memory access",
        "Nothing bounds from above the number that is used as length or offset here.",
    ),
    _known(
        r"R\d+ min value is (?:negative|outside)",
        "The number that is used as length or offset may be below what is allowed: check it from below, or make it "
        "unsigned.",
    ),
    _known(
        r"R\d+ max value is outside of the (?:allowed memory|map_value|array) range"
        r"|invalid access to (?:map value|memory)",
        "The access may go past the end of the object: check the offset against its size.",
    ),
    _known(r"R\d+ invalid zero-sized read", "The length may be 0, which this argument does not allow."),
    _known(
        r"R\d+ invalid mem access '(?:inv|scalar)'",
        "The register holds a number, no pointer: what was a packet pointer stops being one when a helper may have "
        "moved the packet.",
    ),
    _known(
        r"R\d+ invalid mem access '\S*(?:_or_null|or_null_\S*)'",
        "The pointer may be NULL: compare it with NULL before it is used.",
    ),
    _known(r"R\d+ invalid mem access '", "Memory cannot be read or written through a register of this kind."),
    _known(
        r"Caller passes invalid args into func#\d+",
        "The arguments do not fit the global function's prototype, by which the verifier checks it alone.",
    ),
    _known(
        r"R\d+ type=\S+ expected=",
        "The argument is of a kind that the called function does not take.",
    ),
    _known(
        r"R\d+ !read_ok", "The register was never set on this path, or a call has clobbered it (R1 to R5)."
    ),
    _known(
        r"invalid (?:indirect |size of )?(?:read|access|write)?[^;]*(?:from|to) stack"
        r"|invalid (?:indirect )?(?:read|access) .*stack|invalid stack ",
        "Bytes of the stack are used that were not written on this path, or that are outside of its 512 bytes.",
    ),
    _known(
        r"invalid size of register (?:spill|fill)", "A pointer is kept on the stack in less than 8 bytes."
    ),
    _known(r"frame pointer is read only", "R10 cannot be written."),
    _known(
        r"(?:combined stack size|stack size) .*(?:Too large|too large)",
        "A function, or those that call one another, need more than the 512 bytes of the stack.",
        has_place=False,
    ),
    _known(
        r"BPF program is too large\. Processed \d+ insn",
        "The verifier gave up: it went through that many instructions, over all paths, without coming to an end. "
        "Fewer paths or rounds of loops are needed, not fewer lines.",
        has_place=False,
    ),
    _known(
        r"The sequence of \d+ jumps is too complex",
        "The verifier gave up: too many branches wait to be looked at.",
        has_place=False,
    ),
    _known(
        r"back-edge from insn \d+ to \d+",
        "The program jumps backwards: kernels before 5.3 take no loops, and newer ones none from programs without "
        "privileges.",
    ),
    _known(
        r"infinite loop detected at insn \d+",
        "The loop came back to a state in which it had been before: nothing that it counts is known to change.",
    ),
    _known(r"unreachable insn \d+", "No path leads to this instruction."),
    _known(
        r"jump out of range from insn \d+ to \d+|last insn is not an exit or jmp",
        "The code leaves its function.",
    ),
    _known(
        r"(?:program of this type cannot use helper |unknown func |invalid func |helper call is not allowed in probe)",
        "Programs of this type may not call that helper, or this kernel does not have it.",
    ),
    _known(
        r"cannot call GPL-restricted function from non-GPL compatible program",
        "The helper is for programs under the GPL: the license section says something else.",
    ),
    _known(
        r"Unreleased reference id=\d+|reference leak",
        "What was taken (a socket, a ring buffer's record) is not given back on this path.",
    ),
    _known(
        r"misaligned (?:packet |value |stack |pkt )?access off",
        "The address is not a multiple of the size of the access, as strict alignment asks for.",
    ),
    _known(
        r"R\d+ pointer (?:arithmetic|comparison|\S+= pointer) (?:on \S+ )?prohibited|R\d+ (?:32-bit|bitwise) .*pointer",
        "This arithmetic is not allowed on a pointer of this kind.",
    ),
    _known(
        r"R\d+ leaks addr|leaking pointer",
        "A pointer would be seen outside of the kernel, which needs CAP_PERFMON.",
    ),
    _known(
        r"At program exit the register R0 has .*should have been in"
        r"|At program exit the register R0 is not a known value",
        "The result must lie in a range that this type of program prescribes.",
    ),
    _known(
        r"dereference of modified \S+ ptr",
        "The pointer must be used as it came: the offset belongs into the access, not into the register.",
    ),
    _known(
        r"invalid bpf_context access off=-?\d+ size=\d+",
        "The context (struct xdp_md) has no field there, or none of this size, or it cannot be written.",
    ),
    _known(
        r"tail_call(?:s)? (?:are|is) not allowed",
        "Tail calls from functions need a newer kernel (5.10 on x86-64).",
    ),
)

_NO_RESULT = "The function ends without a result: R0 was never set on this path."
_OPERAND = re.compile(r"\b[rw](10|\d)\b")
_REGISTER = re.compile(r"\bR(?:10|\d)\b")
_AT_INSTRUCTION = re.compile(
    r"(?:at insn|from insn|unreachable insn|jump into the middle of ldimm64 insn|invalid insn idx) (\d{1,9})"
)


def explain(message: Sequence[str], instruction: str = "") -> Explanation | None:
    """What `message`, the last lines of a log, means; None where that is not known.

    `instruction` is the one that it is about, in the kernel's spelling.
    """
    for known in _KNOWN:
        for line in message:
            if known.pattern.match(line):
                operands = tuple(f"R{number}" for number in _OPERAND.findall(instruction))
                named = registers_of(message) or (operands if known.is_about_operands else ())
                is_result = line == "R0 !read_ok" and instruction == "(95) exit"
                return Explanation(_NO_RESULT if is_result else known.meaning, named)
    return None


def registers_of(message: Sequence[str]) -> tuple[str, ...]:
    """The registers that `message` names, in its order."""
    return tuple(dict.fromkeys(name for line in message for name in _REGISTER.findall(line)))


def instruction_of(message: Sequence[str]) -> int | None:
    """The instruction that `message` names itself."""
    for line in message:
        if found := _AT_INSTRUCTION.search(line):
            return int(found[1])
    return None


def is_about_no_instruction(message: Sequence[str]) -> bool:
    """Whether `message` says something of the program as a whole: where the verifier stood then tells nothing."""
    return any(known.pattern.match(line) for known in _KNOWN if not known.has_place for line in message)
