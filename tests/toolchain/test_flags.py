"""The allow-list: what a workspace may say to clang, and what it may not."""

from __future__ import annotations

import re
import shlex
import subprocess  # noqa: TID251 - asks the compilers themselves what flags would do
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.toolchain.conftest import COMPILERS, toolchain_for
from xdp_lsp.toolchain import FilteredFlags, ToolchainSettings, filter_flags

D = "/project"

KEPT = [
    (["-Iinclude"], ["-I/project/include"]),
    (["-I", "include"], ["-I/project/include"]),
    (["-I include"], ["-I/project/include"]),
    (["-I/opt/include"], ["-I/opt/include"]),
    (["-I../up"], ["-I/project/../up"]),
    (
        ["-isystem", "sys", "-isystemsys", "-iquote", "q", "-idirafter", "a"],
        ["-isystem/project/sys", "-isystem/project/sys", "-iquote/project/q", "-idirafter/project/a"],
    ),
    (["-include", "config.h", "-imacros", "m.h"], ["-include/project/config.h", "-imacros/project/m.h"]),
    (
        ["--include-directory=i", "--include-directory", "j", "--include=k.h"],
        ["-I/project/i", "-I/project/j", "-include/project/k.h"],
    ),
    (
        ["--sysroot=/opt/root", "--sysroot", "r", "-isysroot", "s"],
        ["--sysroot=/opt/root", "--sysroot=/project/r", "-isysroot/project/s"],
    ),
    (
        ["-DX", "-D", "Y=1", "-DF(x)=x", '-DS="a b"', "-UX", "-U", "Y"],
        ["-DX", "-DY=1", "-DF(x)=x", '-DS="a b"', "-UX", "-UY"],
    ),
    (["--define-macro=X=1", "--undefine-macro", "X"], ["-DX=1", "-UX"]),
    (
        ["-std=gnu11", "-std=gnu2x", "-std=c99", "--std=gnu17", "-ansi"],
        ["-std=gnu11", "-std=gnu2x", "-std=c99", "-std=gnu17", "-ansi"],
    ),
    (
        ["-O", "-O1", "-O2", "-O3", "-Os", "-Ofast", "-O4"],
        ["-O", "-O1", "-O2", "-O3", "-Os", "-Ofast", "-O4"],
    ),
    (["-mcpu=v1", "-mcpu=v4", "-mlittle-endian"], ["-mcpu=v1", "-mcpu=v4", "-mlittle-endian"]),
    (
        [
            "-Wall",
            "-Wextra",
            "-Werror",
            "-Wno-unused",
            "-Wformat=2",
            "-Werror=implicit-function-declaration",
            "-w",
        ],
        [
            "-Wall",
            "-Wextra",
            "-Werror",
            "-Wno-unused",
            "-Wformat=2",
            "-Werror=implicit-function-declaration",
            "-w",
        ],
    ),
    (
        [
            "-fno-stack-protector",
            "-fno-builtin",
            "-fno-builtin-memcpy",
            "-fno-jump-tables",
            "-fno-strict-aliasing",
        ],
        [
            "-fno-stack-protector",
            "-fno-builtin",
            "-fno-builtin-memcpy",
            "-fno-jump-tables",
            "-fno-strict-aliasing",
        ],
    ),
    (
        ["-funroll-loops", "-fvisibility=hidden", "-ftrivial-auto-var-init=zero"],
        ["-funroll-loops", "-fvisibility=hidden", "-ftrivial-auto-var-init=zero"],
    ),
    (["-nostdinc", "-undef"], ["-nostdinc", "-undef"]),
    (["-mllvm", "-bpf-stack-size=1024"], ["-mllvm", "-bpf-stack-size=1024"]),
    (["-target", "bpfeb"], ["--target=bpfeb"]),
    (["--target=bpfel-unknown-none"], ["--target=bpfel"]),
]

