"""Flags out of meson.build files."""

from __future__ import annotations

import pytest

from tests.project.conftest import Repository

TARGET = (
    "custom_target('prog', input: 'prog.c', output: 'prog.o', build_by_default: true,\n"
    "  command: [clang, '-target', 'bpf', flags, '-c', '@INPUT@', '-o', '@OUTPUT@'])\n"
)


@pytest.mark.parametrize(
    ("set_", "flags"),
    [
        ("flags = ['-O2', '-DA']", ["-O2", "-DA"]),
        (
            "flags = ['-O2']\nflags += '-DA'\nflags += ['-DB', '-DC=\\'c\\'']",
            ["-O2", "-DA", "-DB", "-DC='c'"],
        ),
        ("more = ['-DA']\nflags = more + ['-DB'] + more", ["-DA", "-DB", "-DA"]),
        ("flags = ['-I' + meson.current_source_dir()]", ["-Ibpf"]),
        ("flags = ['-I' + meson.project_source_root() / 'inc']", ["-Iinc"]),
        ("flags = ['-I@0@'.format(meson.project_source_root()), '-DA']", ["-DA"]),
        ("d = join_paths(meson.source_root(), 'inc')\nflags = [f'-I@d@']", ["-Iinc"]),
        ("flags = '''-DA'''  # -DB", ["-DA"]),
        ("flags = ['-DA', get_option('x') ? '-DB' : '-DC', '-D' + version, '-DE']", ["-DA", "-DE"]),
        ("flags = ['-DA']\nif host == 'x'\n  flags += '-DB'\nelse\n  flags += '-DC'\nendif", ["-DA"]),
        ("flags = []\nforeach d : ['a', 'b']\n  flags += '-DA'\nendforeach", ["-DA"]),
        ("flags = ['-DA', run_command('sh', '-c', 'x').stdout().strip()]", ["-DA"]),
        ("flags = ['-DA', '-I' + dep.get_variable('dir')[0]]", ["-DA"]),
    ],
)
def test_variables_are_those_of_meson(repository: Repository, set_: str, flags: list[str]) -> None:
    repository.write("inc/x.h")
    repository.write("meson.build", "project('x', 'c')\nclang = find_program('clang')\nsubdir('bpf')\n")
    repository.write("bpf/meson.build", f"{set_}\n{TARGET}")
    assert repository.flags("bpf/prog.c") == flags
    layer = repository.layer("bpf/prog.c")
    assert layer.origin == str(repository.root / "bpf/meson.build")
    assert layer.line == set_.count("\n") + 2
    assert layer.reason == "its custom target"


def test_variables_of_one_folder_are_known_in_the_next(repository: Repository) -> None:
    repository.write("meson.build", "flags = ['-DROOT']\nsubdir('conf')\nsubdir('bpf')\nflags = ['-DLATE']\n")
    repository.write("conf/meson.build", "flags += ['-DCONF']\n")
    repository.write("bpf/meson.build", TARGET)
    assert repository.flags("bpf/prog.c") == ["-DROOT", "-DCONF"]


def test_the_target_of_the_source_counts(repository: Repository) -> None:
    def target(source: str, flag: str) -> str:
        return f"custom_target('x', input: {source}, command: ['clang', '-target', 'bpf', '-c', '{flag}', '@INPUT@'])\n"

    text = target("'other.c'", "-DOTHER") + target("files('prog.c')", "-DMINE")
    repository.write("meson.build", text)
    assert repository.flags("prog.c") == ["-DMINE"]
    assert repository.flags("other.c") == ["-DOTHER"]
    assert repository.flags("third.c") == ["-DOTHER"]
    assert repository.layer("third.c").reason == "a custom target for other sources"


def test_sources_of_a_loop_are_those_of_its_list(repository: Repository) -> None:
    repository.write(
        "meson.build",
        "sources = files('a.c', 'b.c')\nforeach one : sources\n  custom_target('x', input: one,\n"
        "    command: [clang, '-emit-llvm', '-DLOOP', '-c', '@INPUT@'])\nendforeach\n",
    )
    assert repository.layer("b.c").reason == "its custom target"
    assert repository.flags("b.c") == ["-DLOOP"]


def test_a_generator_compiles_what_it_is_given(repository: Repository) -> None:
    repository.write(
        "meson.build",
        "gen = generator(clang, output: '@BASENAME@.o',\n"
        "  arguments: ['--target=bpf', '-DGEN', '-c', '@INPUT@', '-o', '@OUTPUT@'])\nobj = gen.process('prog.c')\n",
    )
    assert repository.flags("prog.c") == ["-DGEN"]


def test_arguments_of_the_hosts_programs_stay_there(repository: Repository) -> None:
    repository.write(
        "meson.build",
        "add_project_arguments('-DHOST', language: 'c')\nexecutable('x', 'main.c', c_args: ['-DMAIN'])\n"
        "bpf_cflags = ['-DBPF', '-O2']\ncflags = ['-DC']\n",
    )
    assert repository.flags("prog.c") == ["-DBPF", "-O2"]
    assert repository.layer("prog.c").reason == "bpf_cflags, which is named as flags for BPF are"
