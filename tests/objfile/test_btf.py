"""BTF against what bpftool reads in the same object, and against corruption."""

from __future__ import annotations

import json
import subprocess  # noqa: TID251 - bpftool is the oracle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.compile import COMPILERS, compile_c, tool
from xdp_lsp.objfile import Btf, BtfExt, load
from xdp_lsp.objfile import btf as kinds

SOURCE = """
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
typedef const volatile unsigned short setting;
enum colour { RED = -1, GREEN };
enum wide { HUGE = 0x123456789 };
union both { int a; char b[12]; };
struct fields { unsigned flag : 3, rest : 29; struct { long inner; }; enum colour colour; enum wide wide;
                union both both; struct fields *next; int (*call)(int, void *); float ratio; };
struct incomplete;
setting limits[3][2] = { { 1 } };
int signed_array[2] = { -1 };
const int fixed = 3;
extern int bpf_xdp_pull_data(struct xdp_md *x, __u32 len) __ksym;
struct fields sample __attribute__((btf_decl_tag("of a variable")));
__attribute__((noinline)) int user(const struct fields *f, struct incomplete *i) { return !f + !i; }
SEC("xdp") __attribute__((btf_decl_tag("one"), btf_decl_tag("two: größe"))) int prog(
    struct xdp_md *ctx __attribute__((btf_decl_tag("of a parameter")))) {
    return limits[ctx->rx_queue_index & 1][0] + fixed + signed_array[0] + bpf_xdp_pull_data(ctx, 4)
           + sample.flag + user(&sample, (void *)ctx);
}
"""


def from_bpftool(data: bytes, folder: Path) -> list[dict[str, Any]]:
    path = folder / "case.o"
    path.write_bytes(data)
    run = subprocess.run(
        [tool("bpftool"), "-j", "btf", "dump", "file", path], capture_output=True, text=True, check=True
    )
    types: list[dict[str, Any]] = json.loads(run.stdout)["types"]
    return types


@pytest.mark.parametrize("compiler", COMPILERS)
def test_every_type_is_read_as_bpftool_reads_it(compiler: str, tmp_path: Path) -> None:
    data = compile_c(SOURCE, compiler)
    btf = load(data).btf
    assert btf is not None
    types = from_bpftool(data, tmp_path)
    assert len(btf) == len(types) + 1
    for want in types:
        found = btf.type(want["id"])
        assert found.kind == getattr(kinds, want["kind"])
        assert found.name == ("" if want["name"] == "(anon)" else want["name"])
        if "type_id" in want and "nr_elems" not in want:
            assert found.size_or_type == want["type_id"]
        if "size" in want and want["kind"] != "DATASEC":
            assert btf.size(found.id) == want["size"]
        if "members" in want:
            assert [(one.name or "(anon)", one.type, one.offset) for one in btf.members(found)] == [
                (one["name"], one["type_id"], one["bits_offset"]) for one in want["members"]
            ]
        if "params" in want:
            assert [(one.name or "(anon)", one.type) for one in btf.parameters(found)] == [
                (one["name"], one["type_id"]) for one in want["params"]
            ]
        if "values" in want:
            assert btf.enumerators(found) == [one["name"] for one in want["values"]]
        if "nr_elems" in want:
            assert btf.array(found) == (want["type_id"], want["index_type_id"], want["nr_elems"])
        if "vars" in want:
            assert [(one.type, one.size) for one in btf.section_variables(found)] == [
                (one["type_id"], one["size"]) for one in want["vars"]
            ]
        if want["kind"] in ("VAR", "FUNC"):
            names = {kinds.STATIC: "static", kinds.GLOBAL: "global", kinds.EXTERN: "extern"}
            assert names[btf.linkage(found)] == want["linkage"].removesuffix("-alloc")


@pytest.mark.parametrize("target", ["bpf", "bpfeb"])
def test_what_is_said_of_declarations(target: str) -> None:
    btf = load(compile_c(SOURCE, target=target)).btf
    assert btf is not None
    said = [(found.kind, found.name, text) for found, text in btf.declaration_tags()]
    assert sorted(said) == [
        (kinds.FUNC, "prog", "one"),
        (kinds.FUNC, "prog", "two: größe"),
        (kinds.VAR, "sample", "of a variable"),
    ]


