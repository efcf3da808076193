"""Programs of one object that tail calls lead from one to the other."""

import pytest

from tests.support.compile import compile_c
from xdp_lsp.analysis import Link, Question, Verdict, analyse_object
from xdp_lsp.headroom import resolve
from xdp_lsp.program import load_image
from xdp_lsp.verifier import explore
from xdp_lsp.verifier.result import UNTOUCHED, Bounds, Standing

_SOURCE = """
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
int inner(struct xdp_md *x);
int lonely(struct xdp_md *x);
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__uint(key_size, 4);
	__array(values, int(struct xdp_md *));
} next SEC(".maps") = { .values = { [0] = &inner, [1] = &lonely } };
SEC("xdp") int outer(struct xdp_md *x)
{
	if (bpf_xdp_adjust_head(x, -30)) return XDP_DROP;
	bpf_tail_call(x, &next, 0);
	return XDP_PASS;
}
SEC("xdp") int inner(struct xdp_md *x)
{
	return bpf_xdp_adjust_head(x, -30) ? XDP_DROP : XDP_TX;
}
SEC("xdp") int lonely(struct xdp_md *x)
{
	return bpf_xdp_adjust_head(x, -30) ? XDP_DROP : XDP_TX;
}
"""

_TWO_ARRAYS = """
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
int inner(struct xdp_md *x);
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__array(values, int(struct xdp_md *));
} filled SEC(".maps") = { .values = { [0] = &inner } };
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} empty SEC(".maps");
SEC("xdp") int inner(struct xdp_md *x)
{
	return bpf_xdp_adjust_head(x, -30) ? XDP_DROP : XDP_TX;
}
"""
_ONE_OF_TWO_ARRAYS = (
    _TWO_ARRAYS
    + """
SEC("xdp") int outer(struct xdp_md *x)
{
	void *next = &filled;
	if (x->rx_queue_index) next = &empty;
	bpf_tail_call(x, next, 0);
	return XDP_PASS;
}
"""
)
_FROM_TWO = (
    _TWO_ARRAYS
    + """
SEC("xdp") int one(struct xdp_md *x)
{
	bpf_tail_call(x, &filled, 0);
	return XDP_PASS;
}
SEC("xdp") int two(struct xdp_md *x)
{
	bpf_tail_call(x, &empty, 0);
	bpf_tail_call(x, &filled, 0);
	return XDP_PASS;
}
"""
)
_FROM_FUNCTIONS = """
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
int again(struct xdp_md *x);
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__array(values, int(struct xdp_md *));
} next SEC(".maps") = { .values = { [0] = &again } };
static __noinline int one(struct xdp_md *x) { bpf_tail_call(x, &next, 0); return 1; }
static __noinline int two(struct xdp_md *x) { bpf_tail_call(x, &next, 0); return 2; }
SEC("xdp") int outer(struct xdp_md *x)
{
	one(x);
	two(x);
	return XDP_PASS;
}
SEC("xdp") int again(struct xdp_md *x)
{
	if (bpf_xdp_adjust_head(x, -4)) return XDP_DROP;
	bpf_tail_call(x, &next, 0);
	return XDP_PASS;
}
"""


def _analysed(link=None, source=_SOURCE):
    question = Question(resolve(["50"]), (), lambda path: None, reraise=True, link=link)
    return analyse_object(compile_c(source), "prog.c", "default", question)


def test_a_program_that_others_lead_into_is_judged_where_they_leave_the_packet():
    found = {program.name: program for program in _analysed().programs}
    assert found["outer"].exploration.need == found["inner"].exploration.need == 60
    # It could be attached by itself, too, where its 30 bytes fit.
    assert found["inner"].verdict is Verdict.MAY_EXCEED
    # Nobody in the object leads into this one, so what ran before it is not known.
    assert found["lonely"].verdict is Verdict.UNKNOWN


def test_what_a_file_leaves_covers_every_packet_that_it_does_not_drop():
    left = _analysed(Link(UNTOUCHED, goes_on=True)).left
    assert left == Standing(Bounds(-60, -30), Bounds(0, 0), Bounds(30, 60))


