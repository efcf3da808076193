"""The C that is made of BTF lays every type out as BTF says, and declares what bpftool declares."""

from __future__ import annotations

import re
import subprocess  # noqa: TID251 - bpftool is what the header is held against
from pathlib import Path

import pytest

from tests.support.compile import COMPILERS, compile_c, tool
from tests.support.kernel_types import KERNEL_BTF, kernel_btf, kernel_header
from tests.support.layouts import assertions, fields, keyword, named_once
from xdp_lsp.objfile.btf import ENUM, ENUM64, STRUCT, UNION, Btf
from xdp_lsp.objfile.elf import read_elf
from xdp_lsp.vmlinux import UnusableBtfError, c_header

AWKWARD = """
typedef unsigned char u8; typedef unsigned long long u64; typedef __builtin_va_list va_list;
enum small { A, B } __attribute__((mode(byte)));
enum word { C, D } __attribute__((mode(word)));
enum large { E = 1ULL << 40, F = 3 };
enum negative { G = -1LL << 40, H = 3, I = -5 };
enum { LOOSE = 7 };
struct empty {};
struct packed { u8 a; u64 b; } __attribute__((packed));
struct in_packed { u8 a; struct packed b; u64 c; };
struct aligned { u8 a; u64 b __attribute__((aligned(64))); };
struct holds_aligned { u8 a; struct aligned b; u8 c; };
union padded { u8 a; int b; } __attribute__((aligned(32)));
struct holds_padded { u8 a; union padded b; u8 c; };
union packed_union { u8 a; u64 b; } __attribute__((packed));
struct holds_packed_union { u8 a; union packed_union b; u8 c; };
struct bits { int a: 3; int: 0; int b: 5; u64 c: 40; u8 d: 2; u8: 3; u8 e: 3; u64 f: 1; };
struct bits_apart { u8 a; int b: 4; u64: 0; int c: 1; short d; int e: 31; };
struct packed_bits { u8 a: 3; u64 b: 60; u8 c; u64 d: 7; } __attribute__((packed));
struct nested { union { struct { u8 a; int b; }; u64 c[3]; }; struct { u8 x; } in[2][3]; enum { J, K } kind; };
struct functions { int (*call)(void); void *(*table[3])(const char *, ...); u8 (*(*deep)(struct nested *))[4]; };
struct arrays { int (*rows)[4]; const char *const names[2]; volatile int *restrict v; u8 rest[]; };
struct arguments { const char *format; va_list list; };
struct loop { struct loop *next; struct later *later; }; struct later { struct loop loop; };
struct word_bits { enum small a: 4; enum large b: 45; _Bool c: 1; };
typedef struct { struct only_declared *p; union only_declared_too *q; } nameless;
typedef int (*callback)(nameless *, enum large);
struct uses { nameless n; callback c; float f; double d; __int128 wide; enum word w; enum negative x; };
"""


def users(btf: Btf) -> str:
    """C that has a compiler write the BTF of every record."""
    records = named_once(btf, STRUCT, UNION)
    return "\n".join(f"{keyword(found)} {found.name} *use{found.id};" for found in records)


def btf_of(data: bytes) -> bytes:
    return next(bytes(section.contents) for section in read_elf(data).sections if section.name == ".BTF")


@pytest.fixture(scope="module")
def kernel() -> Btf:
    return Btf(kernel_btf())


@pytest.mark.parametrize("compiler", COMPILERS)
def test_each_compiler_lays_the_kernels_types_out_as_its_btf_says(kernel: Btf, compiler: str) -> None:
    step = 4 if compiler == "clang-19" else 16
    records = named_once(kernel, STRUCT, UNION)[::step]
    assert len(records) > 500
    compile_c(kernel_header() + assertions(kernel, records), compiler)


def test_the_bit_fields_of_the_kernels_types_come_out_again(kernel: Btf) -> None:
    records = [
        found for found in named_once(kernel, STRUCT) if any(field.bits for field in fields(kernel, found))
    ]
    assert len(records) > 100
    text = "".join(f"struct {found.name} *use{found.id};\n" for found in records)
    again = Btf(btf_of(compile_c(kernel_header() + text)))
    theirs = {found.name: list(fields(again, found)) for found in again.of_kind(STRUCT)}
    for found in records:
        assert theirs[found.name] == list(fields(kernel, found)), found.name


