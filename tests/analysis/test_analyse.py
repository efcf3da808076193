"""Objects from real compilers, from their bytes to verdicts and findings."""

import pytest

from tests.support.compile import compile_c
from xdp_lsp.analysis import Question, Status, Verdict, analyse, analyse_object
from xdp_lsp.checks import Severity
from xdp_lsp.headroom import resolve

HEAD = """\
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, __u32); }
	conf SEC(".maps");
static __always_inline __u32 *get(void) { __u32 k = 0; return bpf_map_lookup_elem(&conf, &k); }
"""
TWO = (
    HEAD
    + """\
SEC("xdp") int small(struct xdp_md *x) { return bpf_xdp_adjust_head(x, -20) ? XDP_DROP : XDP_PASS; }
SEC("xdp") int large(struct xdp_md *x) { return bpf_xdp_adjust_head(x, -300) ? XDP_DROP : XDP_PASS; }
"""
)


def no_source(path):
    return None


def question(read_source=no_source, targets="ixgbe mlx5_core", **rest):
    return Question(resolve(targets.split()), resolve(["sfc"]), read_source, **rest)


def answer(source, **rest):
    return analyse_object(compile_c(source), "/p/case.c", "default", question(**rest))


def told(analysis):
    return [(finding.code, finding.severity, finding.range.line) for finding in analysis.findings]


def test_every_program_has_its_verdict():
    analysis = answer(TWO)
    assert analysis.status is Status.ANALYSED
    assert [(p.name, p.verdict, p.exploration.need) for p in analysis.programs] == [
        ("small", Verdict.FITS, 20),
        ("large", Verdict.EXCEEDS, 300),
    ]
    assert told(analysis) == [("headroom-exceeded", Severity.ERROR, 7)]


def test_a_failure_in_one_program_does_not_cost_the_others_their_answers(monkeypatch):
    explore = analyse.explore

    def fail_on_small(image, program, *rest, **named):
        if program.name == "small":
            raise ZeroDivisionError("a fault")
        return explore(image, program, *rest, **named)

    monkeypatch.setattr(analyse, "explore", fail_on_small)
    small, large = answer(TWO).programs
    assert (small.verdict, large.verdict) == (Verdict.UNKNOWN, Verdict.EXCEEDS)
    (finding,) = (f for f in answer(TWO).findings if f.code == "analysis-incomplete")
    assert finding.severity is Severity.WARNING
    assert "the analysis of small failed (ZeroDivisionError: a fault)" in finding.message
    with pytest.raises(ZeroDivisionError):
        answer(TWO, reraise=True)


def test_a_fallback_that_fits_is_information():
    analysis = answer(
        HEAD
        + """\
SEC("xdp") int prog(struct xdp_md *x)
{
	if (bpf_xdp_adjust_head(x, -200) && bpf_xdp_adjust_head(x, -32))
		return XDP_DROP;
	return XDP_PASS;
}
"""
    )
    (program,) = analysis.programs
    assert (program.exploration.need, program.exploration.need_with_fallback) == (200, 32)
    assert program.verdict is Verdict.FITS
    assert all(target.fits for target in program.targets)
    assert told(analysis) == [("headroom-exceeded", Severity.INFORMATION, 8)]


def test_what_the_loader_may_set_is_told_with_the_need_for_any_value():
    analysis = answer(
        HEAD
        + """\
const volatile __u32 limit = 64;
SEC("xdp") int prog(struct xdp_md *x)
{
	__u32 *n = get();
	if (!n)
		return XDP_PASS;
	__u32 length = *(volatile __u32 *)n;
	if (length > limit)
		return XDP_DROP;
	return bpf_xdp_adjust_head(x, -(int)length) ? XDP_DROP : XDP_PASS;
}
"""
    )
    (finding,) = analysis.findings
    assert finding.code == "assumed-constant"
    assert finding.message == (
        "limit is taken to be 64, its initial value in .rodata, which the loader may change; "
        "for any value, the need is unbounded"
    )


def test_a_comment_in_the_source_silences():
    source = TWO.replace(
        'SEC("xdp") int large', '// xdp-lsp: allow(headroom-exceeded) veth only\nSEC("xdp") int large'
    )
    path = next(f.range.path for f in answer(source).findings)
    analysis = answer(source, read_source={path: source}.get)
    assert [f.suppressed for f in analysis.findings if f.code == "headroom-exceeded"] == ["veth only"]


