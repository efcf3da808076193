"""From an exploration to a program's answer: places, verdict, findings, and copies made one."""

from xdp_lsp.analysis.conclude import conclude
from xdp_lsp.analysis.merge import merge
from xdp_lsp.analysis.result import Verdict
from xdp_lsp.checks import Severity
from xdp_lsp.headroom import resolve
from xdp_lsp.isa.instruction import Instruction
from xdp_lsp.program import Attach, Function, Image, Program
from xdp_lsp.source import SourceLocation, SourceRange
from xdp_lsp.verifier.result import Bounds, CallSite, Exploration, NeedKind

TARGETS = resolve(["ixgbe", "mlx5_core"])
FIRST = Program("first", "xdp", 10, Attach.XDP)
SECOND = Program("second", "xdp", 20, Attach.XDP)


class Lines:
    """Every instruction at the line of its number, those of .text at line 99."""

    def location(self, pc):
        return SourceLocation("a.c", pc if pc >= 10 else 99, 6)

    def inlined_at(self, pc):
        return ()


IMAGE = Image(
    slots=(Instruction(0, 0, 0, 0, 0),) * 30,
    functions=(
        Function("helper", ".text", 0, 10, False),
        Function("first", "xdp", 10, 20, True),
        Function("second", "xdp", 20, 30, True),
    ),
    programs=(FIRST, SECOND),
    source_map=Lines(),
    section_starts=(0, 10),
)


def call(pc, prepend):
    delta = Bounds(-prepend, -prepend)
    demand = Bounds(prepend, prepend)
    return CallSite(pc, "bpf_xdp_adjust_head", True, delta, delta, Bounds(0, 0), demand, True)


def explored(*calls):
    need = max(site.demand.max for site in calls)
    return Exploration(calls, NeedKind.BOUNDED, need, need, need, instructions=7)


def findings(program, *calls):
    return conclude(
        IMAGE, program, explored(*calls), TARGETS, (), counts_all=program.attach.starts_fresh
    ).findings


def test_a_program_has_its_verdict_and_its_calls_their_places():
    answer = conclude(IMAGE, SECOND, explored(call(3, 20), call(25, 8)), TARGETS, (), counts_all=True).program
    assert (answer.name, answer.section, answer.instructions) == ("second", "xdp", 7)
    assert answer.verdict is Verdict.FITS
    assert answer.location == SourceLocation("a.c", 20, 6)
    # Slots count from the start of the section, whichever function comes first in it.
    assert [(c.instruction, c.location) for c in answer.calls] == [
        (3, SourceLocation("a.c", 99, 6)),
        (15, SourceLocation("a.c", 25, 6)),
    ]


def test_copies_of_a_line_are_one_finding_the_worst():
    copies = findings(FIRST, call(1, 160), call(2, 200), call(3, 170), call(4, 20))
    (merged,) = merge(copies)
    assert merged.range == SourceRange("a.c", 99, 6, 99, 6)
    assert merged.message.startswith("prepends 200 bytes here")
    assert merged.notes[-1] == "the worst of 3 copies of this line in first, at .text+2"


def test_a_line_of_two_programs_is_told_once_and_names_both():
    (merged,) = merge((*findings(FIRST, call(1, 160)), *findings(SECOND, call(1, 200))))
    assert merged.program == "second"
    assert merged.notes[-1] == "also in first"


def test_different_lines_and_subjects_stay_apart_and_come_in_order():
    late, early = findings(FIRST, call(15, 160), call(12, 160))
    assert [f.range.line for f in merge((late, early))] == [12, 15]
    other = early._replace(subject="limit")
    assert len(merge((early, other))) == 2


def test_findings_without_a_place_come_last_and_are_told_apart_by_instruction():
    (placed,) = findings(FIRST, call(15, 160))
    lost = placed._replace(range=None, where="xdp+3")
    other = placed._replace(range=None, where="xdp+4")
    assert [f.where for f in merge((lost, other, lost, placed))] == ["xdp+5", "xdp+3", "xdp+4"]


def test_the_gravest_of_one_place_comes_first():
    (error,) = findings(FIRST, call(15, 160))
    information = error._replace(severity=Severity.INFORMATION, code="another-code")
    assert merge((information, error)) == (error, information)
