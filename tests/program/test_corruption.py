"""Bits flipped in real objects: a result or one sentence, never a hang and never much memory."""

from __future__ import annotations

import tracemalloc

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.compile import compile_c
from xdp_lsp.objfile import ObjectError, load
from xdp_lsp.program import Image, load_image
from xdp_lsp.program.listing import instruction_text

SOURCE = """
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct value { __u32 length; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, __u32);
         __type(value, struct value); } values SEC(".maps");
int tail(struct xdp_md *ctx);
struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 2); __uint(key_size, 4);
         __array(values, int (struct xdp_md *)); } jumps SEC(".maps") = { .values = { [1] = &tail } };
const volatile int limit = 64;
struct kernel { int field; } __attribute__((preserve_access_index));
extern int bpf_xdp_pull_data(struct xdp_md *x, __u32 len) __ksym;
static __attribute__((noinline)) int grow(struct xdp_md *ctx, int by) { return bpf_xdp_adjust_head(ctx, -by); }
static int step(__u32 index, void *ctx) { return index > 3; }
static __always_inline int looked_up(struct xdp_md *ctx)
{
    __u32 key = 0;
    struct value *v = bpf_map_lookup_elem(&values, &key);
    return v && v->length < limit ? grow(ctx, v->length) : 0;
}
SEC("xdp") __attribute__((btf_decl_tag("xdp-lsp: prepends at most 64"))) int prog(struct xdp_md *ctx)
{
    struct kernel *k = (void *)(long)ctx->data;
    bpf_loop(4, step, ctx, 0);
    bpf_tail_call(ctx, &jumps, 1);
    if ((void *)(k + 1) > (void *)(long)ctx->data_end)
        return bpf_xdp_pull_data(ctx, 8);
    return looked_up(ctx) + k->field;
}
SEC("xdp") int tail(struct xdp_md *ctx) { return looked_up(ctx) ? 1 : 2; }
"""


def use(image: Image) -> None:
    """Ask for everything that is read only on demand, and check what the image promises."""
    last = len(image.slots)
    for pcs in (image.calls, image.addresses, image.patched, image.kfuncs, image.jump_targets):
        assert all(0 <= pc < last for pc in pcs)
    assert all(0 <= pc < last for pc in image.calls.values())
    assert all(0 <= one.entry < last for one in image.programs)
    ends = [0, *(one.end for one in image.functions)]
    assert all(end <= one.start < one.end for end, one in zip(ends, image.functions, strict=False))
    image.source_map.files()
    if image.types is not None:
        list(image.types.declaration_tags())
    for pc in range(min(last, 200)):
        instruction_text(image, pc)
        image.source_map.location(pc)
        image.source_map.inlined_at(pc)
    assert all(0 <= pc < last for pc in image.source_map.own_lines)
    for variable in image.source_map.variables:
        assert all(0 <= start <= end <= last for one in variable.copies for start, end, _ in one.locations)
    assert all(problem.endswith(".") for problem in image.problems)


def load_and_use(data: bytes) -> None:
    try:
        image = load_image(data)
    except ObjectError as error:
        assert str(error).endswith(".")
        return
    use(image)


def test_the_object_itself_is_sound() -> None:
    image = load_image(compile_c(SOURCE))
    use(image)
    assert image.problems == ()
    assert image.patched and image.kfuncs and image.addresses and image.calls


changes = st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), min_size=1, max_size=8)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changes)
def test_changed_bytes(changed: list[tuple[int, int]]) -> None:
    data = bytearray(compile_c(SOURCE))
    for position, value in changed:
        data[position % len(data)] = value
    load_and_use(bytes(data))


PARTS = (
    ".BTF",
    ".BTF.ext",
    ".symtab",
    ".relxdp",
    ".maps",
    ".rel.maps",
    ".debug_info",
    ".debug_abbrev",
    ".debug_line",
    ".debug_loclists",
    ".debug_addr",
    ".debug_str_offsets",
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(PARTS), st.integers(0, 1 << 16), st.integers(0, 0xFFFFFFFF))
def test_words_of_the_tables_changed(part: str, position: int, word: int) -> None:
    data = bytearray(compile_c(SOURCE))
    section = next(one for one in load(bytes(data)).sections if one.name == part)
    at = section.offset + position % max(section.size - 3, 1)
    data[at : at + 4] = word.to_bytes(4, "little")
    load_and_use(bytes(data))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 63), st.integers(0, 63), st.integers(0, (1 << 64) - 1))
def test_words_of_the_section_headers_changed(section: int, field: int, word: int) -> None:
    data = bytearray(compile_c(SOURCE))
    table, count = int.from_bytes(data[40:48], "little"), int.from_bytes(data[60:62], "little")
    at = table + section % count * 64 + field // 8 * 8
    data[at : at + 8] = word.to_bytes(8, "little")
    load_and_use(bytes(data))


@given(st.binary(max_size=300))
def test_garbage_behind_a_header(garbage: bytes) -> None:
    load_and_use(compile_c(SOURCE)[:64] + garbage)


def test_absurd_counts_cost_no_memory() -> None:
    data = bytearray(compile_c(SOURCE))
    obj = load(bytes(data))
    table = int.from_bytes(data[40:48], "little")
    bss = next(one for one in obj.sections if one.name == ".rodata")
    header = table + bss.number * 64
    data[header + 4 : header + 8] = (8).to_bytes(4, "little")  # SHT_NOBITS
    data[header + 32 : header + 40] = ((1 << 63) - 1).to_bytes(8, "little")
    tracemalloc.start()
    try:
        image = load_image(bytes(data))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(image.data[".rodata"].data) == 1 << 20
    assert peak < 16 << 20
