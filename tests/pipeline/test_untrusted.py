"""A folder that is not trusted: its text is analysed, and nothing else of it is used.

Each folder here gives another answer once it is trusted, so that what is left out makes a difference.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from xdp_lsp.analysis import Status
from xdp_lsp.checks.folder_not_trusted import CODE
from xdp_lsp.pipeline import FileReport, SourceSnapshot, analyse_source, toolchain_of, with_insight
from xdp_lsp.pipeline.jobs import CheckRequest, check
from xdp_lsp.server.worker_process import Control
from xdp_lsp.settings import load_settings
from xdp_lsp.toolchain import CompilerNotFoundError, find_compiler

HEAD = '#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\nchar _license[] SEC("license") = "GPL";\n'
# Needs 16 bytes, unless something of the folder says otherwise.
ROOM = (
    HEAD
    + """\
#ifndef ROOM
#define ROOM 16
#endif
SEC("xdp") int prog(struct xdp_md *ctx)
{
	return bpf_xdp_adjust_head(ctx, -ROOM) ? XDP_ABORTED : XDP_TX;
}
"""
)
IF_THERE = HEAD + "#if __has_include(HEADER)\n#include HEADER\n#endif\n" + ROOM.removeprefix(HEAD)
THEIRS = "#define ROOM 300\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "theirs"
    for one in (made / "src", made / "include", made / ".git"):
        one.mkdir(parents=True)
    return made


def report_on(folder: Path, text: str, editor: Mapping[str, object] | None, *, trusted: bool) -> FileReport:
    """What is said of `text` as src/prog.c in `folder`; `editor` are the client's settings."""
    path = folder / "src" / "prog.c"
    path.write_text(text)
    untrusted = () if trusted else (str(folder), str(path.parent))
    settings, _ = load_settings(path.parent, editor, untrusted=untrusted)
    return analyse_source(SourceSnapshot(str(path), text.encode()), settings, toolchain_of(settings))


def needs(
    folder: Path, text: str, editor: Mapping[str, object] | None = None, *, trusted: bool = False
) -> int | None:
    """The need of the program in `text`."""
    [program] = report_on(folder, text, editor, trusted=trusted).analysis.programs
    return program.exploration.need


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (".xdp-lsp.toml", 'flags = ["-DROOM=300"]\n'),
        ("compile_flags.txt", "-DROOM=300\n"),
        (
            "compile_commands.json",
            json.dumps([{"directory": "src", "file": "prog.c", "arguments": ["cc", "-DROOM=300", "prog.c"]}]),
        ),
    ],
)
def test_no_setting_and_no_flag_of_it_is_used(folder: Path, name: str, content: str) -> None:
    (folder / name).write_text(content)
    assert needs(folder, ROOM) == 16
    assert needs(folder, ROOM, trusted=True) == 300


def spellings(folder: Path) -> Iterator[str]:
    header = folder / "include" / "room.h"
    yield '"beside.h"'
    yield '"../include/room.h"'
    yield "<room.h>"  # in a folder that is guessed
    yield f'"{header}"'
    yield f"<{header}>"
    yield f"<{'../' * 8}{str(header)[1:]}>"  # from a header folder of the machine's
    yield '"linked.h"'
    yield f'"{folder.parent / "outside.h"}"'  # a link that leads into it
    yield f'"{folder.parent / "outside" / "room.h"}"'


@pytest.mark.parametrize("which", range(9))
def test_no_header_of_it_is_there_by_whatever_name(folder: Path, which: int) -> None:
    header = folder / "include" / "room.h"
    for path in (header, folder / "src" / "beside.h"):
        path.write_text(THEIRS)
    (folder / "src" / "linked.h").symlink_to(header)
    (folder.parent / "outside.h").symlink_to(header)
    (folder.parent / "outside").symlink_to(header.parent)
    text = IF_THERE.replace("HEADER", list(spellings(folder))[which])
    assert needs(folder, text) == 16
    assert needs(folder, text, trusted=True) == 300


def test_no_header_of_it_is_the_next_one(folder: Path) -> None:
    (folder / "include" / "room.h").write_text(THEIRS)
    text = IF_THERE.replace("HEADER", "<room.h>").replace("_include(", "_include_next(")
    text = text.replace("#include <room.h>", "#include_next <room.h>")
    assert needs(folder, text) == 16
    assert needs(folder, text, trusted=True) == 300


@pytest.mark.parametrize("line", ['#include "room.h"', "#include <room.h>", '\t#  embed   "room.h"'])
def test_what_needs_a_file_of_it_is_told_so_once_at_its_line(folder: Path, line: str) -> None:
    (folder / "src" / "room.h").write_text("1\n")
    text = ROOM.replace("#ifndef ROOM", f"int some[] = {{\n{line}\n}};\nint other = UNKNOWN;\n#ifndef ROOM")
    report = report_on(folder, text, None, trusted=False)
    assert report.compiler_diagnostics == ()
    [told] = report.analysis.findings
    assert (told.code, told.suggestion) == (CODE, "trust the folder to have the file analysed")
    assert told.message.startswith("`room.h` is none of this machine's headers")
    assert told.range is not None
    assert told.range.line == text[: text.index(line)].count("\n") + 1
    assert line[told.range.column - 1 : told.range.end_column - 1] == line[line.index("room.h") - 1 :]
    assert needs(folder, text.replace("UNKNOWN", "1").replace("<room.h>", '"room.h"'), trusted=True) == 16