# What runs a program, writes a file, takes flags from elsewhere, or is for another target.
DROPPED = [
    "-fplugin=evil.so", "-fplugin-arg-evil-x", "-fpass-plugin=evil.so", "-fno-integrated-as", "-no-integrated-as",
    "-fno-integrated-cc1", "-fuse-ld=/evil", "-B/evil", "-B", "--prefix=/evil", "-Xclang", "-Xclang=-load",
    "-Xassembler", "-Xlinker", "-Xpreprocessor", "-Xarch_host", "-Wa,-o,x", "-Wl,-o,x", "-Wp,-MD,x", "-Wp,-include,x",
    "-mllvm", "-mllvm=-load=evil.so", "-load", "-plugin", "-cc1", "-cc1as", "-wrapper", "-ccc-gcc-name", "-specs=x",
    "--specs=x", "-ftime-trace", "-ftime-trace=x", "-ftime-report", "-save-temps", "-save-temps=obj", "--save-temps",
    "-serialize-diagnostics", "--serialize-diagnostics", "-fsave-optimization-record",
    "-foptimization-record-file=x", "-fcrash-diagnostics-dir=x", "-fprofile-generate=x", "-fprofile-instr-generate=x",
    "-fprofile-use=x", "-fcs-profile-generate", "-fprofile-list=x", "-ftest-coverage", "-fcoverage-mapping",
    "--coverage", "-coverage", "-fmodules", "-fmodules-cache-path=x", "-fmodule-file=x", "-fmodule-map-file=x",
    "-fimplicit-modules", "-fproc-stat-report=x", "-fstack-usage", "-fdump-record-layouts", "-gsplit-dwarf",
    "-gsplit-dwarf=single", "-gz", "-g0", "-gline-tables-only", "-fdebug-compilation-dir=x", "-ffile-prefix-map=a=b",
    "-fdebug-prefix-map=a=b", "-frecord-command-line", "-fxray-instrument", "-fsanitize=address",
    "-fsanitize-ignorelist=x", "-fbasic-block-sections=list=x", "-fthinlto-index=x", "-flto", "-fembed-bitcode",
    "-fsyntax-only", "-fopenmp", "-fdiagnostics-format=sarif", "-fcolor-diagnostics", "-fdiagnostics-add-output=x",
    "-dependency-file", "-dumpdir", "-dD", "-dM", "-emit-ast", "-emit-pch", "-index-store-path", "-MJ", "-MJx",
    "-MJ/x", "--config=x", "--config", "--config-user-dir=x", "-ivfsoverlay", "-ivfsoverlayx", "-include-pch",
    "-resource-dir=x", "-resource-dir", "-working-directory=x", "-I-", "@response", "@", "-", "other.c", "evil.so",
    "-march=native", "-mtune=native", "-mcpu=native", "-mcpu=probe", "-mcpu=../x", "-m32", "-msse2", "-target",
    "--target=x86_64-linux-gnu", "-L.", "-lc", "-shared", "-static", "-pthread", "-f", "-fbogus",
    "-fvisibility=../x", "-ftrivial-auto-var-init=x y", "-W", "-W-", "-Wfoo=/x", "-Wfoo=a,b", "-O9", "-O2x",
    "-ObjC", "-ObjC++", "-std=c++17", "-std=../x", "-std=", "-analyze", "--analyze", "-rewrite-objc",
    "-print-file-name=x",
    "--driver-mode=cl", "-gen-reproducer", "-D", "-U", "-I", "-D-o", "-D=x", "-D 1", "-isystem", "--include-directory=",
    "--sysroot=", "-iwithprefix", "-iprefix", "-F/x", "-iframework", "-cxx-isystem", "-x", "-xc++", "-Xopenmp-target",
    "", "-D\0", "-I\0x", "-Wall\0", "-Wall\n", "-O2\n", "-fpic\n", "-mcpu=v3\n", "-Wä",
]  # fmt: skip


@pytest.mark.parametrize(("flags", "kept"), KEPT, ids=[" ".join(flags) for flags, _ in KEPT])
def test_what_a_project_may_set(flags: list[str], kept: list[str]) -> None:
    assert filter_flags(flags, D) == FilteredFlags(tuple(kept))


@pytest.mark.parametrize("flag", DROPPED, ids=ascii)
def test_what_a_project_may_not_set(flag: str) -> None:
    filtered = filter_flags([flag], D)
    assert filtered.kept == ()
    assert len(filtered.dropped) + len(filtered.replaced) == 1


@pytest.mark.parametrize(
    "flag",
    ["-c", "-S", "-E", "-o out.o", "-oout.o", "-MD", "-MMD", "-MP", "-MF x.d", "-MT x", "-MQx", "-g", "-ggdb", "-x c",
     "-emit-llvm", "-target bpf", "--target=bpf"],
)  # fmt: skip
def test_what_every_compile_sets_itself_is_not_told(flag: str) -> None:
    filtered = filter_flags(flag.split(), D)
    assert (filtered.kept, filtered.dropped) == ((), ())
    assert len(filtered.replaced) == 1


def test_a_value_is_told_with_its_flag() -> None:
    flags = ["-Xclang", "-load", "-Xclang", "evil.so", "-o", "-Wall", "-Wextra"]
    filtered = filter_flags(flags, D)
    assert filtered.kept == ("-Wextra",)
    assert [flag for flag, _ in filtered.dropped] == ["-Xclang -load", "-Xclang evil.so"]
    assert filtered.replaced == ("-o -Wall",)


