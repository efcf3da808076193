"""The hook, installed and run by the real pre-commit as docs/ci.md says."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from importlib import metadata

import pytest
import yaml

from tests.docs.conftest import EXCEEDS, FITS, LIMIT, NO_XDP
from tests.editors.installed import ROOT
from tests.support.recipes import recipes

# What a package of ours is built from.
_TREE = (".pre-commit-hooks.yaml", "pyproject.toml", "README.md", "LICENSE", "THIRD_PARTY.md", "xdp_lsp")
_GIT = "git -c user.name=tester -c user.email=tester@localhost -c init.defaultBranch=main"


@pytest.fixture
def hook(project, run, tmp_path):
    """Runs the hook, from a repository that is this tree, on the C files of the project; `(fails, output)`."""
    if importlib.util.find_spec("pre_commit") is None:
        pytest.skip("pre-commit is not installed")
    published = tmp_path / "published"
    published.mkdir()
    for name in _TREE:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, published / name)
    commit = f"{_GIT} init -q && {_GIT} add -A && {_GIT} commit -q -m tree"
    revision = run(f"cd {published} && {commit} && git rev-parse HEAD").stdout.strip()
    (text,) = recipes("ci.md", "yaml", "pre-commit")
    config = yaml.safe_load(text)
    (repository,) = config["repos"]
    repository |= {"repo": str(published), "rev": revision}
    # The wheel of a whole clang takes its time.
    repository["hooks"][0]["additional_dependencies"] = []
    (project / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    run(f"{_GIT} init -q")

    def on(**files: str) -> tuple[bool, str]:
        for name, text in files.items():
            (project / f"{name}.c").write_text(text)
        run(f"{_GIT} add -A")
        done = run(f"{sys.executable} -m pre_commit run --all-files --color never")
        assert "XDP headroom" in done.stdout, done.stdout + done.stderr
        return done.returncode != 0, done.stdout

    return on


@pytest.mark.timeout(2 * LIMIT)
def test_the_hook_fails_where_a_program_may_exceed_and_nowhere_else(hook):
    fails, said = hook(tool=NO_XDP, encap=FITS)
    assert not fails, said
    fails, said = hook(tool=NO_XDP, encap=FITS, other=EXCEEDS)
    assert fails
    assert "other.c:58:31: warning: may prepend up to 176 bytes" in said
    assert "encap.c:" not in said
    assert "tool.c" not in said


def test_the_clang_that_it_brings_is_an_extra_of_ours():
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    extras = metadata.metadata("xdp-lsp").get_all("Provides-Extra")
    assert [*map(".[{}]".format, extras)].count(*hook["additional_dependencies"]) == 1
