"""Build files that were written to do harm: what they say is data, and reading them ends."""

from __future__ import annotations

import os
import subprocess  # noqa: TID251 - this interpreter, which tells what it is asked to do
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.project.conftest import Repository
from xdp_lsp.project import repository_of, ways_of
from xdp_lsp.project.build_files import layers_from_build_files
from xdp_lsp.project.build_files.literal import LARGEST_FILE
from xdp_lsp.toolchain import FilteredFlags, filter_flags

NAMES = ["Makefile", "rules.mk", "Makefile.am", "CMakeLists.txt", "meson.build", "gen.go", ".clangd"]

REFUSED = [
    "-fplugin=./x.so", "-Xclang", "-load", "./x.so", "-B.", "-specs=x", "@file", "-o", "/tmp/x", "-wrapper",
    "sh,-c,id", "--config=x", "-ivfsoverlay", "x", "-fuse-ld=./x", "-MF", "/tmp/y", "-mllvm", "-save-temps",
    "-Wp,-MD,z", "-Wa,x", "--gcc-toolchain=.", "-fprofile-generate=/tmp", "-include-pch", "-x", "assembler",
    "-dependency-file", "-serialize-diagnostics",
]  # fmt: skip
PIECES = [
    *REFUSED, "-I", "-include", "-D", "-I.", "-DA", "-O2", "clang", "llc", "-march=bpf", "-target", "bpf",
    "--target=bpf", "-emit-llvm", "-c", "prog.c", "$<", "$@", "$(A)", "$(shell touch RUN)", "${A}",
    "$(A:%=-B%)", "$(A:=x)", "$$", "$", "A = ", "A := ", "A += ", "BPF_CFLAGS = ", "%.o: %.c",
    "prog.o: prog.c", "prog.o: A = ", "include x", "ifdef X", "endif", "define A", "endef", "\n", "\n\t",
    "\\\n", " ", ";", "|", "&&", "'", '"', "`touch RUN`", "#", ":", "=", "(", ")", "[", "]", "{", "}", ",",
    "\\", "\0", "\0001\0", "\\0", "\r", "\N{SNOWMAN}", "@X@", "set(A ", "set(BPF_C_FLAGS ",
    "list(APPEND A ", "add_custom_command(", "COMMAND ", "execute_process(COMMAND touch RUN)",
    "add_library(x prog.c)", "target_compile_options(x ", "if(X)", "endif()",
    "custom_target('x', input: 'prog.c', command: [", "run_command('touch', 'RUN')", "f'@A@'", "A = [",
    "bpf_cflags = ['", "'", "+", "/", "//go:generate ", "bpf2go ", "-cflags ", "-- ",
    "CompileFlags:\n  Add: [", "- ", "!!python/name:os.abort ",
]  # fmt: skip


def names_of(repository: Repository) -> set[str]:
    return {str(path) for path in repository.root.rglob("*")}


# Where a text is sure to be taken for flags.
PLACES = {
    "Makefile": "A = %\nprog.o: prog.c\n\tclang -target bpf $(A) % -c $<\n",
    "CMakeLists.txt": "set(A %)\nadd_custom_target(x COMMAND clang -target bpf ${A} % -c prog.c)\n",
    "meson.build": "a = ['%']\ncustom_target('x', input: 'prog.c', command: [clang, '-target', 'bpf', '%', a, '-c'])\n",
    "gen.go": "//go:generate bpf2go -cflags '%' x prog.c -- %\n",
    ".clangd": "CompileFlags:\n  Add: [%]\n",
}


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(NAMES), st.lists(st.sampled_from(PIECES), max_size=40), st.booleans())
def test_no_text_gets_a_flag_past_the_list(
    repository: Repository, name: str, pieces: list[str], is_placed: bool
) -> None:
    source = repository.write("prog.c")
    text = PLACES.get(name, "%").replace("%", " ".join(pieces)) if is_placed else "".join(pieces)
    path = repository.write(name)
    path.write_bytes(text.encode())
    before = names_of(repository)
    try:
        for layer in ways_of(str(source)).ways[0].layers:
            again = filter_flags(layer.flags.kept, str(repository.root))
            assert again.kept == layer.flags.kept
            assert again.dropped == ()
    finally:
        path.unlink()
    assert names_of(repository) | {str(path)} == before


