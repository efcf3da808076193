"""Which functions are XDP programs, and how they are entered."""

from __future__ import annotations

import subprocess  # noqa: TID251 - objects are stripped as users strip theirs
from pathlib import Path

import pytest

from tests.support.compile import COMPILERS, compile_c, tool
from xdp_lsp.program import Attach, load_image

HEAD = """
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
"""

BY_SECTION = {
    "xdp": (Attach.XDP, False),
    "?xdp": (Attach.XDP, False),
    "xdp.frags": (Attach.XDP, True),
    "xdp/anything": (Attach.XDP, False),
    "xdp_tunnel": (Attach.XDP, False),
    "xdp-root": (Attach.XDP, False),
    "xdp/devmap": (Attach.DEVMAP, False),
    "xdp.frags/devmap": (Attach.DEVMAP, True),
    "xdp_devmap/one": (Attach.DEVMAP, False),
    "xdp/cpumap": (Attach.CPUMAP, False),
    "xdp.frags/cpumap": (Attach.CPUMAP, True),
    "xdp_cpumap": (Attach.CPUMAP, False),
    "freplace/xdp_main": (Attach.FREPLACE, False),
    "prog": (Attach.XDP, False),
    "2/18": (Attach.TAIL_CALL, False),
}
OTHERS = (
    "tc",
    "tcx/ingress",
    "classifier",
    "socket",
    "kprobe/sys_open",
    "cgroup_skb/ingress",
    "lwt_xmit",
    "action",
)


def test_the_section_says_where_a_program_runs() -> None:
    source = HEAD + "".join(
        f'SEC("{section}") int prog_{number}(struct xdp_md *ctx) {{ return {number}; }}\n'
        for number, section in enumerate([*BY_SECTION, *OTHERS])
    )
    image = load_image(compile_c(source))
    found = {one.section: (one.attach, one.frags) for one in image.programs}
    assert found == BY_SECTION
    assert [one.section for one in image.programs] == list(BY_SECTION)


@pytest.mark.parametrize("compiler", COMPILERS)
def test_without_a_section_the_type_of_the_parameter_says_it(compiler: str) -> None:
    source = """
    #include <linux/bpf.h>
    typedef struct xdp_md context;
    int plain(const context *ctx) { return 2; }
    int other(struct __sk_buff *skb) { return 0; }
    int two(struct xdp_md *ctx, int n) { return n; }
    static __attribute__((noinline)) int part(struct xdp_md *ctx) { return ctx->data; }
    __attribute__((noinline)) int called(struct xdp_md *ctx) { return part(ctx) + ctx->data_end; }
    int caller(struct xdp_md *ctx) { return called(ctx); }
    """
    image = load_image(compile_c(source, compiler))
    assert [(one.name, one.section) for one in image.programs] == [("plain", ".text"), ("caller", ".text")]


def test_without_types_only_a_helper_of_xdp_tells() -> None:
    source = (
        HEAD
        + """
    SEC("prog") int grows(struct xdp_md *ctx) { return bpf_xdp_adjust_head(ctx, -4); }
    SEC("prog2") int passes(struct xdp_md *ctx) { return bpf_ktime_get_ns() & 3; }
    """
    )
    image = load_image(compile_c(source, flags=("-g0",)))
    assert [one.name for one in image.programs] == ["grows"]


def test_a_replacement_of_another_kind_of_function_is_left_out() -> None:
    source = (
        HEAD
        + """
    SEC("freplace") int takes_xdp(struct xdp_md *ctx) { return 2; }
    SEC("freplace/tc_part") int takes_skb(struct __sk_buff *skb) { return 0; }
    """
    )
    image = load_image(compile_c(source))
    assert [one.name for one in image.programs] == ["takes_xdp"]
    untyped = load_image(compile_c(source, flags=("-g0",)))
    assert [one.name for one in untyped.programs] == ["takes_xdp", "takes_skb"]


@pytest.mark.parametrize("compiler", COMPILERS)
def test_several_programs_of_one_section_with_a_static_part(compiler: str) -> None:
    source = (
        HEAD
        + """
    static __attribute__((noinline, section("xdp"))) int part(struct xdp_md *ctx) { return ctx->data; }
    SEC("xdp") int one(struct xdp_md *ctx) { return part(ctx); }
    SEC("xdp") int two(struct xdp_md *ctx) { return part(ctx) + 1; }
    """
    )
    image = load_image(compile_c(source, compiler))
    assert [one.name for one in image.programs] == ["one", "two"]
    assert {one.name for one in image.functions} == {"part", "one", "two"}


def test_an_object_without_a_program_has_none() -> None:
    image = load_image(compile_c("int unused; const int answer = 42;"))
    assert image.programs == () and image.functions == () and len(image.slots) == 0
    assert image.offset_in_section(0) == 0


def test_a_section_without_function_symbols_is_one_function() -> None:
    data = bytearray(
        compile_c(HEAD + 'SEC("xdp") int prog(struct xdp_md *ctx) { return 2; }', flags=("-g0",))
    )
    # What clang before 9 wrote: STT_NOTYPE instead of STT_FUNC (global: 0x12 becomes 0x10).
    for at in range(len(data) - 24):
        if data[at + 4 : at + 6] == b"\x12\x00" and data[at + 8 : at + 24] == bytes(8) + (16).to_bytes(
            8, "little"
        ):
            data[at + 4] = 0x10
            break
    else:
        pytest.fail("the symbol of the function is not where it is looked for")
    image = load_image(bytes(data))
    assert [(one.name, one.start, one.end) for one in image.functions] == [("prog", 0, 2)]
    assert [one.name for one in image.programs] == ["prog"]


