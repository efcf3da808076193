"""Sources and files that never end, or grow without end: each is a sentence within the limits, and leaves nothing."""

from __future__ import annotations

import os
import subprocess  # noqa: TID251 - rm
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hostile.conftest import ANSWER, HEAD, PROGRAM, Folder
from xdp_lsp.analysis.directives import AnnotatedSource
from xdp_lsp.cli.walk import expand
from xdp_lsp.pipeline.bpf_source import traits_of
from xdp_lsp.project import database, tree_of
from xdp_lsp.project.guesses.includes import closure_of
from xdp_lsp.project.guesses.lookup import folders_with
from xdp_lsp.project.repository import MOST_FILES, Tree
from xdp_lsp.settings import load_settings
from xdp_lsp.source import is_file
from xdp_lsp.source.c_names import CText
from xdp_lsp.toolchain import filter_flags
from xdp_lsp.toolchain.libclang import cindex
from xdp_lsp.toolchain.precompiled import _is_guarded

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="devices, pipes and limits are Linux's"),
    pytest.mark.timeout(120),
]

DOUBLED = "".join(f"#define M{n} M{n - 1} M{n - 1}\n" for n in range(1, 31))
SOURCES = {
    "zero": '#include "/dev/zero"\n',
    "memory": '#include "/proc/self/mem"\n',
    "terminal": '#include "/dev/tty"\n',
    "pipe": '#include "pipe.h"\n',
    "itself": "#include __FILE__\n",
    "bomb": '#include "bomb0.h"\n',
    "macros": f"#define M0 ;\n{DOUBLED}M30\n",
    "assembler": '__asm__(".incbin \\"/dev/zero\\"");\n',
    "embedded": 'static const unsigned char a[] = {\n#embed "/dev/zero"\n};\n',
    "constant": f"enum {{ A = {' + '.join(['1'] * 200_000)} }};\n",
    "brackets": f"int a = {'(' * 100_000}1{')' * 100_000};\n",
}


def test_no_source_keeps_the_compiler_for_ever(folder: Folder) -> None:
    os.mkfifo(folder.root / "pipe.h")
    for n in range(40):
        folder.write(f"bomb{n}.h", f'#include "bomb{n + 1}.h"\n#include "bomb{n + 1}.h"\n')
    folder.write("bomb40.h", "")
    for name, text in SOURCES.items():
        folder.write(f"{name}.c", f"{HEAD}{text}{PROGRAM}")
    done = folder.run("check", ".", "--time-limit", "1", "--format", "json")
    assert done.status == 2
    for name in SOURCES:
        assert f'"{name}.c"' in done.said or f"/{name}.c" in done.said
    assert done.said.count("was stopped after 1 s (setting `time-limit`)") >= 3
    assert folder.foreign_processes() == []


def test_what_is_meant_for_libclang_alone_does_not_reach_it(folder: Folder) -> None:
    """It runs in our process, where no signal ends it; the compiler has other versions, and a source can tell."""
    version = cindex().conf.lib.clang_getClangVersion
    version.restype = cindex()._CXString
    major = str(cindex()._CXString.from_result(version())).split("version ")[1].split(".")[0]
    os.mkfifo(folder.root / "pipe.h")
    guarded = f"#if __clang_major__ == {major}\n%s\n#endif\n{HEAD}{PROGRAM}"
    folder.write("pipe.c", guarded % '#include "pipe.h"')
    assert f"pipe.c:6:71: error: {ANSWER}" in folder.run("check", "pipe.c", "--time-limit", "5").said
    folder.write("endless.c", guarded % f"#define M0 ;\n{DOUBLED}M30 M30 M30 M30\n")
    done = folder.run("check", "endless.c", "--time-limit", "2")
    # Where the compiler is of the same version it is the one that is stopped.
    assert "did not come to an end" in done.said or "was stopped after 2 s" in done.said
    assert done.status == 2


NAMES = [
    "compile_commands.json", "compile_flags.txt", ".clangd", "Makefile", "CMakeLists.txt", "meson.build", "gen.go",
    "vmlinux.h", ".xdp-lsp.toml", ".gitmodules", "x.o", "x.c", "go.mod",
]  # fmt: skip


@pytest.mark.parametrize("kind", ["pipe", "zero", "folder", "itself"])
def test_nothing_but_regular_files_is_read(folder: Folder, kind: str) -> None:
    for name in NAMES:
        path = folder.root / name
        if kind == "pipe":
            os.mkfifo(path)
        elif kind == "folder":
            path.mkdir()
        else:
            path.symlink_to("/dev/zero" if kind == "zero" else name)
    if kind == "pipe":
        (folder.root / ".git").rmdir()
        os.mkfifo(folder.root / ".git")
    (folder.root / "around").symlink_to(folder.root)
    folder.write("prog.c")
    assert f"prog.c:3:71: error: {ANSWER}" in folder.run("check", ".").said


def test_a_source_that_is_no_file_is_a_sentence(folder: Folder) -> None:
    os.mkfifo(folder.root / "pipe.c")
    (folder.root / "zero.c").symlink_to("/dev/zero")
    done = folder.run("check", "pipe.c", "zero.c", "/dev/null", "/dev/full", "/dev/tty")
    assert done.status == 2
    for name in ("pipe.c", "zero.c", "/dev/null", "/dev/full"):
        assert f"{name} is not a regular file" in done.said
    assert "(5 not analysed)" in done.said


def test_pipes_where_git_keeps_its_own_are_not_waited_for(folder: Folder) -> None:
    for name in ("HEAD", "config", "index", "packed-refs", "commondir"):
        os.mkfifo(folder.root / ".git" / name)
    folder.write("prog.c")
    assert f"prog.c:3:71: error: {ANSWER}" in folder.run("check", ".").said
    # git itself waits, and is ended.
    done = folder.run("check", ".", "--diff", "HEAD")
    assert done.status == 2 and "git did not answer within" in done.said
    assert folder.foreign_processes() == []


