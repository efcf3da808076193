"""Contracts in C and in objects: which program each is for, and what becomes of it."""

import re
import subprocess  # noqa: TID251 - objects are stripped as builds do it
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.compile import COMPILERS, compile_c, tool
from xdp_lsp.analysis import Link, Question, analyse_object
from xdp_lsp.checks import Severity
from xdp_lsp.headroom import resolve
from xdp_lsp.toolchain import headers
from xdp_lsp.verifier.result import Bounds, Standing

CASE = Path(__file__).with_name("contracts.c")
TEXT = CASE.read_text("utf-8")
FLAGS = (f"-I{Path(headers.__file__).parent / 'contract'}", "-Wno-unused")


def sources(path):
    """As an editor has them; the header is not in it."""
    return TEXT if path == str(CASE) else None


def analysed(data, path, read_source=sources, **rest):
    question = Question(resolve(["mainstream"]), (), read_source, reraise=True, **rest)
    return analyse_object(data, path, "default", question)


def outcomes(analysis):
    """What became of the contracts of each line, in their order."""
    found = defaultdict(list)
    for program in analysis.programs:
        for held in program.contracts:
            found[held.place.line].append((held.place.column, held.outcome.replace(" ", "-")))
    told = defaultdict(set)
    for finding in analysis.findings:
        if finding.code == "contract-broken":
            told[finding.range.line].add(finding.severity)
            if "checked nowhere" in finding.message:
                outcome = "nowhere" if finding.severity is Severity.WARNING else "wrong"
                found[finding.range.line].append((finding.range.column, outcome))
    for line, some in found.items():
        severities = {"nowhere": {Severity.WARNING}, "kept": set()}
        expected = set().union(*(severities.get(outcome, {Severity.ERROR}) for _, outcome in some))
        assert told[line] == expected
    # Those of one comment have one place, and come as they are written.
    return {
        line: [outcome for _, outcome in sorted(some, key=lambda one: one[0])] for line, some in found.items()
    }


def expected():
    found = {}
    for number, line in enumerate(TEXT.splitlines(), start=1):
        for up, words in re.findall(r"(?:(\d) up )?-> ([a-z -]+)", line):
            found[number - int(up or 0)] = words.split()
    return found


@pytest.mark.parametrize("compiler", COMPILERS)
def test_every_contract_is_met_with_what_its_line_says(compiler):
    assert outcomes(analysed(compile_c(CASE, compiler, flags=FLAGS), str(CASE))) == expected()


def without_debugging(data, folder):
    path = folder / "case.o"
    path.write_bytes(data)
    subprocess.run([tool("llvm-strip"), "-g", path], check=True)
    return path.read_bytes()


@pytest.mark.parametrize("compiler", COMPILERS)
def test_an_object_alone_has_what_the_macros_say(compiler, tmp_path):
    data = without_debugging(compile_c(CASE, compiler, flags=FLAGS), tmp_path)
    analysis = analysed(data, str(tmp_path / "case.o"), lambda path: None)
    found = {
        program.name: [str(held) for held in program.contracts]
        for program in analysis.programs
        if program.contracts
    }
    assert found == {
        "constant": ["prepends at most 28 (kept)"],
        "variable": ["prepends at most 88 (kept)", "must fit mainstream, sfc (kept)"],
        "metadata": ["prepends at most 24 (kept)"],
        "unbounded": ["prepends at most 65535 (broken)", "must fit 65535 bytes (broken)"],
        "set_by_the_loader": ["prepends at most 40 (not shown)", "must fit mainstream (not shown)"],
        "set_within_bounds": ["prepends at most 64 (kept)"],
        "into_the_unknown": ["prepends at most 12 (not shown)", "must fit mainstream (not shown)"],
        "outer": ["prepends at most 50 (kept)"],
        "inner": ["prepends at most 20 (kept)", "must fit 50 bytes (kept)"],
        "replaces": ["prepends at most 20 (kept)", "must fit mainstream (not shown)"],
        "shortens_metadata": ["prepends at most 91 (broken)"],
        "asks_for_nothing": ["prepends at most 0 (kept)", "must fit all (kept)"],
    }
    told = [finding for finding in analysis.findings if "checked nowhere" in finding.message]
    assert sorted(finding.message for finding in told if finding.severity is Severity.WARNING) == [
        "`prepends at most 8` is checked nowhere: another_type is no XDP program",
        "`prepends at most 8` is checked nowhere: function is no XDP program",
    ]
    assert sorted((finding.program, finding.message) for finding in told if finding.program) == [
        (
            "not_understood",
            "this contract is checked nowhere: `sizeof(long)` is not a number of bytes "
            "(a contract is text: nothing but sums of numbers is computed)",
        ),
        (
            "not_understood",
            "this contract is checked nowhere: unknown driver or group `scf`; did you mean `sfc`?",
        ),
    ]


