"""Files that are no BPF object: one sentence each."""

from __future__ import annotations

import shutil
import struct
import subprocess  # noqa: TID251 - objects for other machines come from the compiler
from pathlib import Path

import pytest

from tests.support.compile import compile_c, tool
from xdp_lsp.objfile import ObjectError, load
from xdp_lsp.objfile.elf import MAX_OBJECT_SIZE
from xdp_lsp.program import load_image

SOURCE = (
    '#include <linux/bpf.h>\n__attribute__((section("xdp"))) int prog(struct xdp_md *ctx) { return 2; }\n'
)


def patched(layout: str, offset: int, *values: int) -> bytes:
    data = bytearray(compile_c(SOURCE))
    struct.pack_into(layout, data, offset, *values)
    return bytes(data)


def compiled_for(folder: Path, *flags: str) -> bytes:
    output = folder / "out.o"
    source = folder / "empty.c"
    source.write_text("int answer(void) { return 42; }\n")
    subprocess.run([tool("clang-19"), *flags, "-c", source, "-o", output], check=True)
    return output.read_bytes()


def check(data: bytes, *words: str) -> None:
    with pytest.raises(ObjectError) as caught:
        load_image(data)
    message = str(caught.value)
    assert message.endswith(".") and "\n" not in message
    for word in words:
        assert word in message


def test_an_empty_file() -> None:
    check(b"", "empty")


@pytest.mark.parametrize("data", [b"#include <linux/bpf.h>\n", bytes(100), b"\x7fEL", b"\xff" * 500])
def test_garbage(data: bytes) -> None:
    check(data, "not an ELF object")


def test_other_formats_are_named(tmp_path: Path) -> None:
    check(b"!<arch>\n" + bytes(60), "archive")
    check(compiled_for(tmp_path, "-target", "bpf", "-emit-llvm"), "LLVM bitcode", "llc -march=bpf")
    check(b"\x9f\xeb" + bytes(60), "BTF")


def test_other_machines_are_named(tmp_path: Path) -> None:
    check(compiled_for(tmp_path, "-target", "x86_64-linux-gnu"), "x86-64", "-target bpf")
    check(compiled_for(tmp_path, "-target", "aarch64-linux-gnu"), "AArch64")
    check(patched("<H", 18, 9999), "for machine 9999")


def test_a_32_bit_object(tmp_path: Path) -> None:
    check(compiled_for(tmp_path, "-target", "i686-linux-gnu"), "32-bit")


def test_an_executable_is_no_bpf_object() -> None:
    found = shutil.which("true")
    assert found is not None
    check(Path(found).read_bytes(), "not for BPF")
    check(patched("<H", 16, 3), "no relocatable object")


def test_old_objects_without_a_machine_are_read() -> None:
    image = load_image(patched("<H", 18, 0))
    assert [one.name for one in image.programs] == ["prog"]


def test_every_truncation_is_told() -> None:
    data = compile_c(SOURCE)
    for size in range(4, len(data), 7):
        check(data[:size], "truncated")


def test_a_huge_file_is_refused_before_it_is_read() -> None:
    data = compile_c(SOURCE)
    check(data + bytes(MAX_OBJECT_SIZE + 1 - len(data)), "too large")


def test_no_section_headers() -> None:
    check(patched("<Q", 40, 0), "no sections")
    check(patched("<H", 60, 0), "no sections")


def test_a_section_header_table_that_makes_no_sense() -> None:
    check(patched("<H", 58, 8), "corrupt")
    check(patched("<H", 62, 0xFFFF), "corrupt")


def test_a_section_longer_than_the_file() -> None:
    data = bytearray(compile_c(SOURCE))
    obj = load(bytes(data))
    section = next(one for one in obj.sections if one.name == "xdp")
    (table,) = struct.unpack_from("<Q", data, 40)
    struct.pack_into("<Q", data, table + section.number * 64 + 32, 1 << 60)
    check(bytes(data), "truncated", "section xdp")


def test_more_code_than_any_kernel_loads() -> None:
    data = bytearray(compile_c(SOURCE))
    obj = load(bytes(data))
    section = next(one for one in obj.sections if one.name == "xdp")
    (table,) = struct.unpack_from("<Q", data, 40)
    header = table + section.number * 64
    struct.pack_into("<QQ", data, header + 24, len(data), 8_000_008)
    check(bytes(data) + bytes(8_000_008), "more than 1000000 instructions")


def test_sections_that_overlap_are_not_read_over_and_over() -> None:
    data = bytearray(compile_c(SOURCE))
    (table,) = struct.unpack_from("<Q", data, 40)
    sections = [one for one in load(bytes(data)).sections if one.type == "SHT_PROGBITS"]
    for section in sections:
        struct.pack_into("<QQ", data, table + section.number * 64 + 24, 0, len(data))
    check(bytes(data), "sections overlap")
