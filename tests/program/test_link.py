"""What relocations, calls and addresses of real objects come to."""

from __future__ import annotations

import pytest

from tests.support.compile import COMPILERS, compile_c
from xdp_lsp.isa.instruction import LD_IMM64
from xdp_lsp.objfile import load
from xdp_lsp.program import (
    Attach,
    DataAddress,
    FunctionAddress,
    Image,
    MapAddress,
    UnknownAddress,
    load_image,
)
from xdp_lsp.program.listing import instruction_text

HEAD = """
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
"""


def texts(image: Image) -> list[str]:
    return [instruction_text(image, pc) for pc in range(len(image.slots))]


def function(image: Image, name: str) -> tuple[int, int]:
    return next((one.start, one.end) for one in image.functions if one.name == name)


SUBPROGRAMS = (
    HEAD
    + """
static __attribute__((noinline)) int grow(struct xdp_md *ctx, int by) {
    return bpf_xdp_adjust_head(ctx, -by);
}
__attribute__((noinline)) int shrink(struct xdp_md *ctx, int by) {
    return bpf_xdp_adjust_head(ctx, by) + grow(ctx, by);
}
SEC("xdp") int first(struct xdp_md *ctx) { return grow(ctx, 8) ? 1 : 2; }
SEC("xdp") int second(struct xdp_md *ctx) { return shrink(ctx, 4) ? 1 : 2; }
SEC("tc") int other(struct __sk_buff *skb) { return 0; }
"""
)


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("target", ["bpf", "bpfeb"])
def test_calls_lead_to_the_functions_they_name(compiler: str, target: str) -> None:
    image = load_image(compile_c(SUBPROGRAMS, compiler, target=target))
    assert image.big_endian == (target == "bpfeb")
    starts = {one.start: one.name for one in image.functions}
    called = sorted((image.function_at(pc).name, starts[callee]) for pc, callee in image.calls.items())
    assert called == [("first", "grow"), ("second", "shrink"), ("shrink", "grow")]
    assert [(one.name, one.section, one.attach) for one in image.programs] == [
        ("first", "xdp", Attach.XDP),
        ("second", "xdp", Attach.XDP),
    ]
    assert [one.entry for one in image.programs] == [
        function(image, "first")[0],
        function(image, "second")[0],
    ]
    assert {one.name: one.is_global for one in image.functions} == {
        "grow": False,
        "shrink": True,
        "first": True,
        "second": True,
        "other": True,
    }
    assert image.problems == ()


def test_functions_cover_their_sections_and_pcs_find_them() -> None:
    image = load_image(compile_c(SUBPROGRAMS))
    for one in image.functions:
        assert {image.function_at(pc) for pc in range(one.start, one.end)} == {one}
    assert sum(one.end - one.start for one in image.functions) == len(image.slots)
    assert image.function_at(len(image.slots)) is None
    assert image.function_at(-1) is None
    second = function(image, "second")[0]
    xdp = function(image, "first")[0]
    assert image.offset_in_section(second) == second - xdp
    assert image.offset_in_section(xdp) == 0


MAPS = (
    HEAD
    + """
struct value { __u64 a, b, c; };
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 77); __type(key, __u32);
         __type(value, struct value); } table SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_DEVMAP); __uint(max_entries, 3); __uint(key_size, 4);
         __uint(value_size, 8); } ports SEC(".maps");
SEC("xdp") int redirect(struct xdp_md *ctx) {
    __u32 key = 0;
    struct value *v = bpf_map_lookup_elem(&table, &key);
    return v ? bpf_redirect_map(&ports, v->a, 0) : 0;
}
int tail_one(struct xdp_md *ctx);
int tail_two(struct xdp_md *ctx);
struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 8); __uint(key_size, 4);
         __array(values, int (struct xdp_md *)); } jumps SEC(".maps") = {
    .values = { [1] = &tail_one, [5] = &tail_two },
};
SEC("xdp") int entry(struct xdp_md *ctx) { bpf_tail_call(ctx, &jumps, 1); return 2; }
SEC("xdp/tail") int tail_one(struct xdp_md *ctx) { return bpf_xdp_adjust_head(ctx, -8); }
SEC("xdp") int tail_two(struct xdp_md *ctx) { return bpf_xdp_adjust_head(ctx, -4); }
"""
)


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("target", ["bpf", "bpfeb"])
def test_maps_have_their_sizes_and_their_programs(compiler: str, target: str) -> None:
    image = load_image(compile_c(MAPS, compiler, target=target))
    assert image.maps["table"][:6] == ("table", 1, 4, 24, 77, {})
    assert image.maps["ports"][:6] == ("ports", 14, 4, 8, 3, {})
    ones = {1: function(image, "tail_one")[0], 5: function(image, "tail_two")[0]}
    assert image.maps["jumps"][:6] == ("jumps", 3, 4, 0, 8, ones)
    assert {one.name: one.attach for one in image.programs} == {
        "redirect": Attach.XDP,
        "entry": Attach.XDP,
        "tail_one": Attach.TAIL_CALL,
        "tail_two": Attach.TAIL_CALL,
    }
    loaded = [address for _, address in sorted(image.addresses.items())]
    assert loaded == [MapAddress("table"), MapAddress("ports"), MapAddress("jumps")]