def test_the_compiler_that_knows_no_tags_takes_the_header():
    """GCC before 16 does not have the attribute; the program is as if nothing was promised."""
    source = (
        '#include "xdp_contract.h"\nXDP_PREPENDS_AT_MOST(8) XDP_MUST_FIT("sfc")\nint f(void) { return 0; }\n'
    )
    run = subprocess.run(
        [tool("gcc"), "-Wall", "-Wextra", "-Werror", FLAGS[0], "-xc", "-", "-S", "-o", "-"],
        input=source,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "prepends at most" not in run.stdout


def finding_of(source, **rest):
    analysis = analysed(
        compile_c(source, flags=FLAGS), "/p/case.c", rest.pop("read_source", lambda path: None), **rest
    )
    (found,) = [finding for finding in analysis.findings if finding.code == "contract-broken"]
    return found


HEAD = """\
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "xdp_contract.h"
"""
TWO_CALLS = (
    HEAD
    + """\
SEC("xdp") XDP_PREPENDS_AT_MOST(64)
int twice(struct xdp_md *x)
{
	if (bpf_xdp_adjust_head(x, -40))
		return XDP_DROP;
	return bpf_xdp_adjust_head(x, -40) ? XDP_DROP : XDP_PASS;
}
"""
)


def test_a_broken_contract_leads_to_the_call_that_breaks_it():
    found = finding_of(TWO_CALLS)
    assert found.message == "`prepends at most 64` is broken: twice needs 80 bytes"
    assert found.severity is Severity.ERROR
    (call, *_) = found.related
    assert (call.range.line, call.message) == (9, "this call asks for 80 bytes")
    assert found.suggestion == (
        "prepend at most 64 bytes in all on every path, or promise what it needs: prepends at most 80"
    )
    assert found.weight == 80


def test_targets_that_are_not_fitted_are_named_whatever_the_chosen_ones_are():
    found = finding_of(TWO_CALLS.replace("PREPENDS_AT_MOST(64)", 'MUST_FIT("mlx5_core, 70 bytes, ixgbevf")'))
    assert found.message == (
        "`must fit mlx5_core, 70 bytes, ixgbevf` is broken: twice needs 80 bytes and exceeds 70 bytes, ixgbevf"
    )
    assert found.notes == ("short by 10: 70 bytes", "short by 56: ixgbevf")
    assert found.suggestion == "prepend at most 24 bytes in all on every path, which ixgbevf has"


def test_in_a_chain_a_limit_is_the_programs_own_and_a_target_counts_all():
    source = TWO_CALLS.replace("AT_MOST(64)", "AT_MOST(80)").replace(
        "\nint", ' XDP_MUST_FIT("100 bytes")\nint'
    )
    for before, broken in ((Standing(Bounds(-20, 0), Bounds(0, 0), Bounds(0, 20)), 0), (None, 1)):
        link = Link(before, goes_on=False)
        analysis = analysed(compile_c(source, flags=FLAGS), "/p/case.c", lambda path: None, link=link)
        (program,) = analysis.programs
        assert [held.kept for held in program.contracts] == [True, None if broken else True]
    farther = Link(Standing(Bounds(-21, 0), Bounds(0, 0), Bounds(0, 21)), goes_on=False)
    found = finding_of(source, link=farther)
    assert found.message == "`must fit 100 bytes` is broken: twice needs 101 bytes and may exceed 100 bytes"


def test_a_tail_call_out_of_a_link_of_a_chain_ends_nothing():
    source = TWO_CALLS.replace(
        "	return bpf_xdp_adjust_head(x, -40) ? XDP_DROP : XDP_PASS;",
        "	bpf_tail_call(x, &next, 0);\n	return XDP_PASS;",
    ).replace(
        'SEC("xdp") XDP',
        "struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 1); __type(key, __u32);"
        ' __type(value, __u32); } next SEC(".maps");\nSEC("xdp") XDP',
    )
    assert (
        finding_of(source).message
        == "`prepends at most 64` cannot be shown: bpf_tail_call() into another program"
    )
    taken = Standing(Bounds(-50, 0), Bounds(0, 0), Bounds(0, 50))
    for before in (taken, Standing(Bounds(0, 0), Bounds(0, 0), Bounds(0, 0))):
        link = Link(before, goes_on=True)
        analysis = analysed(compile_c(source, flags=FLAGS), "/p/case.c", lambda path: None, link=link)
        assert [held.kept for held in analysis.programs[0].contracts] == [True]


@given(st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(1, 255)), max_size=4), st.data())
@settings(deadline=None, max_examples=60)
def test_corrupt_tags_are_contracts_or_told_why_not(flips, data):
    """Bytes of the file change, and some of the tag's own."""
    changed = bytearray(compile_c(TWO_CALLS, flags=FLAGS))
    tag = changed.index(b"xdp-lsp: prepends")
    inside = st.tuples(st.integers(tag, tag + 28), st.integers(0, 255))
    for place, value in (*flips, *data.draw(st.lists(inside, max_size=3))):
        changed[place % len(changed)] ^= value
    analysis = analysed(bytes(changed), "/p/case.o", lambda path: None)
    for program in analysis.programs:
        for held in program.contracts:
            assert held.kept or any(held.contract.text in finding.message for finding in analysis.findings)