def test_it_says_what_bpftool_says(kernel: Btf) -> None:
    """But for what only its later releases say: the size of an enumeration of one byte, functions of the kernel."""
    command = [tool("bpftool"), "btf", "dump", "file", str(KERNEL_BTF), "format", "c"]
    theirs = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
    ours = kernel_header()

    def declared(text: str) -> set[str]:
        return set(
            re.findall(r"^(?:(?:struct|union|enum) \w+(?= \{)|typedef .*;|\t\w+ = .*,)", text, re.MULTILINE)
        )

    assert len(declared(theirs)) > 10_000
    assert declared(theirs) <= declared(ours)


@pytest.mark.parametrize("target", ["bpf", "bpfeb"])
def test_awkward_types_come_out_again(target: str) -> None:
    """Made C, compiled, read again: the second BTF has the layouts of the first."""
    # To name the types is what has them written.
    names = dict.fromkeys(re.findall(r"\b(?:struct|union) \w+(?= \{)", AWKWARD))
    uses = "".join(f"{name} *use{number};\n" for number, name in enumerate(names))
    uses += "va_list *list; int loose = LOOSE;\n"
    first = btf_of(compile_c(AWKWARD + uses, target=target))
    before = Btf(first, target == "bpfeb")
    header = c_header(first)
    records = named_once(before, STRUCT, UNION)
    assert len(records) == len(names) >= 20
    checks = assertions(before, records)
    after = Btf(btf_of(compile_c(header + checks + users(before), target=target)), target == "bpfeb")
    for found in records:
        [again] = [one for one in named_once(after, STRUCT, UNION) if one.name == found.name]
        assert list(fields(after, again)) == list(fields(before, found)), found.name
    for found in named_once(before, ENUM, ENUM64):
        compile_c(header + f'_Static_assert(sizeof(enum {found.name}) == {found.size_or_type}, "");')


def test_different_types_of_one_name_are_told_apart(tmp_path: Path) -> None:
    """As when the files of a kernel have their own: BTF of two objects, linked."""
    for number, member in enumerate(("int a;", "char b[9];")):
        text = f"struct twice {{ {member} enum {{ ONE = {number} }} one; }}; struct twice t{number};"
        (tmp_path / f"{number}.o").write_bytes(compile_c(text))
    command = [tool("bpftool"), "gen", "object", "both.o", "0.o", "1.o"]
    subprocess.run(command, check=True, capture_output=True, cwd=tmp_path, timeout=60)
    header = c_header(btf_of((tmp_path / "both.o").read_bytes()))
    checks = '_Static_assert(sizeof(struct twice) == 8 && sizeof(struct twice___2) == 16, "");'
    compile_c(header + checks + "int values[2] = {ONE, ONE___2};")


def test_its_declarations_can_be_relocated_unless_a_program_wants_none() -> None:
    made = c_header(btf_of(compile_c("struct a { int x; }; struct a *use;")))
    use = "int f(struct a *p) { return p->x; }"
    plain = compile_c(f"#define BPF_NO_PRESERVE_ACCESS_INDEX\n{made}{use}")
    assert b"0:0" in compile_c(made + use)
    assert b"0:0" not in plain


def corrupted(data: bytes) -> list[bytes]:
    """Each word of the types and of the strings as another."""
    return [data[:at] + b"\x05\x00\x00\x84" + data[at + 4 :] for at in range(24, len(data) - 4, 4)]


def test_corrupt_btf_gives_a_sentence_or_a_header_and_no_more() -> None:
    data = btf_of(compile_c(AWKWARD + "struct uses *a; struct nested *b; struct functions *c;"))
    sentences = set()
    for broken in corrupted(data):
        try:
            assert c_header(broken).endswith("#endif /* __VMLINUX_H__ */\n")
        except UnusableBtfError as error:
            sentences.add(str(error))
    assert sentences
    assert all(one.startswith("The kernel's type information (BTF) is corrupt: ") for one in sentences)


@pytest.mark.parametrize("data", [b"", b"\x7fELF" + bytes(60), bytes(24)])
def test_what_is_no_btf_gives_a_sentence(data: bytes) -> None:
    with pytest.raises(UnusableBtfError, match=r"^The kernel's type information \(BTF\) is corrupt: .*\.$"):
        c_header(data)