LEGACY = (
    HEAD
    + """
struct bpf_map_def { unsigned int type, key_size, value_size, max_entries, map_flags; };
struct bpf_map_def __attribute__((section("maps"), used)) counters = {
    .type = BPF_MAP_TYPE_PERCPU_ARRAY, .key_size = 4, .value_size = 16, .max_entries = 9 };
struct bpf_map_def __attribute__((section("maps"), used)) ports = {
    .type = BPF_MAP_TYPE_DEVMAP, .key_size = 4, .value_size = 4, .max_entries = 64 };
SEC("xdp_count") int count(struct xdp_md *ctx) {
    __u32 key = 1;
    __u64 *v = bpf_map_lookup_elem(&counters, &key);
    return v ? bpf_redirect_map(&ports, *v, 0) : 0;
}
"""
)


@pytest.mark.parametrize("debug", ["-g", "-g0"])
@pytest.mark.parametrize("compiler", COMPILERS)
def test_the_older_maps_section(compiler: str, debug: str) -> None:
    image = load_image(compile_c(LEGACY, compiler, flags=(debug,)))
    assert image.maps["counters"][:6] == ("counters", 6, 4, 16, 9, {})
    assert image.maps["ports"][:6] == ("ports", 14, 4, 4, 64, {})
    assert [address for _, address in sorted(image.addresses.items())] == [
        MapAddress("counters"),
        MapAddress("ports"),
    ]
    assert [one.name for one in image.programs] == ["count"]


STATIC_MAPS = (
    HEAD
    + """
static struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 2); __type(key, __u32);
                __type(value, __u64); } one SEC(".maps"), two SEC(".maps");
SEC("xdp") int prog(struct xdp_md *ctx) {
    __u32 key = 0;
    return !bpf_map_lookup_elem(&two, &key) + !bpf_map_lookup_elem(&one, &key);
}
"""
)


@pytest.mark.parametrize("compiler", COMPILERS)
def test_static_maps_are_told_apart(compiler: str) -> None:
    image = load_image(compile_c(STATIC_MAPS, compiler))
    assert [address for _, address in sorted(image.addresses.items())] == [
        MapAddress("two"),
        MapAddress("one"),
    ]
    assert {one.value_size for one in image.maps.values()} == {8}


DATA = (
    HEAD
    + """
const volatile int limit = 64;
const volatile __u16 table[4] = { 1, 2, 3, 4 };
static const volatile unsigned char hidden = 7;
static const int plain[16] = { 9, 8, 7, 6, 5, 4, 3, 2, 1, 2, 3, 4, 5, 6, 7, 8 };
int counter = 5;
static volatile long zeros;
SEC("xdp") int prog(struct xdp_md *ctx) {
    counter += limit + table[ctx->rx_queue_index & 3] + hidden + plain[ctx->ingress_ifindex & 15];
    return bpf_xdp_adjust_head(ctx, -(int)(zeros + counter));
}
"""
)


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("target", ["bpf", "bpfeb"])
def test_data_sections_have_typed_variables(compiler: str, target: str) -> None:
    image = load_image(compile_c(DATA, compiler, target=target))
    rodata = image.data[".rodata"]
    assert rodata.is_constant and rodata.has_types
    found = {one.name: one for one in rodata.variables}
    assert set(found) == {"limit", "table", "hidden", "plain"}
    assert found["limit"][2:6] == (4, True, True, True)
    assert found["table"][2:6] == (8, True, True, False)
    assert found["hidden"][2:6] == (1, True, True, False)
    assert found["plain"][2:6] == (64, True, False, True)
    order = "big" if image.big_endian else "little"

    def value(name: str, size: int, index: int = 0) -> int:
        at = found[name].offset + index * size
        return int.from_bytes(rodata.data[at : at + size], order)

    assert value("limit", 4) == 64
    assert [value("table", 2, index) for index in range(4)] == [1, 2, 3, 4]
    assert value("hidden", 1) == 7
    assert value("plain", 4, 1) == 8
    data = image.data[".data"]
    assert not data.is_constant
    assert [(one.name, one.size, one.is_const, one.is_volatile) for one in data.variables] == [
        ("counter", 4, False, False)
    ]
    bss = image.data[".bss"]
    assert bss.data == bytes(8)
    assert [(one.name, one.is_volatile) for one in bss.variables] == [("zeros", True)]
    loads = {address for address in image.addresses.values() if isinstance(address, DataAddress)}
    assert loads == {
        DataAddress(".rodata", found["limit"].offset),
        DataAddress(".rodata", found["table"].offset),
        DataAddress(".rodata", found["hidden"].offset),
        DataAddress(".rodata", found["plain"].offset),
        DataAddress(".data", 0),
        DataAddress(".bss", 0),
    }


