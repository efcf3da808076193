"""Entries of compilation databases whose command is a shell's, or is for the host."""

from __future__ import annotations

import json

import pytest

from tests.project.conftest import Repository
from xdp_lsp.pipeline import analyse_path
from xdp_lsp.project import Way, ways_of
from xdp_lsp.settings import Settings


def way(repository: Repository, *entries: dict[str, object]) -> Way:
    """How prog.c is compiled as the database says that is made of `entries`."""
    source = repository.write("prog.c")
    listed = [{"directory": str(repository.root), "file": "prog.c", **entry} for entry in entries]
    repository.write("compile_commands.json", json.dumps(listed))
    found = ways_of(str(source))
    assert found.problems == ()
    [only] = found.ways
    return only


@pytest.mark.parametrize(
    ("command", "kept"),
    [
        ("clang -DA -O1 -emit-llvm -c prog.c -o - | llc -march=bpf -mcpu=v2 -filetype=obj -o prog.o",
         ("-DA", "-O1", "-mcpu=v2")),
        ("cd sub && clang -target bpf -Iinc -c ../prog.c -o x.o && llvm-strip -g x.o", ("-I{root}/sub/inc",)),
        ("mkdir -p out; clang -nostdinc -isystem /usr/lib/x -D__KERNEL__ -emit-llvm -S prog.c 2>/dev/null",
         ("-nostdinc", "-isystem/usr/lib/x", "-D__KERNEL__")),
        ("cd sub && gcc -DHOST -O2 -c ../prog.c", ("-DHOST",)),
        ("ccache clang -target bpf -DA -c prog.c", ("-DA",)),
    ],
)  # fmt: skip
def test_the_compiler_is_found_in_a_shells_command(
    repository: Repository, command: str, kept: tuple[str, ...]
) -> None:
    flags = tuple(flag.format(root=repository.root) for flag in kept)
    for entry in ({"command": command}, {"arguments": ["/bin/sh", "-c", command]}):
        found = way(repository, entry)
        assert found.kept == flags
        assert found.layers[0].flags.dropped == ()
        assert found.targets_bpf == ("-DHOST" not in kept)


def test_a_command_for_the_host_leaves_its_macros_and_folders(repository: Repository) -> None:
    found = way(
        repository,
        {
            "command": "gcc -m64 -march=native -O0 -DA -Iinc -fsanitize=address -pthread -fplugin=x.so -c prog.c"
        },
    )
    assert found.kept == ("-DA", f"-I{repository.root}/inc")
    assert found.layers[0].flags.dropped == (("-fplugin=x.so", "can run a program or load a plugin"),)
    assert not found.targets_bpf


def test_what_a_shell_works_out_is_left_out_and_told(repository: Repository) -> None:
    found = way(repository, {"command": "clang -target bpf -DA=$(id -u) -DB -c prog.c; true"})
    assert found.kept == ("-DB",)
    assert found.layers[0].flags.dropped == (
        ("-DA=$(id -u)", "needs $(id -u), which is for a shell to work out"),
    )


def test_an_xdp_program_of_a_host_build_is_analysed(repository: Repository) -> None:
    way(
        repository,
        {"command": "gcc -m64 -msse2 -O0 -fsanitize=address -DROOM=24 -o prog.o -c prog.c"},
    )
    source = repository.write(
        "prog.c",
        "#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n"
        'SEC("xdp") int prog(struct xdp_md *ctx)\n{\n\treturn bpf_xdp_adjust_head(ctx, -ROOM) ? 1 : 2;\n}\n',
    )
    report = analyse_path(str(source), Settings())
    [program] = report.analysis.programs
    assert program.exploration.need == 24
    assert report.flag_remarks == ()
