"""VS Code (code-server) for tests: the extension built, and the harness in `editors/vscode/test` run."""

from __future__ import annotations

import fcntl
import functools
import os
import shutil
import subprocess  # noqa: TID251 - npm and the harness
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from installed import FOLDER, ROOT, editor, server_of_the_tree

EXTENSION = ROOT / "editors" / "vscode"
VSIX = EXTENSION / "dist" / "xdp-lsp.vsix"
SUITES = {path.name.removesuffix(".test.ts") for path in (EXTENSION / "test" / "suite").glob("*.test.ts")}
LONGEST = {"actions", "install"}  # about as long as all others together
LIMIT = 170  # seconds that a window of tests may take; the harness itself ends before


def run_suite(suite: str, folder: Path) -> None:
    """Runs a suite in a VS Code of its own, with this tree's server; `folder` is for what that needs."""
    build()
    done = node("run.mts", suite, limit=LIMIT, path=server_of_the_tree(folder))
    assert done.returncode == 0, f"{suite}:\n{done.stdout}"


def node(
    script: str, *arguments: str, limit: float, path: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs a script of the harness with VS Code's own Node and the folder `path` before all others on PATH.

    The harness ends what it started when it is told to end, as it is when we are killed; what it says comes as stdout,
    stderr among it.
    """
    code = editor("code")
    if not shutil.which("chromium"):
        pytest.skip("chromium is not installed")
    searched = [str(code.resolve().parent), os.environ["PATH"]]
    tied = ("setpriv", "--pdeathsig", "TERM")
    process = subprocess.Popen(
        [*tied, code.resolve().parent / "node", EXTENSION / "test" / script, "--code", code, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=EXTENSION,
        env=os.environ | {"PATH": os.pathsep.join([str(path), *searched] if path else searched)},
    )
    try:
        said, _ = process.communicate(timeout=limit)
    except BaseException as error:
        process.terminate()
        said, _ = process.communicate()
        if isinstance(error, subprocess.TimeoutExpired):
            pytest.fail(f"not at its end after {limit} s:\n{said}")
        raise
    return subprocess.CompletedProcess(process.args, process.returncode, said)


@functools.cache
def build() -> Path:
    """dist/xdp-lsp.vsix, built with what package-lock.json names; once in a session, by the first of its processes."""
    npm = str(beside_node("npm"))
    folder = ROOT / "build" / "vscode-tests"
    session, stamp = os.environ.get("PYTEST_XDIST_TESTRUNUID", ""), folder / "session"
    with _locked(folder / "lock"):
        if session and stamp.exists() and stamp.read_text() == session:
            return VSIX
        lock, installed = EXTENSION / "package-lock.json", EXTENSION / "node_modules" / ".package-lock.json"
        if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
            _run(npm, "ci", "--no-audit", "--no-fund")
        _run(npm, "run", "package")
        stamp.write_text(session)
    return VSIX


def beside_node(name: str) -> Path:
    """`node` itself, or what comes with it: those of the editors' folder, else those of PATH."""
    found = shutil.which(name, path=os.pathsep.join([str(FOLDER / "bin"), os.environ["PATH"]]))
    if found is None:
        pytest.skip(f"{name} is not installed")
    return Path(found)


def _run(*command: str) -> None:
    path = os.pathsep.join([str(Path(command[0]).parent), os.environ["PATH"]])
    done = subprocess.run(
        command,
        cwd=EXTENSION,
        capture_output=True,
        text=True,
        env=os.environ | {"PATH": path, "PYTHON": sys.executable},
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}{done.stderr}"


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
