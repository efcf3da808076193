"""Programs of every kind of object get into the running kernel, and out of it again."""

from __future__ import annotations

import json
import subprocess  # noqa: TID251 - bpftool loads as users' loaders do
from pathlib import Path

import pytest

from tests.oracle.bpf import run
from tests.support.assembly import assemble
from tests.support.compile import COMPILERS, compile_c, tool
from xdp_lsp.isa import instruction as isa
from xdp_lsp.isa.instruction import Instruction
from xdp_lsp.kernel import Additions, Loader, LoadError, Refused, why_unavailable
from xdp_lsp.objfile import load
from xdp_lsp.program import load_image
from xdp_lsp.toolchain import contract_header

HEAD = """
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#define MAP(name, kind, k, v, n) \\
    struct { __uint(type, kind); __uint(max_entries, n); __type(key, k); __type(value, v); } name SEC(".maps")
char _license[] SEC("license") = "GPL";
"""
# One of each way in which something outside of the code is spoken of.
SOURCES = {
    "maps": """
struct value { struct bpf_spin_lock lock; int n; };
MAP(locked, BPF_MAP_TYPE_ARRAY, __u32, struct value, 1);
MAP(lru, BPF_MAP_TYPE_LRU_HASH, __u64, __u64, 8);
MAP(ports, BPF_MAP_TYPE_DEVMAP, __u32, struct bpf_devmap_val, 8);
MAP(cpus, BPF_MAP_TYPE_CPUMAP, __u32, struct bpf_cpumap_val, 1);
MAP(sockets, BPF_MAP_TYPE_XSKMAP, __u32, __u32, 4);
MAP(programs, BPF_MAP_TYPE_PROG_ARRAY, __u32, __u32, 4);
MAP(counted, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, __u64, 0); /* the loader says how many */
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4); __uint(map_flags, BPF_F_NO_PREALLOC);
         __uint(key_size, 4); __uint(value_size, 8); } sized SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_LPM_TRIE); __uint(max_entries, 4); __uint(map_flags, BPF_F_NO_PREALLOC);
         __uint(key_size, 8); __uint(value_size, 8); } trie SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } ring SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY); } events SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS); __uint(max_entries, 2); __type(key, __u32);
         __array(values, struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1);
                                  __type(key, __u32); __type(value, __u64); }); } outer SEC(".maps");
SEC("xdp") int prog(struct xdp_md *x)
{
    __u32 k = 0;
    struct value *v = bpf_map_lookup_elem(&locked, &k);
    if (!v) return 0;
    bpf_spin_lock(&v->lock);
    v->n++;
    bpf_spin_unlock(&v->lock);
    __u64 key = 0, *n = bpf_map_lookup_elem(&lru, &key);
    if (n) *n += 1;
    void *inner = bpf_map_lookup_elem(&outer, &k);
    if (inner && (n = bpf_map_lookup_elem(inner, &k))) *n += 1;
    if ((n = bpf_map_lookup_elem(&counted, &k))) *n += 1;
    if ((n = bpf_map_lookup_elem(&sized, &k))) *n += 1;
    if ((n = bpf_map_lookup_elem(&trie, &key))) *n += 1;
    bpf_ringbuf_output(&ring, &key, 8, 0);
    bpf_perf_event_output(x, &events, BPF_F_CURRENT_CPU, &key, 8);
    bpf_tail_call(x, &programs, 0);
    if (x->rx_queue_index == 1) return bpf_redirect_map(&cpus, 0, 0);
    if (x->rx_queue_index == 2) return bpf_redirect_map(&sockets, 0, 0);
    return bpf_redirect_map(&ports, 0, 0);
}
""",
    "legacy map": """
struct bpf_map_def { unsigned type, key_size, value_size, max_entries, map_flags; };
struct bpf_map_def SEC("maps") old = { BPF_MAP_TYPE_HASH, 4, 8, 16, BPF_F_NO_PREALLOC };
SEC("xdp") int prog(struct xdp_md *x)
{
    __u32 k = 0;
    return bpf_map_lookup_elem(&old, &k) ? XDP_DROP : XDP_PASS;
}
""",
    "data": """
int counter; int started = 1; const volatile int setting = 3; static const int table[4] = { 1, 2, 3, 4 };
extern int LINUX_KERNEL_VERSION __kconfig;
extern _Bool CONFIG_BPF_SYSCALL __kconfig __weak;
SEC("xdp") int prog(struct xdp_md *x)
{
    counter += started + setting;
    if (LINUX_KERNEL_VERSION > 0x51000 && CONFIG_BPF_SYSCALL) counter++;
    return table[x->rx_queue_index & 3] + *(volatile int *)&counter;
}
""",
    "functions": """
static long each(__u32 i, void *n) { *(long *)n += i; return 0; }
__attribute__((noinline)) int global(struct xdp_md *x, int n) { return n + x->rx_queue_index; }
static __attribute__((noinline)) int local(struct xdp_md *x, int n) { return n * x->rx_queue_index; }
SEC("xdp") int other(struct xdp_md *x) { return local(x, 7) & 1; }
SEC("xdp") int prog(struct xdp_md *x)
{
    long n = 0;
    bpf_loop(7, each, &n, 0);
    return (global(x, n) + local(x, n)) & 1;
}
""",
    "kernel's own": """
struct net_device { int ifindex; } __attribute__((preserve_access_index));
struct xdp_buff { void *data; struct xdp_rxq_info *rxq; } __attribute__((preserve_access_index));
extern int bpf_dynptr_from_xdp(struct xdp_md *x, __u64 flags, struct bpf_dynptr *packet) __ksym __weak;
extern int no_such_kfunc(struct xdp_md *x) __ksym __weak;
SEC("xdp") int prog(struct xdp_md *x)
{
    struct bpf_dynptr packet;
    __u64 t = bpf_dynptr_from_xdp ? bpf_dynptr_from_xdp(x, 0, &packet) : 0;
    if (no_such_kfunc) t += no_such_kfunc(x);
    struct net_device *none = (void *)8;
    int at = 0;
    bpf_probe_read_kernel(&at, 4, &none->ifindex);
    return (t + at + __builtin_preserve_field_info(((struct xdp_buff *)0)->rxq, 0)) & 1;
}
""",
    "places": """
SEC("xdp.frags") int fragments(struct xdp_md *x) { return bpf_xdp_get_buff_len(x) & 1; }
SEC("xdp/devmap") int out(struct xdp_md *x) { return x->egress_ifindex & 1; }
SEC("xdp/cpumap") int there(struct xdp_md *x) { return XDP_PASS; }
SEC("freplace/other") int instead(struct xdp_md *x) { return XDP_PASS; }
""",
    "contracts": f"""
{contract_header()}
__attribute__((noinline)) XDP_PREPENDS_AT_MOST(0) int function(__u32 n) {{ return n * 3; }}
SEC("xdp") XDP_PREPENDS_AT_MOST(20 + 8) XDP_MUST_FIT("mainstream, sfc") int prog(struct xdp_md *x)
{{
    return bpf_xdp_adjust_head(x, -28) ? 0 : function(x->rx_queue_index);
}}
""",
}


