"""What is kept from run to run is what a fresh run says, or nothing."""

import os
import pickle
import shutil
import stat
from pathlib import Path

import pytest

from tests.support.compile import compile_c
from tests.support.ticks import await_next_tick
from xdp_lsp.analysis import Status
from xdp_lsp.cli.jobs import Done
from xdp_lsp.pipeline import analyse_path, memory
from xdp_lsp.pipeline.memory import Memory, Question, answered
from xdp_lsp.pipeline.records import read, written
from xdp_lsp.settings import load_settings
from xdp_lsp.source import SourceRange
from xdp_lsp.toolchain import Store, find_compiler

SOURCE = """\
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "length.h"
#if __has_include("more.h")
#include "more.h"
#else
#define MORE 0
#endif
SEC("xdp") int prog(struct xdp_md *ctx)
{
	return bpf_xdp_adjust_head(ctx, -(LENGTH + MORE)) ? XDP_DROP : XDP_TX;
}
"""


@pytest.fixture
def repository(tmp_path):
    root = tmp_path / "repository"
    for folder in (".git", "first", "include", "src"):
        (root / folder).mkdir(parents=True)
    (root / "src" / "prog.c").write_text(SOURCE)
    (root / "include" / "length.h").write_text("#define LENGTH 16\n")
    (root / "compile_flags.txt").write_text("-Ifirst\n-Iinclude\n")
    return root


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "cache" / "reports")


def question(root, name="src/prog.c", **given):
    settings, problems = load_settings(root, command_line=given)
    assert not problems
    return Question(str(root / name), settings)


def fresh(asked):
    return analyse_path(asked.path, asked.settings, configuration=asked.configuration)


def looked(asked, store):
    """As a run does that has it to find out."""
    await_next_tick(store.folder.parents[1])
    memory._circumstances.cache_clear()
    return answered(asked, store, lambda: fresh(asked))


def recalled(asked, store):
    """As another run does."""
    memory._circumstances.cache_clear()
    return Memory(store).recall(asked)


def needs(report):
    return [program.exploration.need for program in report.analysis.programs]


def test_what_is_kept_is_what_was_found_out(repository, store):
    asked = question(repository)
    assert recalled(asked, store) is None
    report = looked(asked, store)
    assert needs(report) == [16]
    assert recalled(asked, store) == report


def test_all_that_a_report_can_hold_is_kept(store):
    path = Path(__file__).parents[2] / "examples" / "gue_encap.c"
    asked = question(path.parent, path.name)
    report = looked(asked, store)
    assert report.analysis.findings[0].witness is not None
    assert recalled(asked, store) == report


def test_an_object_is_kept_with_the_source_that_it_names(repository, store):
    built = repository / "prog.o"
    other = repository / "generated.m4"
    other.write_text("\n" * 8 + "/* xdp-lsp: allow(headroom-exceeded) as it should */\n")
    source = repository / "src" / "prog.c"
    source.write_text(f'#line 1 "{other}"\n' + SOURCE.replace("-(LENGTH", "-(300 + LENGTH"))
    built.write_bytes(compile_c(source, flags=[f"-I{repository / 'include'}"]))
    asked = question(repository, "prog.o")
    report = looked(asked, store)
    assert recalled(asked, store) == report
    other.write_text(other.read_text().replace("allow", "permit"))
    assert recalled(asked, store) is None


def edit(path, old, new):
    path.write_text(path.read_text().replace(old, new))


def edit_with_the_same_times(path, old, new):
    before = path.stat()
    edit(path, old, new)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size


def lead_elsewhere(link, name):
    link.unlink()
    link.symlink_to(name)


