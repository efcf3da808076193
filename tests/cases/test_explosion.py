"""Programs with more paths than anyone can walk: the need comes out all the same, within the budget."""

from __future__ import annotations

import pytest

from tests.support.compile import compile_c
from xdp_lsp.program import load_image
from xdp_lsp.verifier import DEFAULT_BUDGET, explore

_HEAD = """
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct conf { __u32 f[512]; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, __u32); __type(value, struct conf); }
	conf SEC(".maps");
SEC("xdp") int prog(struct xdp_md *x)
{
	__u32 k = 0, len = 8, flags = 0, sum = 0;
	volatile struct conf *c = bpf_map_lookup_elem(&conf, &k);
	if (!c) return XDP_PASS;
"""
PREPEND = "return bpf_xdp_adjust_head(x, -(int)len) + (sum & 1);\n}\n"


def _branches(number: int, statement: str) -> str:
    """`number` branches that do not depend on each other, with `statement` (which may use {i}) in each."""
    return "".join(
        f'if (c->f[{i}] > 7) {statement.format(i=i)} asm volatile("" : "+r"(len), "+r"(flags));\n'
        for i in range(number)
    )


@pytest.mark.parametrize("number", [30, 300])
@pytest.mark.parametrize(
    ("statement", "after", "need"),
    [
        ("c->f[{i}] = 3;", "", lambda number: 8),
        ("len += 1;", "", lambda number: 8 + number),
        ("len = {i} % 50 + 10;", "", lambda number: 10 + min(number, 50) - 1),
        ("flags |= 1 << {i} % 31;", "if (flags & 4) len += 20; if (flags & 8) len += 16;", lambda number: 44),
        (
            "{{ if (bpf_xdp_adjust_head(x, -1)) return XDP_DROP; "
            "c = bpf_map_lookup_elem(&conf, &k); if (!c) return XDP_DROP; }}",
            "len = 0;",
            lambda number: number,
        ),
    ],
    ids=["stores", "sums", "choices", "flags", "prepends"],
)
def test_branches_before_a_prepend(number, statement, after, need):
    image = load_image(compile_c(f"{_HEAD}{_branches(number, statement)}{after}{PREPEND}"))
    found = explore(image, image.programs[0])
    assert found.need == need(number)
    assert found.steps < 2 * DEFAULT_BUDGET


def test_ten_thousand_instructions_beside_a_length():
    """A checksum and a branch on it, again and again: none of it bears on the length."""
    rounds = "".join(
        f"sum = sum * 31 + c->f[{i % 500}]; if (sum > {i * 7919}) c->f[{i % 500}] = sum;\n"
        for i in range(2000)
    )
    image = load_image(compile_c(f"{_HEAD} len = c->f[1]; if (len > 60) return XDP_DROP;\n{rounds}{PREPEND}"))
    assert len(image.slots) > 9000
    found = explore(image, image.programs[0])
    assert (found.need, found.gaps) == (60, ())
