"""The small commands, and the command line itself."""

import json
import re
import signal
import subprocess  # noqa: TID251 - the command is a process
import sys

import pytest

import xdp_lsp as package
from xdp_lsp.checks import CODES
from xdp_lsp.cli import drivers, main


def test_version_and_help(xdp_lsp):
    assert xdp_lsp("--version").out == f"xdp-lsp {package.__version__}\n"
    listed = xdp_lsp("--help").out
    assert all(command in listed for command in ("check", "serve", "drivers", "doctor", "explain"))
    assert "--target" in xdp_lsp("check", "--help").out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "required: COMMAND"),
        (["nonsense"], "invalid choice: 'nonsense'"),
        (["explain", "headroom-exceded"], "did you mean headroom-exceeded?"),
        (["drivers", "ixgb"], "ixgbe"),
        (["serve", "--tcp", "host:port"], "'host:port' is not HOST:PORT"),
        (["serve", "--tcp", "127.0.0.1:99999"], "is not HOST:PORT"),
    ],
)
def test_usage_is_one_sentence(xdp_lsp, arguments, words):
    run = xdp_lsp(*arguments)
    assert (run.status, run.out) == (2, "")
    assert words in run.err
    assert run.err.startswith("xdp-lsp: error: ")
    assert run.err.count("\n") == 1


def test_serve_ends_with_its_client_and_on_sigterm(xdp_lsp):
    command = [sys.executable, "-m", "xdp_lsp", "serve"]
    assert subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 1
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.terminate()
        assert process.wait(timeout=30) == -signal.SIGTERM


def test_a_fault_of_ours_is_one_sentence(monkeypatch, capsys):
    def fail(*_, **__):
        raise ZeroDivisionError("a fault")

    monkeypatch.delenv("XDP_LSP_DEBUG", raising=False)
    monkeypatch.setattr(drivers, "driver_rows", fail)
    assert main(["drivers"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(
        "xdp-lsp: error: internal error (ZeroDivisionError: a fault); run again with XDP_LSP_DEBUG=1"
    )
    monkeypatch.setenv("XDP_LSP_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        main(["drivers"])


def test_explain(xdp_lsp):
    assert xdp_lsp("explain", "prepend-unbounded").out.startswith(
        "prepend-unbounded: Nothing bounds how many bytes a call prepends.\n\nWhat it finds\n\n"
    )
    assert len(xdp_lsp("explain").out.splitlines()) == len(CODES)


def test_drivers(xdp_lsp):
    head, *rows = xdp_lsp("drivers").out.splitlines()
    assert head.split() == ["TARGET", "USABLE", "HEADROOM", "KERNELS", "METADATA", "CONDITION", "SOURCE"]
    assert any(row.startswith("ixgbe ") and " 152 " in row and "ixgbe.h" in row for row in rows)
    listed = json.loads(xdp_lsp("drivers", "--format", "json", "ice", "--kernel", "6.1").out)["drivers"]
    assert [(row["target"], row["usable"]) for row in listed] == [("ice@6.1", 152)]


def test_doctor(xdp_lsp, folder):
    run = xdp_lsp("doctor")
    assert run.status == 0
    topics = [line.split("  ")[0] for line in run.out.splitlines()]
    assert {"compiler", "kernel headers", "libbpf headers", "settings", "targets"} <= set(topics)


def test_doctor_of_a_file_shows_how_it_is_compiled(xdp_lsp, folder):
    (folder / ".xdp-lsp.toml").write_text('flags = ["-DX=1"]\ntargets = ["sfc"]\nnonsense = 1\n')
    said = {
        one["topic"]: one for one in json.loads(xdp_lsp("doctor", "--format", "json", "fits.c").out)["doctor"]
    }
    assert said["settings"]["health"] == "note"
    assert "-DX=1" in said["command"]["value"]
    assert said["result"]["value"].startswith("fits;")
    assert said["targets"]["value"].endswith("portable 88, set by sfc")


def test_doctor_takes_the_settings_of_an_editor(xdp_lsp):
    given = {"targets": ["sfc"], "flags": ["-DROOM=1"], "timeLimit": "long"}
    out = xdp_lsp("doctor", "--editor", json.dumps(given), "fits.c").out
    for line in ("  targets +sfc \\(editor\\)", "  flags +-DROOM=1 \\(editor\\)", "command .* -DROOM=1 "):
        assert re.search(f"^{line}", out, re.MULTILINE), line
    assert "editor settings: `time-limit` is a number from 1 to 3600" in out
    assert "the settings are not an object" in xdp_lsp("doctor", "--editor", "[]").out
    wrong = xdp_lsp("doctor", "--editor", "{")
    assert wrong.status == 2
    assert "--editor: this is not JSON" in wrong.err


def test_doctor_tells_what_is_missing(xdp_lsp):
    run = xdp_lsp("doctor", "--clang", "/no/such/clang")
    assert run.status == 2
    assert "error: The compiler of the setting `clang`, '/no/such/clang', is" in run.out
    assert xdp_lsp("doctor", "broken.c").status == 2


def test_hints_are_those_of_an_editor_with_places(xdp_lsp, folder):
    run = xdp_lsp("hints", "may.c")
    assert run.status == 0
    lens, hint = run.out.splitlines()
    assert lens.startswith("may.c:6:1: xdp · ")
    assert lens.endswith(" · needs 168 of 152 B · fits 18 of 22 targets")
    assert hint == "may.c:14:9: prepends 0..168, short by 16 on 4 targets"
    records = json.loads(xdp_lsp("hints", "may.c", "--format", "json", "-t", "tun").out)["hints"]
    assert [(one["line"], one["kind"]) for one in records] == [(6, "lens"), (14, "hint")]
    assert records[1]["text"] == "prepends 0..168, 112 left on tun"


def test_hover_shows_a_page(xdp_lsp, folder):
    said = xdp_lsp("hover", "may.c:14:20", "-t", "ice")
    assert said.status == 0
    assert said.out.startswith("prepends 0..168 bytes; short by 16 on ice\n")
    assert xdp_lsp("hover", "may.c:14:20", "--format", "markdown").out.startswith("**prepends 0..168 bytes; ")
    assert (xdp_lsp("hover", "may.c:1:1").status, xdp_lsp("hover", "may.c").status) == (1, 2)
    assert xdp_lsp("hints", "absent.c").status == 2
