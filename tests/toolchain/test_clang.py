"""Which compiler is taken."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.privileges import as_a_user
from tests.toolchain.conftest import COMPILERS, compiler_setting
from xdp_lsp.toolchain import Compiler, CompilerNotFoundError, Rejected, describe, find_compiler
from xdp_lsp.toolchain.clang import candidates, probe, wheel_folder

Script = Callable[[str, str], Path]

pytestmark = pytest.mark.skipif(os.name != "posix", reason="stands programs in by scripts")


@pytest.mark.parametrize("name", COMPILERS)
def test_a_compiler_is_probed(name: str) -> None:
    try:
        compiler = find_compiler(compiler_setting(name))
    except CompilerNotFoundError as error:
        pytest.skip(str(error))
    assert compiler.origin == "setting"
    assert compiler.version.startswith(f"{compiler.major}.")
    assert name in ("ziglang", f"clang-{compiler.major}")
    assert Path(compiler.builtin_headers, "stddef.h").is_file()
    assert compiler.is_zig == (name == "ziglang")


def linked(folder: Path, *names: str) -> None:
    """Put a real clang into `folder` under `names`."""
    folder.mkdir(exist_ok=True)
    real = shutil.which("clang-19") or shutil.which("clang-14") or shutil.which("clang")
    if real is None:
        pytest.skip("no clang is installed")
    for name in names:
        (folder / name).symlink_to(real)


def found_on(monkeypatch: pytest.MonkeyPatch, *folders: Path | str) -> list[str]:
    monkeypatch.setenv("PATH", os.pathsep.join(map(str, folders)))
    return [path for path, origin in candidates() if origin == "PATH"]


def test_plain_clang_comes_first_then_the_newest(
    monkeypatch: pytest.MonkeyPatch, script: Script, tmp_path: Path
) -> None:
    for name in ("clang-9", "clang-19", "clang-14", "clang", "clang-format", "clang-14.bak", "clang++-14"):
        script(name, f"# {name}")
    names = [Path(path).name for path in found_on(monkeypatch, tmp_path)]
    assert names == ["clang", "clang-19", "clang-14", "clang-9"]


def test_a_compiler_is_tried_once_whatever_links_to_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    linked(tmp_path / "a", "clang", "clang-19")
    linked(tmp_path / "b", "clang-7")
    assert found_on(monkeypatch, tmp_path / "a", tmp_path / "b") == [str(tmp_path / "a" / "clang")]


def test_a_relative_folder_on_path_is_not_searched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Or the workspace would supply the compiler."""
    linked(tmp_path, "clang")
    monkeypatch.chdir(tmp_path)
    assert found_on(monkeypatch, "", ".", "./.") == []
    assert found_on(monkeypatch, tmp_path) == [str(tmp_path / "clang")]
    monkeypatch.setenv("PATH", f".{os.pathsep}")
    for setting in ("clang", "./clang", "sub/../clang", ""):
        with pytest.raises(CompilerNotFoundError):
            find_compiler(setting)


def test_a_wheel_in_the_current_folder_is_not_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`python -m xdp_lsp` has the workspace first in sys.path."""
    (tmp_path / "ziglang").mkdir()
    (tmp_path / "ziglang" / "__init__.py").touch()
    (tmp_path / "ziglang" / "zig").touch()
    monkeypatch.setattr(sys, "path", ["", str(tmp_path)])
    assert wheel_folder() == tmp_path / "ziglang"
    monkeypatch.chdir(tmp_path)
    assert wheel_folder() is None


def test_a_name_in_the_setting_is_looked_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    linked(tmp_path, "my-clang")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert find_compiler("my-clang").path == str(tmp_path / "my-clang")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("print('hello')", "is not a clang"),
        ("print('clang version 9.0.1')", "is clang 9.0.1, and 11 is the oldest that will do"),
        ("print('Apple clang version 16.0.0'); raise SystemExit(1)", "has no BPF target"),
        ("print('clang version 19.1.0')", "has no BPF target"),
    ],
)
def test_why_a_candidate_will_not_do(script: Script, body: str, reason: str) -> None:
    path = script("clang", body)
    assert probe(str(path), "PATH") == Rejected(str(path), reason)


ENDED = """
import os, signal, sys
if not os.path.exists({often!r}) or {always}:
    open({often!r}, "w").close()
    os.kill(os.getpid(), signal.SIGKILL)
os.execv({real!r}, [{real!r}, *sys.argv[1:]])
"""
FULL = """
print("clang version 19.1.0\\nerror: unable to open output file 'probe.o': 'No space left on device'")
raise SystemExit(1)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
def test_a_compiler_that_was_ended_is_asked_again_and_no_other_is_taken_for_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: Script
) -> None:
    """Others make other code of a source: what is shown of it would change from one worker to the next."""
    real = find_compiler().path
    path = script("clang", ENDED.format(often=str(tmp_path / "often"), always=False, real=real))
    monkeypatch.setenv("PATH", f"{path.parent}{os.pathsep}{os.environ['PATH']}")
    assert find_compiler().path == str(path)
    for name, body, reason in (
        (
            "clang",
            ENDED.format(often=str(tmp_path / "often"), always=True, real=real),
            "was ended by SIGKILL",
        ),
        ("clang", FULL, "found no room on the disk"),
    ):
        script(name, body)
        with pytest.raises(CompilerNotFoundError, match=f"^The compiler {path} {reason}"):
            find_compiler()
    script("clang", ENDED.format(often=str(tmp_path / "often"), always=False, real=real))
    assert find_compiler().path == str(path)


def test_a_program_that_cannot_start_will_not_do(tmp_path: Path) -> None:
    path = tmp_path / "clang"
    path.write_text("neither script nor binary")
    path.chmod(0o755)
    found = probe(str(path), "PATH")
    assert isinstance(found, Rejected)
    assert found.reason.startswith("cannot be started")


def test_a_setting_that_names_no_compiler_is_told(script: Script) -> None:
    path = script("gcc", "print('gcc (GCC) 12')")
    with pytest.raises(
        CompilerNotFoundError, match=r"^The compiler of the setting `clang`, .*/gcc, is not a clang\.$"
    ):
        find_compiler(str(path))
    with pytest.raises(
        CompilerNotFoundError, match="is neither the whole path of a program nor the name of one"
    ):
        find_compiler("/no/such/clang")


def test_without_a_compiler_the_sentence_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: Script
) -> None:
    monkeypatch.setattr(sys, "path", [])  # as if the wheel were not installed
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    with pytest.raises(CompilerNotFoundError) as error:
        find_compiler()
    assert str(error.value) == (
        "No clang with the BPF target was found on PATH. "
        "Install clang 11 or later, or run: pip install 'xdp-lsp[clang]'"
    )
    script("clang", "print('Apple clang version 16.0.0'); raise SystemExit(1)")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CompilerNotFoundError, match=rf"\({tmp_path}/clang has no BPF target\)\. Install"):
        find_compiler()
    assert describe().missing[0].is_needed


def test_the_wheel_stands_in_where_path_has_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    wheel = wheel_folder()
    if wheel is None:
        pytest.skip("the ziglang wheel is not installed")
    monkeypatch.setenv("PATH", str(tmp_path))
    compiler = find_compiler()
    assert isinstance(compiler, Compiler)
    assert compiler.command == (str(wheel / "zig"), "clang")
    assert compiler.origin == "ziglang wheel"


def test_a_folder_on_the_path_without_permission_holds_no_compiler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0)
    monkeypatch.setenv("PATH", f"{locked}{os.pathsep}{os.environ['PATH']}")
    with as_a_user():
        assert str(locked) not in find_compiler().path
