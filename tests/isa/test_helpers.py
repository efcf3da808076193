"""The table of helpers against the header that it comes from."""

from __future__ import annotations

import re
import runpy
from importlib.util import find_spec
from pathlib import Path

import pytest

from xdp_lsp.isa import helper

ROOT = Path(__file__).parents[2]


def uapi_header() -> Path:
    spec = find_spec("ziglang")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("ziglang, whose wheel carries linux/bpf.h, is not installed")
    root = Path(spec.submodule_search_locations[0])
    return root / "lib" / "libc" / "include" / "any-linux-any" / "linux" / "bpf.h"


def test_every_helper_that_the_kernel_numbers_is_known_by_that_number() -> None:
    numbered = dict(re.findall(r"^\tFN\((\w+), (\d+), ", uapi_header().read_text("utf-8"), re.MULTILINE))
    del numbered["unspec"]
    assert len(numbered) >= 211
    for name, number in numbered.items():
        found = helper(int(number))
        assert found is not None and found.name == f"bpf_{name}", name


def test_the_table_is_what_its_generator_makes() -> None:
    generator = runpy.run_path(str(ROOT / "tools" / "generate_helpers.py"))
    made = generator["render"](uapi_header().read_text("utf-8"))
    assert made == (ROOT / "xdp_lsp" / "isa" / "helpers.tsv").read_text("utf-8")


def test_prototypes_are_those_of_the_manual() -> None:
    found = helper(44)
    assert found is not None
    assert found.prototype == "long bpf_xdp_adjust_head(struct xdp_md *xdp_md, int delta)"
    assert [param.type for param in found.params] == ["struct xdp_md *", "int"]
    lookup = helper(1)
    assert lookup is not None
    assert lookup.prototype == "void *bpf_map_lookup_elem(void *map, const void *key)"
    assert [(param.is_pointer, param.is_const) for param in lookup.params] == [(True, False), (True, True)]
    clock = helper(5)
    assert clock is not None and clock.prototype == "__u64 bpf_ktime_get_ns(void)" and clock.params == ()


def test_what_the_kernel_only_reads_is_const_even_where_the_manual_does_not_say_so() -> None:
    checksum, fib = helper(28), helper(69)
    assert checksum is not None and fib is not None
    assert [param.is_const for param in checksum.params] == [True, False, True, False, False]
    assert [param.is_const for param in fib.params] == [False, False, False, False]


def test_variadic_helpers_have_their_fixed_parameters() -> None:
    found = helper(6)
    assert found is not None and found.is_variadic
    assert found.prototype == "long bpf_trace_printk(const char *fmt, __u32 fmt_size, ...)"
    assert len(found.params) == 2


@pytest.mark.parametrize("number", [-1, 0, 100_000])
def test_there_is_no_helper_of_an_unused_number(number: int) -> None:
    assert helper(number) is None