def test_a_folder_with_more_files_than_are_listed_is_listed_in_part(folder: Folder) -> None:
    """The rest of it is not looked at for what a source lacks; what is there in the source's own folders is."""
    folder.write("prog.c")
    folder.write("x/after.h")
    crowd = folder.root / "crowd"
    crowd.mkdir()
    place = os.open(crowd, os.O_RDONLY)
    try:
        for number in range(MOST_FILES):
            os.close(os.open(str(number), os.O_CREAT, dir_fd=place))
        tree = tree_of(str(folder.root))
        assert not tree.is_whole and str(folder.root / "x/after.h") not in tree.files
        assert f"prog.c:3:71: error: {ANSWER}" in folder.run("check", ".").said
    finally:
        os.close(place)
        subprocess.run(["rm", "-rf", crowd], check=True)


def test_what_is_too_large_is_not_read(folder: Folder) -> None:
    """Each has a hole: it takes no room here, and as much as it says where it is read. Of those that are named one has
    more than any memory."""
    sizes = {**dict.fromkeys(NAMES, 100 << 20), **dict.fromkeys(("huge.h", "huge.o", "huge.c"), 1 << 40)}
    for name, size in sizes.items():
        with (folder.root / name).open("wb") as file:
            file.truncate(size)
    folder.write("prog.c")
    folder.write("with.c", f'#include "huge.h"\n{HEAD}{PROGRAM}')
    done = folder.run("check", "prog.c", "with.c", "huge.c", "huge.o")
    assert f"prog.c:3:71: error: {ANSWER}" in done.said
    assert "huge.c is larger than 32 MiB" in done.said


def test_a_folder_that_is_deep_is_listed(folder: Folder) -> None:
    folder.write("prog.c")
    try:
        place = os.open(folder.root, os.O_RDONLY)
        for _ in range(1500):
            os.mkdir("d", dir_fd=place)
            deeper = os.open("d", os.O_RDONLY, dir_fd=place)
            os.close(place)
            place = deeper
        os.close(place)
        found = expand([str(folder.root)])
        assert [Path(one.path).name for one in found if not one.problem] == ["prog.c"]
        assert tree_of(str(folder.root)).files == (str(folder.root / "prog.c"),)
    finally:
        # shutil.rmtree, by which pytest cleans up, calls itself for each level.
        subprocess.run(["rm", "-rf", folder.root / "d"], check=True)


N = 50_000
# Texts that expressions which try again from each place would take hours for.
TEXTS = {
    "comments": "/**/" * N + "x",
    "open comments": "/*" * N,
    "line comments": "// " * N + "\nx",
    "blanks": " " * N + "x",
    "lines": "\n" * N + "x",
    "quotes": '"' + '\\"' * N,
    "single quotes": "'" + "\\'" * N,
    "mains": "main(" * N,
    "mains in lines": "main(\n" * N,
    "directive with lines": "/* xdp-lsp: x" + "\n" * N,
    "directive with rows": "/* xdp-lsp: x" + "\r" * N,
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("read", [
    lambda text: traits_of(text.encode()),
    lambda text: _is_guarded(text.encode()),
    lambda text: AnnotatedSource("a.c", text).directives,
    lambda text: CText(text.encode()),
], ids=["traits", "guard", "directives", "names"])  # fmt: skip
def test_no_text_takes_an_expression_for_ever(read: Callable[[str], object]) -> None:
    for text in TEXTS.values():
        read(text)


@pytest.mark.timeout(20)
def test_what_is_followed_for_a_guess_is_bounded(tmp_path: Path) -> None:
    text = b"".join(b'#include "missing%d.h"\n' % n for n in range(300_000))
    folders = [f"-I{tmp_path}/{n}" for n in range(30)]
    found = closure_of("/x/a.c", folders, ["/usr/include"] * 10, "/x", lambda _: text)
    assert found.unresolved
    tree = Tree("/x", tuple(f"/x/{n}/a.h" for n in range(20_000)))
    assert folders_with("a.h", "/x/17/a.c", found.unresolved, tree)[0].path == "/x/17"


@pytest.mark.parametrize(
    "word", ["\\ud800", "\\u0000", "\\ud800/prog.c", "a\\u0000/prog.c", "-I\\ud800", "\\u00000\\u0000"]
)
def test_a_database_with_what_is_no_name_is_read(folder: Folder, word: str) -> None:
    path = folder.write("prog.c")
    folder.write(
        "compile_commands.json",
        f'[{{"directory": "{word}", "file": "{word}", "command": "clang {word} -c prog.c"}},'
        f' {{"directory": "/", "file": "{word}", "arguments": ["clang", "{word}", "prog.c"]}},'
        f' {{"directory": ".", "file": "prog.c", "arguments": ["clang", "{word}", "-DA", "prog.c"]}}]',
    )
    [way], problems = database.from_database(str(path))[0][:1], ()
    assert "-DA" in way.kept and not problems
    assert all(os.fsencode(flag) for flag in way.kept)
    spelled = word.encode().decode("unicode_escape")
    assert filter_flags([f"-I{spelled}", "-DA"], "/").kept == ("-DA",)


def test_settings_name_no_folder_with_what_is_no_name(folder: Folder) -> None:
    folder.write(".xdp-lsp.toml", 'vmlinux = "a\\u0000b"\nlibbpf = "~nobody/x"\nkernel-headers = "\\u0000"\n')
    settings, problems = load_settings(folder.root)
    assert settings.vmlinux is None and len(problems) >= 2
    assert not is_file(str(settings.libbpf))