@pytest.mark.parametrize("target", ["bpf", "bpfeb"])
def test_sizes_signs_and_qualifiers(target: str) -> None:
    btf = load(compile_c(SOURCE, target=target)).btf
    assert btf is not None

    def variable(name: str) -> int:
        found = btf.variable(name)
        assert found is not None
        return found.size_or_type

    assert btf.size(variable("limits")) == 12
    assert btf.qualifiers(variable("limits")) == {kinds.CONST, kinds.VOLATILE}
    assert not btf.is_signed(variable("limits"))
    assert btf.size(variable("signed_array")) == 8 and btf.is_signed(variable("signed_array"))
    assert btf.qualifiers(variable("signed_array")) == frozenset()
    assert btf.qualifiers(variable("fixed")) == {kinds.CONST}
    fields = next(one for one in btf.of_kind(kinds.STRUCT) if one.name == "fields")
    members = {one.name: one for one in btf.members(fields)}
    assert btf.is_signed(members["colour"].type) and not btf.is_signed(members["wide"].type)
    assert btf.size(members["wide"].type) == 8 and btf.size(members["both"].type) == 12
    assert btf.size(members["next"].type) == 8 and btf.resolve(members["next"].type).kind == kinds.PTR
    assert btf.function("prog") is not None and btf.function("nothing") is None
    assert btf.variable("nothing") is None


def test_ids_that_there_is_nothing_for_are_void() -> None:
    btf = load(compile_c(SOURCE)).btf
    assert btf is not None
    for type_id in (0, len(btf), 1 << 31):
        assert btf.type(type_id).kind == kinds.VOID
        assert btf.size(type_id) == 0 and btf.qualifiers(type_id) == frozenset()


def little(*words: int) -> bytes:
    return b"".join(word.to_bytes(4, "little") for word in words)


def header(types: bytes, table: bytes = b"\0") -> bytes:
    return b"\x9f\xeb\x01\x00" + little(24, 0, len(types), len(types), len(table)) + types + table


CORRUPT: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "it is truncated"),
    "half a header": (header(b"")[:12], "it is truncated"),
    "magic": (b"\x00" * 40, "its magic number is 0x0000 instead of 0xeb9f"),
    "longer than the section": (header(little(0, 1 << 24, 4, 0))[:-10], "it is truncated"),
    "unknown kind": (header(little(0, 31 << 24, 4)), "type 1 is of the unknown kind 31"),
    "members beyond the end": (header(little(0, 4 << 24 | 9, 4)), "type 1 is truncated"),
}


@pytest.mark.parametrize("name", CORRUPT)
def test_corruption_is_told(name: str) -> None:
    data, words = CORRUPT[name]
    assert Btf(data).problems[0] == f"The object's type information (BTF) is corrupt: {words}."


def test_a_type_that_is_its_own_element_ends() -> None:
    btf = Btf(header(little(0, 10 << 24, 1) + little(0, 3 << 24, 0, 2, 2, 7)))
    assert btf.problems == ()
    assert btf.resolve(1).kind == kinds.VOID
    assert btf.size(1) == btf.size(2) == 0
    assert not btf.is_signed(2) and btf.qualifiers(2) == frozenset()


def test_a_tag_of_what_is_not_there_is_of_void() -> None:
    btf = Btf(header(little(1, kinds.DECL_TAG << 24, 7, 0xFFFFFFFF), b"\0tag\0"))
    assert [(found.kind, text) for found, text in btf.declaration_tags()] == [(kinds.VOID, "tag")]
    assert list(Btf(header(little(1, kinds.DECL_TAG << 24, 7), b"\0tag\0")).declaration_tags()) == []


def no_string(offset: int) -> str:
    return f"section {offset}"


EXT_HEADER: Callable[[int, int, int], bytes] = lambda functions, lines, core: (  # noqa: E731
    b"\x9f\xeb\x01\x00" + little(32, 0, functions, functions, lines, functions + lines, core)
)


def test_records_are_kept_by_section() -> None:
    functions = little(8, 5, 2, 0, 7, 16, 9)
    lines = little(20, 5, 1, 0, 1, 2, 3, 99) + little(6, 1, 8, 1, 2, 4, 99)
    ext = BtfExt.parse(EXT_HEADER(len(functions), len(lines), 0) + functions + lines, no_string)
    assert ext.problems == ()
    assert ext.functions == {"section 5": [(0, 7), (16, 9)]}
    assert ext.lines == {"section 5": [(0, 1, 2, 3)], "section 6": [(8, 1, 2, 4)]}
    assert ext.core == {}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "it is truncated"),
        (bytes(32), "its magic number is 0x0000 instead of 0xeb9f"),
        (EXT_HEADER(8, 0, 0) + little(8, 5), "its function records are truncated"),
        (EXT_HEADER(0, 16, 0) + little(16, 5, 1 << 30, 0), "its line records are truncated"),
        (EXT_HEADER(0, 0, 16) + little(3, 5, 1, 0), "its CO-RE records are truncated"),
    ],
)
def test_corrupt_records_are_told(data: bytes, words: str) -> None:
    assert BtfExt.parse(data, no_string).problems == (
        f"The object's line information (.BTF.ext) is corrupt: {words}.",
    )
