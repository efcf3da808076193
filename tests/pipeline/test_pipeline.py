"""From a file to its report, whatever the file is."""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from xdp_lsp.analysis import Status
from xdp_lsp.checks import Finding, Severity
from xdp_lsp.pipeline import (
    FileReport,
    SourceSnapshot,
    analyse_path,
    analyse_source,
    toolchain_of,
)
from xdp_lsp.pipeline.enrich import enrich
from xdp_lsp.settings import Settings, load_settings
from xdp_lsp.source import SourceRange

HEAD = '#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\nchar _license[] SEC("license") = "GPL";\n'
TOO_MUCH = (
    HEAD
    + 'SEC("xdp") int prog(struct xdp_md *ctx)\n{\n'
    + "\tif (bpf_xdp_adjust_head(ctx, -300))\n\t\treturn XDP_ABORTED;\n\treturn XDP_TX;\n}\n"
)


@pytest.fixture
def check(tmp_path: Path) -> Callable[..., FileReport]:
    def run(contents: str | bytes, name: str = "prog.c", settings: Settings | None = None) -> FileReport:
        path = tmp_path / name
        path.write_bytes(contents if isinstance(contents, bytes) else contents.encode())
        return analyse_path(str(path), settings or load_settings(tmp_path)[0])

    return run


def finding(report: FileReport, code: str = "headroom-exceeded") -> Finding:
    [found] = [one for one in report.analysis.findings if one.code == code]
    return found


def text_of(report: FileReport, place: SourceRange | None) -> str:
    """What `place` marks, of its first line."""
    assert place is not None
    line = report.lines[place.path, place.line]
    return line[place.column - 1 : place.end_column - 1 if place.end_line == place.line else None].decode()


def test_a_program_gets_a_verdict(check: Callable[..., FileReport]) -> None:
    report = check(TOO_MUCH)
    assert report.analysis.status is Status.ANALYSED
    [program] = report.analysis.programs
    assert (program.name, program.exploration.need) == ("prog", 300)
    assert text_of(report, finding(report).range) == "-300"
    assert report.timings.clang > 0
    assert {Path(path).name for path in report.dependencies} >= {"prog.c", "bpf_helpers.h", "bpf.h"}


def test_a_report_can_be_sent(check: Callable[..., FileReport]) -> None:
    report = check(TOO_MUCH)
    assert pickle.loads(pickle.dumps(report)) == report
    assert len(pickle.dumps(report.compact())) < 16_000
    assert report.compact().compiled is None


def test_the_verdict_comes_before_the_extents(tmp_path: Path) -> None:
    path = str(tmp_path / "prog.c")  # nothing is on the disk
    settings = Settings()
    first = analyse_source(SourceSnapshot(path, TOO_MUCH.encode()), settings, toolchain_of(settings))
    second = enrich(first)
    place = finding(first).range
    assert place is not None
    assert (place.line, place.column) == (6, 6)
    assert text_of(second, finding(second).range) == "-300"
    assert enrich(first.compact()) == first.compact()


@pytest.mark.parametrize(
    ("call", "marked"),
    [
        ("bpf_xdp_adjust_head(\n\t\tctx,\n\t\t-(int)sizeof(char[300]))", "-(int)sizeof(char[300])"),
        ("PUSH(ctx, 300)", "PUSH(ctx, 300)"),
        ("bpf_xdp_adjust_head(ctx, -LEN)", "-LEN"),
        ("/* é漢😋 */ bpf_xdp_adjust_head(ctx, 0 - 300)", "0 - 300"),
    ],
)
def test_the_caret_is_on_the_length(check: Callable[..., FileReport], call: str, marked: str) -> None:
    macros = "#define LEN 300\n#define PUSH(ctx, n) bpf_xdp_adjust_head(ctx, -(n))\n"
    report = check(macros + TOO_MUCH.replace("bpf_xdp_adjust_head(ctx, -300)", call))
    assert text_of(report, finding(report).range).strip() == marked