@pytest.fixture(autouse=True)
def kernel() -> None:
    why = why_unavailable()
    if why is not None:
        pytest.skip(why)


def loadable(source: str, compiler: str = "clang-19") -> Loader:
    data = compile_c(HEAD + source, compiler, flags=("-Wno-unused", "-Wno-missing-declarations"))
    return Loader(load_image(data), load(data))


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("what", SOURCES)
def test_every_kind_of_object_loads(what: str, compiler: str) -> None:
    before = descriptors()
    data = compile_c(HEAD + SOURCES[what], compiler, flags=("-Wno-unused",))
    image = load_image(data)
    for alone in (False, True):
        with Loader(image, load(data), functions_alone=alone) as loader:
            for program in image.programs:
                loader.load(program).close()
    assert descriptors() == before


def test_the_kernel_keeps_contracts(tmp_path: Path) -> None:
    """libbpf's own loader, not ours, and what the kernel shows of the types afterwards."""
    path, pinned = tmp_path / "case.o", Path("/sys/fs/bpf/xdp_lsp_contracts")
    path.write_bytes(compile_c(HEAD + SOURCES["contracts"]))
    bpftool = tool("bpftool")
    if not Path("/sys/fs/bpf").is_mount():
        pytest.skip("bpffs is not mounted")
    subprocess.run([bpftool, "prog", "load", path, pinned], check=True, capture_output=True)
    try:
        shown = subprocess.run(
            [bpftool, "-j", "prog", "show", "pinned", pinned], check=True, capture_output=True
        )
        types = [bpftool, "-j", "btf", "dump", "id", str(json.loads(shown.stdout)["btf_id"])]
        dumped = json.loads(subprocess.run(types, check=True, capture_output=True).stdout)["types"]
    finally:
        pinned.unlink()
    assert [one["name"] for one in dumped if one["kind"] == "DECL_TAG"] == [
        "xdp-lsp: prepends at most 0",
        "xdp-lsp: prepends at most 20 + 8",
        "xdp-lsp: must fit mainstream, sfc",
    ]


