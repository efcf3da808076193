"""What is read of a repository that somebody else made: the files of a commit, and nothing is run for it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.git import Repository
from xdp_lsp.toolchain.git import GitError, commit_of, export


@pytest.fixture
def repository(tmp_path):
    return Repository(tmp_path / "repository")


@pytest.fixture
def into(tmp_path):
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def exported(repository: Repository, revision: str, into: Path):
    return export(str(repository.folder), commit_of(str(repository.folder), revision), into)


def files(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


def test_the_files_of_a_commit_come_out_whatever_the_working_tree_holds(repository, into):
    repository.commit({"a.c": "one\n", "sub/b.h": "one\n", "sub/same.h": "one\n", "empty": ""})
    repository.commit({"a.c": "two\n", "sub/b.h": None})
    (repository.folder / "a.c").write_text("three\n")
    exported(repository, "HEAD~1", into)
    assert files(into) == {"a.c": "one\n", "empty": "", "sub/b.h": "one\n", "sub/same.h": "one\n"}


def test_nothing_that_the_repository_names_is_run(repository, into, tmp_path):
    (tmp_path / "ran").mkdir()
    names = [
        "hook",
        "fsmonitor",
        "smudge",
        "process",
        "textconv",
        "ssh",
        "pager",
        "helper",
        "alias",
        "upload",
    ]
    for name in names:
        script = tmp_path / name
        script.write_text(f"#!/bin/sh\n: > {tmp_path}/ran/$(basename $0)\ncat\n")
        script.chmod(0o755)
    repository.commit({"a.c": "text\n", ".gitattributes": "*.c filter=own diff=own\n"})
    hooks = repository.folder / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for hook in ("post-checkout", "reference-transaction", "post-index-change", "pre-auto-gc"):
        (hooks / hook).symlink_to(tmp_path / "hook")
    (repository.folder / "more").write_text(
        f"[core]\n\tpager = {tmp_path}/pager\n[pager]\n\tcat-file = {tmp_path}/pager\n"
    )
    for key, value in {
        "core.fsmonitor": f"{tmp_path}/fsmonitor",
        "core.hooksPath": str(hooks),
        "core.sshCommand": f"{tmp_path}/ssh",
        "include.path": str(repository.folder / "more"),
        "filter.own.smudge": f"{tmp_path}/smudge",
        "filter.own.process": f"{tmp_path}/process",
        "filter.own.required": "true",
        "diff.own.textconv": f"{tmp_path}/textconv",
        "credential.helper": f"{tmp_path}/helper",
        "alias.rev-parse": f"!{tmp_path}/alias",
        "alias.cat-file": f"!{tmp_path}/alias",
        "core.gitProxy": f"{tmp_path}/ssh",
        "core.alternateRefsCommand": f"{tmp_path}/upload",
    }.items():
        repository.git("config", key, value)
    exported(repository, "HEAD", into)
    assert files(into)["a.c"] == "text\n"
    assert os.listdir(tmp_path / "ran") == []  # noqa: PTH208


@pytest.mark.parametrize("url", ["ext::{0}/fetch", "ssh://localhost/x", "file://{0}/other"])
def test_a_partial_clone_has_nothing_fetched_for_it(repository, into, tmp_path, url):
    script = tmp_path / "fetch"
    script.write_text(f"#!/bin/sh\n: > {tmp_path}/ran\n")
    script.chmod(0o755)
    Repository(tmp_path / "other")
    repository.commit({"a.c": "text\n"})
    blob = repository.git("rev-parse", "HEAD:a.c")
    (repository.folder / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    for key, value in {
        "core.repositoryFormatVersion": "1",
        "extensions.partialClone": "origin",
        "remote.origin.promisor": "true",
        "remote.origin.url": url.format(tmp_path),
        "remote.origin.uploadpack": str(script),
        "remote.origin.fetch": "+refs/heads/*:refs/remotes/origin/*",
        "protocol.ext.allow": "always",
        "protocol.file.allow": "always",
        "core.sshCommand": str(script),
    }.items():
        repository.git("config", key, value)
    with pytest.raises(GitError):
        exported(repository, "HEAD", into)
    assert not (tmp_path / "ran").exists()


def test_files_with_names_that_lead_elsewhere_are_left_out_and_counted(repository, into, tmp_path):
    names = ["../up", ".git", "sub/../../up", "/up", "."]
    commit = repository.commit_tree([*(("100644", name, b"x") for name in names), ("100644", "a.c", b"fine")])
    left_out = export(str(repository.folder), commit, into)
    assert files(into) == {"a.c": "fine"}
    assert not (tmp_path / "up").exists()
    assert left_out.left_out == len(names)


def test_links_that_lead_out_are_left_out(repository, into):
    targets = ["/etc", "..", "a/../..", "sub/../../x"]
    links = [("120000", f"link{number}", target.encode()) for number, target in enumerate(targets)]
    commit = repository.commit_tree([*links, ("100644", "a.c", b"fine")])
    assert export(str(repository.folder), commit, into).left_out == len(targets)
    assert os.listdir(into) == ["a.c"]  # noqa: PTH208


def test_a_link_within_the_tree_is_kept_and_nothing_is_written_through_one(repository, into):
    repository.commit({"real/h.h": "text\n"})
    (repository.folder / "sub").mkdir()
    (repository.folder / "sub" / "link").symlink_to("../real")
    repository.commit()
    exported(repository, "HEAD", into)
    assert (into / "sub" / "link" / "h.h").read_text() == "text\n"


def test_a_link_and_a_folder_of_one_name_are_not_mixed_up(repository, into, tmp_path):
    inner = repository.commit_tree([("100644", "file", b"written")])
    tree = repository.git("rev-parse", f"{inner}^{{tree}}")
    link = repository.git("hash-object", "-w", "--stdin", text=b"sub")
    raw = b"120000 d\0" + bytes.fromhex(link) + b"40000 d\0" + bytes.fromhex(tree)
    both = repository.git("hash-object", "-w", "-t", "tree", "--literally", "--stdin", text=raw)
    left_out = export(str(repository.folder), repository.git("commit-tree", both, "-m", "x"), into)
    assert files(into) == {"d/file": "written"}
    assert left_out.left_out == 1


def test_submodules_and_files_of_lfs_are_named_and_not_followed(repository, into):
    commit = repository.commit(
        {"big.h": "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"}
    )
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{commit},lib/libbpf")
    repository.git("commit", "--quiet", "--message", "A submodule")
    left_out = exported(repository, "HEAD", into)
    assert (left_out.submodules, left_out.in_lfs) == (("lib/libbpf",), 1)
    assert not (into / "lib").exists()


def test_what_is_no_commit_is_told_in_a_sentence(repository):
    repository.commit({"a.c": "text\n"})
    for revision, words in {
        "no-such": "is no commit",
        "HEAD:a.c": "is no commit",
        "": "is no revision",
        "--all": "is no revision",
    }.items():
        with pytest.raises(GitError, match=words):
            commit_of(str(repository.folder), revision)


def test_a_repository_without_commits_is_told_in_a_sentence(repository):
    with pytest.raises(GitError, match="has no commit yet"):
        commit_of(str(repository.folder), "HEAD")


def test_a_folder_within_a_repository_is_not_taken_for_one(repository):
    repository.commit({"sub/a.c": "text\n"})
    (repository.folder / "sub" / ".git").mkdir()
    with pytest.raises(GitError, match="sub is no git repository"):
        commit_of(str(repository.folder / "sub"), "HEAD")


def test_a_repository_of_somebody_else_is_not_read(repository):
    repository.commit({"a.c": "text\n"})
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(repository.folder, 12345, 12345)
    os.chown(repository.folder / ".git", 12345, 12345)
    with pytest.raises(GitError, match=r"is not yours.*safe\.directory"):
        commit_of(str(repository.folder), "HEAD")
