"""Compiling: what is compiled, what is reported, under which names."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from xdp_lsp.toolchain import CompileRequest, Toolchain, compile_source

PROGRAM = """\
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "length.h"
SEC("xdp") int prog(struct xdp_md *ctx)
{
	return bpf_xdp_adjust_head(ctx, -LENGTH) ? XDP_ABORTED : XDP_PASS;
}
"""


def compiled_names(built: bytes) -> set[str]:
    """Names of the compile units in the debug info."""
    units = ELFFile(io.BytesIO(built)).get_dwarf_info().iter_CUs()
    return {unit.get_top_DIE().attributes["DW_AT_name"].value.decode() for unit in units}


def test_a_program_compiles_and_tells_what_it_read(toolchain: Toolchain, tmp_path: Path) -> None:
    source = tmp_path / "prog.c"
    source.write_text(PROGRAM)
    (tmp_path / "length.h").write_text("#define LENGTH 20\n")
    result = compile_source(toolchain, CompileRequest(str(source)))
    assert (result.failure, result.diagnostics, result.hint) == (None, (), None)
    assert result.object is not None
    assert ELFFile(io.BytesIO(result.object))["e_machine"] == "EM_BPF"
    assert result.dependencies[0] == str(source)
    assert str(tmp_path / "length.h") in result.dependencies
    assert any(name.endswith("linux/bpf.h") for name in result.dependencies)


@pytest.mark.parametrize(
    "name",
    [
        "plain.c",
        "with space.c",
        "qu\"ote's.c",
        "ünïcode😀.c",
        "-dash.c",
        "@at.c",
        "ha#sh $dollar.c",
        "x:3:4: error: y.c",
    ],
)
def test_the_bytes_given_are_compiled_under_the_files_name(
    toolchain: Toolchain, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / f"in {name}"
    folder.mkdir()
    source = folder / name
    source.write_text("this is what the disk holds")
    (folder / "length.h").write_text("#define LENGTH 20\n")
    result = compile_source(toolchain, CompileRequest(str(source), PROGRAM.encode()))
    assert result.object is not None, result
    assert compiled_names(result.object) == {str(source)}
    assert {str(source), str(folder / "length.h")} <= set(result.dependencies)

    broken = compile_source(toolchain, CompileRequest(str(source), PROGRAM.replace("ctx, ", "").encode()))
    assert [(error.range.path, error.range.line) for error in broken.errors] == [(str(source), 6)]
    assert broken.failure is None


def test_other_files_may_be_given_as_well(toolchain: Toolchain, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    header = tmp_path / "real" / "length.h"
    source = str(tmp_path / "prog.c")
    linked = PROGRAM.replace("length.h", "link/length.h").encode()
    for name in (header, tmp_path / "link" / "length.h"):
        for disk in (None, "#error on the disk\n"):
            if disk is not None:
                header.write_text(disk)
            others = ((str(name), b'#define LENGTH 20\n#pragma message "given"\n'),)
            text = PROGRAM.replace("length.h", "real/length.h").encode() if name == header else linked
            result = compile_source(toolchain, CompileRequest(source, text, others=others))
            assert result.object is not None, result
            assert str(name) in result.dependencies
            assert [(one.range.path, one.range.line) for one in result.diagnostics] == [(str(name), 2)]
        header.unlink()


def test_a_file_that_has_vanished_is_still_compiled(toolchain: Toolchain, tmp_path: Path) -> None:
    (tmp_path / "length.h").write_text("#define LENGTH 20\n")
    gone = str(tmp_path / "gone.c")
    result = compile_source(toolchain, CompileRequest(gone, PROGRAM.encode()))
    assert result.object is not None
    assert compiled_names(result.object) == {gone}
    assert result.dependencies[:1] == (gone,)
    assert not any(name.endswith("includer.c") for name in result.dependencies)
    broken = compile_source(toolchain, CompileRequest(gone, b"int x = y;\n"))
    assert [error.range[:3] for error in broken.errors] == [(gone, 1, 9)]


def test_a_file_that_is_not_there_is_clangs_error(toolchain: Toolchain, tmp_path: Path) -> None:
    gone = str(tmp_path / "gone.c")
    result = compile_source(toolchain, CompileRequest(gone))
    assert result.object is None
    assert result.errors[0].message == f"no such file or directory: '{gone}'"
    assert result.errors[0].range == (gone, 1, 0, 1, 0)


@pytest.mark.parametrize(
    ("contents", "column"),
    [
        (b"int x;\r\nint z = y;\r\n", 9),
        (b"\n/* \xff\xfe\xe9 */ int z = y;\n", 19),
        ("\n/* ä */ int z = y;\n".encode(), 18),
        (b"\xef\xbb\xbf\nint z = y;\n", 9),
        (b"\n\tint z = y;\n", 10),
    ],
    ids=["CRLF", "not UTF-8", "UTF-8", "BOM", "tab"],
)
def test_columns_count_bytes(toolchain: Toolchain, tmp_path: Path, contents: bytes, column: int) -> None:
    result = compile_source(toolchain, CompileRequest(str(tmp_path / "a.c"), contents))
    assert [(error.range.line, error.range.column) for error in result.errors] == [(2, column)]


def test_a_byte_order_mark_counts_in_its_line(toolchain: Toolchain, tmp_path: Path) -> None:
    result = compile_source(toolchain, CompileRequest(str(tmp_path / "a.c"), b"\xef\xbb\xbfint z = y;\n"))
    assert [error.range.column for error in result.errors] == [12]


def test_utf_16_is_told(toolchain: Toolchain, tmp_path: Path) -> None:
    result = compile_source(toolchain, CompileRequest(str(tmp_path / "a.c"), "int x;\n".encode("utf-16")))
    assert result.object is None
    assert "UTF-16" in result.errors[0].message


def test_a_header_can_be_the_main_file(toolchain: Toolchain, tmp_path: Path) -> None:
    header = tmp_path / "parse.h"
    result = compile_source(
        toolchain,
        CompileRequest(str(header), b"#pragma once\nstatic inline int f(int a) { return a; }\n", ("-Wall",)),
    )
    assert result.object is not None
    assert result.diagnostics == ()


def test_an_empty_file_compiles(toolchain: Toolchain, tmp_path: Path) -> None:
    assert compile_source(toolchain, CompileRequest(str(tmp_path / "a.c"), b"")).object is not None


def test_warnings_come_with_an_object(toolchain: Toolchain, tmp_path: Path) -> None:
    source = str(tmp_path / "a.c")
    result = compile_source(
        toolchain, CompileRequest(source, b"int f(void)\n{\n\tint n;\n\treturn 1;\n}\n", ("-Wall",))
    )
    assert result.object is not None
    (warning,) = result.diagnostics
    assert (warning.severity, warning.option) == ("warning", "-Wunused-variable")
    assert warning.range[:3] == (source, 3, 6)


def test_the_way_bounds_are_checked_is_no_mistake_unless_the_project_says_so(
    toolchain: Toolchain, tmp_path: Path
) -> None:
    source = str(tmp_path / "a.c")
    code = b"struct eth { char c[14]; };\nint f(struct eth *eth, void *end)\n{\n\treturn eth + 1 > end;\n}\n"
    assert compile_source(toolchain, CompileRequest(source, code, ("-Wall",))).diagnostics == ()
    option = "-Wcompare-distinct-pointer-types"
    (warning,) = compile_source(toolchain, CompileRequest(source, code, (option,))).diagnostics
    assert (warning.option, warning.range.line) == (option, 4)


def test_the_project_chooses_byte_order_and_instruction_set(toolchain: Toolchain, tmp_path: Path) -> None:
    code = b"int f(int a, int b) { return a < b ? a : b; }\n"
    flags = ("--target=bpfeb", "-mcpu=v1")
    result = compile_source(toolchain, CompileRequest(str(tmp_path / "a.c"), code, flags))
    assert result.object is not None
    elf = ELFFile(io.BytesIO(result.object))
    assert not elf.little_endian
    v3 = compile_source(toolchain, CompileRequest(str(tmp_path / "a.c"), code))
    assert v3.object is not None
    assert (
        elf.get_section_by_name(".text").data()
        != ELFFile(io.BytesIO(v3.object)).get_section_by_name(".text").data()
    )


def test_a_projects_header_wins_over_the_systems(toolchain: Toolchain, tmp_path: Path) -> None:
    shadow = tmp_path / "headers" / "bpf"
    shadow.mkdir(parents=True)
    (shadow / "bpf_helpers.h").write_text("#define SHADOWED 1\n")
    result = compile_source(
        toolchain,
        CompileRequest(
            str(tmp_path / "a.c"),
            b'#include <bpf/bpf_helpers.h>\n_Static_assert(SHADOWED, "the system\'s header");\n',
            (f"-I{tmp_path / 'headers'}",),
        ),
    )
    assert result.object is not None, result.diagnostics


def test_same_bytes_make_the_same_object(toolchain: Toolchain, tmp_path: Path) -> None:
    (tmp_path / "length.h").write_text("#define LENGTH 20\n")
    request = CompileRequest(str(tmp_path / "a.c"), PROGRAM.encode())
    first, second = compile_source(toolchain, request), compile_source(toolchain, request)
    assert first.object is not None
    assert first.object == second.object


def test_nothing_is_left_in_the_private_folder(toolchain: Toolchain, tmp_path: Path) -> None:
    compile_source(toolchain, CompileRequest(str(tmp_path / "a.c"), b"int x;\n"))
    compile_source(toolchain, CompileRequest(str(tmp_path / "a.c"), b"int x = y;\n"))
    assert toolchain.settings.temporary_directory is not None
    assert list(Path(toolchain.settings.temporary_directory).iterdir()) == []