def test_calls_that_the_compiler_merged(check: Callable[..., FileReport]) -> None:
    call = "bpf_xdp_adjust_head(ctx, "
    source = TOO_MUCH.replace(
        f"\tif ({call}-300))",
        f"""\tint rc = 0;
	switch (ctx->rx_queue_index) {{
	case 0: rc = {call}-20); break;
	case 1: rc = {call}-256); break;
	case 2: rc = {call}-40); break;
	}}
	if (rc)""",
    )
    report = check(source)
    assert len(report.analysis.programs[0].calls) == 1  # else there is nothing to be tested here
    found = finding(report)
    assert text_of(report, found.range) == "-256"
    assert [text_of(report, one.range) for one in found.related] == [f"{call}-20)", f"{call}-40)"]
    assert found.range is not None
    assert report.analysis.programs[0].calls[0].location is not None
    assert report.analysis.programs[0].calls[0].location.line == found.range.line


def test_calls_in_headers_lead_to_where_they_were_inlined(
    check: Callable[..., FileReport], tmp_path: Path
) -> None:
    (tmp_path / "push.h").write_text(
        "static __always_inline int push(struct xdp_md *ctx, int n)\n"
        "{\n\treturn bpf_xdp_adjust_head(ctx, -n); /* xdp-lsp: allow(result-unchecked) not here */\n}\n"
    )
    report = check(
        HEAD + '#include "push.h"\nSEC("xdp") int prog(struct xdp_md *c) { return push(c, 300); }\n'
    )
    found = finding(report)
    assert found.range is not None
    assert found.range.path == str(tmp_path / "push.h")
    assert text_of(report, found.range) == "-n"
    assert "push(c, 300); }" in [text_of(report, one.range._replace(end_line=99)) for one in found.related]
    [call] = report.analysis.programs[0].calls
    assert [(place.path, place.line) for place in call.inlined_at] == [(str(tmp_path / "prog.c"), 5)]


def test_comments_silence_from_the_snapshot(tmp_path: Path) -> None:
    path = tmp_path / "prog.c"
    path.write_text(TOO_MUCH)
    silenced = TOO_MUCH.replace("-300))", "-300)) /* xdp-lsp: allow(headroom-exceeded) a test */")
    settings = Settings()
    report = analyse_source(SourceSnapshot(str(path), silenced.encode()), settings, toolchain_of(settings))
    assert finding(report).suppressed == "a test"


@pytest.mark.parametrize("line", [6, 8])
def test_a_comment_silences_where_the_call_begins_and_where_the_finding_is_shown(
    check: Callable[..., FileReport], line: int
) -> None:
    lines = TOO_MUCH.replace("ctx, -300))", "\n\t\tctx,\n\t\t-300))").split("\n")
    lines[line - 1] += " /* xdp-lsp: allow(headroom-exceeded) a test */"
    report = check("\n".join(lines))
    found = finding(report)
    assert found.range is not None
    assert (found.range.line, found.suppressed) == (8, "a test")
    assert [one.code for one in report.analysis.findings] == ["headroom-exceeded"]


def test_a_comment_elsewhere_silences_nothing(check: Callable[..., FileReport]) -> None:
    report = check(TOO_MUCH + "/* xdp-lsp: allow(headroom-exceeded) a test */\n")
    assert finding(report).suppressed is None
    assert finding(report, "unused-suppression").range is not None


def test_severities_are_the_users(check: Callable[..., FileReport]) -> None:
    settings = Settings(severity=(("headroom-exceeded", Severity.INFORMATION),))
    assert finding(check(TOO_MUCH, settings=settings)).severity is Severity.INFORMATION
    off = check(TOO_MUCH, settings=Settings(severity=(("headroom-exceeded", None),)))
    assert off.analysis.findings == ()


def test_what_does_not_compile(check: Callable[..., FileReport], tmp_path: Path) -> None:
    report = check(TOO_MUCH.replace("XDP_TX", "XDP_TXX").replace("-300", "length"))
    assert report.analysis.status is Status.COMPILE_ERROR
    assert report.analysis.reason.startswith(
        f"{tmp_path / 'prog.c'} does not compile: {tmp_path / 'prog.c'}:6: "
    )
    assert report.analysis.reason.endswith("(1 more error).")
    assert [(one.code, one.severity) for one in report.analysis.findings] == [
        ("compile-error", Severity.ERROR)
    ] * 2
    assert text_of(report, report.compiler_diagnostics[0].range._replace(end_column=37)) == "length"


