"""Flags out of makefiles: variables and rules as make has them, and nothing run."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess  # noqa: TID251 - make, which prints what it would run
from pathlib import Path

import pytest

from tests.project.conftest import Repository
from xdp_lsp.pipeline.flags import flags_of
from xdp_lsp.project import ways_of
from xdp_lsp.settings import Settings
from xdp_lsp.toolchain import CompileRequest, ToolchainSettings, compile_source, find_toolchain

RULE = "%.o: %.c\n\t$(CLANG) -target bpf $(BPF_CFLAGS) -c $< -o $@\n"


def test_the_flags_of_a_rule_are_read_with_their_variables(repository: Repository) -> None:
    repository.write("headers/x.h")
    repository.write(
        "bpf/Makefile",
        "# flags\nCLANG ?= clang\nINCLUDES := -I../headers -I$(CURDIR) # more\nBPF_CFLAGS = -O2 -mcpu=v3 \\\n"
        f"\t-DMTU=9000 ${{INCLUDES}}\nBPF_CFLAGS += -std=gnu11\n{RULE}",
    )
    layer = repository.layer("bpf/prog.c")
    assert repository.flags("bpf/prog.c") == [
        "-O2",
        "-mcpu=v3",
        "-DMTU=9000",
        "-Iheaders",
        "-Ibpf",
        "-std=gnu11",
    ]
    assert layer.flags.dropped == ()
    assert (layer.origin, layer.line) == (str(repository.root / "bpf/Makefile"), 7)
    assert layer.reason == "its rule (%.o) with BPF_CFLAGS"
    assert layer.is_read
    assert not layer.is_guess


def test_flags_of_the_hosts_programs_stay_there(repository: Repository) -> None:
    repository.write(
        "Makefile",
        "CFLAGS = -DDEBUG -O0\nBPF_CFLAGS = -O2\nloader: loader.c\n\t$(CC) $(CFLAGS) -o $@ $<\n"
        "%.o: %.c\n\t$(CC) $(CFLAGS) -c $<\n%.bpf.o: %.bpf.c\n\tclang -target bpf $(BPF_CFLAGS) -c $< -o $@\n",
    )
    assert repository.flags("prog.bpf.c") == ["-O2"]


@pytest.mark.parametrize(
    ("set_", "flags"),
    [
        ("A = -DX=1\nA ?= -DX=2", ["-DX=1"]),
        ("A ?= -DX=1\nA = -DX=2", ["-DX=2"]),
        ("A := $(B)\nB = -DX=1", []),
        ("A = $(B)\nB = -DX=1", ["-DX=1"]),
        ("B = -DX=1\nA := $(B)\nB = -DX=2", ["-DX=1"]),
        ("A := -DX\nB = -DY\nA += $(B)\nB = -DZ", ["-DX", "-DY"]),
        ("A = -DX\nB = -DY\nA += $(B)\nB = -DZ", ["-DX", "-DZ"]),
        ("override export A = -DX", ["-DX"]),
        ("B = x y.c\nA = $(B:%.c=-D%)", ["-Dy"]),
        ("B = a.c\nA = -D$(B:.c=_o)", ["-Da_o"]),
        ("prog.o: A = -DX\nother.o: A = -DY", ["-DX"]),
        ("%.o: A += -DX\nA = -DW", ["-DW", "-DX"]),
        ("ifndef A\nA = -DX\nendif", ["-DX"]),
        ('A = -DX=\'"a b"\' -DY=\\"c\\"', ['-DX="a b"', '-DY="c"']),
        ("define B\nA = -DX\nendef", []),
    ],
)
def test_variables_are_those_of_make(repository: Repository, set_: str, flags: list[str]) -> None:
    repository.write("Makefile", f"{set_}\n%.o: %.c\n\tclang -target bpf $(A) -c $<\n")
    assert repository.flags("prog.c") == flags


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_make_itself_says_the_same(repository: Repository) -> None:
    """Everything that is read here in one file, held against what make would run."""
    repository.write("inc/x.h")
    repository.write("lib/more.mk", "BPF_CFLAGS += -DMORE=$(N)\nNAMES := $(LIST:=.o)\n")
    repository.write(
        "Makefile",
        "LIB_DIR = lib\nN = 1\nLIST := prog other\nBPF_CFLAGS ?= -O2 -Iinc\ninclude $(LIB_DIR)/more.mk\nN = 2\n"
        'X := $(N)\nprog.o: BPF_CFLAGS += -DONLY_PROG=$(X) -DSTEM=\\"$*\\"\nother.o: BPF_CFLAGS += -DONLY_OTHER\n'
        "$(NAMES): %.o: %.c lib/more.mk\n\t@clang -target bpf $(BPF_CFLAGS) -c $< -o $@\n",
    )
    for name in ("prog", "other"):
        repository.write(f"{name}.c")
        command = subprocess.run(
            ["make", "-n", f"{name}.o"], cwd=repository.root, capture_output=True, text=True, check=True
        )
        words = [word for word in shlex.split(command.stdout) if word.startswith(("-D", "-O", "-I"))]
        assert repository.flags(f"{name}.c") == words
        assert words[:3] == ["-O2", "-Iinc", "-DMORE=2"]


@pytest.mark.parametrize(
    ("value", "left_out", "why"),
    [
        ("-DA_$(shell uname -m)", "-DA_$(shell uname -m)", "needs $(shell uname -m), which is for make to work out"),
        ("$(shell pkg-config --cflags libbpf)", "$(shell pkg-config --cflags libbpf)", "is for make to work out"),
        ("-I $(dir $(LIB))", "-I $(dir $(LIB))", "needs $(dir $(LIB)), which is for make to work out"),
        ("-D$(UNSET)_X", "-D$(UNSET)_X", "needs $(UNSET), which is set in no file that is read"),
        ("-DX=$(BPF_CFLAGS)", "-DX=$(BPF_CFLAGS)", "needs $(BPF_CFLAGS), which refers to itself"),
        ("-Igenerated", "-Igenerated", "names what is not there, perhaps made by the build"),
        ("-include config.h", "-includeconfig.h", "names what is not there, perhaps made by the build"),
        ("-fplugin=./x.so", "-fplugin=./x.so", "can run a program or load a plugin"),
        ("-Ilib/src", "-Ilib/src", "names the submodule lib, which is not checked out (git submodule update --init)"),
    ],
)  # fmt: skip
def test_what_is_not_known_is_left_out_and_told(
    repository: Repository, value: str, left_out: str, why: str
) -> None:
    repository.write(".gitmodules", '[submodule "lib"]\n\tpath = lib\n')
    repository.write("Makefile", f"BPF_CFLAGS = -O2 {value} -DLAST\n{RULE}")
    assert repository.flags("prog.c") == ["-O2", "-DLAST"]
    assert repository.left_out("prog.c") == {left_out: why}


def test_what_is_set_under_a_condition_is_not_known(repository: Repository) -> None:
    repository.write(
        "Makefile",
        "BPF_CFLAGS = -O2\nifeq ($(DEBUG),1)\nBPF_CFLAGS += -DDEBUG\nM = 1\nelse\nM = 2\nendif\n"
        f"BPF_CFLAGS += -DM=$(M) -DX\n{RULE}",
    )
    assert repository.flags("prog.c") == ["-O2", "-DX"]
    assert repository.left_out("prog.c") == {
        "-DDEBUG": "is set under a condition",
        "-DM=2": "needs 2, which is set under a condition",
    }


def test_a_variable_that_is_set_nowhere_is_nothing(repository: Repository) -> None:
    repository.write("Makefile", f"BPF_CFLAGS = -O2 $(EXTRA_CFLAGS)\n{RULE}")
    assert repository.layer("prog.c").flags.dropped == ()


@pytest.mark.parametrize(
    ("rules", "flags"),
    [
        # its own name before a pattern, a pattern before one for other sources
        ("%.o: %.c\n\tclang -target bpf -DA -c $<\nprog.o: prog.c\n\tclang -target bpf -DB -c $<\n", ["-DB"]),
        ("%.bpf.o: %.bpf.c\n\tclang -target bpf -DA -c $<\n%.o: %.c\n\tclang -target bpf -DB -c $<\n", ["-DB"]),
        ("OBJ := other.o\n$(OBJ): %.o: %.c\n\tclang -target bpf -DA -c $<\n"
         "MINE = prog.o\n$(MINE): %.o: %.c\n\tclang -target bpf -DB -c $<\n", ["-DB"]),
        ("$(wildcard *.o): %.o: %.c\n\tclang -target bpf -DA -c $<\n", ["-DA"]),
        ("$(OUT)/%.o: $(SRC)/%.c\n\tclang -target bpf -DA -c $<\n", ["-DA"]),
        (".c.o:\n\tclang -target bpf -DA -c $<\n", ["-DA"]),
        ("all:\n\tclang -target bpf -DA -c other.c\n\tclang -target bpf -DB -c prog.c -o p.o\n", ["-DB"]),
        ("all: ; clang -target bpf -DA -c prog.c\n", ["-DA"]),
        ("all:\n\tfor f in *.c; do clang -target bpf -DA -c $$f; done\n", ["-DA"]),
        ("other.o: other.c\n\tclang -target bpf -DA -c $<\n", ["-DA"]),
        ("CC = clang\nCFLAGS = -target bpf -DA\nall: prog.o\n", ["-DA"]),
        # a host's compiler, piped to llc
        ("%.o: %.c\n\tclang -DA -emit-llvm -c $< -o - | llc -march=bpf -mcpu=v2 -o $@\n", ["-DA", "-mcpu=v2"]),
        ("%.o: %.c\n\tclang -DA -S -emit-llvm -c $< -o x.ll && llc -march=bpf -o $@ x.ll\n", ["-DA"]),
        ("%.o: %.c\n\tcd sub && clang -target bpf -Iinc -c ../$<\n", ["-Isub/inc"]),
        # variables that no rule uses for it
        ("CLANG_FLAGS = -DA\nCFLAGS = -DB\nBPF_LDFLAGS = -DC\n", ["-DA"]),
        ("ifdef X\n%.o: %.c\n\tclang -target bpf -DA -c $<\nendif\n", ["-DA"]),
    ],
)  # fmt: skip
def test_the_rule_that_fits_the_source_counts(repository: Repository, rules: str, flags: list[str]) -> None:
    repository.write("sub/inc/x.h")
    repository.write("Makefile", rules)
    assert repository.flags("prog.c") == flags


def test_the_nearest_makefile_counts_unless_it_has_no_rule_for_it(repository: Repository) -> None:
    repository.write("Makefile", "bpf/%.o: bpf/%.c\n\tclang -target bpf -DTOP -Iinclude -c $<\n")
    repository.write("include/x.h")
    repository.write("bpf/Makefile", "BPF_CFLAGS = -DVARIABLE\n")
    assert repository.flags("bpf/prog.c") == ["-DTOP", "-Iinclude"]
    repository.write("bpf/Makefile", "%.o: %.c\n\tclang -target bpf -DNEAR -c $<\n")
    assert repository.flags("bpf/prog.c") == ["-DNEAR"]


def test_paths_are_meant_from_where_make_was_started(repository: Repository) -> None:
    """A part of a makefile that the makefile at the root includes by a name that is not known."""
    repository.write("include/x.h")
    repository.write("bpf/rules.mk", "bpf/%.o: bpf/%.c\n\tclang -target bpf -Iinclude -c $<\n")
    assert repository.flags("bpf/prog.c") == ["-Iinclude"]


@pytest.mark.parametrize(
    "here", ["$(CURDIR)", "$(PWD)", "$(shell pwd)", "$(dir $(abspath $(lastword $(MAKEFILE_LIST))))"]
)
def test_the_words_for_the_folder_itself_are_known(repository: Repository, here: str) -> None:
    repository.write("a/inc/x.h")
    repository.write("a/Makefile", f"TOP := {here}\nBPF_CFLAGS = -I$(TOP)/inc\n{RULE}")
    assert repository.flags("a/prog.c") == ["-Ia/inc"]


@pytest.mark.parametrize(
    "name", ["GNUmakefile", "makefile", "Makefile.am", "Makefile.in", "Kbuild", "bpf.mk"]
)
def test_every_name_of_a_makefile_is_known(repository: Repository, name: str) -> None:
    repository.write(name, f"BPF_CFLAGS = -DA\n{RULE}")
    assert repository.flags("prog.c") == ["-DA"]


def test_what_configure_fills_in_is_not_known(repository: Repository) -> None:
    repository.write("Makefile.am", f"BPF_CFLAGS = -DA -I@srcdir@/x @BPF_INCLUDES@\n{RULE}")
    assert repository.flags("prog.c") == ["-DA"]
    assert set(repository.left_out("prog.c")) == {"-I@srcdir@/x", "@BPF_INCLUDES@"}


def test_errors_out_of_warnings_are_not_asked_for(repository: Repository) -> None:
    repository.write("Makefile", f"BPF_CFLAGS = -Wall -Werror -Werror=unused -Wno-unused\n{RULE}")
    assert repository.flags("prog.c") == ["-Wall", "-Wno-unused"]


def test_where_a_folder_is_not_trusted_none_is_read(repository: Repository) -> None:
    repository.write("Makefile", f"BPF_CFLAGS = -DA\n{RULE}")
    source = str(repository.write("prog.c"))
    assert "-DA" in flags_of(source, Settings()).kept
    assert flags_of(source, Settings(untrusted=(str(repository.root),))).layers == ()


def test_a_changed_makefile_is_read_again_and_a_folder_that_comes_up(repository: Repository) -> None:
    repository.write("Makefile", f"include more.mk\nBPF_CFLAGS += -DA -Igen\n{RULE}")
    assert repository.flags("prog.c") == ["-DA"]
    repository.write("gen/x.h")
    assert repository.flags("prog.c") == ["-DA", "-Igen"]
    repository.write("more.mk", "BPF_CFLAGS = -DB\n")
    assert repository.flags("prog.c") == ["-DB", "-DA", "-Igen"]
    repository.write("Makefile", f"BPF_CFLAGS += -DLONGER\n{RULE}")
    assert repository.flags("prog.c") == ["-DLONGER"]


@pytest.mark.skipif(os.name != "posix", reason="links need rights on Windows")
def test_no_file_out_of_the_repository_is_read(repository: Repository, tmp_path: Path) -> None:
    (tmp_path / "out.mk").write_text("BPF_CFLAGS = -DOUT\n")
    (repository.root / "linked.mk").symlink_to(tmp_path / "out.mk")
    repository.write("Makefile", f"include ../out.mk {tmp_path}/out.mk linked.mk\nBPF_CFLAGS += -DIN\n{RULE}")
    assert repository.flags("prog.c") == ["-DIN"]


def test_it_compiles_with_what_was_read(repository: Repository) -> None:
    repository.write("headers/room.h", "#define ROOM 16\n")
    repository.write("bpf/Makefile", f"BPF_CFLAGS = -O2 -I../headers -DEXTRA=8\n{RULE}")
    source = repository.write(
        "bpf/prog.c",
        '#include <room.h>\n_Static_assert(ROOM + EXTRA == 24, "");\n'
        '__attribute__((section("xdp"), used)) int prog(void *ctx) { return ROOM; }\n',
    )
    [way] = ways_of(str(source)).ways
    toolchain = find_toolchain(ToolchainSettings())
    assert compile_source(toolchain, CompileRequest(str(source), flags=way.layers[0].flags.kept)).object
    assert compile_source(toolchain, CompileRequest(str(source))).object is None
