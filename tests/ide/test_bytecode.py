"""Listings: against llvm-objdump, against what runs hold, and as text."""

from __future__ import annotations

import re
import subprocess  # noqa: TID251 - an oracle
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.cases.building import CASES, USUAL, object_of
from tests.oracle.inputs import inputs
from tests.support.assembly import assemble
from tests.support.compile import tool
from xdp_lsp.analysis import FileAnalysis, Status
from xdp_lsp.ide.bytecode import Kind, Listing, listing
from xdp_lsp.insight import look_into
from xdp_lsp.machine import Fault, Inputs, Machine
from xdp_lsp.pipeline import FileReport
from xdp_lsp.program import Image, load_image
from xdp_lsp.source import SourceLocation


def listed(image: Image, path: str = "/src/prog.c", notes: tuple[str, ...] = ()) -> Listing:
    analysis = FileAnalysis(path, "default", Status.ANALYSED)
    return listing(FileReport(analysis, insight=look_into(image, lambda _: None)), notes)


# -- as llvm-objdump has it ---------------------------------------------------------------------


class Line(NamedTuple):
    """Where an instruction comes from, and the slot that it jumps to."""

    place: tuple[str, int] | None
    target: int | None


def objdump(data: bytes, folder: Path) -> dict[str, dict[int, Line]]:
    """The instructions of each function, by slot."""
    (folder / "x.o").write_bytes(data)
    command = [tool("llvm-objdump-19"), "-d", "-l", "--no-show-raw-insn", str(folder / "x.o")]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found: dict[str, dict[int, Line]] = {}
    starts: dict[str, int] = {}
    place, function = None, ""
    for line in said.splitlines():
        if match := re.fullmatch(r"([0-9a-f]+) <(.+)>:", line):
            function = match[2]
            found[function], starts[function], place = {}, int(match[1], 16) // 8, None
        elif match := re.fullmatch(r"; (/.*):(\d+)", line):
            place = match[1], int(match[2])
        elif match := re.match(r"\s+(\d+):\t(.*)", line):
            goto = re.search(r"goto .*<(.+?)(?:\+0x([0-9a-f]+))?>", match[2])
            target = None if goto is None else starts[goto[1]] + int(goto[2] or "0", 16) // 8
            found[function][int(match[1])] = Line(place, target)
    return found


@pytest.mark.parametrize("case", CASES)
def test_slots_targets_and_lines_are_those_of_llvm_objdump(case: str, tmp_path: Path) -> None:
    data = object_of(case, USUAL)
    expected = objdump(data, tmp_path)
    shown = listed(load_image(data))
    function, first = "", False
    found: dict[str, dict[int, Line]] = {}
    for row in shown.rows:
        if row.parts and row.parts[0].kind is Kind.FUNCTION:
            function, first = row.parts[0].text, True
            found[function] = {}
        if row.instruction is None:
            continue
        (slot,) = (int(part.text.strip(" :")) for part in row.parts if part.kind is Kind.SLOT)
        targets = [part for part in row.parts if part.kind is Kind.TARGET]
        to = int(targets[0].text.partition("<")[2].rstrip(">")) if targets else None
        place = row.location[:2] if row.location is not None else None
        # BTF puts the first instruction at the function's name, DWARF at its opening brace.
        first = first and place == shown.rows[shown.headers[function]].location[:2]  # type: ignore[index]
        found[function][slot] = Line(expected[function][slot].place if first else place, to)
    assert found == expected


# -- as runs have it ----------------------------------------------------------------------------

_TOLD = re.compile(r"r(\d+)=(?:scalar\((.*?)\)(?= |;|$)|(-?\d+|0x[0-9a-f]+)(?= |;|$))")
_VAR_OFF = re.compile(r"var_off=\((0x[0-9a-f]+); (0x[0-9a-f]+)\)")


def holds(limits: str, value: int) -> bool:
    """Whether the kernel's words for a number allow `value` (unsigned)."""
    known = _VAR_OFF.search(limits)
    if known is not None and value & ~int(known[2], 16) != int(known[1], 16):
        return False
    for name, text in re.findall(r"\b([su](?:min|max)(?:32)?)=(-?\w+)", limits):
        bits = 32 if name.endswith("32") else 64
        one = value & ((1 << bits) - 1)
        limit = int(text, 0)
        if name[0] == "s":
            one = one - (1 << bits) if one >> (bits - 1) else one
            limit = limit - (1 << bits) if limit >> (bits - 1) == 1 else limit
        if one < limit if "min" in name else one > limit:
            return False
    return True


