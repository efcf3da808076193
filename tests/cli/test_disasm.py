"""`xdp-lsp disasm`."""

import json

import pytest


def test_the_code_of_a_source_and_of_its_object_are_one(xdp_lsp, folder):
    run = xdp_lsp("disasm", "may.c")
    assert run.status == 0, run.err
    lines = run.out.splitlines()
    assert lines[0].startswith("may (xdp): needs 168 bytes; may exceed ")
    assert any("if (n > 168) @ may.c:" in line for line in lines)
    call = next(line for line in lines if "call bpf_xdp_adjust_head#44" in line)
    assert call.startswith(">") and "r2=scalar(smin32=-168,smax32=0)" in call
    assert "\x1b" not in run.out
    coloured = xdp_lsp("disasm", "may.c", "--color", "always").out
    assert "\x1b[1mmay\x1b[0m" in coloured


def test_json_has_the_same_instructions(xdp_lsp):
    found = json.loads(xdp_lsp("disasm", "may.c", "--format", "json").out)
    (function,) = found["functions"]
    assert (found["path"], function["name"], function["programs"]) == ("may.c", "may", ["may"])
    call = next(one for one in function["instructions"] if one["moves_packet"])
    assert call["registers"]["r2"].startswith("scalar(")
    assert call["path"] == "may.c" and call["line"] > 1
    assert {one["slot"] for one in function["instructions"]} >= {
        target for one in function["instructions"] for target in one["jumps_to"]
    }
    inlined = [one["inlined"] for one in function["instructions"] if one["inlined"]]
    assert inlined and all(chain[-1]["function"] == "get" for chain in inlined)
    text = xdp_lsp("disasm", "may.c", "--no-source").out
    assert len(text.splitlines()) < len(xdp_lsp("disasm", "may.c").out.splitlines())
    assert sum(") " in line and ": (" in line for line in text.splitlines()) == len(function["instructions"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["broken.c"], "does not compile"),
        (["missing.c"], "does not exist"),
        (["garbage.o"], "ELF"),
        (["nothing.c"], "no XDP program"),
        (["fits.c", "--function", "fit"], "there is no function fit; there are fits"),
    ],
)
def test_what_cannot_be_shown_is_said_in_a_sentence(xdp_lsp, arguments, words):
    run = xdp_lsp("disasm", *arguments)
    assert (run.status, run.out) == (2, "")
    assert words in run.err and run.err.count("\n") == 1