CHANGES = {
    "the source": lambda root: edit(root / "src" / "prog.c", "XDP_TX", "XDP_PASS"),
    "a header": lambda root: edit(root / "include" / "length.h", "16", "24"),
    "a header, its size and time as before": lambda root: edit_with_the_same_times(
        root / "include" / "length.h", "16", "24"
    ),
    "a header that is gone": lambda root: (root / "include" / "length.h").unlink(),
    "a header that is found first": lambda root: (root / "first" / "length.h").write_text(
        "#define LENGTH 8\n"
    ),
    "a header beside the source": lambda root: (root / "src" / "length.h").write_text("#define LENGTH 8\n"),
    "a header that was asked for": lambda root: (root / "include" / "more.h").write_text("#define MORE 4\n"),
    "a header in a folder's place": lambda root: (
        shutil.rmtree(root / "first"),
        (root / "first").symlink_to("include"),
        (root / "include" / "more.h").write_text("#define MORE 4\n"),
    ),
    "the flags": lambda root: edit(root / "compile_flags.txt", "-Ifirst", "-DMORE=1"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_has_changed_is_looked_at_again(repository, store, change):
    asked = question(repository)
    looked(asked, store)
    assert recalled(asked, store) is not None
    change(repository)
    assert recalled(asked, store) is None
    assert (again := looked(asked, store)).analysis == fresh(asked).analysis
    assert recalled(asked, store) == again


def test_a_link_that_leads_elsewhere_is_followed(repository, store):
    (repository / "include" / "other.h").write_text("#define LENGTH 24\n")
    (repository / "include" / "length.h").rename(repository / "include" / "own.h")
    (repository / "include" / "length.h").symlink_to("own.h")
    asked = question(repository)
    looked(asked, store)
    assert recalled(asked, store) is not None
    lead_elsewhere(repository / "include" / "length.h", "other.h")
    assert recalled(asked, store) is None


def test_what_bears_on_no_answer_may_change(repository, store):
    asked = question(repository)
    report = looked(asked, store)
    (repository / "README").write_text("news\n")
    (repository / "include" / "unrelated.h").write_text("#define LENGTH 99\n")
    os.utime(repository / "include" / "length.h")
    assert recalled(asked, store) == report
    assert recalled(question(repository, **{"fail-on": "never", "strict": True}), store) == report


def test_other_settings_are_another_question(repository, store):
    looked(question(repository), store)
    assert recalled(question(repository, targets=["sfc"]), store) is None
    assert recalled(question(repository, mcpu="v4"), store) is None
    assert recalled(question(repository, flags=["-DMORE=1"]), store) is None


def test_errors_of_the_compiler_are_kept_until_what_was_missing_is_there(repository, store):
    edit(
        repository / "src" / "prog.c", '#include "length.h"', '#include "length.h"\n#include "deep/missing.h"'
    )
    asked = question(repository)
    report = looked(asked, store)
    assert report.analysis.status is Status.COMPILE_ERROR
    assert str(repository / "include" / "length.h") in report.dependencies
    assert recalled(asked, store) == report
    (repository / "include" / "deep").mkdir()
    assert recalled(asked, store) == report
    (repository / "include" / "deep" / "missing.h").touch()
    assert recalled(asked, store) is None


def test_an_error_in_a_header_is_kept_until_the_header_is_mended(repository, store):
    edit(repository / "include" / "length.h", "16", "16\n#error no")
    asked = question(repository)
    looked(asked, store)
    assert recalled(asked, store) is not None
    edit(repository / "include" / "length.h", "#error no", "")
    assert recalled(asked, store) is None


@pytest.mark.parametrize(
    "more",
    [
        "const char built[] = __TIME__;",
        'asm(".incbin \\"/etc/hostname\\"");',
        "#define NAME <linux/none.h>\n#if __has_include(NAME)\n#endif",
    ],
    ids=["the time", "the assembler", "a name from a macro"],
)
def test_what_no_file_decides_is_not_kept(repository, store, more):
    edit(repository / "src" / "prog.c", "SEC(", f"{more}\nSEC(")
    asked = question(repository)
    assert needs(looked(asked, store)) == [16]
    assert recalled(asked, store) is None


def test_what_is_written_to_meanwhile_is_not_kept(repository, store):
    asked = question(repository)

    def answer():
        report = fresh(asked)
        edit(repository / "include" / "length.h", "16", "24")
        return report

    await_next_tick(store.folder.parents[1])
    answered(asked, store, answer)
    assert store.extent().entries == 0


def test_the_failure_of_a_compiler_is_not_kept_nor_is_what_another_compiler_said(repository, store, tmp_path):
    compiler = find_compiler()
    if compiler.is_zig:
        pytest.skip("a script cannot stand in for zig")
    script = tmp_path / "clang-script"

    def write(line):
        script.write_text(f'#!/bin/sh\n{line}\nexec {compiler.path} "$@"\n')
        script.chmod(0o755)

    write('case "$*" in *prog.c*) exit 3;; esac')
    asked = question(repository, clang=str(script))
    assert looked(asked, store).analysis.status is Status.COMPILE_ERROR
    assert recalled(asked, store) is None
    write("# as it is")
    looked(asked, store)
    assert recalled(asked, store) is not None
    write("# as it was")
    assert recalled(asked, store) is None


def test_where_the_loader_finds_the_compilers_libraries_counts(repository, store, monkeypatch):
    asked = question(repository)
    looked(asked, store)
    monkeypatch.setenv("LD_LIBRARY_PATH", str(repository))
    assert recalled(asked, store) is None


def test_what_the_kernel_says_is_not_kept(repository, store):
    asked = question(repository, **{"kernel-check": True})
    answered(asked, store, lambda: fresh(asked._replace(settings=question(repository).settings)))
    assert store.extent().entries == 0


class Order:
    """What an attacker would have us run."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_damaged_and_foreign_files_are_ignored_and_replaced(repository, store, tmp_path):
    asked = question(repository)
    report = looked(asked, store)
    (kept,) = store.folder.iterdir()
    whole = kept.read_bytes()
    victim = tmp_path / "victim"
    at = whole.rindex(b"prog")
    for damaged in (b"", whole[:100], whole[:-1], whole[:at] + b"P" + whole[at + 1 :], b"\x80\x05."):
        kept.write_bytes(damaged)
        assert recalled(asked, store) is None
    for foreign in (pickle.dumps(Order(victim)), pickle.dumps(report), pickle.dumps({}), b""):
        store.put(asked.name, foreign)
        assert recalled(asked, store) is None
    assert not victim.exists()
    again = looked(asked, store)
    assert recalled(asked, store) == again


def test_nothing_is_made_of_a_file_but_records_of_what_is_kept(tmp_path):
    assert list(read(written(SourceRange("a.c", 1, 1, 1, 2), Done(())))) == [SourceRange("a.c", 1, 1, 1, 2)]
    assert list(read(written(Store.__new__(Store)))) == []
    assert list(read(written(tmp_path.stat()))) == []


def test_only_the_user_can_read_what_is_kept(repository, store):
    before = os.umask(0)
    try:
        looked(question(repository), store)
    finally:
        os.umask(before)
    (kept,) = store.folder.iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700


def test_a_store_that_cannot_be_written_to_costs_no_answer(repository, tmp_path):
    (tmp_path / "file").write_text("")
    store = Store(tmp_path / "file" / "reports")
    asked = question(repository)
    assert needs(answered(asked, store, lambda: fresh(asked))) == [16]
    assert recalled(asked, store) is None
