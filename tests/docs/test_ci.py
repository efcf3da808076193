"""The recipes of docs/ci.md, run as they stand there."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from importlib import metadata

import pytest
import yaml
from packaging.requirements import Requirement

from tests.docs.conftest import EXCEEDS, FITS, NO_XDP
from tests.editors.installed import ROOT
from tests.support.git import Repository
from tests.support.recipes import recipes
from tests.support.sarif import validate_sarif

# No bound is known where a tail call leads anywhere.
UNKNOWN = """\
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} next SEC(".maps");
SEC("xdp") int prog(struct xdp_md *ctx)
{
	bpf_tail_call(ctx, &next, 0);
	return XDP_PASS;
}
"""


@pytest.mark.parametrize(
    ("status", "text", "options"),
    [
        (0, FITS, ""),
        (1, EXCEEDS, ""),
        (2, FITS + "oops", ""),
        (3, UNKNOWN, "--strict"),
        (0, NO_XDP, "--strict"),
    ],
)
def test_the_exit_status_is_as_the_table_says(project, run, status, text, options):
    table = (ROOT / "docs" / "ci.md").read_text()
    assert re.findall(r"^\| (\d) \|", table, re.MULTILINE) == ["0", "1", "2", "3"]
    (project / "prog.c").write_text(text)
    done = run(f"xdp-lsp check prog.c {options}")
    assert done.returncode == status, done.stdout + done.stderr


class TestWorkflow:
    @pytest.fixture
    def steps(self):
        (text,) = recipes("ci.md", "yaml", "GitHub")
        workflow = yaml.safe_load(text)
        assert workflow["permissions"]["security-events"] == "write"  # what uploading needs
        (job,) = workflow["jobs"].values()
        return job["steps"]

    def test_it_installs_this_package(self, steps):
        (line,) = [step["run"] for step in steps if "pip install" in step.get("run", "")]
        *command, what = shlex.split(line)
        assert command == ["pip", "install"]
        package = Requirement(what)
        ours = metadata.metadata(package.name)
        assert ours["Name"] == "xdp-lsp"
        assert package.extras <= {*ours.get_all("Provides-Extra")}

    @pytest.mark.parametrize(("text", "places"), [(EXCEEDS, ["src/encap.c"]), (FITS, [])])
    def test_it_uploads_what_was_found(self, steps, run, project, text, places):
        (project / "src").mkdir()
        (project / "src" / "encap.c").write_text(text)
        (project / "tool.c").write_text(NO_XDP)
        (line,) = [step["run"] for step in steps if "xdp-lsp check" in step.get("run", "")]
        done = run(line)
        assert done.returncode == (1 if places else 0), done.stderr

        upload = steps[-1]
        assert upload["uses"].startswith("github/codeql-action/upload-sarif@")
        assert (
            upload["if"] == "${{ !cancelled() }}"
        )  # also where the check fails, which is when there is something
        report = (project / upload["with"]["sarif_file"]).read_text()
        validate_sarif(report)
        found = [r for r in json.loads(report)["runs"][0]["results"] if r["level"] != "note"]
        assert [r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in found] == places


def test_a_pull_request_is_told_what_it_changes(project, run):
    (workflow,) = recipes("ci.md", "yaml", "Pull requests")
    (job,) = yaml.safe_load(workflow)["jobs"].values()
    assert job["steps"][0]["with"]["fetch-depth"] == 2  # the merge and its parents
    line = job["steps"][-1]["run"]
    repository = Repository(project)
    repository.commit({"encap.c": FITS, "known.c": EXCEEDS.replace("gue_encap", "known")})
    repository.git("checkout", "--quiet", "-b", "change")
    repository.commit({"encap.c": f"/* Changed. */\n{EXCEEDS}"})
    repository.git("checkout", "--quiet", "main")
    repository.git("merge", "--quiet", "--no-ff", "--message", "Merge", "change")
    done = run(line)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "::warning title=headroom-exceeded,file=encap.c,line=59" in done.stdout
    assert "newly short: ixgbe, i40e, ice, igb" in done.stdout
    assert "file=known.c" not in done.stdout


def test_a_baseline_hides_what_is_known_and_not_what_is_new(project, run):
    (text,) = recipes("ci.md", "sh", "What is known already")
    record, check = text.strip().split("\n")
    (project / "known.c").write_text(EXCEEDS)
    assert run(record).returncode == 0
    assert run(check).returncode == 0
    (project / "new.c").write_text(EXCEEDS.replace("gue_encap", "other"))
    done = run(check)
    assert done.returncode == 1
    assert "new.c:58" in done.stdout
    assert "known.c:58" not in done.stdout


class TestMake:
    @pytest.fixture
    def makefile(self, project):
        if shutil.which("make") is None:
            pytest.skip("make is not installed")
        return lambda number: (project / "Makefile").write_text(recipes("ci.md", "make", "make")[number])

    @pytest.mark.parametrize(("text", "status"), [(FITS, 0), (EXCEEDS, 2)])
    def test_the_target_fails_where_the_check_does(self, project, run, makefile, text, status):
        makefile(0)
        (project / "encap.c").write_text(text)
        done = run("make check-xdp")
        assert done.returncode == status, done.stdout + done.stderr
        assert ("encap.c:58:31: warning" in done.stdout) == bool(status)

    @pytest.mark.parametrize(("text", "status"), [(FITS, 0), (EXCEEDS, 2)])
    def test_an_object_is_left_only_where_it_fits(self, project, run, makefile, text, status):
        clang = next(filter(shutil.which, ("clang-19", "clang", "clang-14")), None)
        if clang is None:
            pytest.skip("clang is not installed")
        makefile(1)
        (project / "encap.bpf.c").write_text(text)
        # Where this machine has the kernel's headers; a project has a flag for its own.
        done = run(f'CLANG="{clang} -I/usr/include/$(gcc -print-multiarch)" make encap.bpf.o')
        assert done.returncode == status, done.stdout + done.stderr
        assert bool(re.search(r"encap\.bpf\.c:58:\d+: warning", done.stdout)) == bool(status)
        assert (project / "encap.bpf.o").exists() == (status == 0)