def test_without_types_variables_are_taken_to_be_volatile() -> None:
    image = load_image(compile_c(DATA, flags=("-g0",)))
    rodata = image.data[".rodata"]
    assert not rodata.has_types
    assert {(one.name, one.size) for one in rodata.variables} >= {("limit", 4), ("table", 8)}
    assert all(one.is_volatile and one.is_const for one in rodata.variables)


TABLE = (
    HEAD
    + """
SEC("xdp") int prog(struct xdp_md *ctx) {
    const int lengths[8] = { 3, 41, 59, 26, 5, 35, 8, 97 };
    return bpf_xdp_adjust_head(ctx, -lengths[ctx->rx_queue_index & 7]);
}
"""
)


@pytest.mark.parametrize("compiler", COMPILERS)
def test_tables_that_the_compiler_makes_are_constant_and_have_no_variable(compiler: str) -> None:
    image = load_image(compile_c(TABLE, compiler))
    (address,) = [one for one in image.addresses.values() if isinstance(one, DataAddress)]
    section = image.data[address.section]
    assert section.is_constant and section.has_types
    assert section.variables == ()
    assert len(section.data) >= 8


CALLBACK = (
    HEAD
    + """
static int step(__u32 index, void *ctx) { return bpf_xdp_adjust_head(*(void **)ctx, -1) ? 1 : 0; }
SEC("xdp") int prog(struct xdp_md *ctx) { bpf_loop(10, step, &ctx, 0); return 2; }
"""
)


@pytest.mark.parametrize("compiler", COMPILERS)
def test_the_address_of_a_function_leads_to_it(compiler: str) -> None:
    image = load_image(compile_c(CALLBACK, compiler))
    assert set(image.addresses.values()) == {FunctionAddress(function(image, "step")[0])}
    assert any(text.endswith("= &step") for text in texts(image))
    assert [one.name for one in image.programs] == ["prog"]


TWO_OF_EACH = (
    HEAD
    + """
__attribute__((noinline)) int one(struct xdp_md *ctx) { return bpf_xdp_adjust_head(ctx, -1); }
__attribute__((noinline)) int two(struct xdp_md *ctx) { return bpf_xdp_adjust_head(ctx, -2); }
static int odd(__u32 index, void *ctx) { return index & 1; }
static int even(__u32 index, void *ctx) { return ~index & 1; }
SEC("xdp") int prog(struct xdp_md *ctx) {
    bpf_loop(3, odd, 0, 0);
    bpf_loop(4, even, 0, 0);
    return one(ctx) + two(ctx);
}
"""
)


@pytest.mark.parametrize("compiler", COMPILERS)
def test_functions_behind_others_are_found(compiler: str) -> None:
    image = load_image(compile_c(TWO_OF_EACH, compiler))
    starts = {name: function(image, name)[0] for name in ("one", "two", "odd", "even")}
    assert set(image.calls.values()) == {starts["one"], starts["two"]}
    assert set(image.addresses.values()) == {FunctionAddress(starts["odd"]), FunctionAddress(starts["even"])}


EXTERNS = (
    HEAD
    + """
extern int CONFIG_HZ __kconfig;
extern const void bpf_prog_active __ksym;
struct opaque;
struct known { int a, b; };
extern int bpf_xdp_pull_data(struct xdp_md *x, __u32 len) __ksym;
extern void observe(const struct known *a, struct opaque *b, long c, void *d) __ksym;
extern int elsewhere(struct xdp_md *x);
SEC("xdp") int prog(struct xdp_md *ctx) {
    struct known k = { CONFIG_HZ, 2 };
    observe(&k, 0, 1, (void *)&bpf_prog_active);
    return bpf_xdp_pull_data(ctx, 8) + elsewhere(ctx);
}
"""
)