# Of every kind that is known by its type alone, or not at all.
BY_TYPE = (
    HEAD
    + """
typedef struct xdp_md context;
SEC("prog") int passes(context *ctx) { return ctx->data_end - ctx->data > 64; }
SEC("ingress") int of_tc(struct __sk_buff *skb) { return skb->len; }
SEC("from-netdev") int of_own(struct own *ctx) { return 0; }
SEC("prog/tail") int blind(void *ctx) { return 0; }
SEC("xdp_tc") int misplaced(struct __sk_buff *skb) { return 0; }
static __attribute__((section("prog/local"), used)) int local(struct xdp_md *ctx) { return ctx->ingress_ifindex; }
static __attribute__((section("xdp"), used)) int left_over(__u32 key, void *value) { return key; }
static __attribute__((section("xdp"), used)) int beside(struct xdp_md *ctx) { return ctx->rx_queue_index; }
SEC("xdp") int plain(struct xdp_md *ctx) { return XDP_PASS; }
"""
)
KNOWN_BY_TYPE = ["passes", "local", "plain", "beside"]


def without_btf(data: bytes, folder: Path) -> bytes:
    path = folder / "case.o"
    path.write_bytes(data)
    removed = [f"--remove-section={name}" for name in (".BTF", ".rel.BTF", ".BTF.ext", ".rel.BTF.ext")]
    subprocess.run([tool("llvm-objcopy-19"), *removed, path], check=True)
    return path.read_bytes()


@pytest.mark.parametrize("compiler", ["clang-14", "clang-19"])
def test_the_type_of_the_context_is_in_btf_or_in_dwarf(compiler: str, tmp_path: Path) -> None:
    data = compile_c(BY_TYPE, compiler)
    for one in (data, without_btf(data, tmp_path)):
        image = load_image(one)
        assert sorted(program.name for program in image.programs) == sorted(KNOWN_BY_TYPE)
        assert [(program.name, program.may_prepend) for program in image.undecided] == [
            ("of_own", False),
            ("blind", False),
        ]
    assert load_image(without_btf(data, tmp_path)).types is None


def test_the_user_has_the_last_word() -> None:
    image = load_image(compile_c(BY_TYPE), words=("blind", "of_tc"))
    assert {one.name for one in image.programs} == {*KNOWN_BY_TYPE, "blind", "of_tc"}
    assert [one.name for one in image.undecided] == ["of_own"]


IN_PARTS = (
    HEAD
    + """
static __attribute__((noinline)) int grow(void *ctx, int by) { return bpf_xdp_adjust_head(ctx, -by); }
static int step(__u32 index, void *ctx) { return grow(*(void **)ctx, index) ? 1 : 0; }
SEC("one") int calls(void *ctx) { return grow(ctx, 4); }
SEC("two") int hands_on(void *ctx) { bpf_loop(10, step, &ctx, 0); return 2; }
SEC("three") int neither(void *ctx) { return bpf_get_prandom_u32() & 3; }
"""
)


@pytest.mark.parametrize("debug", ["-g", "-g0"])
def test_a_helper_of_xdp_tells_wherever_a_program_gets_to_it(debug: str) -> None:
    image = load_image(compile_c(IN_PARTS, flags=(debug,)))
    assert [one.name for one in image.programs] == ["calls", "hands_on"]
    assert [one.name for one in image.undecided] == ["neither"]


ELSEWHERE = (
    HEAD
    + """
extern int grow(void *ctx, int by);
struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 2); __uint(key_size, 4); __uint(value_size, 4);
} jumps SEC(".maps");
SEC("one") int calls(void *ctx) { return grow(ctx, 4); }
SEC("two") int goes_on(void *ctx) { bpf_tail_call(ctx, &jumps, 1); return 2; }
SEC("three") int neither(void *ctx) { return bpf_get_prandom_u32() & 3; }
SEC("tc") int of_tc(struct __sk_buff *skb) { return grow(skb, 4); }
"""
)


def test_what_leads_out_of_the_object_may_prepend() -> None:
    image = load_image(compile_c(ELSEWHERE))
    assert image.programs == ()
    assert [(one.name, one.may_prepend) for one in image.undecided] == [
        ("calls", True),
        ("goes_on", True),
        ("neither", False),
    ]


def test_without_types_what_stands_beside_sections_of_programs_is_a_part() -> None:
    part = "int part(struct xdp_md *ctx, int by) { return bpf_xdp_adjust_head(ctx, -by); }"
    whole = HEAD + part + 'SEC("xdp") int prog(struct xdp_md *ctx) { return part(ctx, 4); }'
    image = load_image(compile_c(whole, flags=("-g0",)))
    assert image.calls == {} and [one.name for one in image.programs] == ["prog"]
    alone = load_image(compile_c(HEAD + part, flags=("-g0",)))
    assert [one.name for one in alone.programs] == ["part"]