def test_an_object_without_line_info_says_which_instruction():
    analysis = analyse_object(compile_c(TWO, flags=("-g0",)), "/p/case.c", "default", question())
    (finding,) = (f for f in analysis.findings if f.code == "headroom-exceeded")
    assert finding.range is None
    assert finding.program == "large"
    section, _, slot = finding.where.partition("+")
    assert section == "xdp"
    assert int(slot) > 0


@pytest.mark.parametrize("data", [b"", b"\x7fELF", b"\x7fELF" + bytes(100), b"garbage" * 1000])
def test_what_is_no_object_is_unreadable_with_a_sentence(data):
    analysis = analyse_object(data, "/p/case.o", "default", question())
    assert analysis.status is Status.UNREADABLE
    assert analysis.reason.endswith(".")


def test_an_object_without_programs_says_so():
    assert answer("int twice(int x) { return 2 * x; }\n").status is Status.NO_PROGRAM


BLIND = """\
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
extern int grow(void *ctx);
SEC("prog") int blind(void *ctx) { return bpf_get_prandom_u32() & 1; }
SEC("prog/out") int goes_out(void *ctx) { return grow(ctx); }
"""


def test_where_nothing_tells_of_a_program_that_may_prepend_it_is_said():
    analysis = answer(BLIND)
    assert analysis.status is Status.NO_PROGRAM
    assert analysis.reason == (
        "The object has no XDP program that is known as one. Whether goes_out (section prog/out) is an XDP program "
        "cannot be told, and it leads to code that is not in the object; --program goes_out says that it is one."
    )
    one = answer(BLIND, words=("blind",))
    assert [(p.name, p.verdict) for p in one.programs] == [("blind", Verdict.FITS)]
    assert ["Whether goes_out" in f.message for f in one.findings if f.code == "analysis-incomplete"] == [
        True
    ]
    both = answer(BLIND, words=("blind", "goes_out"))
    assert [(p.name, p.verdict) for p in both.programs] == [
        ("blind", Verdict.FITS),
        ("goes_out", Verdict.UNKNOWN),
    ]
    (finding,) = both.findings
    assert finding.message.startswith("a call of grow, which is not in the object; assumed:")


@pytest.mark.parametrize("where", ["comment", "tag"])
def test_a_contract_is_a_word_that_a_function_is_an_xdp_program(where):
    tag = '__attribute__((btf_decl_tag("xdp-lsp: prepends at most 8")))'
    promise = "/* xdp-lsp: prepends at most 8 */" if where == "comment" else tag
    text = BLIND.replace('SEC("prog") int', f'{promise} SEC("prog") int')
    assert text != BLIND
    analysis = answer(text, read_source=lambda path: text if path == "/p/case.c" else None)
    assert [p.name for p in analysis.programs] == ["blind"]
    assert analysis.words == ("blind",)
    assert [held.outcome for held in analysis.programs[0].contracts] == ["kept"]


def test_a_tail_call_through_slots_that_iproute2_fills_leads_there():
    text = """\
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct bpf_elf_map { __u32 type, size_key, size_value, max_elem, flags, id, pinning, inner_id, inner_idx; };
struct bpf_elf_map __attribute__((section("maps"), used)) jumps = {
	.type = BPF_MAP_TYPE_PROG_ARRAY, .id = 2, .size_key = 4, .size_value = 4, .max_elem = 32 };
SEC("prog") int entry(struct xdp_md *x) {
	if (bpf_xdp_adjust_head(x, -8)) return XDP_DROP;
	bpf_tail_call(x, &jumps, SLOT);
	return XDP_PASS;
}
SEC("2/18") int next(struct xdp_md *x) { return bpf_xdp_adjust_head(x, -300) ? XDP_DROP : XDP_PASS; }
"""
    filled = answer(text.replace("SLOT", "18"))
    assert [(p.name, p.verdict, p.exploration.need) for p in filled.programs] == [
        ("entry", Verdict.EXCEEDS, 308),
        ("next", Verdict.EXCEEDS, 308),
    ]
    # Whatever user space may put into another slot.
    entry, _ = answer(text.replace("SLOT", "17")).programs
    assert (entry.verdict, entry.exploration.need) == (Verdict.UNKNOWN, 8)
