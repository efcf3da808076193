"""What a witness says of an input, in the words of the source."""

from __future__ import annotations

import pytest

from tests.support.compile import compile_c
from xdp_lsp.program import load_image
from xdp_lsp.verifier import explore
from xdp_lsp.witness import Decision, Witness, find_witness

_HEAD = """
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char _license[] SEC("license") = "GPL";
struct point { __u16 x, y; };
struct value { __u32 flags:3, rest:29; struct point at[3]; union { __s16 delta; __u8 raw[2]; }; __u8 len; };
struct flow { __u32 source; __u32 target; };
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4);
    __type(key, struct flow); __type(value, struct value); } flows SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4); __type(key, __u16); __type(value, __u64); }
    ports SEC(".maps");
struct value state;
volatile int limit = 5;
static __always_inline struct value *get(void) { struct flow f = { 1, 2 }; return bpf_map_lookup_elem(&flows, &f); }
"""


def said(body: str) -> str:
    text = f'{_HEAD}SEC("xdp") int prog(struct xdp_md *ctx) {{ {body} }}'
    image = load_image(compile_c(text, "ziglang"))
    exploration = explore(image, image.programs[0])
    [site] = exploration.calls
    return str(find_witness(image, image.programs[0], exploration, site))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            "struct value *v = get(); if (!v || v->len > 60) return 2; return bpf_xdp_adjust_head(ctx, -v->len);",
            "with flows[0x0100000002000000].len = 60 it asks for 60",
        ),
        (
            "struct value *v = get(); if (!v || v->at[2].y != 700) return 2; return bpf_xdp_adjust_head(ctx, -8);",
            "with flows[0x0100000002000000].at[2].y = 700 it asks for 8",
        ),
        (
            "struct value *v = get(); if (!v || v->delta != -3) return 2; return bpf_xdp_adjust_head(ctx, -8);",
            "with flows[0x0100000002000000].delta = -3 it asks for 8",
        ),
        (
            "struct value *v = get(); if (!v || v->flags != 5) return 2; return bpf_xdp_adjust_head(ctx, -8);",
            "with byte 0 of flows[0x0100000002000000] = 0x05 it asks for 8",
        ),
        (
            "if (get()) return 2; return bpf_xdp_adjust_head(ctx, -8);",
            "with no entry flows[0x0100000002000000] it asks for 8",
        ),
        (
            "__u16 k = 80; __u64 *v = bpf_map_lookup_elem(&ports, &k);"
            "if (!v || *v != 1ull << 40) return 2; return bpf_xdp_adjust_head(ctx, -8);",
            "with ports[80] = 0x10000000000 it asks for 8",
        ),
        (
            "if (state.at[1].x != 9) return 2; return bpf_xdp_adjust_head(ctx, -8);",
            "with state.at[1].x = 9 it asks for 8",
        ),
        ("if (limit != 4) return 2; return bpf_xdp_adjust_head(ctx, -8);", "with limit = 4 it asks for 8"),
        (
            "void *d = (void *)(long)ctx->data; if (d + 34 > (void *)(long)ctx->data_end) return 2;"
            "if (*(__u16 *)(d + 12) != 0xdd86 || *(__u8 *)(d + 20) != 17) return 2;"
            "return bpf_xdp_adjust_head(ctx, -40);",
            "with ethertype = 0x86dd and byte 20 = 0x11 it asks for 40",
        ),
        (
            "if (ctx->data_end - ctx->data != 60) return 2; return bpf_xdp_adjust_head(ctx, -8);",
            "with a packet of 60 bytes it asks for 8",
        ),
        (
            "if (ctx->rx_queue_index != 3) return 2; return bpf_xdp_adjust_head(ctx, -8);",
            "with ctx->rx_queue_index = 3 it asks for 8",
        ),
        (
            "return bpf_xdp_adjust_head(ctx, -(int)(bpf_get_prandom_u32() & 7));",
            "with bpf_get_prandom_u32() = 7 it asks for 7",
        ),
        (
            "bpf_get_prandom_u32(); if (bpf_get_prandom_u32() != 9) return 2; return bpf_xdp_adjust_head(ctx, -8);",
            "with bpf_get_prandom_u32() (call 2) = 9 it asks for 8",
        ),
        ("return bpf_xdp_adjust_head(ctx, -8);", "with nothing but zeros in packet and maps it asks for 8"),
    ],
)
def test_words(body: str, words: str) -> None:
    assert said(body) == words


def test_a_long_list_is_cut() -> None:
    inputs = tuple(Decision(f"x{at}", at, f"x{at} = {at}") for at in range(9))
    assert str(Witness(0, 8, 8, inputs)) == (
        "with x0 = 0, x1 = 1, x2 = 2, x3 = 3, x4 = 4, x5 = 5 and 3 more it asks for 8"
    )


def test_a_run_that_exceeds_the_claim_is_no_secret() -> None:
    said = str(Witness(0, 9, 8, ()))
    assert said.endswith("it asks for 9, more than the 8 that are claimed: a fault of xdp-lsp")
