"""Flags out of `//go:generate` lines."""

from __future__ import annotations

import pytest

from tests.project.conftest import Repository

BPF2GO = "go run github.com/cilium/ebpf/cmd/bpf2go"


@pytest.mark.parametrize(
    ("line", "flags"),
    [
        (f"{BPF2GO} -cc clang -cflags \"-DA -mcpu=v3\" prog ../bpf/prog.c -- -I../headers -DB",
         ["-O2", "-mcpu=v1", "-DA", "-mcpu=v3", "-Iheaders", "-DB"]),
        (f"{BPF2GO}@v0.16.0 -strip -target amd64,arm64 -type event prog ../bpf/prog.c", ["-O2", "-mcpu=v1"]),
        ("go tool bpf2go -no-strip -cflags=-DA prog ../bpf/prog.c", ["-O2", "-mcpu=v1", "-DA"]),
        ("bpf2go -cflags $BPF_CFLAGS prog ../bpf/prog.c -- -DARCH_$GOARCH -DA", ["-O2", "-mcpu=v1", "-DA"]),
        ("clang -target bpf -O1 -DA -c ../bpf/prog.c -o prog.o", ["-O1", "-DA"]),
        ("sh -c \"rm -rf /\"", []),
        ("stringer -type=X", []),
    ],
)  # fmt: skip
def test_a_line_for_the_source_is_read(repository: Repository, line: str, flags: list[str]) -> None:
    repository.write("headers/x.h")
    repository.write("go.mod", "module x\n")
    repository.write("loader/gen.go", f"package loader\n\n//go:generate {line}\n\nfunc x() {{}}\n")
    assert repository.flags("bpf/prog.c") == flags
    if flags:
        layer = repository.layer("bpf/prog.c")
        assert (layer.origin, layer.line) == (str(repository.root / "loader/gen.go"), 3)
        assert layer.reason == "its go:generate line"


def test_beside_and_above_the_source_no_module_is_needed(repository: Repository) -> None:
    repository.write("main.go", "package main\n\n//go:generate bpf2go prog bpf/prog.c -- -DABOVE\n")
    assert repository.flags("bpf/prog.c") == ["-O2", "-mcpu=v1", "-DABOVE"]
    repository.write("bpf/gen.go", "package bpf\n//go:generate bpf2go prog prog.c -- -DBESIDE\n")
    assert repository.flags("bpf/prog.c") == ["-O2", "-mcpu=v1", "-DBESIDE"]


def test_the_line_of_the_source_counts_before_that_of_another(repository: Repository) -> None:
    repository.write(
        "gen.go",
        "package x\n//go:generate bpf2go other other.c -- -DOTHER\n//go:generate bpf2go prog prog.c -- -DMINE\n",
    )
    assert repository.flags("prog.c")[-1] == "-DMINE"
    assert repository.flags("third.c")[-1] == "-DOTHER"
    assert repository.layer("third.c").reason == "a go:generate line for other sources"
