"""Flags out of `.clangd` files."""

from __future__ import annotations

import json

import pytest

from tests.project.conftest import Repository
from xdp_lsp.project import Ways, ways_of


def found(repository: Repository, text: str, name: str = "bpf/prog.c") -> Ways:
    repository.write(".clangd", text)
    return ways_of(str(repository.write(name)))


def kept(repository: Repository, text: str, name: str = "bpf/prog.c") -> list[str]:
    """The flags for the file, without those that are guessed."""
    ways = found(repository, text, name)
    assert ways.problems == ()
    return [
        flag.replace(f"{repository.root}/", "")
        for layer in ways.ways[0].layers
        if not layer.is_guess
        for flag in layer.flags.kept
    ]


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("CompileFlags:\n  Add: [-DA, -Iinclude, '-DB=\"x y\"', --target=bpf]\n", ["-DA", "-Iinclude", '-DB="x y"']),
        ("CompileFlags:\n  Add: -DA\n", ["-DA"]),
        ("CompileFlags:\n  Add: [-fplugin=x.so, -o, x, '@x', 7, [-DNO], {a: -DNO}]\n  Compiler: ./evil\n", []),
        ("Diagnostics:\n  Suppress: '*'\n", []),
        ("CompileFlags: 3\n---\n- 1\n---\nCompileFlags:\n  Add: [-DA]\n", ["-DA"]),
        ("If:\n  PathMatch: .*\\.bpf\\.c\nCompileFlags:\n  Add: [-DA]\n---\nCompileFlags:\n  Add: [-DB]\n", ["-DB"]),
        ("If:\n  PathMatch: [user/.*, bpf/.*]\nCompileFlags:\n  Add: [-DA]\n", ["-DA"]),
        ("If:\n  PathMatch: (bpf|xdp)/.*\\.[ch]\nCompileFlags:\n  Add: [-DA]\n", ["-DA"]),
        ("If:\n  PathMatch: .*\n  PathExclude: bpf/.*\nCompileFlags:\n  Add: [-DA]\n", []),
        ("", []),
    ],
)  # fmt: skip
def test_flags_are_added(repository: Repository, text: str, flags: list[str]) -> None:
    assert kept(repository, text) == flags


@pytest.mark.parametrize(
    ("remove", "flags"),
    [
        ("-DA", ["-Iinc", "-Wall", "-O2"]),
        ("-W*", ["-DA", "-Iinc", "-O2"]),
        ("[-I, -D]", ["-Wall", "-O2"]),
        ("-O", ["-DA", "-Iinc", "-Wall", "-O2"]),
    ],
)
def test_flags_of_others_are_taken_away(repository: Repository, remove: str, flags: list[str]) -> None:
    text = f"CompileFlags:\n  Remove: {remove}\n"
    entry = {"directory": str(repository.root), "file": "bpf/prog.c"}
    command = "clang -target bpf -DA -Iinc -Wall -O2 -c bpf/prog.c"
    database = repository.write("compile_commands.json", json.dumps([{**entry, "command": command}]))
    assert kept(repository, text) == flags
    database.unlink()
    repository.write("inc/x.h")
    repository.write("Makefile", "%.o: %.c\n\tclang -target bpf -DA -Iinc -Wall -O2 -c $<\n")
    assert kept(repository, text) == flags


def test_the_nearest_file_has_the_last_word(repository: Repository) -> None:
    repository.write("bpf/.clangd", "CompileFlags:\n  Add: [-DA=2]\n")
    assert kept(repository, "CompileFlags:\n  Add: [-DA=1]\n") == ["-DA=1", "-DA=2"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: [", "is not valid YAML"),
        ("[" * 16_000, "has too many brackets"),
        ("- " * 8_000, "is not valid YAML"),
        ("!!python/object/apply:os.abort []\n---\n\t", "is not valid YAML"),
        (" " * 17_000, "is too large"),
        ("If:\n  PathMatch: (a+)+b\nCompileFlags:\n  Add: [-DA]\n", "has a condition that is not tried"),
        ("If:\n  PathMatch: " + "(a|b)" * 30 + "\nCompileFlags:\n  Add: [-DA]\n", "has a condition that is not tried"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told(repository: Repository, text: str, problem: str) -> None:
    ways = found(repository, text)
    [sentence] = ways.problems
    assert sentence.startswith(f"{repository.root}/.clangd {problem}")
    assert "\n" not in sentence
