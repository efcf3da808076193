"""A folder that names programs, plugins and files to write in every place that is read: none is run, none written."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import pytest

from tests.hostile.conftest import ANSWER, HEAD, PROGRAM, Folder

sys.path.append(str(Path(__file__).parents[1] / "server"))
from editor import connected

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="its programs are scripts, its files Linux's"),
    pytest.mark.timeout(180),
]

# What has clang run something, read its orders elsewhere, or write where it is told.
ORDERS = [
    "-fplugin=./evil.so", "-fpass-plugin=./evil.so", "-Xclang -load -Xclang ./evil.so", "-mllvm -load=./evil.so",
    "@evil.rsp", "--config=evil.cfg", "--config evil.cfg", "-B.", "-B .", "--prefix=.", "-BROOT -fno-integrated-as",
    "-specs=evil.specs", "-wrapper ./as,x", "-fno-integrated-as", "-no-integrated-as",
    "-fno-integrated-cc1 -ccc-install-dir .", "-fuse-ld=./ld", "-ivfsoverlay evil.yaml", "-Xassembler --x", "-Wa,--x",
    "-Wp,-MD,MARK-wp", "-o MARK-o", "-MMD -MF MARK-mf", "-MJ MARK-mj", "-MJMARK-mj",
    "--serialize-diagnostics MARK-sd", "-save-temps=cwd", "-ftime-trace=MARK-tt",
    "-fdump-record-layouts", "-foptimization-record-file=MARK-or", "-fsave-optimization-record",
    "-dependency-file MARK-df", "-fprofile-instr-generate=MARK-pg", "-gsplit-dwarf", "-include-pch evil.pch",
    "-fmodules-cache-path=MARK-mc -fmodules", "-index-store-path MARK-is", "-x assembler",
    "-fcrash-diagnostics-dir=MARK",
]  # fmt: skip
TOOLS = (
    "clang clang-19 clang-99 as ld llc opt cc gcc git bpftool python python3 sh touch make cmake meson go zig"
)
MODULES = (
    "multiprocessing concurrent json signal yaml clang libclang elftools pygls lsprotocol asyncio tempfile typing "
    "sitecustomize usercustomize xdp_lsp ziglang"
)


def filled(folder: Folder) -> list[str]:
    """Fill the folder; the names of its programs, of which each has its orders from another place."""
    orders = [order.replace("MARK", str(folder.mark)).replace("ROOT", str(folder.root)) for order in ORDERS]
    words = [word for order in orders for word in order.split()]
    line = " ".join(orders)
    for name in TOOLS.split():
        folder.tool(name)
        folder.tool(f"bin/{name}")
    for name in MODULES.split():
        folder.write(f"{name}.py", f"open({str(folder.mark) + '-' + name!r}, 'w')\n")
    folder.write("evil.pth", f"import os; open({str(folder.mark) + '-pth'!r}, 'w')\n")
    folder.write("pyvenv.cfg", "home = .\n")
    folder.write("libclang.so", "no library")
    folder.write("evil.so", "no library")
    folder.write("evil.rsp", "-fplugin=./evil.so\n")
    folder.write("evil.cfg", "-fplugin=./evil.so\n")
    touch = f"touch {folder.mark}"
    json_arguments = [{"directory": ".", "file": "prog.c", "arguments": ["./clang", *words, "-c", "prog.c"]}]
    json_command = [
        {"directory": ".", "file": "prog.c", "command": f"./clang {line} -c prog.c; {touch}; `{touch}`"}
    ]
    json_shell = [{"directory": ".", "file": "prog.c", "arguments": ["sh", "-c", f"clang {line} -c prog.c"]}]
    carriers = {
        "arguments": ("compile_commands.json", json.dumps(json_arguments)),
        "command": ("compile_commands.json", json.dumps(json_command)),
        "shell": ("compile_commands.json", json.dumps(json_shell)),
        "flags": ("compile_flags.txt", "\n".join(words)),
        "clangd": (".clangd", f"CompileFlags:\n  Compiler: ./clang\n  Add: {json.dumps(words)}\n"),
        "make": (
            "Makefile",
            f"CC = ./clang\nA := $(shell {touch})\nB != {touch}\n$(file > {folder.mark},x)\ninclude $(shell {touch})\n"
            f"CFLAGS = {line}\n%.o: %.c\n\t{touch}; ./clang -target bpf $(CFLAGS) `{touch}` -c $< -o $@\n",
        ),
        "cmake": (
            "CMakeLists.txt",
            f"execute_process(COMMAND {touch})\nfile(WRITE {folder.mark} x)\n"
            f"add_custom_target(x COMMAND ./clang -target bpf {line} -c prog.c)\n",
        ),
        "meson": (
            "meson.build",
            f"run_command('touch', '{folder.mark}')\n"
            "custom_target('x', input: 'prog.c', command: ['./clang', '-target', 'bpf', "
            f"{', '.join(map(repr, words))}, '-c'])\n",
        ),
        "go": (
            "gen.go",
            f"package x\n//go:generate {touch}\n"
            f"//go:generate bpf2go -cc ./clang -cflags \"{line}\" x prog.c -- {line}\n",
        ),
        "toml": (
            ".xdp-lsp.toml",
            f'clang = "./clang"\nkernel-check = true\nflags = {json.dumps(words)}\n'
            f'[[configuration]]\nname = "a"\nflags = {json.dumps(words)}\n[[configuration]]\nname = "b"\n',
        ),
        "source": (
            "here.h",
            f'#pragma comment(lib, "{folder.mark}")\n#line 1 "{folder.mark}"\n'
            f"/* xdp-lsp: `{touch}` */\n",
        ),
    }  # fmt: skip
    for place, (name, text) in carriers.items():
        folder.write(f"by-{place}/{name}", text)
        include = '#include "here.h"\n' if place == "source" else ""
        folder.write(f"by-{place}/prog.c", f"{include}{HEAD}{PROGRAM}")
    return [f"by-{place}/prog.c" for place in carriers]


def with_it_on_path(folder: Folder) -> dict[str, str]:
    """As where a user has the current folder on PATH."""
    return {"PATH": f".{os.pathsep}{os.pathsep}bin{os.pathsep}{os.environ['PATH']}"}


def test_the_command_line_runs_nothing_of_a_folder_and_gives_its_answers(folder: Folder) -> None:
    programs = filled(folder)
    before = set(folder.root.rglob("*"))
    done = folder.run("check", ".", environment=with_it_on_path(folder))
    for program in programs:
        assert re.search(rf"{program}:[34]:71: error: {ANSWER}", done.said), (program, done.said)
    # In a configuration, or with `clang`, each of them could be a program's own.
    assert "`clang` is not taken from a workspace" in done.said
    assert "`kernel-check` is not taken from a workspace" in done.said
    told = folder.run("doctor", "by-make/prog.c", environment=with_it_on_path(folder))
    assert "-fplugin=./evil.so" in told.said and f"{folder.root}/clang" not in told.said
    folder.assert_untouched()
    assert set(folder.root.rglob("*")) == before
    assert folder.foreign_processes() == []


async def test_the_server_runs_nothing_of_a_folder_that_it_is_started_in(folder: Folder) -> None:
    programs = filled(folder)
    environment = {**folder.environment, **with_it_on_path(folder)}
    script = folder.root.parent / "xdp-lsp"
    script.write_text(
        "from xdp_lsp.cli import main\nif __name__ == '__main__':\n    raise SystemExit(main())\n"
    )
    header = folder.write("by-source/here2.h", "#pragma once\n")
    async with connected(
        command=(str(script), "serve"), environment=environment, started_in=folder.root, folders=[folder.root]
    ) as client:
        for program in (programs[0], programs[5], programs[-1]):
            path = folder.root / program
            uri = client.open(path, path.read_text())
            shown = await client.diagnostics(
                uri, 1, having=lambda found: any(ANSWER in one.message for one in found)
            )
            assert not any("plugin" in str(one) and "unable" in str(one) for one in shown)
        client.open(header, header.read_text())
    folder.assert_untouched()
    assert folder.foreign_processes() == []


def test_what_git_is_told_by_the_repository_is_not_done(folder: Folder) -> None:
    """tests/toolchain/test_git.py has the ways in which a repository names commands; here one of each kind."""
    for name in ("git", "bin/git"):
        folder.tool(name)
    folder.write("prog.c")
    folder.write(".git/config", f"[core]\n\tfsmonitor = touch {folder.mark}\n\tpager = touch {folder.mark}\n")
    done = folder.run("check", ".", "--diff", "HEAD", environment=with_it_on_path(folder))
    assert done.status == 2 and "git" in done.said
    folder.assert_untouched()


@pytest.mark.parametrize("relative", [".", "evil-cache"])
def test_a_cache_is_never_looked_for_in_the_folder(folder: Folder, tmp_path: Path, relative: str) -> None:
    folder.write("prog.c")
    before = set(folder.root.rglob("*"))
    home = {"XDG_CACHE_HOME": relative, "HOME": str(tmp_path / "home")}
    assert ANSWER in folder.run("check", "prog.c", environment=home).said
    assert set(folder.root.rglob("*")) == before
