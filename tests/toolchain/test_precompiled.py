"""A large vmlinux.h is precompiled where that changes nothing but the time."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.toolchain.conftest import COMPILERS, toolchain_for
from xdp_lsp.objfile.elf import read_elf
from xdp_lsp.toolchain import (
    CompileRequest,
    CompileResult,
    Toolchain,
    ToolchainSettings,
    compile_source,
    precompile,
)
from xdp_lsp.toolchain.first_include import first_include
from xdp_lsp.toolchain.precompiled import plan

# What is declared over and over is as large as a kernel's header, and read much faster.
_TYPES = "".join(f"struct filler{number} {{ int a; }}; /* {'x' * 1000} */\n" for number in range(1100))
HEADER = f"""\
#ifndef __VMLINUX_H__
#define __VMLINUX_H__
#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
typedef unsigned int __u32;
struct xdp_md {{ __u32 data; __u32 data_end; }};
struct kept {{ struct xdp_md *ctx; int length: 5; int rest; }};
{_TYPES}
#pragma clang attribute pop
#ifdef WIDE
#define LENGTH 200
#else
#define LENGTH 100
#endif
#endif
"""
PROGRAM = """\
// SPDX-License-Identifier: GPL-2.0
/* the usual */
#include "vmlinux.h"
static long (*const adjust)(struct xdp_md *, int) = (void *)44;