def test_a_link_starts_where_the_one_before_left_the_packet():
    before = Standing(Bounds(-10, 4), Bounds(0, 8), Bounds(0, 12))
    found = {program.name: program for program in _analysed(Link(before, goes_on=False)).programs}
    assert found["outer"].exploration.need == 72


@pytest.mark.parametrize("name", ["outer", "inner", "lonely"])
def test_where_what_ran_before_is_not_known_nothing_fits(name):
    found = {program.name: program for program in _analysed(Link(None, goes_on=False)).programs}
    assert found[name].verdict is Verdict.UNKNOWN


def test_a_tail_call_that_may_be_through_an_array_that_is_not_filled_is_unknown():
    found = {program.name: program for program in _analysed(source=_ONE_OF_TWO_ARRAYS).programs}
    assert found["outer"].verdict is Verdict.UNKNOWN


def test_a_program_that_one_leads_into_from_where_nobody_knows_is_unknown():
    found = {program.name: program.verdict for program in _analysed(source=_FROM_TWO).programs}
    assert found == {"one": Verdict.FITS, "two": Verdict.UNKNOWN, "inner": Verdict.UNKNOWN}


def test_a_function_makes_all_its_tail_calls_though_another_has_made_as_many():
    """So it is until Linux 6.12: later kernels count both together. A call too many leads into nothing unknown."""
    found = {program.name: program for program in _analysed(source=_FROM_FUNCTIONS).programs}
    assert found["outer"].exploration.need == 2 * 33 * 4
    assert all(gap.is_sound for gap in found["outer"].exploration.gaps)


# What each of them asks for hangs on metadata that another program has left: by moving it, or by looking for it.
_LATER = """
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, __u32); }
	conf SEC(".maps");
SEC("xdp/devmap") int looks(struct xdp_md *x)
{
	void *data = (void *)(long)x->data, *meta = (void *)(long)x->data_meta;
	if (meta + 8 > data) return XDP_PASS;
	return bpf_xdp_adjust_head(x, -100) ? XDP_DROP : XDP_PASS;
}
SEC("xdp/cpumap") int shortens(struct xdp_md *x)
{
	if (bpf_xdp_adjust_meta(x, 8)) return XDP_PASS;
	return bpf_xdp_adjust_head(x, -100) ? XDP_DROP : XDP_PASS;
}
SEC("freplace/prog") int lengthens(struct xdp_md *x)
{
	if (bpf_xdp_adjust_meta(x, -12)) return XDP_PASS;
	return bpf_xdp_adjust_head(x, -100) ? XDP_DROP : XDP_PASS;
}
SEC("xdp/devmap") int varies(struct xdp_md *x)
{
	__u32 k = 0, *n = bpf_map_lookup_elem(&conf, &k), len = n ? *n : 0;
	if (len > 40 || bpf_xdp_adjust_head(x, -(int)len)) return XDP_DROP;
	return bpf_xdp_adjust_head(x, -20) ? XDP_DROP : XDP_PASS;
}
"""


def test_what_a_later_program_asks_for_holds_wherever_it_starts():
    found = {program.name: program.exploration.need for program in _analysed(source=_LATER).programs}
    # `shortens` has given back 8 of its 100 when it asks for them.
    assert found == {"looks": 100, "shortens": 92, "lengthens": 112, "varies": 60}


def test_no_start_leaves_a_later_program_asking_for_more():
    """Against the answers for packets with so much metadata, each by itself."""
    claimed = {program.name: program.exploration.need for program in _analysed(source=_LATER).programs}
    image = load_image(compile_c(_LATER))
    largest = dict.fromkeys(claimed, 0)
    for metadata in range(0, 256, 4):
        before = Standing(Bounds(0, 0), Bounds(metadata, metadata), Bounds(metadata, metadata))
        for program in image.programs:
            demand = explore(image, program, before=before).demand
            if demand is not None:
                largest[program.name] = max(largest[program.name], demand - metadata)
    assert largest == claimed


def test_calls_of_a_later_program_say_what_they_move_themselves():
    found = {program.name: program.calls for program in _analysed(source=_LATER).programs}
    assert [call.site.total for call in found["varies"]] == [Bounds(-40, 0), Bounds(-60, -20)]
