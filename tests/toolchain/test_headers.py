"""Which headers a compile reads, and that programs compile on each kind of them."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from tests.toolchain.conftest import COMPILERS, toolchain_for
from xdp_lsp.toolchain import (
    OWN_LIBBPF,
    CompileRequest,
    HeadersNotFoundError,
    Toolchain,
    ToolchainSettings,
    compile_source,
    describe,
    find_toolchain,
)
from xdp_lsp.toolchain.clang import wheel_folder
from xdp_lsp.toolchain.headers import find_headers

CASES = Path(__file__).parent / "cases"
SYSTEM_LIBBPF = Path("/usr/include/bpf/bpf_helper_defs.h")


def code(built: bytes) -> dict[str, bytes]:
    """What runs, by section, with the relocations that belong to it."""
    elf = ELFFile(io.BytesIO(built))
    return {
        section.name: section.data()
        for section in elf.iter_sections()
        if section["sh_flags"] & 2
        or (section.name.startswith(".rel") and "debug" not in section.name and "BTF" not in section.name)
    }


def bare(name: str, settings: ToolchainSettings) -> Toolchain:
    """A toolchain as on a machine without /usr/include: what the wheel and this package bring."""
    if wheel_folder() is None:
        pytest.skip("the ziglang wheel is not installed")
    found = toolchain_for(name, settings)
    compiler = found.compiler._replace(default_includes=())
    return found._replace(compiler=compiler, headers=find_headers(compiler, settings))


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("source", sorted(path.name for path in CASES.glob("*.c")))
def test_own_headers_compile_as_libbpfs_do(compiler: str, source: str, tmp_path: Path) -> None:
    if not SYSTEM_LIBBPF.is_file():
        pytest.skip("libbpf's headers are not installed")
    built = []
    for libbpf in (None, OWN_LIBBPF):
        toolchain = toolchain_for(compiler, ToolchainSettings(libbpf=libbpf, cache_directory=str(tmp_path)))
        result = compile_source(toolchain, CompileRequest(str(CASES / source)))
        assert result.object is not None, result
        assert any(str(SYSTEM_LIBBPF) == name for name in result.dependencies) == (libbpf is None)
        built.append(code(result.object))
    assert built[0] == built[1]


@pytest.mark.parametrize("source", sorted(path.name for path in CASES.glob("*.c")))
def test_programs_compile_with_what_pip_brings(source: str, tmp_path: Path) -> None:
    toolchain = bare("ziglang", ToolchainSettings(cache_directory=str(tmp_path)))
    assert (toolchain.headers.kernel.origin, toolchain.headers.libbpf.origin) == ("ziglang wheel", "own")
    result = compile_source(toolchain, CompileRequest(str(CASES / source)))
    assert result.object is not None, result
    assert not any(name.startswith("/usr/") for name in result.dependencies)


LIBC = ("stdint.h", "stddef.h", "string.h", "stdlib.h", "errno.h", "stdio.h")
NETWORK = ("netinet/in.h", "sys/socket.h", "arpa/inet.h", "asm/types.h", "linux/in6.h", "linux/if_ether.h")


@pytest.mark.parametrize("header", [*LIBC, *NETWORK])
@pytest.mark.parametrize("has_system", [True, False], ids=["system", "wheel"])
def test_headers_that_people_include(header: str, has_system: bool, tmp_path: Path) -> None:
    settings = ToolchainSettings(cache_directory=str(tmp_path))
    toolchain = toolchain_for("ziglang", settings) if has_system else bare("ziglang", settings)
    contents = f"#include <{header}>\nint f(void) {{ return sizeof(long); }}\n".encode()
    result = compile_source(toolchain, CompileRequest(str(tmp_path / "a.c"), contents))
    assert result.object is not None, result.diagnostics


def test_debians_first_failures_do_not_happen(toolchain: Toolchain, tmp_path: Path) -> None:
    contents = b"#include <stdint.h>\n#include <linux/types.h>\nint64_t f(__u32 a) { return a; }\n"
    result = compile_source(toolchain, CompileRequest(str(tmp_path / "a.c"), contents))
    assert result.object is not None, result.diagnostics


def test_a_long_is_64_bits_in_the_kernels_headers_too(toolchain: Toolchain, tmp_path: Path) -> None:
    contents = b'#include <asm/bitsperlong.h>\n_Static_assert(__BITS_PER_LONG == 64, "32");\n'
    assert compile_source(toolchain, CompileRequest(str(tmp_path / "a.c"), contents)).object is not None


def test_bare_names_find_libbpfs_folder(toolchain: Toolchain, tmp_path: Path) -> None:
    contents = b"#include <linux/bpf.h>\n#include <bpf_helpers.h>\n#include <bpf_endian.h>\n"
    assert compile_source(toolchain, CompileRequest(str(tmp_path / "a.c"), contents)).object is not None


def test_own_headers_serve_a_big_endian_program(toolchain: Toolchain, tmp_path: Path) -> None:
    settings = toolchain.settings._replace(libbpf=OWN_LIBBPF)
    own = toolchain._replace(headers=find_headers(toolchain.compiler, settings))
    contents = (
        b"#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n#include <bpf/bpf_endian.h>\n"
        b'_Static_assert(bpf_htons(0x1234) == 0x1234 && bpf_be64_to_cpu(5) == 5, "swapped");\n'
    )
    result = compile_source(own, CompileRequest(str(tmp_path / "a.c"), contents, ("--target=bpfeb",)))
    assert result.object is not None, result.diagnostics


def test_own_headers_swap_constants_and_values(toolchain: Toolchain, tmp_path: Path) -> None:
    settings = toolchain.settings._replace(libbpf=OWN_LIBBPF)
    own = toolchain._replace(headers=find_headers(toolchain.compiler, settings))
    contents = b"""
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
static const __u16 in_initialiser = bpf_htons(0x0800);
_Static_assert(bpf_htons(0x1234) == 0x3412, "16");
_Static_assert(bpf_ntohl(0x12345678) == 0x78563412, "32");
_Static_assert(bpf_cpu_to_be64(0x0123456789abcdefULL) == 0xefcdab8967452301ULL, "64");
_Static_assert(bpf_htons(-2) == 0xfeff, "negative");
int f(__u32 n) { switch (n) { case bpf_htonl(7): return in_initialiser; } return bpf_ntohs(n); }
"""
    result = compile_source(
        own, CompileRequest(str(tmp_path / "a.c"), contents, ("-Wall", "-Wextra", "-Werror"))
    )
    assert result.object is not None, result.diagnostics


@pytest.mark.parametrize(
    ("setting", "holds"),
    [("kernel_headers", "linux/bpf.h"), ("libbpf", "bpf/bpf_helpers.h"), ("vmlinux", "vmlinux.h")],
)
def test_a_folder_that_the_user_names_is_used(tmp_path: Path, setting: str, holds: str) -> None:
    if setting == "kernel_headers" and not Path("/usr/include/bpf/bpf_helpers.h").exists():
        pytest.skip("needs libbpf-dev: our own bpf_helpers.h is derived from a whole linux/bpf.h")
    header = tmp_path / "mine" / holds
    header.parent.mkdir(parents=True)
    header.write_text("#define MINE 1\n")
    toolchain = find_toolchain(ToolchainSettings()._replace(**{setting: str(tmp_path / "mine")}))
    contents = f'#include <{holds}>\n_Static_assert(MINE, "another");\n'.encode()
    result = compile_source(toolchain, CompileRequest(str(tmp_path / "a.c"), contents))
    assert result.object is not None, result.diagnostics


@pytest.mark.parametrize(
    ("setting", "name", "holds"),
    [
        ("kernel_headers", "kernel-headers", "linux/bpf.h"),
        ("libbpf", "libbpf", "bpf/bpf_helpers.h"),
        ("vmlinux", "vmlinux", "vmlinux.h"),
    ],
)
def test_a_folder_without_the_header_is_told(tmp_path: Path, setting: str, name: str, holds: str) -> None:
    with pytest.raises(HeadersNotFoundError) as error:
        find_toolchain(ToolchainSettings()._replace(**{setting: str(tmp_path)}))
    assert str(error.value) == f"The folder of the setting `{name}`, {str(tmp_path)!r}, has no {holds} in it."


def test_a_vmlinux_of_the_projects_own_wins(tmp_path: Path) -> None:
    for folder, value in (("named", 1), ("project", 2)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "vmlinux.h").write_text(f"#define WHOSE {value}\n")
    toolchain = find_toolchain(ToolchainSettings(vmlinux=str(tmp_path / "named")))
    contents = b'#include <vmlinux.h>\n_Static_assert(WHOSE == 2, "the named one");\n'
    request = CompileRequest(str(tmp_path / "a.c"), contents, (f"-I{tmp_path / 'project'}",))
    assert compile_source(toolchain, request).object is not None


def test_without_kernel_headers_the_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    compiler = find_toolchain().compiler._replace(default_includes=())
    monkeypatch.setattr(sys, "path", [])  # as if the wheel were not installed
    with pytest.raises(
        HeadersNotFoundError, match=r"\(linux/bpf\.h\) were not found.*apt install.*pip install"
    ):
        find_headers(compiler, ToolchainSettings())


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="root may write anywhere: covered by the next"
)
def test_a_cache_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "cache").touch()
    with pytest.raises(HeadersNotFoundError, match="The helper prototypes cannot be written to"):
        find_toolchain(ToolchainSettings(libbpf=OWN_LIBBPF, cache_directory=str(tmp_path / "cache")))


def test_doctor_tells_what_is_used(tmp_path: Path) -> None:
    told = describe(ToolchainSettings(libbpf=OWN_LIBBPF, cache_directory=str(tmp_path)))
    assert told.compiler is not None
    assert told.headers is not None
    assert told.headers.libbpf.origin == "own"
    assert any("libbpf" in missing.what and "libbpf-dev" in missing.remedy for missing in told.missing)
    assert not any(missing.is_needed for missing in told.missing)