__attribute__((section("xdp"), used)) int encap(struct xdp_md *ctx)
{
	struct kept *kept = (void *)(long)ctx->data;
	return adjust(ctx, -LENGTH - kept->rest);
}
"""


@pytest.fixture(params=COMPILERS)
def toolchain(request: pytest.FixtureRequest, tmp_path: Path) -> Toolchain:
    return toolchain_for(request.param, ToolchainSettings(cache_directory=str(tmp_path / "cache")))


@pytest.fixture
def newest(tmp_path: Path) -> Toolchain:
    return toolchain_for("clang-19", ToolchainSettings(cache_directory=str(tmp_path / "cache")))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "headers"
    folder.mkdir()
    (folder / "vmlinux.h").write_text(HEADER)
    return folder


def request_for(folder: Path, text: str = PROGRAM, *flags: str) -> CompileRequest:
    path = folder.parent / "source" / "encap.bpf.c"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return CompileRequest(str(path), text.encode(), (*flags, f"-I{folder}"))


def is_used(result: CompileResult) -> bool:
    return "-include-pch" in result.command


def same(one: CompileResult, other: CompileResult) -> None:
    """But for the numbers that clang gives to types, which differ from run to run."""
    assert one.object is not None
    assert other.object is not None, other.errors
    assert (one.diagnostics, one.dependencies) == (other.diagnostics, other.dependencies)
    sections, others = (
        {section.name: bytes(section.contents) for section in read_elf(result.object or b"").sections}
        for result in (one, other)
    )
    assert sections.keys() == others.keys()
    assert {".BTF", ".BTF.ext", ".debug_info", ".debug_line", ".rel.debug_info", "xdp"} <= sections.keys()
    for name, contents in sections.items():
        if name == ".BTF":
            assert len(contents) == len(others[name])
        else:
            assert contents == others[name], name


@pytest.mark.parametrize(
    "flags", [(), ("-Wall", "-Wextra", "-DMTU=9000", "-O1"), ("-DWIDE",)], ids=["plain", "others", "seen"]
)
def test_the_code_is_the_same(toolchain: Toolchain, folder: Path, flags: tuple[str, ...]) -> None:
    request = request_for(folder, PROGRAM, *flags)
    plain = compile_source(toolchain, request)
    assert not is_used(plain)
    precompile(toolchain, request)
    short = compile_source(toolchain, request)
    assert is_used(short)
    same(plain, short)
    assert short.dependencies == (request.path, str(folder / "vmlinux.h"))


def test_one_does_for_all_that_differ_in_what_the_header_does_not_see(
    newest: Toolchain, folder: Path
) -> None:
    precompile(newest, request_for(folder))
    for flags in (("-DMTU=1500",), ("-UMTU", "-Isomewhere", "-DF(x)=x")):
        assert is_used(compile_source(newest, request_for(folder, PROGRAM, *flags)))
    other = compile_source(newest, request_for(folder, "#define OWN 1\n" + PROGRAM))
    assert is_used(other)


@pytest.mark.parametrize(
    "text",
    [
        "#define WIDE\n" + PROGRAM,
        "#include <stddef.h>\n" + PROGRAM,
        "int x;\n" + PROGRAM,
        "#if 1\n" + PROGRAM + "#endif\n",
        "#define A /* open\n" + PROGRAM.replace("SPDX", "*/"),
        "// joined \\\n" + PROGRAM,
        "#define A \\\n  1\n" + PROGRAM,
        "#pragma GCC poison nothing\n" + PROGRAM,
    ],
)
def test_what_comes_before_it_rules_it_out(newest: Toolchain, folder: Path, text: str) -> None:
    assert plan(newest, request_for(folder)) is not None
    assert plan(newest, request_for(folder, text)) is None


@pytest.mark.parametrize("flag", ["-include{}", "-imacros{}"])
def test_a_file_that_a_flag_puts_first_rules_it_out(newest: Toolchain, folder: Path, flag: str) -> None:
    (folder / "first.h").write_text("#define WIDE\n")
    assert plan(newest, request_for(folder, PROGRAM, flag.format(folder / "first.h"))) is None


@pytest.mark.parametrize(
    "header",
    [
        HEADER.replace("typedef", "#include <stddef.h>\ntypedef", 1),
        HEADER.replace("LENGTH 100", "LENGTH __COUNTER__"),
        HEADER.replace("#ifndef __VMLINUX_H__\n", "#ifndef OTHER\n"),
        "int before;\n" + HEADER,
        HEADER[:1000] + "\n#endif\n#endif\n",
    ],
    ids=["includes", "counts", "unguarded", "unguarded-part", "small"],
)
def test_a_header_that_hangs_on_more_than_its_text_is_left_as_it_is(
    newest: Toolchain, folder: Path, header: str
) -> None:
    (folder / "vmlinux.h").write_text(header)
    assert plan(newest, request_for(folder)) is None


def test_a_changed_header_is_read_again(newest: Toolchain, folder: Path) -> None:
    precompile(newest, request_for(folder))
    header = folder / "vmlinux.h"
    times = (header.stat().st_atime_ns, header.stat().st_mtime_ns)
    header.write_text(HEADER.replace("LENGTH 100", "LENGTH 117"))
    os.utime(header, ns=times)  # of the same size and, as far as that tells, of the same time
    result = compile_source(newest, request_for(folder))
    assert not is_used(result)
    same(result, compile_source(newest, request_for(folder)))
    precompile(newest, request_for(folder))
    again = compile_source(newest, request_for(folder))
    assert is_used(again)
    same(result, again)


def test_another_header_of_the_name_is_not_mistaken_for_it(newest: Toolchain, folder: Path) -> None:
    """clang leaves out a folder of -I that it searches anyway, later: a list that is not foreseen here."""
    other = folder.parent / "other"
    other.mkdir()
    theirs = "struct xdp_md { int data; }; struct kept { int rest; };\n#define LENGTH 8\n"
    # The guard is the same, so that it would be skipped after the other.
    guarded = f"#ifndef __VMLINUX_H__\n#define __VMLINUX_H__\n{theirs}#endif\n"
    (other / "vmlinux.h").write_text(guarded)
    request = request_for(folder, PROGRAM, f"-isystem{other}", f"-isystem{folder}")
    assert plan(newest, request) is not None
    precompile(newest, request)
    result = compile_source(newest, request)
    assert result.object is not None
    assert not is_used(result)


@pytest.mark.parametrize("damage", [b"", b"no such thing", None], ids=["empty", "other", "cut"])
def test_a_damaged_one_is_done_without(toolchain: Toolchain, folder: Path, damage: bytes | None) -> None:
    request = request_for(folder)
    plain = compile_source(toolchain, request)
    precompile(toolchain, request)
    planned = plan(toolchain, request)
    assert planned is not None
    whole = planned.file.read_bytes()
    planned.file.write_bytes(whole[: len(whole) // 2] if damage is None else damage)
    same(plain, compile_source(toolchain, request))
    again = compile_source(toolchain, request)
    assert not is_used(again)


def test_errors_and_warnings_are_as_without(newest: Toolchain, folder: Path) -> None:
    wrong = PROGRAM + "struct kept { int again; };\nint f(void) { int unused; return missing; }\n"
    request = request_for(folder, wrong, "-Wall")
    plain = compile_source(newest, request)
    precompile(newest, request_for(folder, PROGRAM, "-Wall"))
    short = compile_source(newest, request)
    assert plain.errors
    assert short.diagnostics == plain.diagnostics


def test_what_is_not_visible_is_not_precompiled(newest: Toolchain, folder: Path) -> None:
    request = request_for(folder)
    assert plan(newest, request._replace(visible=("/usr/include",))) is None
    seen = request._replace(visible=("/usr/include", str(folder)))
    plain = compile_source(newest, seen)
    precompile(newest, seen)
    short = compile_source(newest, seen)
    assert is_used(short)
    same(plain, short)


def test_a_text_of_the_header_that_is_not_saved_is_read(newest: Toolchain, folder: Path) -> None:
    request = request_for(folder)
    precompile(newest, request)
    unsaved = HEADER.replace("LENGTH 100", "LENGTH 50").encode()
    result = compile_source(newest, request._replace(others=((str(folder / "vmlinux.h"), unsaved),)))
    assert not is_used(result)
    assert result.object is not None
    assert is_used(compile_source(newest, request))


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_few_are_kept_for_the_user_alone(newest: Toolchain, folder: Path) -> None:
    for level in ("-O1", "-O2", "-O3", "-Os", "-Oz", "-std=c99", "-std=c11", "-std=gnu99"):
        precompile(newest, request_for(folder, PROGRAM, level))
    assert newest.settings.cache_directory is not None
    cache = Path(newest.settings.cache_directory, "precompiled")
    assert len(list(cache.iterdir())) == 6
    assert all(path.stat().st_mode & 0o077 == 0 for path in (cache, *cache.iterdir()))
    assert is_used(compile_source(newest, request_for(folder, PROGRAM, "-std=gnu99")))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('#include "a.h"', ("a.h", True, ())),
        ("\n/* a */ // b\n#define A 1 /* c */\n#define B(x) x // d\n# include <a/b.h>\n", ("a/b.h", False, ("A", "B"))),
        ("/* #include <a.h> */\n#include <b.h>", ("b.h", False, ())),
        ("/* open #include <a.h>", None),
        ("#include NAME", None),
        ("", None),
    ],
)  # fmt: skip
def test_what_a_source_includes_first(text: str, expected: tuple[str, bool, tuple[str, ...]] | None) -> None:
    assert first_include(text.encode()) == expected