def test_a_failure_of_the_analysis_shows_nothing(monkeypatch):
    from xdp_lsp.analysis import analyse

    def fail(*_, **__):
        raise ZeroDivisionError("a fault")

    monkeypatch.setattr(analyse, "explore", fail)
    question = Question(resolve(["mainstream"]), (), lambda path: None)
    analysis = analyse_object(compile_c(TWO_CALLS, flags=FLAGS), "/p/case.c", "default", question)
    (found,) = [finding for finding in analysis.findings if finding.code == "contract-broken"]
    assert found.severity is Severity.ERROR
    assert found.message.startswith(
        "`prepends at most 64` cannot be shown: the analysis of twice failed (ZeroDivision"
    )


@pytest.mark.parametrize(
    "comments",
    [
        "/* xdp-lsp: allow(contract-broken) issue 12 */\n/* xdp-lsp: prepends at most 64 */",
        "/* xdp-lsp: prepends at most 64\n * xdp-lsp: allow(contract-broken) issue 12\n */",
    ],
)
def test_a_comment_for_the_same_line_of_code_silences_it(comments, tmp_path):
    path = tmp_path / "case.c"
    path.write_text(
        TWO_CALLS.replace(" XDP_PREPENDS_AT_MOST(64)", "").replace('SEC("xdp")', f'{comments}\nSEC("xdp")')
    )
    text = path.read_text()
    analysis = analysed(
        compile_c(path, flags=FLAGS), str(path), lambda name: text if name == str(path) else None
    )
    assert [(one.code, one.suppressed) for one in analysis.findings] == [("contract-broken", "issue 12")]


def test_a_comment_silences_a_macro_as_well(tmp_path):
    path = tmp_path / "case.c"
    path.write_text(
        TWO_CALLS.replace("\nint twice", "// xdp-lsp: allow(contract-broken) issue 12\nint twice")
    )
    text = path.read_text()
    analysis = analysed(
        compile_c(path, flags=FLAGS), str(path), lambda name: text if name == str(path) else None
    )
    assert [(one.code, one.suppressed) for one in analysis.findings] == [("contract-broken", "issue 12")]


def test_contracts_in_a_header_are_for_its_programs_and_what_is_for_others_is_left_alone(tmp_path):
    header, path = tmp_path / "prog.h", tmp_path / "case.c"
    header.write_text(
        "/* xdp-lsp: prepends at most 64 */\n"
        + TWO_CALLS.removeprefix(HEAD).replace("XDP_PREPENDS_AT_MOST(64)", "")
        + "/* xdp-lsp: prepends at most 9 */\nint not_here(struct xdp_md *x);\n"
    )
    path.write_text(f'{HEAD}#include "{header}"\n')
    texts = {str(path): path.read_text(), str(header): header.read_text()}
    analysis = analysed(compile_c(path, flags=FLAGS), str(path), texts.get)
    assert [(one.message, one.range.path) for one in analysis.findings] == [
        ("`prepends at most 64` is broken: twice needs 80 bytes", str(header))
    ]


def test_a_file_without_a_program_is_told_of_its_contracts():
    text = "#include <linux/bpf.h>\n/* xdp-lsp: prepends at most 64 */\nint f(int x) { return x; }\n"
    found = finding_of(text, read_source={"/p/case.c": text}.get)
    assert found.message == "`prepends at most 64` is checked nowhere: no XDP program is declared here"
    assert found.range.line == 2
