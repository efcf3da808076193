"""Contracts on the command line: CI sees what is broken, and reads them from an object alone."""

import json
from pathlib import Path

import jsonschema
import pytest

import xdp_lsp.report
from tests.support.compile import compile_c

_PROGRAM = """\
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <xdp_contract.h>
SEC("xdp") XDP_PREPENDS_AT_MOST({limit})
int prog(struct xdp_md *ctx) /* xdp-lsp: must fit sfc */
{{
	if (bpf_xdp_adjust_head(ctx, -72))
		return XDP_ABORTED;
	return XDP_TX;
}}
"""
SCHEMA = json.loads((Path(xdp_lsp.report.__file__).parent / "check.schema.json").read_text("utf-8"))


@pytest.fixture
def source(folder):
    def write(limit):
        (folder / "prog.c").write_text(_PROGRAM.format(limit=limit), "utf-8")
        return "prog.c"

    return write


def test_kept_contracts_are_told_with_the_verdict(xdp_lsp, source):
    run = xdp_lsp("check", source(72))
    assert run.status == 0
    assert run.out.splitlines()[-2].endswith(
        "prog (xdp): needs 72 bytes; fits all 22 targets (portable 152, i40e); "
        "contracts: must fit sfc (kept); prepends at most 72 (kept)"
    )


def test_a_broken_contract_is_an_error_at_its_place(xdp_lsp, source):
    run = xdp_lsp("check", "-q", source(64))
    assert run.status == 1
    assert run.out.splitlines() == [
        "prog.c:4:12: error: `prepends at most 64` is broken: prog needs 72 bytes [contract-broken]",
        '    4 | SEC("xdp") XDP_PREPENDS_AT_MOST(64)',
        "      |            ^~~~~~~~~~~~~~~~~~~~~~~~",
        "      = note: with nothing but zeros in packet and maps it asks for 72",
        "prog.c:7:6: note: this call asks for 72 bytes",
        "    7 |         if (bpf_xdp_adjust_head(ctx, -72))",
        "      |             ^",
        "      = help: prepend at most 64 bytes in all on every path, or promise what it needs: prepends at",
        "              most 72",
        "",
        "prog.c: prog (xdp): needs 72 bytes; fits all 22 targets (portable 152, i40e); "
        "contracts: must fit sfc (kept); prepends at most 64 (broken)",
    ]


def test_the_json_has_every_contract(xdp_lsp, source):
    report = json.loads(xdp_lsp("check", "--format", "json", source(64)).out)
    jsonschema.Draft202012Validator(SCHEMA).validate(report)
    (program,) = report["files"][0]["programs"]
    comment, macro = program["contracts"]
    assert comment == {
        "text": "must fit sfc",
        "limit": None,
        "targets": ["sfc"],
        "in_object": False,
        "kept": True,
        "reason": "",
        "path": "prog.c",
        "line": 5,
        "column": 33,
        "end_line": 5,
        "end_column": 54,
    }
    assert (macro["text"], macro["limit"], macro["in_object"], macro["kept"], macro["reason"]) == (
        "prepends at most 64",
        64,
        True,
        False,
        "prog needs 72 bytes",
    )


def test_sarif_and_annotations_carry_it(xdp_lsp, source):
    (run,) = json.loads(xdp_lsp("check", "--format", "sarif", source(64)).out)["runs"]
    result = next(one for one in run["results"] if one["ruleId"] == "contract-broken")
    assert result["level"] == "error"
    assert result["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 4,
        "startColumn": 12,
        "endLine": 4,
        "endColumn": 36,
    }
    github = xdp_lsp("check", "--format", "github", source(64)).out
    assert github.startswith(
        "::error title=contract-broken,file=prog.c,line=4,endLine=4,col=12,endColumn=36::"
    )


def test_an_object_says_what_it_promises(xdp_lsp, folder):
    header = folder / "include" / "xdp_contract.h"
    header.parent.mkdir()
    header.write_text(xdp_lsp("contract-header").out)
    built = compile_c(_PROGRAM.format(limit="MOST"), flags=(f"-I{header.parent}", "-DMOST=64"))
    (folder / "other.o").write_bytes(built)
    run = xdp_lsp("check", "other.o", "--format", "json")
    assert run.status == 1
    (program,) = json.loads(run.out)["files"][0]["programs"]
    (contract,) = program["contracts"]
    assert (contract["text"], contract["in_object"], contract["kept"]) == ("prepends at most 64", True, False)
    assert contract["line"] == 7  # the sources are gone: the program's first line of code


def test_a_projects_own_copy_of_the_header_comes_first(xdp_lsp, folder, source):
    (folder / "xdp_contract.h").write_text("#define XDP_PREPENDS_AT_MOST(bytes)\n")
    report = json.loads(xdp_lsp("check", "--format", "json", source(64), "--", "-I.").out)
    (program,) = report["files"][0]["programs"]
    assert [one["text"] for one in program["contracts"]] == ["must fit sfc"]


def test_the_severity_is_a_setting(xdp_lsp, folder, source):
    (folder / ".xdp-lsp.toml").write_text('[severity]\ncontract-broken = "information"\n')
    assert xdp_lsp("check", source(64)).status == 0