@pytest.mark.parametrize("case", CASES)
def test_what_is_told_of_registers_holds_in_every_run(case: str) -> None:
    image = load_image(object_of(case, USUAL))
    told: dict[int, list[tuple[bool, bool, int, str]]] = {}
    for row in listed(image).rows:
        one = row.instruction
        if one is None or row.parts[-1].kind is not Kind.VALUES:
            continue
        comment, learnt = row.parts[-1].text, False
        for part in re.split(r"(?<=; )else ", comment.strip().removeprefix("; ").join(("; ", ""))):
            for match in _TOLD.finditer(part):
                number = int(match[1])
                limits = match[2] if match[3] is None else f"umin={match[3]},umax={match[3]}"
                if match[3] is not None and match[3].startswith("-"):
                    limits = f"smin={match[3]},smax={match[3]}"
                told.setdefault(one.pc, []).append((learnt, number in one.written, number, limits))
            learnt = True
    checked = 0
    for program in image.programs:
        for given in (Inputs(), *inputs(7, 8, image)):
            machine = Machine(image, program, given)
            try:
                over = None
                while over is None:
                    pc = machine.pc
                    depth = len(machine.frames)
                    before = list(machine.frames[-1].registers)
                    over = machine.step()
                    goes_on = machine.pc == pc + 1 and len(machine.frames) == depth
                    for learnt, written, number, limits in told.get(pc, ()):
                        if not (learnt or written):
                            value = before[number]
                        elif goes_on:
                            value = machine.frames[-1].registers[number]
                        else:
                            continue
                        if value is not None:
                            checked += 1
                            assert holds(limits, int(value)), (pc, number, limits, hex(int(value)))
            except Fault:
                pass
    assert checked or not told


# -- as text ------------------------------------------------------------------------------------


class Lines:
    """The lines of a program that was never compiled: that of each pc, and where it was inlined."""

    variables = ()

    def location(self, pc: int) -> SourceLocation | None:
        return SourceLocation("/src/prog.c", 10 + pc // 4) if pc < 12 else SourceLocation("/src/lib/a.h", 3)

    def line_text(self, pc: int) -> str | None:
        return f"\tline({10 + pc // 4});" if pc < 12 else "int\tx = \x1b[1m;"

    def inlined_at(self, pc: int) -> tuple[SourceLocation, ...]:
        outer = SourceLocation("/src/prog.c", 7)
        return () if pc < 12 else (SourceLocation("/src/lib/a.h", 9), outer) if pc < 16 else (outer,)

    def inlined_functions(self, pc: int) -> tuple[str, ...]:
        return () if pc < 12 else ("inner", "outer") if pc < 16 else ("outer",)


PROGRAM = """
fn main:
    r6 = r1
    r7 = *(u32 *)(r1 +12)
    if r7 > 64 goto out
    if w7 == 99 goto dead
again:
    r1 = map[values]
    call length
    r2 = r0
    w2 = -w2
    r1 = r6
    call 44
    if r0 == 0 goto out
    r7 -= 1
    if r7 != 0 goto again
    goto out
dead:
    r9 = 1
out:
    r0 = 2
    exit
fn length:
    r0 = r7
    w0 &= 12
    exit
fn alone:
    exit
"""

TEXT = """\
; of the text that was saved

main (xdp): 17 instructions; run by main
; line(10); @ prog.c:10
      0: (bf) r6 = r1                           ; r6=ctx()
*     1: (61) r7 = *(u32 *)(r1 +12)             ; r1=ctx()
*     2: (25) if r7 > 0x40 goto pc+13 <16>      ; else r7=scalar(umax=64)
*     3: (16) if w7 == 0x63 goto pc+11 <15>
; again from 13
; line(11); @ prog.c:11
      4: (18) r1 = map[values]
*     6: (85) call length                       ; r0=scalar(var_off=(0x0; 0xc))
*     7: (bf) r2 = r0                           ; r2=scalar(var_off=(0x0; 0xc))
; line(12); @ prog.c:12
*     8: (84) w2 = -w2                          ; r2=scalar(smin32=-12,smax32=0,var_off=(0x0; 0xfffffffc))
      9: (bf) r1 = r6                           ; r1=ctx()
>    10: (85) call bpf_xdp_adjust_head#44       ; r2=scalar(smin32=-12,smax32=0,var_off=(0x0; 0xfffffffc))
*    11: (15) if r0 == 0x0 goto pc+4 <16>       ; else r0=scalar(smin=-4095,smax=-1)
; int x = �[1m; @ lib/a.h:3
;   in inner, inlined from outer at lib/a.h:9, inlined from main at prog.c:7
*    12: (17) r7 -= 1
*    13: (55) if r7 != 0x0 goto pc-10 <4>       ; else r7=0
     14: (05) goto pc+1 <16>
; from 3
     15: (b7) r9 = 1                            ; not reached
; from 2, 11, 14
; int x = �[1m; @ lib/a.h:3
;   in outer, inlined from main at prog.c:7
     16: (b7) r0 = 2
     17: (95) exit

length (xdp): 3 instructions; run by main
; int x = �[1m; @ lib/a.h:3
;   in outer, inlined from length at prog.c:7
*    18: (bf) r0 = r7
*    19: (54) w0 &= 12                          ; r0=scalar(var_off=(0x0; 0xc))
     20: (95) exit

alone (xdp): 1 instruction; no XDP program runs it
; int x = �[1m; @ lib/a.h:3
;   in outer, inlined from alone at prog.c:7
     21: (95) exit
"""


def test_a_listing_as_text() -> None:
    image = assemble(PROGRAM)
    object.__setattr__(image, "source_map", Lines())
    text = listed(image, notes=("of the text that was saved",)).text
    assert text == TEXT
