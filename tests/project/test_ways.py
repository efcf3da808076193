"""Where a project's flags are found: its compilation database, its flag file, its layout."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from xdp_lsp.pipeline import configurations_of
from xdp_lsp.pipeline.flags import flags_of
from xdp_lsp.project import Layer, Way, Ways, repository_of, ways_of
from xdp_lsp.settings import Configuration, Settings
from xdp_lsp.toolchain import FilteredFlags


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "repo" / "bpf"
    folder.mkdir(parents=True)
    path = folder / "prog.bpf.c"
    path.touch()
    return path


def layer_of(source: Path) -> Layer:
    """The one layer of the one way to compile `source`."""
    found = ways_of(str(source))
    assert not found.problems
    (way,) = found.ways
    (layer,) = way.layers
    return layer


def write_database(folder: Path, *entries: object) -> Path:
    folder.mkdir(exist_ok=True)
    database = folder / "compile_commands.json"
    database.write_text(json.dumps(list(entries)))
    return database


def test_without_anything_there_are_no_flags(source: Path) -> None:
    assert ways_of(str(source)) == Ways((Way(),))


@pytest.mark.parametrize("where", ["repo", "repo/build", "repo/bpf"])
def test_a_command_is_split_and_its_paths_resolved(source: Path, tmp_path: Path, where: str) -> None:
    command = f"clang -target bpf -O2 -Ihdr -D'NAME=\"a b\"' -include pre.h -c {source} -o {source}.o -MMD"
    database = write_database(
        tmp_path / where, {"directory": str(tmp_path / "repo"), "command": command, "file": "bpf/prog.bpf.c"}
    )
    found = layer_of(source)
    assert found.flags.kept == (
        "-O2",
        f"-I{tmp_path}/repo/hdr",
        '-DNAME="a b"',
        f"-include{tmp_path}/repo/pre.h",
    )
    assert found.flags.dropped == ()
    assert (found.origin, found.is_guess) == (str(database), False)
    assert ways_of(str(source)).ways[0].targets_bpf


def test_arguments_need_no_splitting(source: Path, tmp_path: Path) -> None:
    write_database(
        tmp_path / "repo",
        {
            "directory": "bpf",
            "arguments": ["/usr/bin/clang", "-I", "with space", "-fplugin=x.so", "prog.bpf.c"],
            "file": "prog.bpf.c",
        },
    )
    found = layer_of(source)
    assert found.flags.kept == (f"-I{tmp_path}/repo/bpf/with space",)
    assert found.flags.dropped == (("-fplugin=x.so", "can run a program or load a plugin"),)
    assert not ways_of(str(source)).ways[0].targets_bpf


def test_of_several_commands_the_one_for_bpf_counts(source: Path, tmp_path: Path) -> None:
    write_database(
        tmp_path / "repo",
        {"directory": "", "arguments": ["cc", "-DHOST", "-c", str(source)], "file": str(source)},
        {"directory": "", "arguments": ["clang", "--target=bpf", "-DBPF", str(source)], "file": str(source)},
    )
    assert layer_of(source).flags.kept == ("-DBPF",)


def test_a_database_without_the_file_does_not_stop_the_search(source: Path, tmp_path: Path) -> None:
    write_database(source.parent, {"directory": ".", "arguments": ["cc", "-DA"], "file": "other.c"})
    (tmp_path / "repo" / "compile_flags.txt").write_text("-DB\n\n  -Iinclude  \n-I more\n-o x\n@evil\n")
    found = layer_of(source)
    assert found.flags.kept == ("-DB", f"-I{tmp_path}/repo/include", f"-I{tmp_path}/repo/more")
    assert [flag for flag, _ in found.flags.dropped] == ["@evil"]
    assert found.origin == str(tmp_path / "repo" / "compile_flags.txt")


def test_the_nearest_counts(source: Path, tmp_path: Path) -> None:
    write_database(tmp_path / "repo", {"directory": "", "arguments": ["cc", "-DFAR"], "file": str(source)})
    (source.parent / "compile_flags.txt").write_text("-DNEAR\n")
    assert layer_of(source).flags.kept == ("-DNEAR",)


@pytest.mark.skipif(os.name != "posix", reason="links need rights on Windows")
def test_a_file_is_known_by_way_of_a_link(source: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "repo")
    write_database(
        tmp_path / "repo", {"directory": "", "arguments": ["cc", "-DX", str(source)], "file": str(source)}
    )
    found = layer_of(tmp_path / "link" / "bpf" / "prog.bpf.c")
    assert found.flags == FilteredFlags(("-DX",))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "is not valid JSON"),
        ("{}", "is not a list of commands"),
        ("[" * 100_000, "is not valid JSON"),
        ("\x00", "is not valid JSON"),
    ],
)
def test_a_database_that_cannot_be_read_is_told(
    source: Path, tmp_path: Path, content: str, problem: str
) -> None:
    database = tmp_path / "repo" / "compile_commands.json"
    database.write_text(content)
    found = ways_of(str(source))
    assert found.ways == (Way(),)
    (sentence,) = found.problems
    assert sentence.startswith(f"{database} {problem}")
    assert "\n" not in sentence


@pytest.mark.parametrize(
    "entry",
    [
        1,
        None,
        {},
        {"file": 3},
        {"file": "prog.bpf.c"},
        {"file": "x", "command": "'"},
        {"file": "x", "arguments": 1},
    ],
)
def test_a_malformed_entry_leaves_the_others(source: Path, tmp_path: Path, entry: object) -> None:
    good = {"directory": "", "arguments": ["cc", 7, "-DX", None], "file": str(source)}
    write_database(tmp_path / "repo", entry, good)
    assert layer_of(source).flags.kept == ("-DX",)


def test_a_changed_database_is_read_again(source: Path, tmp_path: Path) -> None:
    for macro in ("-DONE", "-DTHREE"):
        write_database(tmp_path / "repo", {"directory": "", "arguments": ["cc", macro], "file": str(source)})
        assert layer_of(source).flags.kept == (macro,)


def test_the_include_folders_of_a_repository_are_guessed(source: Path, tmp_path: Path) -> None:
    repo = tmp_path / "repo"
    (repo / ".git").mkdir()
    (repo / "headers").mkdir()
    (source.parent / "lib").mkdir()
    (tmp_path / "include").mkdir()
    found = layer_of(source)
    assert found.is_guess
    assert found.origin == str(repo)
    assert found.flags.kept == (f"-I{repo}/bpf", f"-I{repo}/bpf/lib", f"-I{repo}", f"-I{repo}/headers")


@pytest.mark.parametrize(
    ("commands", "names"),
    [
        (["-target bpf -DA=1", "-target bpf -DA=1 -o x.o"], ["default"]),
        (["-target bpf -DA=1 -DX", "-target bpf -DA=2 -DX -DB"], ["A=1", "A=2 B"]),
        # A plain build has no macro of its own.
        (["-target bpf -o plain.bpf.o", "-target bpf -DA -o a.o"], ["plain", "A"]),
        (["-target bpf -O1 -o one.o", "-target bpf -O3 -o build/three.o"], ["one", "three"]),
        (["-target bpf -O1 -o x.o", "-target bpf -O3 -o x.o", "-target bpf -Os"], ["x", "1", "2"]),
        (["-target bpf -DA=1,2", "-target bpf -o default.o"], ["1", "2"]),
        # Of a file that is compiled for BPF what is done for the host is no way.
        (["-DHOST=1", "-target bpf -DA=1", "-target bpf -DA=2"], ["A=1", "A=2"]),
        (["-DHOST=1", "-DHOST=2"], ["HOST=1", "HOST=2"]),
    ],
)
def test_several_commands_are_several_ways(source: Path, commands: list[str], names: list[str]) -> None:
    entries = [
        {"directory": str(source.parent), "command": f"clang {one} -c prog.bpf.c", "file": "prog.bpf.c"}
        for one in commands
    ]
    write_database(source.parent, *entries)
    assert [way.name for way in ways_of(str(source)).ways] == names


def test_more_commands_than_are_looked_at_are_told(source: Path) -> None:
    entries = [
        {"directory": ".", "command": f"clang -target bpf -DA={at} -c prog.bpf.c", "file": "prog.bpf.c"}
        for at in range(70)
    ]
    write_database(source.parent, *entries)
    found = ways_of(str(source))
    assert len(found.ways) == 64
    assert any("more than 64 commands" in problem for problem in found.problems)
    flags = flags_of(str(source), Settings(), "A=3")
    assert flags.configurations == tuple(f"A={at}" for at in range(16))
    assert flags.kept == ("-DA=3",)
    assert any("48 of them are left out: A=16, A=17" in remark for remark in flags.remarks)


def test_configurations_of_the_settings_go_before_those_of_the_project(source: Path) -> None:
    """They come on top of its first way, and the macros after those of `flags`."""
    entries = [
        {"directory": ".", "command": f"clang -target bpf -DA={at} -c prog.bpf.c", "file": "prog.bpf.c"}
        for at in (1, 2)
    ]
    write_database(source.parent, *entries)
    jumbo = Configuration("jumbo", ("-DMTU=9000", "-Ihere"), (), "/conf")
    settings = Settings(flags=("-DMTU=1",), configuration=(jumbo, jumbo._replace(name="plain", flags=())))
    assert configurations_of(str(source), settings) == ("jumbo", "plain")
    assert flags_of(str(source), settings).kept == ("-DA=1", "-DMTU=1", "-DMTU=9000", "-I/conf/here")
    assert flags_of(str(source), settings, "plain").kept == ("-DA=1", "-DMTU=1")
    others = settings._replace(configuration=(jumbo._replace(files=("*.c",)),))
    assert configurations_of(str(source), others) == ("A=1", "A=2")


def test_nothing_of_a_folder_that_is_not_trusted_is_a_way(source: Path) -> None:
    entries = [
        {"directory": ".", "command": f"clang -target bpf -DA={at} -c prog.bpf.c", "file": "prog.bpf.c"}
        for at in (1, 2)
    ]
    write_database(source.parent, *entries)
    assert configurations_of(str(source), Settings(untrusted=(str(source.parent),))) == ("default",)


def test_a_folder_that_is_called_as_a_readme_makes_no_project_of_what_is_beside_it(tmp_path: Path) -> None:
    project = tmp_path / "work" / "filter"
    (tmp_path / "work" / "readme-generator").mkdir(parents=True)
    project.mkdir()
    (project / "README.md").touch()
    assert repository_of(str(project / "prog.c")) == project
