"""`check --diff REV`, in a real repository."""

from __future__ import annotations

import json
import subprocess  # noqa: TID251 - the command is a process
import sys
from pathlib import Path

import jsonschema
import pytest

from tests.cli.conftest import HEAD, SOURCES
from tests.editors.installed import ROOT
from tests.support.git import ENVIRONMENT, Repository
from xdp_lsp import report
from xdp_lsp.cli import main

GROWS = (
    SOURCES["may.c"]
    .replace("168", "MOST")
    .replace("#include <linux/bpf.h>", '#include "most.h"\n#include <linux/bpf.h>')
)
CALM = 'SEC("xdp") int NAME(struct xdp_md *x) { return bpf_xdp_adjust_head(x, -20) ? XDP_DROP : XDP_PASS; }\n'
BEFORE: dict[str, str | None] = {
    "inc/most.h": "#define MOST 100\n",
    "src/grows.c": GROWS,
    "src/known.c": SOURCES["exceeds.c"],
    "src/gone.c": HEAD + CALM.replace("NAME", "gone"),
    "src/broken.c": SOURCES["broken.c"],
    "src/breaks.c": HEAD + CALM.replace("NAME", "breaks"),
}
NOW: dict[str, str | None] = {
    "inc/most.h": "#define MOST 168\n",  # all that grows.c needs more comes from here
    "src/known.c": "/* Moved down. */\n\n" + SOURCES["exceeds.c"],
    "src/gone.c": None,
    "src/fresh.c": HEAD + CALM.replace("NAME", "fresh"),
    "src/breaks.c": HEAD + CALM.replace("NAME", "breaks") + "oops\n",
}


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    repository = Repository(tmp_path_factory.mktemp("repository") / "project")
    repository.commit(BEFORE)
    repository.git("tag", "base")
    # As far as it is committed, and beyond: what stands in the folder counts.
    repository.commit({name: text for name, text in NOW.items() if name != "inc/most.h"})
    (repository.folder / "inc" / "most.h").write_text(str(NOW["inc/most.h"]))
    return repository


@pytest.fixture(scope="module")
def check(repository, tmp_path_factory):
    """Runs `xdp-lsp check ARGUMENTS -- -I../inc` in the folder `src` there."""
    # Where the revision's files go, others may have put settings.
    temporary = tmp_path_factory.mktemp("temporary")
    (temporary / ".xdp-lsp.toml").write_text('targets = ["16"]\n')

    def run(*arguments, cwd="src"):
        return subprocess.run(
            [sys.executable, "-m", "xdp_lsp", "check", *arguments, "--", "-I../inc"],
            cwd=repository.folder / cwd,
            env=ENVIRONMENT
            | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "TMPDIR": str(temporary)},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_it_tells_what_each_program_needs_then_and_now(check):
    done = check(".", "--diff", "base", "--format", "json")
    said = json.loads(done.stdout)
    jsonschema.validate(
        said, json.loads((Path(report.__file__).parent / "check.schema.json").read_text("utf-8"))
    )
    changes = {one["name"]: one for one in said["since"]["programs"]}
    assert {name: one["change"] for name, one in changes.items()} == {
        "may": "changed",
        "gone": "removed",
        "fresh": "new",
        "breaks": "not-analysed",
    }
    may = changes["may"]
    assert (may["path"], may["before"]["need"], may["after"]["need"]) == ("grows.c", 100, 168)
    assert (may["before"]["verdict"], may["after"]["verdict"]) == ("fits", "may-exceed")
    assert may["newly_short"] == ["ixgbe", "i40e", "ice", "igb"]
    assert said["since"]["unchanged"] == 1
    # What was broken or short before is not told again; what broke since is, and decides the exit status.
    told = {(file["path"], finding["code"]) for file in said["files"] for finding in file["findings"]}
    assert told == {("grows.c", "headroom-exceeded"), ("breaks.c", "compile-error")}
    assert done.returncode == 2


def test_a_person_reads_new_findings_and_a_table(check):
    done = check("grows.c", "known.c", "broken.c", "fresh.c", "--diff", "base")
    assert done.returncode == 1, done.stderr
    assert "grows.c:15:" in done.stdout
    assert "known.c:" not in done.stdout
    rows = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert "program needs verdict targets" in rows
    assert "grows.c: may 100 -> 168 fits -> may exceed newly short: ixgbe, i40e, ice, igb" in rows
    assert "fresh.c: fresh new: 20 fits" in rows
    assert rows[-1] == "3 programs: 1 changed, 1 new, 1 unchanged; 1 finding new, 2 known"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["grows.c", "--diff", "no-such-branch"], "no-such-branch is no commit in"),
        (["grows.c", "--diff", "base", "--chain"], "--diff and --chain do not go together"),
        (["/", "--diff", "base"], "/ is in no git repository"),
    ],
)
def test_what_cannot_be_compared_is_told_in_a_sentence(repository, monkeypatch, capsys, arguments, words):
    monkeypatch.chdir(repository.folder / "src")
    assert main(["check", *arguments]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
