"""Logs of every format, whole and in pieces, and with what people's tools put around them.

The formats are those of the kernel's own: Documentation/bpf/verifier.rst and kernel/bpf/verifier.c (4.18, 5.15), log.c
(6.1, 6.9, 7.2), diagnostics.c (7.3). The running kernel's are in tests/kernel/test_log.py.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdp_lsp.vlog import (
    Outcome,
    SourceLine,
    explain,
    last_point,
    last_write,
    looks_like_log,
    parse,
    points,
)
from xdp_lsp.vlog.records import Figures, ProgramLog

LOGS = {path.stem: path.read_text("utf-8") for path in sorted(Path(__file__).with_name("logs").glob("*.log"))}
LINUX_4_18 = LOGS["linux-4.18"]  # level 1; libbpf 0.x
LINUX_5_15 = LOGS["linux-5.15"]  # level 2: a full state before each instruction, two paths, a function
LINUX_7_2 = LOGS["linux-7.2"]  # level 1, as since 6.9: files and lines
LINUX_7_3 = LOGS["linux-7.3"]
ACCEPTED = LOGS["accepted"]


def one(text: str) -> ProgramLog:
    (program,) = parse(text).programs
    return program


def known(program: ProgramLog) -> dict[str, str]:
    assert program.pc is not None
    point = last_point(program, program.pc)
    assert point is not None
    return {name: register.text for name, register in point.registers.items()}


def test_linux_4_18():
    log = parse(LINUX_4_18)
    (program,) = log.programs
    assert log.object == "parse_kern.o"
    assert (program.name, program.reason, program.outcome) == (
        "xdp_parse",
        "Permission denied",
        Outcome.REFUSED,
    )
    assert program.message == (
        "invalid access to packet, off=12 size=1, R2(id=0,off=12,r=12)",
        "R2 offset is outside of the packet",
    )
    assert program.pc == 6
    assert [visit.pc for visit in program.visits] == list(range(7))
    assert known(program)["R2"] == "pkt(id=0,off=12,r=12,imm=0)"
    assert LINUX_4_18.splitlines()[program.message_at - 1] == program.message[0]


def test_linux_5_15_with_paths_and_functions():
    program = one(LINUX_5_15)
    assert program.name == "xdp_len"
    assert program.functions == (0, 9)
    assert program.message == ("R0 !read_ok",)
    assert (program.pc, program.source) == (8, SourceLine("return ret;"))
    assert program.figures == Figures(10, 1000000, 0, 1, 1, 1)
    assert [visit.pc for visit in program.visits] == [0, 1, 2, 3, 4, 5, 9, 10, 6, 7, 8]
    assert [visit.came_from for visit in program.visits if visit.came_from is not None] == [4]
    found = {point.visit.pc: point for point in points(program)}
    assert [found[pc].frame for pc in (5, 9, 10, 6)] == [0, 1, 1, 0]
    assert set(found[10].registers) == {"R0", "R1", "R2", "R10"}
    assert set(found[6].registers) == {"R0", "R10"}
    assert found[6].registers["R0"].value.umax == 255
    assert found[9].registers["R2"].attributes["r"] == "1"
    assert found[8].registers["R2"].attributes["r"] == "0"
    assert last_write(program, 10, "R0") == found[9].visit
    assert last_write(program, 10, "R2") is None  # its caller's
    assert last_write(program, 7, "R0") == found[5].visit
    assert last_write(program, 8, "R2") is None  # another path, whose beginning is not printed again


def test_linux_7_2():
    log = parse(LINUX_7_2)
    (program,) = log.programs
    assert log.object == "push.o"
    assert (program.name, program.outcome, program.pc) == ("xdp_push", Outcome.REFUSED, 11)
    assert program.source == SourceLine("return *(__u8 *)(data + n);", "push.c", 15)
    found = known(program)
    assert found["R1"].startswith("pkt(id=2,r=0,")
    assert found["R7"].startswith("scalar(id=1,")
    assert "R2" not in found  # a call clobbers it
    write = last_write(program, 11, "R1")
    assert write is not None
    assert (write.pc, write.text) == (10, "(0f) r1 += r7")
    assert last_write(program, 11, "R3") is None
    explanation = explain(program.message)
    assert explanation is not None
    assert explanation.registers == ("R1",)
    assert "data_end" in explanation.meaning


def test_linux_7_3():
    program = one(LINUX_7_3)
    assert program._replace(diagnosis=None, message_at=0, last=0) == one(LINUX_7_2)._replace(
        message_at=0, last=0
    )
    found = program.diagnosis
    assert found is not None
    assert (found.category, found.problem) == ("Memory Safety", "Access outside bounds")
    assert found.reason.startswith(
        "The verifier cannot prove offset + access_size <= object_size. Here, no bounds"
    )
    assert found.reason.endswith("object_size is 0.")
    assert found.note == "access may be outside object bounds"
    assert (found.path, found.line, found.column) == ("/src/push.c", 15, 9)
    assert found.suggestion.startswith("Add or adjust a bounds check")


def test_linux_7_3_without_line_information():
    # As in the description of the change: "R0 !read_ok", kernel/bpf/diagnostics.c, bpf_diag_unreadable_reg().
    program = one(
        """\
