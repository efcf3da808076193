"""Programs of several files on one packet: what they prepend adds up."""

import json

_PROGRAM = """
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct {{ __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 4); __type(key, __u32); __type(value, __u32); }}
	next SEC(".maps");
SEC("{section}") int prog(struct xdp_md *x)
{{
	{body}
	return XDP_PASS;
}}
"""
ENCAPS_32 = "if (bpf_xdp_adjust_head(x, -32)) return XDP_DROP;"
STRIPS_20 = "if (bpf_xdp_adjust_head(x, 20)) return XDP_DROP;"
HAS_8_OF_METADATA = "if (bpf_xdp_adjust_meta(x, -8)) return XDP_DROP;"
MAY_STRIP = "bpf_xdp_adjust_head(x, 20);"
LEAVES = "bpf_tail_call(x, &next, 0);"


def _write(folder, **bodies):
    for name, given in bodies.items():
        section, body = given if isinstance(given, tuple) else ("xdp", given)
        (folder / f"{name}.c").write_text(_PROGRAM.format(section=section, body=body))


def _checked(xdp_lsp, *names):
    run = xdp_lsp("check", "--format", "json", "--chain", "-t", "100", *(f"{name}.c" for name in names))
    programs = [program for file in json.loads(run.out)["files"] for program in file["programs"]]
    return [(program["need"], program["verdict"]) for program in programs]


def test_needs_add_up_in_the_order_given(xdp_lsp, tmp_path):
    _write(tmp_path, a=ENCAPS_32, b=STRIPS_20, c=HAS_8_OF_METADATA)
    assert _checked(xdp_lsp, "a", "a", "c") == [(32, "fits"), (64, "fits"), (72, "fits")]
    assert _checked(xdp_lsp, "b", "a", "c") == [(0, "fits"), (12, "fits"), (20, "fits")]
    assert _checked(xdp_lsp, "c", "a", "a", "a")[-1] == (104, "exceeds")


def test_a_strip_that_may_have_failed_does_not_count(xdp_lsp, tmp_path):
    _write(tmp_path, a=MAY_STRIP, b=ENCAPS_32)
    assert _checked(xdp_lsp, "a", "b") == [(0, "fits"), (32, "fits")]


def test_a_tail_call_out_of_a_file_leads_to_the_next(xdp_lsp, tmp_path):
    _write(
        tmp_path,
        a=ENCAPS_32 + LEAVES,
        b=ENCAPS_32,
        c=("xdp/devmap", ENCAPS_32),
        d=("freplace/prog1", ENCAPS_32),
    )
    assert _checked(xdp_lsp, "a", "b", "c") == [(32, "fits"), (64, "fits"), (96, "fits")]
    assert _checked(xdp_lsp, "d", "b") == [(32, "fits"), (64, "fits")]
    # Of the last one it is not known where it leads.
    assert _checked(xdp_lsp, "b", "a") == [(32, "fits"), (64, "unknown")]


def test_what_throws_leaves_the_packet_as_it_is(xdp_lsp, tmp_path):
    throws = """
	extern void bpf_throw(__u64 cookie) __attribute__((section(".ksyms")));
	if (bpf_xdp_adjust_head(x, -40)) return XDP_DROP;
	if (x->rx_queue_index == 1) bpf_throw(XDP_PASS);
	if (bpf_xdp_adjust_head(x, 40)) return XDP_DROP;
	"""
    _write(tmp_path, a=throws, b=ENCAPS_32)
    assert _checked(xdp_lsp, "a", "b") == [(40, "fits"), (72, "fits")]


def test_after_a_file_that_cannot_be_analysed_nothing_is_known(xdp_lsp, tmp_path):
    _write(tmp_path, a="no C;", b=ENCAPS_32)
    assert _checked(xdp_lsp, "a", "b") == [(32, "unknown")]
