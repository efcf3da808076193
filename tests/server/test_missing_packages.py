"""In a Python that has not all the packages we ask for: said in a sentence, or gone without."""

from __future__ import annotations

import os
import subprocess  # noqa: TID251
import sys
import sysconfig
import venv
from importlib import metadata
from pathlib import Path

import pytest
from editor import connected
from lsprotocol import types
from programs import TOO_MUCH, place

import xdp_lsp

TREE = Path(xdp_lsp.__file__).parents[1]


def python_without(folder: Path, *missing: str) -> str:
    """A Python with all packages of this one but those of the distributions `missing`."""
    venv.create(folder, with_pip=False, symlinks=True)
    [packages] = folder.glob("lib/python*/site-packages")
    installed = Path(sysconfig.get_path("purelib"))
    left_out = {
        Path(str(file)).parts[0] for name in missing for file in metadata.distribution(name).files or ()
    }
    for entry in installed.iterdir():
        if entry.name not in left_out:
            (packages / entry.name).symlink_to(entry)
    return str(folder / "bin" / "python")


def run(python: str, *arguments: str, options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python, *options, "-m", "xdp_lsp", *arguments],
        capture_output=True,
        text=True,
        input="",
        env={**os.environ, "PYTHONPATH": str(TREE)},
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("distribution", "module"), [("pygls", "pygls"), ("lsprotocol", "lsprotocol"), ("pyelftools", "elftools")]
)
def test_a_server_that_cannot_start_says_so_in_a_sentence(
    tmp_path: Path, distribution: str, module: str
) -> None:
    python = python_without(tmp_path / "env", distribution)
    done = run(python, "serve")
    assert done.returncode == 2
    assert done.stdout == ""
    [sentence] = done.stderr.splitlines()
    assert f"No module named '{module}" in sentence
    assert sentence.endswith(f"run: {python} -m pip install xdp-lsp")


def test_without_pyyaml_a_clangd_file_is_told_not_to_be_read(tmp_path: Path) -> None:
    (tmp_path / ".clangd").write_text("CompileFlags:\n  Add: [-DROOM=300]\n")
    (tmp_path / "prog.c").write_text(TOO_MUCH)
    done = run(python_without(tmp_path / "env", "pyyaml"), "check", str(tmp_path / "prog.c"))
    assert ".clangd is not read: that takes PyYAML" in done.stdout
    assert "prepends 300 bytes" in done.stdout


def test_the_version_is_told_without_any_package() -> None:
    """Clients ask for it to see whether there is a server, and wait for it: nothing slow may be imported."""
    done = run(sys.executable, "--version", options=("-S", "-X", "importtime"))
    assert done.stdout == f"xdp-lsp {xdp_lsp.__version__}\n"
    ours = {line.split("|")[-1].strip() for line in done.stderr.splitlines() if "xdp_lsp" in line}
    assert ours == {"xdp_lsp", "xdp_lsp.cli", "xdp_lsp.cli.entry", "xdp_lsp.cli.output", "xdp_lsp.cli.status"}


async def test_without_libclang_all_but_what_it_tells_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = python_without(tmp_path / "env", "libclang")
    doctor = run(python, "doctor")
    assert doctor.returncode == 0
    assert "libclang is not installed" in doctor.stdout
    monkeypatch.setattr(sys, "executable", python)
    async with connected(environment={"PYTHONPATH": str(TREE)}) as client:
        uri = client.open(tmp_path / "prog.c", TOO_MUCH)
        line, character = place(TOO_MUCH, "-300")
        [found] = await client.diagnostics(
            uri, 1, having=lambda shown: shown and shown[0].range.start.character == character
        )
        assert found.code == "headroom-exceeded"
        assert found.range.end == types.Position(line, character + 4)
        document = types.TextDocumentIdentifier(uri)
        line, character = place(TOO_MUCH, "prog(struct")

        async def hover() -> types.Hover | None:
            at = types.HoverParams(document, types.Position(line, character))
            return await client.lsp.text_document_hover_async(at)

        assert "needs 300 bytes" in str(await client.until_answer(hover))
        everywhere = types.Range(types.Position(0, 0), types.Position(99, 0))
        hints = await client.lsp.text_document_inlay_hint_async(types.InlayHintParams(document, everywhere))
        assert hints
        assert str(hints[0].label).startswith("prepends 300, short by ")
        lenses = await client.lsp.text_document_code_lens_async(types.CodeLensParams(document))
        assert lenses
        code = await client.lsp.protocol.send_request_async(
            "xdp-lsp/bytecode", {"textDocument": {"uri": uri}}
        )
        assert "call bpf_xdp_adjust_head" in code.text
