"""The path of the verifier through a program: what it knew at each instruction that it came by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from xdp_lsp.vlog.records import ProgramLog, Visit
from xdp_lsp.vlog.register import Register, State, frame_of, parse_state

_CALL = 0x85
_CLASS, _JUMPS = 0x07, (0x05, 0x06)  # JMP, JMP32
_OPERATION, _NO_BRANCHES = 0xF0, (0x00, 0x80, 0x90)  # JA, CALL, EXIT
_FURTHEST = 1 << 16  # instructions that are looked through for what set a register
# Helpers and kfuncs after which pointers to the packet are none any more (bpf_helper_changes_pkt_data() in
# net/core/filter.c, Linux 7.2), and functions of the program, which may call one.
_MOVES_PACKET = re.compile(
    r"adjust|pull_data|change|store_bytes|replace|redirect|vlan|encap|seg6|hdr_opt|pc[+-]"
)
_PACKET = ("pkt", "pkt_meta", "pkt_end")
_CALLER_SAVED = ("R0", "R1", "R2", "R3", "R4", "R5")


class Point(NamedTuple):
    """An instruction on a path, and the registers and slots of its frame as last printed before it.

    A kernel prints (since 5.17) what an instruction wrote or read. At a branch it may learn of other registers as
    well, such as the range of a packet pointer by a check of its copy: of those in `older` it may know more by now
    than is here, which is true all the same.
    """

    visit: Visit
    frame: int
    registers: Mapping[str, Register]
    older: frozenset[str] = frozenset()


def points(log: ProgramLog) -> Iterator[Point]:
    """Every instruction that `log` tells of, in its order, and what was known before each."""
    yield from _points(log.visits)


def last_visit(log: ProgramLog, pc: int) -> Visit | None:
    """The last time that the verifier came by instruction `pc`."""
    return next((one for one in reversed(log.visits) if one.pc == pc), None)


def last_point(log: ProgramLog, pc: int) -> Point | None:
    """What was known before the last visit of instruction `pc`."""
    for index in range(len(log.visits) - 1, -1, -1):
        if log.visits[index].pc == pc:
            start = index
            while start and not log.visits[start].is_full:
                start -= 1
            *_, point = _points(log.visits[start : index + 1])
            return point
    return None


def last_write(log: ProgramLog, pc: int, register: str) -> Visit | None:
    """The instruction that set `register` (`R1`) on the path to the last visit of `pc`, in the same function.

    None where the log does not have it, or it is further back than one would look.
    """
    visits = log.visits
    end = next((at for at in range(len(visits) - 1, -1, -1) if visits[at].pc == pc), 0)
    start = max(0, end - _FURTHEST)
    frames = list(_frames(visits[start : end + 1]))
    for index in range(end - 1, start - 1, -1):
        if visits[index + 1].came_from not in (None, visits[index].pc) or frames[index - start] < frames[-1]:
            return None  # behind it another path was taken up, or the function entered
        if frames[index - start] == frames[-1] and _writes(visits[index], register[1:]):
            return visits[index]
    return None


def _frames(visits: Sequence[Visit]) -> Iterator[int]:
    """The frame of each visit: a state is printed wherever a function is entered or left."""
    frame = 0
    for visit in visits:
        frame = frame_of(visit.before) if visit.before else frame
        yield frame
        frame = frame_of(visit.after) if visit.after else frame


def _writes(visit: Visit, number: str) -> bool:
    if visit.opcode == _CALL:
        return number == "0"
    written = re.match(r"\([0-9a-f]{2}\) [rw](\d+) ", visit.text)
    return written is not None and written[1] == number


def _points(visits: Sequence[Visit]) -> Iterator[Point]:
    known: dict[str, Register] = {}
    older: set[str] = set()
    frame = 0
    for visit in visits:
        if visit.before:
            state = parse_state(visit.before)
            if visit.is_full or state.frame != frame:
                known, older = {}, set()
            frame = state.frame
            known |= state.registers
            older -= state.registers.keys()
        yield Point(visit, frame, dict(known), frozenset(older))
        if visit.opcode == _CALL:
            _forget(known, visit)
        elif is_branch(visit.opcode):
            older = set(known)
        after = parse_state(visit.after) if visit.after else State(frame)
        if after.frame != frame:
            known, older, frame = {}, set(), after.frame
        known |= after.registers
        older -= after.registers.keys()


def is_branch(opcode: int) -> bool:
    """Whether it is a jump on a condition."""
    return opcode & _CLASS in _JUMPS and opcode & _OPERATION not in _NO_BRANCHES


def _forget(known: dict[str, Register], visit: Visit) -> None:
    """What a call leaves behind."""
    for name in _CALLER_SAVED:
        known.pop(name, None)
    if _MOVES_PACKET.search(visit.text):
        for name in [name for name, register in known.items() if register.kind in _PACKET]:
            del known[name]
