"""Build files are not read again while all that they say rests on is as it was."""

import os

import pytest

from tests.support.ticks import await_next_tick
from xdp_lsp.pipeline import build_memory
from xdp_lsp.pipeline.build_memory import build_files_kept
from xdp_lsp.project import said, ways_of
from xdp_lsp.project.build_files import layers
from xdp_lsp.toolchain import Store

MAKEFILE = """\
include flags.mk
%.o: %.c
\tclang -target bpf $(FLAGS) -c $< -o $@
"""


@pytest.fixture
def repository(tmp_path):
    root = tmp_path / "repository"
    (root / ".git").mkdir(parents=True)
    (root / "Makefile").write_text(MAKEFILE)
    (root / "flags.mk").write_text("FLAGS = -DSIZE=1\n")
    (root / "prog.c").write_text("int prog;\n")
    await_next_tick(tmp_path)
    return root


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "cache")


def another_run():
    layers._known.clear()
    build_memory._recalled.clear()


def flags(root):
    return [flag for way in ways_of(str(root / "prog.c")).ways for flag in way.kept if flag.startswith("-D")]


def test_what_build_files_say_is_known_in_the_next_run(repository, store):
    with build_files_kept(store, [str(repository)]):
        assert flags(repository) == ["-DSIZE=1"]
    another_run()
    with build_files_kept(store, [str(repository)]):
        (known,) = said(str(repository))
        assert flags(repository) == ["-DSIZE=1"]
        assert said(str(repository)) == (known,)


@pytest.mark.parametrize("name", ["flags.mk", "GNUmakefile"])
def test_what_has_changed_is_read_again(repository, store, name):
    with build_files_kept(store, [str(repository)]):
        flags(repository)
    another_run()
    times = (repository / "flags.mk").stat()
    (repository / name).write_text(
        "FLAGS = -DSIZE=2\n" if name == "flags.mk" else MAKEFILE.replace("-c", "-DNEW -c")
    )
    os.utime(repository / name, ns=(times.st_atime_ns, times.st_mtime_ns))
    with build_files_kept(store, [str(repository)]):
        assert said(str(repository)) == ()
        assert flags(repository) == (["-DSIZE=2"] if name == "flags.mk" else ["-DSIZE=1", "-DNEW"])


def test_what_was_written_to_meanwhile_is_not_kept(repository, store):
    with build_files_kept(store, [str(repository)]):
        flags(repository)
        (repository / "flags.mk").write_text("FLAGS = -DSIZE=2\n")
    assert store.extent().entries == 0


def test_without_a_store_nothing_is_kept(repository):
    with build_files_kept(None, [str(repository)]):
        assert flags(repository) == ["-DSIZE=1"]