def test_additions_stand_where_jumps_arrive() -> None:
    """A loop jumps to what stands before its head, and a call's result is seen by what stands after it."""
    image = assemble(
        """
        fn main:
            r6 = r1
            r7 = 0
        head:
            r1 = r6
            call count
            if r0 == 3 goto out
            goto head
        out:
            r0 = r8
            exit
        fn count:
            r0 = 0
            exit
        """
    )
    add = [Instruction(isa.ALU64 | isa.ADD, 7, 0, 0, 1)]
    give = [Instruction(isa.ALU64 | isa.MOV | isa.X, 0, 7, 0, 0)]
    start = [Instruction(isa.ALU64 | isa.MOV, 8, 0, 0, 2)]
    additions = Additions(start, {2: add}, {3: give})
    with Loader(image) as loader, loader.load(image.programs[0], additions) as program:
        assert run(program, bytes(64)).action == 2


def test_verifier_knows_constants_but_no_setting_that_is_zero() -> None:
    """A divisor of the one is known not to overrun the table, the other is not."""
    access = 'SEC("xdp") int prog(struct xdp_md *x) { volatile char stack[8] = {}; return stack[at]; }'
    with loadable(f"const volatile unsigned at = 3; {access}") as known:
        known.load(known.image.programs[0]).close()
    with loadable(f"const volatile unsigned at; {access}") as unknown, pytest.raises(Refused, match="stack"):
        unknown.load(unknown.image.programs[0])


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (
            'SEC("xdp") int prog(struct xdp_md *x) { return *(volatile int *)(long)x->data; }',
            "invalid access to packet",
        ),
        ('int missing(void); SEC("xdp") int prog(struct xdp_md *x) { return missing(); }', "missing"),
        (
            'extern int no_such_kfunc(void) __ksym; SEC("xdp") int prog(struct xdp_md *x) { return no_such_kfunc(); }',
            "no_such_kfunc: this kernel, modules apart, has",
        ),
    ],
)
def test_why_something_does_not_load_is_a_sentence(source: str, words: str) -> None:
    with loadable(source) as loader, pytest.raises(LoadError, match=words) as caught:
        loader.load(loader.image.programs[0])
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_nothing_is_pinned() -> None:
    source = """
    struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, int); __type(value, int);
             __uint(pinning, LIBBPF_PIN_BY_NAME); } xdp_lsp_pinned SEC(".maps");
    SEC("xdp") int prog(struct xdp_md *x) { int k = 0; return bpf_map_lookup_elem(&xdp_lsp_pinned, &k) != 0; }
    """
    with loadable(source) as loader:
        loader.load(loader.image.programs[0]).close()
        assert not list(Path("/sys/fs/bpf").rglob("xdp_lsp_pinned"))
