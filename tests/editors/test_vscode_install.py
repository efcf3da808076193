"""The private environment that the extension makes of what its package carries, with the real pip and no VS Code."""

from __future__ import annotations

import json
import os
import shutil
import subprocess  # noqa: TID251 - Node.js and the Python that was made
import sys
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from installed import ROOT
from vscode import EXTENSION, beside_node, build

import xdp_lsp

EXAMPLE = ROOT / "examples" / "gue_encap.c"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the package holds, unpacked as VS Code does it."""
    folder = tmp_path_factory.mktemp("extension")
    with ZipFile(build()) as package:
        package.extractall(folder)
    return folder / "extension" / "dist" / "bundle"


@pytest.fixture(scope="module")
def offline(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """An environment made without a package index, where variables and pip's configuration lead elsewhere."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "xdp_lsp.py").write_text("raise SystemExit('not this one')\n")
    configuration = elsewhere / "pip.conf"
    configuration.write_text(f"[install]\nuser = true\ntarget = {elsewhere}\n[global]\nno-index = true\n")
    variables = {"PYTHONPATH": str(elsewhere), "PIP_TARGET": str(elsewhere), "PYTHONHOME": str(elsewhere)}
    storage = tmp_path_factory.mktemp("parent") / "storage"
    said = make(bundle, storage, PIP_CONFIG_FILE=str(configuration), PIP_NO_INDEX="1", **variables)
    assert said.get("made"), said
    assert sorted(path.name for path in elsewhere.iterdir()) == ["pip.conf", "xdp_lsp.py"]
    return said | {"storage": storage}


def make(
    bundle: Path,
    storage: Path,
    *,
    preferred: Path | None = Path(sys.executable),
    cancel_at: str = "",
    **variables: str,
) -> dict[str, Any]:
    """What `test/environment.mjs` says of it."""
    job = {"bundle": str(bundle), "storage": str(storage), "cancelAt": cancel_at}
    job["preferred"] = str(preferred or "")
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [beside_node("node"), EXTENSION / "test" / "environment.mjs", json.dumps(job)],
        capture_output=True,
        text=True,
        env=inherited | variables,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def run(python: str, *arguments: str, folder: Path) -> str:
    """What the server's command line prints, started as the extension does it."""
    done = subprocess.run(
        [python, "-I", "-m", "xdp_lsp", *arguments], capture_output=True, text=True, cwd=folder, check=False
    )
    return done.stdout + done.stderr


def test_the_server_works_without_an_index(offline: dict[str, Any], tmp_path: Path) -> None:
    python = offline["made"]["python"]
    assert offline["made"]["missing"] == ["libclang"]
    assert run(python, "--version", folder=tmp_path) == f"xdp-lsp {xdp_lsp.__version__}\n"
    assert "short by 24: i40e, ice, igb, ixgbe" in run(python, "check", str(EXAMPLE), folder=tmp_path)


def test_nothing_else_is_left_in_the_storage(offline: dict[str, Any]) -> None:
    folder = Path(offline["made"]["python"]).parents[1]
    assert {path.name for path in offline["storage"].iterdir()} == {folder.name, "current.json"}


def test_it_is_renewed_once_with_what_was_missing(
    offline: dict[str, Any], bundle: Path, tmp_path: Path
) -> None:
    """The next version of the extension comes with another server; this time pip's own index is there."""
    storage, changed = tmp_path / "storage", tmp_path / "bundle"
    shutil.copytree(offline["storage"], storage, symlinks=True)
    shutil.copytree(bundle, changed)
    assert make(bundle, storage, preferred=None, PATH="")["current"]["missing"] == ["libclang"]

    with (changed / "server.txt").open("a") as file:
        file.write("# another version\n")
    renewed = make(changed, storage)
    assert (renewed["current"], renewed["isOutdated"]) == (None, True)
    assert renewed["made"]["missing"] == []
    assert any("libclang" in report for report in renewed["reports"])
    folder = Path(renewed["made"]["python"]).parents[1]
    assert {path.name for path in storage.iterdir()} == {folder.name, "current.json"}

    again = make(changed, storage)
    assert again["made"] == again["current"] == renewed["made"]
    assert again["reports"] == []


def test_a_broken_wheel_leaves_nothing(bundle: Path, tmp_path: Path) -> None:
    broken = tmp_path / "bundle"
    shutil.copytree(bundle, broken)
    wheel = next(broken.glob("pygls-*.whl"))
    wheel.write_bytes(wheel.read_bytes()[:-1])
    said = make(broken, tmp_path / "storage")
    assert said["failure"]["message"] == "A file of the extension is damaged; install the extension again."
    assert any(line.startswith("    pygls==") for line in said["log"]), "the log has pip's words"
    assert list((tmp_path / "storage").iterdir()) == []


def test_what_is_cancelled_leaves_nothing(bundle: Path, tmp_path: Path) -> None:
    said = make(bundle, tmp_path / "storage", cancel_at="installing the server")
    assert said["failure"]["name"] == "AbortError"
    assert list((tmp_path / "storage").iterdir()) == []


def test_a_python_that_is_missing_or_too_old_is_told(bundle: Path, tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\necho 3.8.10\n")
    old.chmod(0o755)
    storage = tmp_path / "storage"
    for path, found in (("", "there is none on PATH"), (str(tmp_path), "python3 is 3.8.10")):
        said = make(bundle, storage, preferred=None, PATH=path)
        assert said["failure"]["message"] == f"The server needs Python 3.10 or later: {found}."
    assert list(storage.iterdir()) == []