def test_a_missing_header_comes_with_what_to_do(check: Callable[..., FileReport]) -> None:
    report = check("#include <uapi/linux/absent.h>\n" + TOO_MUCH)
    assert "the kernel's own tree" in report.hint
    assert "the kernel's own tree" in report.analysis.findings[0].suggestion


@pytest.mark.parametrize(
    ("name", "contents"),
    [
        ("crlf.c", TOO_MUCH.replace("\n", "\r\n").encode()),
        ("bom.c", b"\xef\xbb\xbf" + TOO_MUCH.encode()),
        ("latin.c", b"/* \xe9\xff */ " + TOO_MUCH.encode()),
        ("ünï cödé ;#%&'\".c", TOO_MUCH.encode()),
        ("header.h", TOO_MUCH.encode()),
    ],
)
def test_odd_sources(check: Callable[..., FileReport], name: str, contents: bytes) -> None:
    report = check(contents, name)
    assert report.analysis.status is Status.ANALYSED
    assert text_of(report, finding(report).range) == "-300"


def test_a_source_without_a_program(check: Callable[..., FileReport]) -> None:
    report = check("int unrelated;\n")
    assert report.analysis.status is Status.NO_PROGRAM
    assert report.analysis.findings == ()


def test_an_object(check: Callable[..., FileReport], tmp_path: Path) -> None:
    compiled = check(TOO_MUCH).compiled
    assert compiled is not None
    (tmp_path / "prog.o").write_bytes(compiled.object)
    report = analyse_path(str(tmp_path / "prog.o"), Settings())
    assert report.analysis.programs[0].exploration.need == 300
    assert text_of(report, finding(report).range._replace(end_column=25)) == "bpf_xdp_adjust_head"


@pytest.mark.parametrize("contents", [b"", b"\x7fELF", b"\x7fELF" + bytes(100), b"text", os.urandom(5000)])
def test_an_object_that_is_none(check: Callable[..., FileReport], contents: bytes) -> None:
    report = check(contents, "prog.o")
    assert report.analysis.status is Status.UNREADABLE
    assert report.analysis.reason.endswith(".")


def test_what_is_no_file(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.c", tmp_path / "none.o"):
        report = analyse_path(str(path), Settings())
        assert report.analysis.status is Status.UNREADABLE
        assert str(path) in report.analysis.reason


@pytest.mark.skipif(sys.platform == "win32", reason="/dev")
def test_a_device(tmp_path: Path) -> None:
    link = tmp_path / "zero.c"
    link.symlink_to("/dev/zero")
    assert analyse_path(str(link), Settings()).analysis.reason == f"{link} is not a regular file."


def test_no_compiler(check: Callable[..., FileReport], tmp_path: Path) -> None:
    report = check(TOO_MUCH, settings=Settings(clang=str(tmp_path / "none")))
    assert report.analysis.status is Status.COMPILE_ERROR
    assert str(tmp_path / "none") in report.analysis.reason
    assert [one.message for one in report.analysis.findings] == [report.analysis.reason]


def test_flags_of_the_project_and_of_the_settings(check: Callable[..., FileReport], tmp_path: Path) -> None:
    (tmp_path / "compile_flags.txt").write_text("-DLENGTH=300\n-fplugin=evil.so\n")
    (tmp_path / ".xdp-lsp.toml").write_text('flags = ["-Iinclude", "-B/tmp"]\n')
    (tmp_path / "include").mkdir()
    (tmp_path / "include" / "own.h").write_text("#define MINUS -\n")
    report = check('#include "own.h"\n' + TOO_MUCH.replace("-300", "MINUS LENGTH"))
    assert report.analysis.programs[0].exploration.need == 300
    [plugin, output] = report.flag_remarks
    assert plugin.startswith(f"The flag -fplugin=evil.so in {tmp_path / 'compile_flags.txt'} was left out")
    assert output.startswith(f"The flag -B/tmp in {tmp_path / '.xdp-lsp.toml'} was left out")
