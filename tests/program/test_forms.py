"""One program in the forms that builds leave it in: with types, lines and symbols, or without some of them."""

from __future__ import annotations

import struct
import subprocess  # noqa: TID251 - objects are stripped as builds do it
from pathlib import Path

import pytest

from tests.support.compile import compile_c, tool
from xdp_lsp.analysis import FileAnalysis, Question, Verdict, analyse_object
from xdp_lsp.headroom import resolve
from xdp_lsp.objfile import load
from xdp_lsp.program import Image, load_image

SOURCE = """
#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
struct value { __u16 length; __u16 rest; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, __u32);
         __type(value, struct value); } lengths SEC(".maps");
static const int table[4] = { 8, 16, 24, 32 };
int shared;
static __attribute__((noinline)) int grow(struct xdp_md *ctx, int by) { return bpf_xdp_adjust_head(ctx, -by); }
SEC("xdp") int of_map(struct xdp_md *ctx) {
    __u32 key = 0;
    struct value *v = bpf_map_lookup_elem(&lengths, &key);
    if (!v || v->length > 100 || grow(ctx, v->length)) return XDP_DROP;
    return bpf_xdp_adjust_head(ctx, -table[ctx->rx_queue_index & 3]) ? XDP_DROP : XDP_PASS;
}
SEC("prog") int of_packet(struct xdp_md *ctx) {
    void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
    if (data + 20 > end) return XDP_DROP;
    int by = bpf_ntohs(*(__u16 *)(data + 16));
    if (by > 300) return XDP_DROP;
    shared++;
    return bpf_xdp_adjust_head(ctx, -by) ? XDP_DROP : XDP_PASS;
}
SEC("tc") int of_tc(struct __sk_buff *skb) { return 0; }
"""
NEEDS = [("of_map", Verdict.FITS, 132), ("of_packet", Verdict.MAY_EXCEED, 300)]

_NO_BTF = [f"--remove-section={name}" for name in (".BTF", ".rel.BTF", ".BTF.ext", ".rel.BTF.ext")]
_ZLIB = "--compress-debug-sections=zlib"
FORMS = {
    "as compiled": [],
    "BTF only": ["--strip-debug"],
    "DWARF only": _NO_BTF,
    "DWARF compressed": [*_NO_BTF, _ZLIB],
    "neither": [*_NO_BTF, "--strip-debug"],
}


def formed(data: bytes, folder: Path, *options: str) -> bytes:
    path = folder / "case.o"
    path.write_bytes(data)
    if options:
        subprocess.run([tool("llvm-objcopy-19"), *options, path], check=True)
    return path.read_bytes()


def answer(data: bytes) -> FileAnalysis:
    question = Question(resolve(["mainstream"]), (), lambda path: None, reraise=True)
    return analyse_object(data, "/p/case.o", "default", question)


def needs(analysis: FileAnalysis) -> list[tuple[str, Verdict, int | None]]:
    return [(one.name, one.verdict, one.exploration.need) for one in analysis.programs]


def lines(analysis: FileAnalysis) -> list[int]:
    return [call.location.line if call.location else 0 for one in analysis.programs for call in one.calls]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("compiler", "target"), [("clang-19", "bpf"), ("clang-14", "bpf"), ("clang-19", "bpfeb")]
)
def test_the_numbers_are_those_of_the_code_whatever_is_stripped(
    compiler: str, target: str, form: str, tmp_path: Path
) -> None:
    whole = compile_c(SOURCE, compiler, target=target)
    analysis = answer(formed(whole, tmp_path, *FORMS[form]))
    assert needs(analysis) == NEEDS
    told = [one.message for one in analysis.findings if one.code == "analysis-incomplete"]
    if form == "neither":
        assert set(lines(analysis)) == {0}
        assert told == [
            "The object has no line information (compiled without -g?). Places are numbers of instructions, "
            "counted from the start of their section."
        ]
    else:
        assert lines(analysis) == lines(answer(whole)) and all(lines(analysis))
        assert told == []


def test_debugging_information_that_is_not_decompressed_is_told(tmp_path: Path) -> None:
    data = bytearray(formed(compile_c(SOURCE), tmp_path, *_NO_BTF, _ZLIB))
    section = next(one for one in load(bytes(data)).sections if one.name == ".debug_line")
    for patch, words in (
        (struct.pack("<I", 2), "its method is not zlib"),
        (struct.pack("<IIQ", 1, 0, 1 << 62), f"it says that it holds {1 << 62} bytes"),
        (struct.pack("<IIQ", 1, 0, 1 << 20), "it is truncated"),
        (struct.pack("<IIQQQ", 1, 0, 100, 1, 0), "while decompressing data"),
    ):
        broken = bytearray(data)
        broken[section.offset : section.offset + len(patch)] = patch
        analysis = answer(bytes(broken))
        assert needs(analysis) == NEEDS
        (finding,) = (one for one in analysis.findings if one.code == "analysis-incomplete")
        assert ".debug_line cannot be decompressed" in finding.message and words in finding.message


def with_addends(data: bytes) -> bytes:
    """The object with all relocations of code and maps in the form that holds the addend (SHT_RELA)."""
    obj, changed = load(data), bytearray(data)
    (table,) = struct.unpack_from("<Q", data, 40)
    for section in obj.sections:
        if section.type == "SHT_REL" and obj.sections[section.info].is_executable:
            code, entries = obj.sections[section.info], b""
            for offset, kind, symbol, _ in obj.relocations(section.info):
                place = code.offset + offset + 4
                (addend,) = struct.unpack_from("<i", data, place)
                is_call = data[place - 4] == 0x85
                entries += struct.pack(
                    "<QQq", offset, symbol << 32 | kind, (addend + 1) * 8 if is_call else addend
                )
                changed[place : place + 4] = bytes(4)
            header = table + section.number * 64
            struct.pack_into("<I", changed, header + 4, 4)  # SHT_RELA
            struct.pack_into("<QQ", changed, header + 24, len(changed), len(entries))
            struct.pack_into("<Q", changed, header + 56, 24)
            changed += entries
    return bytes(changed)


def loads(image: Image) -> list[object]:
    return [address for _, address in sorted(image.addresses.items())]


def test_relocations_with_addends_lead_to_the_same_places() -> None:
    text = SOURCE.replace("static __attribute__((noinline)) int grow", "__attribute__((noinline)) int grow")
    plain, changed = compile_c(text), with_addends(compile_c(text))
    assert changed != plain
    assert load_image(changed).calls == load_image(plain).calls != {}
    assert loads(load_image(changed)) == loads(load_image(plain)) != []
    assert needs(answer(changed)) == NEEDS


def test_a_call_whose_addend_may_be_meant_either_way_is_not_followed() -> None:
    # A static function is called through its section: behind another one the addend is not 0.
    text = SOURCE.replace(
        'SEC("xdp") int of_map',
        "__attribute__((noinline)) static int other(struct xdp_md *ctx) { return bpf_xdp_adjust_head(ctx, -1); }\n"
        'SEC("xdp") int of_other(struct xdp_md *ctx) { return other(ctx) + grow(ctx, 4); }\nSEC("xdp") int of_map',
    )
    analysis = answer(with_addends(compile_c(text)))
    assert Verdict.UNKNOWN in {one.verdict for one in analysis.programs}
    assert any("leads nowhere" in one.message for one in analysis.findings)