@pytest.mark.parametrize("refused", REFUSED)
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Makefile", "A = {}\nprog.o: prog.c\n\tclang -target bpf $(A) -DEND -c $< -o $@\n"),
        ("CMakeLists.txt", "add_custom_target(x COMMAND clang -target bpf {} -DEND -c prog.c)\n"),
        ("meson.build", "custom_target('x', input: 'prog.c', command: [clang, '--target=bpf', '{}', '-DEND', '-c'])\n"),
        ("gen.go", "//go:generate bpf2go x prog.c -- {} -DEND\n"),
    ],
)  # fmt: skip
def test_each_refused_flag_is_refused(repository: Repository, refused: str, name: str, text: str) -> None:
    repository.write(name, text.format(refused))
    kept = repository.flags("prog.c")
    assert set(kept) <= {"-DEND", "-O2", "-mcpu=v1"}


RULE = "%.o: %.c\n\tclang -target bpf -c $<\n"


def doubled(first: str, operator: str, count: int = 60) -> str:
    """Variables of which each is twice the one before."""
    lines = (f"A{n} {operator} $(A{n - 1})$(A{n - 1})\n" for n in range(1, count))
    return f"A0 {operator} {first}\n{''.join(lines)}BPF_CFLAGS {operator} $(A{count - 1})\n"


LAUGHS = [
    ("Makefile", "A = $(A)\nBPF_CFLAGS = $(A) $(B)\nB = $(C)\nC = $(B)\n"),
    ("Makefile", doubled("x", "=")),
    ("Makefile", doubled("", "=")),
    ("Makefile", doubled("xxxxxxxx", ":=")),
    ("Makefile", "A = x\n" + "A += $(A)\n" * 1000 + "BPF_CFLAGS = $(A)\n"),
    ("Makefile", "A := x\n" + "A += $(A)\n" * 1000 + "BPF_CFLAGS = $(A)\n"),
    ("Makefile", "BPF_CFLAGS += x\n" * 60_000),
    ("Makefile", "BPF_CFLAGS = " + "$(A:x=" * 150_000),
    ("Makefile", "BPF_CFLAGS = " + "${A:%=" * 100_000 + "}" * 100_000),
    ("Makefile", "BPF_CFLAGS = " + "1" * 1_000_000),
    ("Makefile", "BPF_CFLAGS = " + "\\\n" * 400_000),
    ("Makefile", "BPF_CFLAGS = " + "'\"" * 30_000),
    ("Makefile", "%.o: %.c\n" + "\tclang -target bpf -c $<\n" * 40_000),
    ("Makefile", RULE * 20_000),
    ("Makefile", "prog.o: A += x\n" * 50_000 + RULE * 1_000),
    ("Makefile", "include Makefile Makefile\n" * 1000),
    ("Makefile", "export " * 140_000),
    ("CMakeLists.txt", "set(A x)\n" + "set(A ${A}${A})\n" * 100 + "set(BPF_C_FLAGS ${A})\n"),
    ("CMakeLists.txt", "set(BPF_C_FLAGS " + "(" * 900_000),
    ("CMakeLists.txt", "set(BPF_C_FLAGS " + "${" * 400_000 + ")"),
    ("CMakeLists.txt", "#[[" * 300_000),
    ("CMakeLists.txt", "include(CMakeLists.txt)\nadd_subdirectory(.)\n" * 1000),
    ("CMakeLists.txt", "add_custom_target(x COMMAND clang -target bpf -c prog.c)\n" * 15_000),
    ("meson.build", "bpf_cflags = " + "[" * 900_000),
    ("meson.build", "bpf_cflags = " + "not " * 250_000),
    ("meson.build", "bpf_cflags = x" + " ? y : z" * 100_000),
    ("meson.build", "a = ['x']\n" + "a += a\n" * 100 + "bpf_cflags = a\n"),
    ("meson.build", "a = 'x'\n" + "a = a + a\n" * 100 + "bpf_cflags = [a]\n"),
    ("meson.build", "bpf_cflags = x" + ".x()" * 200_000),
    ("meson.build", "subdir('.')\nsubdir('..')\n" * 10_000),
    ("gen.go", "//go:generate bpf2go x prog.c -- -DA\n" * 20_000),
    ("gen.go", "//go:generate bpf2go x prog.c -- " + "$(" * 400_000),
]  # fmt: skip


@pytest.mark.timeout(20)
@pytest.mark.parametrize("case", range(len(LAUGHS)))
def test_what_has_no_end_is_left_off(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, case: int
) -> None:
    monkeypatch.setattr("xdp_lsp.project.build_files.literal.MOST_SECONDS", 0.2)
    name, text = LAUGHS[case]
    assert len(text) <= LARGEST_FILE
    repository.write(name, text)
    for layer in ways_of(str(repository.write("prog.c"))).ways[0].layers:
        assert sum(map(len, layer.flags.kept)) <= 4 << 20