0: R1=ctx() R10=fp0
0: (95) exit
R0 !read_ok

Verification failed: Register Type Safety: Unreadable register

Reason:
  R0 has never been initialized on this path, so the verifier cannot use it as an input.

At:
  insn 0
        | ^-- error: R0 is not readable
  Instruction context:
  >>> 0 | (95) exit

Causal path:
  no retained diagnostic events on this path

Suggestion:
  Initialize R0 on every path before this instruction.

processed 1 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
"""
    )
    assert (program.message, program.pc) == (("R0 !read_ok",), 0)
    assert program.diagnosis is not None
    assert program.diagnosis.note == "R0 is not readable"
    assert program.figures is not None


def test_accepted():
    program = one(ACCEPTED)
    assert (program.outcome, program.message, program.pc) == (Outcome.ACCEPTED, (), None)
    assert program.figures == Figures(2, 1000000)
    assert program.remarks == ()


@pytest.mark.parametrize("which", LOGS)
@pytest.mark.parametrize(
    "around",
    [
        lambda line: line + "\r",
        lambda line: "    " + line,
        lambda line: "\t" + line,
        lambda line: f"\x1b[31m{line}\x1b[0m",
        lambda line: f"[  123.456789] {line}",
        lambda line: f"Nov  6 18:52:39 host xdp-loader[12]: {line}",
        lambda line: f"2026-11-06T18:52:39+0000 host ip[3]: {line}",
        lambda line: f"> {line}",
    ],
)
def test_what_tools_put_around_lines(which, around):
    text = LOGS[which]
    wrapped = "\n".join(around(line) for line in text.splitlines()) + "\n"
    assert parse(wrapped) == parse(text)


def test_several_programs_and_the_talk_between():
    log = parse(
        "$ bpftool prog load\n" + ACCEPTED + LINUX_5_15 + "\nretry\n" + LINUX_7_3 + LINUX_4_18 + ACCEPTED * 2
    )
    assert [program.name for program in log.programs] == ["", "xdp_len", "xdp_push", "xdp_parse", "", ""]
    assert [program.outcome.value for program in log.programs] == [
        "accepted", "refused", "refused", "refused", "accepted", "accepted",
    ]  # fmt: skip


def test_iproute2():
    program = one(
        "\nProg section 'prog' rejected: Permission denied (13)!\n - Type:         6\n"
        " - Instructions: 2 (0 over limit)\n - License:      GPL\n\nVerifier analysis:\n\n"
        "0: (61) r0 = *(u32 *)(r2 +0)\nR2 !read_ok\n"
        "processed 1 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0\n\n"
        "Error fetching program/map!\n"
    )
    assert (program.name, program.reason, program.message) == ("prog", "Permission denied", ("R2 !read_ok",))


@pytest.mark.parametrize(
    ("message", "instruction", "registers", "words"),
    [
        (("R0 !read_ok",), "(95) exit", ("R0",), "ends without a result"),
        (("R0 !read_ok",), "(15) if r0 == 0x0 goto pc+2", ("R0",), "never set on this path"),
        (
            ("R1 type=ctx expected=fp", "Caller passes invalid args into func#1"),
            "",
            ("R1",),
            "global function",
        ),
        (("R1 type=inv expected=ctx",), "(85) call bpf_redirect_map#51", ("R1",), "of a kind"),
        (
            ("math between pkt pointer and register with unbounded min value is not allowed",),
            "(0f) r6 += r1",
            ("R6", "R1"),
            "may be negative",
        ),
        (
            ("R2 unbounded memory access, use 'var &= const' or 'if (var < const)'",),
            "",
            ("R2",),
            "from above",
        ),
        (("infinite loop detected at insn 12",), "(05) goto pc-3", (), "came back to a state"),
        (("combined stack size of 3 calls is 576. Too large",), "", (), "512 bytes"),
        (("Unreleased reference id=3 alloc_insn=18",), "(95) exit", (), "not given back"),
        (("invalid read from stack off -8+0 size 8",), "", (), "not written on this path"),
        (
            ("unknown func bpf_skb_pull_data#39",),
            "(85) call bpf_skb_pull_data#39",
            (),
            "may not call that helper",
        ),
        (
            ("program of this type cannot use helper bpf_skb_pull_data#39",),
            "",
            (),
            "may not call that helper",
        ),
    ],
)
def test_well_known_messages(message, instruction, registers, words):
    found = explain(message, instruction)
    assert found is not None
    assert found.registers == registers
    assert words in found.meaning


def test_what_is_not_known_is_not_explained():
    assert explain(["the sky is falling"]) is None


def test_refusals_without_any_instruction():
    program = one("unreachable insn 1\nprocessed 0 insns (limit 1000000) max_states_per_insn 0\n")
    assert (program.pc, program.outcome) == (1, Outcome.REFUSED)
    text = "$ ip link set dev lo xdp object x.o\nBPF_LDX uses reserved fields\nprocessed 0 insns (limit 1000000)\n"
    program = one(text)
    assert (program.outcome, program.message[-1], program.message_at) == (
        Outcome.REFUSED,
        "BPF_LDX uses reserved fields",
        1,
    )
    program = one("func#0 @0\nback-edge from insn 7 to 3\nprocessed 0 insns (limit 131072), stack depth 0\n")
    assert program.pc == 7


def test_what_is_about_the_whole_program_has_no_instruction():
    text = LINUX_7_2.replace("invalid access to packet, off=0 size=1, R1(id=2,off=0,r=0)\n", "").replace(
        "R1 offset is outside of the packet", "BPF program is too large. Processed 1000001 insn"
    )
    program = one(text)
    assert (program.pc, program.source) == (None, None)
    assert program.message == ("BPF program is too large. Processed 1000001 insn",)


@pytest.mark.parametrize("which", LOGS)
def test_cut_at_any_place(which):
    """A piece says nothing that the whole does not."""
    text = LOGS[which]
    whole = one(text)
    for cut in range(0, len(text), 7):
        for program in parse(text[:cut]).programs:
            assert [v.pc for v in program.visits] == [v.pc for v in whole.visits][: len(program.visits)]
            if program.outcome is Outcome.ACCEPTED:
                assert whole.outcome is Outcome.ACCEPTED
        for program in parse(text[cut:]).programs:
            if program.outcome is Outcome.ACCEPTED:  # as it is, or all but the figures was cut off
                assert whole.outcome is Outcome.ACCEPTED or not program.visits
            if program.visits and program.figures:
                assert (program.pc, program.message) == (whole.pc, whole.message)


def test_missing_ends_are_told():
    lines = LINUX_7_2.splitlines(keepends=True)
    head = one("".join(lines[:12]))
    assert head.outcome is Outcome.REFUSED  # libbpf said so
    assert head.remarks == ("The end of the log is missing, and with it the verifier's answer.",)
    head = one("".join(lines[2:12]))
    assert head.outcome is Outcome.UNKNOWN
    tail = one("".join(lines[9:]))
    assert tail.remarks == ("The beginning of the log is missing.",)
    assert (tail.pc, tail.message) == (11, one(LINUX_7_2).message)


@pytest.mark.parametrize(
    "text", ["", "\n", "int main(void) { return 0; }\n", "# Read me\n\n1. First\n2: (second)\n"]
)
def test_what_is_no_log(text):
    assert not looks_like_log(text)
    assert not any(program.visits for program in parse(text).programs)


@pytest.mark.parametrize("which", LOGS)
def test_what_is_one(which):
    assert looks_like_log(LOGS[which])


pieces = st.sampled_from([line for text in LOGS.values() for line in text.splitlines()])


@given(
    st.lists(st.one_of(pieces, st.text(max_size=60), st.just("0: (" + "(" * 50)), max_size=40),
    st.sampled_from("\n\r"),
)
def test_no_text_makes_it_fail(lines, end):
    text = end.join(lines)
    looks_like_log(text)
    for program in parse(text).programs:
        assert program.pc is None or program.message
        for point in points(program):
            last_write(program, point.visit.pc, "R1")
        if program.message:
            explain(program.message)


@pytest.mark.parametrize(
    "line",
    [
        "R1=(" * 4000,
        "0: (00) " + " " * 16000 + "x;x",
        "1" * 16000,
        "; " + " @ " * 5000 + ":",
        "\x1b]" * 8000,
        "> " * 8000,
        "from 1 to 2:" + " frame" * 3000,
        "libbpf: " * 2000,
        "PROCESSING " * 1400,
        "[ " * 8000,
        "-- BEGIN " * 1500,
    ],
)
def test_no_line_takes_long(line):
    begin = time.process_time()
    parse("\n".join([line] * 10))
    assert time.process_time() - begin < 1


def test_of_a_huge_text_the_end_is_read(monkeypatch):
    monkeypatch.setattr("xdp_lsp.vlog.parser.LARGEST_LOG", len(LINUX_7_2))
    log = parse(ACCEPTED * 20 + LINUX_7_2)
    (program,) = log.programs
    assert log.remarks == ("The log is larger than 0 MiB: only its end is read.",)
    assert (ACCEPTED * 20 + LINUX_7_2).splitlines()[program.message_at - 1] == program.message[0]
