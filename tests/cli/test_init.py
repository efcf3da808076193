"""`xdp-lsp init`: the flags that were guessed, written down."""

from __future__ import annotations

from pathlib import Path

import pytest

from xdp_lsp.cli import main

PROGRAM = """#include <deep/value.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
SEC("xdp") int prog(struct xdp_md *ctx) { return VALUE; }
"""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "repo"
    for name, text in {
        ".git/HEAD": "",
        "bpf/prog.c": PROGRAM,
        "vendor/api/deep/value.h": "#define VALUE XDP_PASS\n",
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.chdir(root)
    return root


def test_the_flags_are_written_with_their_reasons_and_hold(
    repository: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "bpf"]) == 0
    assert "flags were guessed for bpf/prog.c: " in capfd.readouterr().err
    assert main(["init"]) == 0
    text = (repository / ".xdp-lsp.toml").read_text()
    assert '"-Ivendor/api", # vendor/api: deep/value.h was not found, and is there' in text
    capfd.readouterr()
    assert main(["check", "bpf"]) == 0
    assert "guessed" not in capfd.readouterr().err
    assert main(["doctor", "bpf/prog.c"]) == 0
    shown = capfd.readouterr().out
    assert "the setting `flags`" in shown
    assert "was not found, and is there" not in shown


def test_a_file_that_is_there_is_not_overwritten(repository: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = repository / ".xdp-lsp.toml"
    path.write_text('targets = ["ice"]\n')
    assert main(["init"]) == 2
    assert path.read_text() == 'targets = ["ice"]\n'
    written = capfd.readouterr()
    assert '"-Ivendor/api"' in written.out
    assert "is there already; add to it" in written.err


def test_nothing_is_written_where_nothing_was_guessed(repository: Path) -> None:
    (repository / "bpf/prog.c").write_text(PROGRAM.split("\n", 1)[1].replace("VALUE", "XDP_PASS"))
    assert main(["init"]) == 0
    assert not (repository / ".xdp-lsp.toml").exists()