@pytest.mark.timeout(20)
@pytest.mark.parametrize("limit", ["MOST_SECONDS", "MOST_REFERENCES"])
def test_each_limit_is_one_by_itself(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(f"xdp_lsp.project.build_files.literal.{limit}", 10**12)
    repository.write("Makefile", doubled("", "=", 36))
    *_, layer = repository.layers("prog.c")
    assert layer.flags == FilteredFlags(dropped=(("the rest of the build files", "leads too far"),))


@pytest.mark.timeout(20)
def test_texts_that_double_are_cut_off_by_their_length(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xdp_lsp.project.build_files.literal.MOST_SECONDS", 5.0)
    monkeypatch.setattr("xdp_lsp.project.build_files.literal.MOST_CHARACTERS", 1000)
    repository.write("Makefile", doubled("-D", ":="))
    assert repository.left_out("prog.c") == {"the rest of the build files": "leads too far"}


@pytest.mark.skipif(os.name != "posix", reason="there are no such files on Windows")
@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_ordinary_file_is_not_read(repository: Repository, tmp_path: Path, name: str) -> None:
    path = repository.root / name
    flags = (
        "BPF_CFLAGS = -DOUT\nset(BPF_C_FLAGS -DOUT)\nbpf_cflags = ['-DOUT']\n//go:generate bpf2go x prog.c\n"
    )
    os.mkfifo(path)
    writer = os.open(path, os.O_RDWR)
    os.write(writer, flags.encode())
    assert repository.layers("prog.c") == ()
    os.close(writer)
    path.unlink()
    path.symlink_to("/dev/zero")
    assert repository.layers("a/prog.c") == ()
    path.unlink()
    path.symlink_to(name)
    assert repository.layers("b/prog.c") == ()
    path.unlink()
    path.mkdir()
    assert repository.layers("c/prog.c") == ()
    path.rmdir()
    (tmp_path / "outside").write_text(flags)
    path.symlink_to(tmp_path / "outside")
    assert repository.layers("d/prog.c") == ()
    path.unlink()
    path.write_text("BPF_CFLAGS = -DA\n" + "#" * LARGEST_FILE)
    assert repository.layers("e/prog.c") == ()


def test_a_chain_of_many_files_is_left_off(repository: Repository) -> None:
    for number in range(300):
        repository.write(f"{number}.inc", f"include {number + 1}.inc\nBPF_CFLAGS += -DN{number}\n")
        repository.write(f"wide/{number}.inc", f"BPF_CFLAGS += -DN{number}\n")
    repository.write("Makefile", "include 0.inc\n")
    repository.write("wide/Makefile", "".join(f"include {number}.inc\n" for number in range(300)))
    assert 0 < len(repository.flags("prog.c")) < 100
    assert 0 < len(repository.flags("wide/prog.c")) < 250


def test_nothing_is_run_and_nothing_is_written(repository: Repository) -> None:
    """In an interpreter of its own that tells of each process it starts and each file it opens to write."""
    repository.write("go.mod", "module x\n")
    repository.write(
        "Makefile",
        "A := $(shell touch RUN)\nB != touch RUN\n$(eval $(shell touch RUN))\n$(file > RUN,x)\n"
        "include $(shell touch RUN)\n"
        "%.o: %.c\n\ttouch RUN; clang -target bpf $(A) `touch RUN` $$(touch RUN) -c $<\n",
    )
    repository.write(
        "CMakeLists.txt", "execute_process(COMMAND touch RUN)\nfile(WRITE RUN x)\nset(BPF_C_FLAGS -DA)\n"
    )
    repository.write("meson.build", "run_command('touch', 'RUN')\nconfigure_file(output: 'RUN')\n")
    repository.write(
        "gen.go", "//go:generate touch RUN\n//go:generate bpf2go -cc ./RUN x prog.c -- `touch RUN`\n"
    )
    repository.write(
        ".clangd", "CompileFlags:\n  Compiler: ./RUN\n  Add: !!python/object/apply:os.system ['touch RUN']\n"
    )
    source = repository.write("prog.c")
    script = f"""
        import os, sys
        from xdp_lsp.project import ways_of
        import yaml
        seen = []
        starts = ("subprocess", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "ctypes")
        def hook(event, arguments):
            if event.startswith(starts):
                seen.append(event)
            if event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_RDWR | os.O_WRONLY):
                seen.append(arguments)
        sys.addaudithook(hook)
        found = ways_of({str(source)!r})
        print(len(found.ways[0].layers), seen)
    """
    done = subprocess.run(
        [sys.executable, "-B", "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    layers, seen = done.stdout.strip().split(" ", 1)
    assert int(layers) >= 1
    assert seen == "[]"
    assert not any(name.endswith("RUN") for name in names_of(repository))
    assert repository_of(str(source)) == repository.root
    assert layers_from_build_files(str(source), repository.root)