@pytest.mark.parametrize("compiler", COMPILERS)
def test_externs_are_unknown_and_kernel_functions_known_by_name(compiler: str) -> None:
    image = load_image(compile_c(EXTERNS, compiler))
    reasons = [one.reason for one in image.addresses.values() if isinstance(one, UnknownAddress)]
    assert len(reasons) == len(image.addresses) == 2
    assert any("CONFIG_HZ" in reason and ".kconfig" in reason for reason in reasons)
    assert any("bpf_prog_active" in reason and ".ksyms" in reason for reason in reasons)
    found = {one.name: one for one in image.kfuncs.values()}
    assert found["observe"].pointees == (-8, 0, None, 0)
    assert found["bpf_xdp_pull_data"].pointees == (24, None)
    assert found["observe"].is_kernel and found["bpf_xdp_pull_data"].is_kernel
    assert not found["elsewhere"].is_kernel
    assert image.calls == {}
    assert any(text.endswith("call bpf_xdp_pull_data") for text in texts(image))


CORE = (
    HEAD
    + """
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct inner { int x; int deep[4]; };
struct task { int pid; struct inner in; };
struct ethhdr { unsigned char dst[6], src[6]; __u16 proto; };
#pragma clang attribute pop
SEC("xdp") int prog(struct xdp_md *ctx) {
    struct task t = {}, *p = &t;
    struct ethhdr *eth = (void *)(long)ctx->data;
    __asm__ volatile("" : "+r"(p));
    if ((void *)(eth + 1) > (void *)(long)ctx->data_end) return 1;
    return p->in.deep[2] + eth->proto + __builtin_preserve_field_info(p->pid, 2);
}
"""
)


@pytest.mark.parametrize("compiler", COMPILERS)
def test_what_the_loader_patches_is_said_and_fixed_layouts_are_left_alone(compiler: str) -> None:
    image = load_image(compile_c(CORE, compiler))
    reasons = set(image.patched.values())
    assert "CO-RE: the offset of task.in.deep[2]" in reasons
    assert "CO-RE: whether task.pid exists" in reasons
    assert not any("ethhdr" in reason for reason in reasons)
    for pc in image.patched:
        assert image.slots[pc].opcode not in (0x85, 0x95)


def test_every_wide_load_is_an_address_or_a_number() -> None:
    for source in (SUBPROGRAMS, MAPS, DATA, CALLBACK):
        image = load_image(compile_c(source))
        for pc in image.addresses:
            assert image.slots[pc].opcode == LD_IMM64


JUMPS = (
    HEAD
    + 'SEC("xdp") int prog(struct xdp_md *ctx) { int r; switch (ctx->rx_queue_index) {\n'
    + "".join(
        f"case {n}: r = bpf_xdp_adjust_head(ctx, -{n * 37 % 101}) + bpf_ktime_get_ns() * {n + 3}; break;\n"
        for n in range(24)
    )
    + "default: r = 7; } return r; }"
)


def test_indirect_jumps_go_where_their_table_says() -> None:
    image = load_image(compile_c(JUMPS, "ziglang", "v4"))
    if not image.jump_targets:
        pytest.skip("this compiler writes no jump tables")
    ((jump, targets),) = image.jump_targets.items()
    assert texts(image)[jump].startswith("(0d) gotox r")
    assert len(targets) == 24
    assert set(targets) <= set(range(len(image.slots)))
    # Each case begins with the delta of its own call.
    assert jump + 1 in targets


def test_a_call_that_leads_nowhere_is_told_and_can_do_anything() -> None:
    data = bytearray(compile_c(SUBPROGRAMS))
    obj = load(bytes(data))
    xdp = next(one for one in obj.sections if one.name == "xdp")
    relocations = next(one for one in obj.sections if one.name == ".relxdp")
    # The symbol index is the upper half of r_info.
    data[relocations.offset + 12 : relocations.offset + 16] = (9999).to_bytes(4, "little")
    image = load_image(bytes(data))
    first, second = (relocation.offset // 8 for relocation in obj.relocations(xdp.number))
    start = function(image, "first")[0]
    assert image.kfuncs[start + first] == ("a lost function", (), False)
    assert start + first not in image.calls and start + second in image.calls
    assert len(image.problems) == 2 and "leads nowhere" in image.problems[1]
    assert {one.name for one in image.functions} == {"grow", "shrink", "first", "second", "other"}