def test_a_name_out_of_a_macro_is_told_where_the_macro_stands(folder: Path) -> None:
    text = f'#define HEADER "room.h"\n#line 4000\n#include HEADER\n{ROOM}'
    [told] = report_on(folder, text, None, trusted=False).analysis.findings
    assert told.range is not None
    assert (told.code, told.range.line) == (CODE, 4000)


def test_other_errors_say_that_flags_may_be_missing(folder: Path) -> None:
    (folder / "compile_flags.txt").write_text("-DBYTES=300\n")
    text = ROOM.replace("ROOM 16", "ROOM BYTES")
    report = report_on(folder, text, None, trusted=False)
    [error] = report.compiler_diagnostics
    assert error.message == "use of undeclared identifier 'BYTES'"
    assert report.hint.startswith("Nothing of this folder is used, neither its flags nor its headers")
    assert needs(folder, text, trusted=True) == 300


def test_whether_it_is_xdp_is_told_by_the_text_alone(folder: Path) -> None:
    (folder / "src" / "program.h").write_text(ROOM)
    path, text = folder / "src" / "prog.c", '#include "program.h"\n'
    for untrusted, status in (((str(folder),), Status.NO_PROGRAM), ((), Status.ANALYSED)):
        settings, _ = load_settings(path.parent, untrusted=untrusted)
        request = CheckRequest(SourceSnapshot(str(path), text.encode()), settings)
        assert next(check(request, Control())).analysis.status is status


@pytest.fixture
def compiler(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A compiler in `folder`, first on PATH."""
    path = folder / "bin" / "clang"
    path.parent.mkdir()
    path.write_text(f'#!/bin/sh\nexec {shlex.join(find_compiler().command)} "$@"\n')
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{path.parent}{os.pathsep}{os.environ['PATH']}")
    return path


def test_no_compiler_of_it_is_run(
    folder: Path, compiler: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    untrusted = (str(folder),)
    assert find_compiler().path == str(compiler)
    assert find_compiler(untrusted=untrusted).path != str(compiler)
    # Nor by a link from elsewhere, nor because a setting names it.
    (tmp_path / "clang").symlink_to(compiler)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert find_compiler().path == str(tmp_path / "clang")
    assert not find_compiler(untrusted=untrusted).path.startswith(str(tmp_path))
    for setting in ("clang", str(compiler)):
        assert find_compiler(setting).origin == "setting"
        with pytest.raises(CompilerNotFoundError, match="is in a folder that is not trusted"):
            find_compiler(setting, untrusted)


def test_a_name_of_a_compiler_is_looked_for_beside_it(
    folder: Path, compiler: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = tmp_path / "ours" / "clang"
    ours.parent.mkdir()
    shutil.copy(compiler, ours)
    monkeypatch.setenv("PATH", f"{compiler.parent}{os.pathsep}{ours.parent}{os.pathsep}{os.environ['PATH']}")
    assert find_compiler("clang").path == str(compiler)
    assert find_compiler("clang", (str(folder),)).path == str(ours)


@pytest.mark.parametrize("setting", ["vmlinux", "flags"])
def test_folders_of_headers_that_the_editor_names(folder: Path, setting: str) -> None:
    """Not those in it; others are the user's."""
    text = IF_THERE.replace("HEADER", "<vmlinux.h>")
    for place, wanted in ((folder / "include", 16), (folder.parent / "ours", 300)):
        place.mkdir(exist_ok=True)
        (place / "vmlinux.h").write_text(THEIRS)
        editor = {setting: [f"-I{place}"] if setting == "flags" else str(place)}
        assert needs(folder, text, editor) == wanted
        assert needs(folder, text, editor, trusted=True) == 300


# Ways to say `.include FILE`, FILE being a string, with the operand `i`.
SPELLINGS = (
    '".include FILE"',
    '".inc" "lude FILE"',
    r'".inc\154ude FILE"',
    '".INCLUDE FILE"',
    r'".macro m n\n.inc\\n FILE\n.endm\nm lude"',
    r'".irp n, lude\n.inc\\n FILE\n.endr"',
    '"%c1 FILE"',
    '"r3 = 1; # .include\\n.include FILE"',
)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_assembly_reads_it(folder: Path, spelling: str) -> None:
    (folder / "room.s").write_text("r2 = 300\n")
    asm = spelling.replace("FILE", f'\\"{folder}/room.s\\"')
    text = ROOM.replace(
        "\treturn bpf",
        f'\tregister long n asm("r2");\n\tasm volatile({asm} : "=r"(n) : OPERAND);\n\treturn bpf',
    )
    text = text.replace("-ROOM", "-n").replace('SEC("xdp")', 'extern int named asm(".include");\nSEC("xdp")')
    text = text.replace("OPERAND", '"i"(&named)' if "%c1" in spelling else "")
    report = report_on(folder, text, None, trusted=False)
    [told] = report.analysis.findings
    assert told.message.startswith("The program has the assembler read files (.")
    assert needs(folder, text, trusted=True) == 300


def test_assembly_that_reads_nothing_is_assembled(folder: Path) -> None:
    text = ROOM.replace("\treturn bpf", '\tlong n;\n\tasm volatile("%0 = 24" : "=r"(n));\n\treturn bpf')
    assert needs(folder, text.replace("-ROOM", "-n")) == 24


def test_no_line_is_shown_of_a_file_that_a_line_directive_names(folder: Path) -> None:
    (folder / "other.c").write_text("what stands here\n" * 40)
    text = ROOM.replace("\treturn", f'#line 4 "{folder}/other.c"\n\treturn')
    for trusted in (False, True):
        looked_into = with_insight(report_on(folder, text, None, trusted=trusted)).insight
        assert looked_into is not None
        assert ("what stands here" in str(looked_into.lines.values())) is trusted