@pytest.mark.parametrize(
    ("flag", "reason"),
    [
        ("-fplugin=x.so", "can run a program or load a plugin"),
        ("-Wa,-o,x", "can run a program or load a plugin"),
        ("-ftime-trace=x", "can write a file"),
        ("@flags", "reads flags or files from elsewhere"),
        ("-march=native", "is for another target than BPF"),
        ("-lbpf", "is for the linker"),
        ("other.c", "names a file to compile"),
        ("-fcolor-diagnostics", "would change the form of the messages"),
        ("-fbogus", "is not among the flags that a project may set"),
    ],
)
def test_the_reason_is_told(flag: str, reason: str) -> None:
    assert filter_flags([flag], D).dropped == ((flag, reason),)


def test_a_relative_directory_passes_no_path() -> None:
    """`-include` and `-pch` would join into another flag."""
    assert filter_flags(["-include", "-pch"], "").kept == ()


def test_many_flags_take_no_time() -> None:
    flags = ["-DX"] * 200_000
    assert len(filter_flags(flags, D).kept) == 200_000


_WORDS = st.sampled_from([flag for flags, _ in KEPT for flag in flags] + DROPPED)
_FLAGS = st.lists(_WORDS | st.tuples(_WORDS, st.text()).map("".join) | st.text(), max_size=8)


@given(_FLAGS)
def test_each_kept_flag_is_safe_alone(flags: list[str]) -> None:
    """So that neither order nor neighbours can turn one into something else."""
    kept = filter_flags(flags, D).kept
    single = [flag for flag in kept if flag != "-mllvm" and not flag.startswith("-bpf-")]
    for flag in single:
        assert filter_flags([flag], "/elsewhere") == FilteredFlags((flag,))
        assert re.match(
            r"-(I|isystem|iquote|idirafter|include|imacros|isysroot|-sysroot=)/|-[DU]\w|-[WOfmnpstuaw]|--target=bpfe",
            flag,
        )
        assert not re.match(
            r"-f(no-)?(plugin|pass|integ|use|mod|prof|time|save|opt.*rec|crash|cov|test)|-W[alp],", flag
        )


@given(_FLAGS)
def test_nothing_is_lost(flags: list[str]) -> None:
    """Every flag is kept, dropped or replaced, some with the next one as their value."""
    filtered = filter_flags(flags, D)
    told = len(filtered.kept) + len(filtered.dropped) + len(filtered.replaced)
    assert told <= len(flags) <= 2 * told


@pytest.mark.parametrize("compiler", COMPILERS)
def test_clang_agrees_that_nothing_kept_runs_or_writes(compiler: str, tmp_path: Path) -> None:
    """Every option that clang knows goes through the filter, alone and with values; clang says what would run."""
    command = toolchain_for(compiler, ToolchainSettings()).compiler.command
    known = set()
    for prefix in ("-", "--"):
        listed = subprocess.run(
            [*command, f"--autocomplete={prefix}"], capture_output=True, text=True, check=True
        )
        known |= {line.split("\t")[0] for line in listed.stdout.splitlines()}
    assert len(known) > 1000
    kept: dict[str, None] = {}
    for option in sorted(known):
        for words in ([option], [option, "evil"], [option + "evil"], [option + "=evil"], [option + "/evil"]):
            kept.update(dict.fromkeys(filter_flags(words, D).kept))
    flags = [flag for flag in kept if not flag.startswith("-W")]
    flags += [flag for flag in kept if flag.startswith("-W")]
    (tmp_path / "in.c").touch()
    planned = subprocess.run(
        [*command, "-###", "-target", "bpf", *flags, "-c", "-x", "c", "in.c", "-o", "out.o"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    ).stderr  # fmt: skip
    jobs = [shlex.split(line) for line in planned.splitlines() if line.startswith(' "')]
    assert len(jobs) == 1
    (job,) = jobs
    assert job[1] == "-cc1"
    outputs = [job[index + 1] for index, word in enumerate(job) if word == "-o"]
    assert outputs == ["out.o"]
    forbidden = re.compile(
        r"-(load|plugin|add-plugin|fpass-plugin|serialize-diagnostic|dependency-file|ftime-trace|opt-record|stats-file"
        r"|split-dwarf-(file|output)|coverage-(data|notes)-file|fprofile|fmodule|index-store|MT|header-include-file"
        r"|include-pch|ivfsoverlay|no-integrated-as|stack-usage-file|diagnostic-log-file)"
    )
    assert [word for word in job if forbidden.match(word) and not word.startswith("-fmodules-")] == []
