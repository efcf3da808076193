"""Reading what clang prints."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdp_lsp.source import SourceRange
from xdp_lsp.toolchain import ClangDiagnostic, ClangNote, CompileRequest, Toolchain, compile_source
from xdp_lsp.toolchain.diagnostics import parse_dependencies, parse_diagnostics

MAIN = "/src/a.c"


def parsed(*lines: str) -> tuple[ClangDiagnostic, ...]:
    return parse_diagnostics("\n".join(lines).encode(), MAIN)


def test_a_place_a_range_and_an_option_are_read() -> None:
    (found,) = parsed("/src/a.c:3:9:{3:5-3:14}{4:1-4:2}: warning: unused variable 'n' [-Wunused-variable]")
    assert found == ClangDiagnostic(
        SourceRange(MAIN, 3, 5, 3, 14), "warning", "unused variable 'n'", "-Wunused-variable"
    )


def test_a_range_elsewhere_is_not_the_diagnostics() -> None:
    (found,) = parsed("/src/a.c:3:9:{2:1-2:5}: error: no")
    assert found.range == SourceRange(MAIN, 3, 9, 3, 9)


def test_a_warning_made_an_error_keeps_its_option() -> None:
    (found,) = parsed("/src/a.c:1:1: error: unused variable 'n' [-Werror,-Wunused-variable]")
    assert (found.is_error, found.option) == (True, "-Wunused-variable")


def test_notes_belong_to_what_they_follow() -> None:
    (found,) = parsed(
        "In file included from /src/a.c:1:",
        "In file included from /src/b.h:2:",
        "/src/c.h:7:3: error: redefinition of 'f'",
        "/src/b.h:4:5: note: previous definition is here",
        "<scratch space>:2:1: note: expanded from here",
        "note: (skipping 3 expansions in backtrace; use -fmacro-backtrace-limit=0 to see all)",
        "1 error generated.",
    )
    assert found.range.path == "/src/c.h"
    assert found.notes == (ClangNote(SourceRange("/src/b.h", 4, 5, 4, 5), "previous definition is here"),)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("clang: error: unknown argument: '-x'", "unknown argument: '-x'"),
        ("clang-19: error: no input files", "no input files"),
        ("fatal error: too many errors emitted, stopping now", "too many errors emitted, stopping now"),
        ("error: <unknown>:0:0: in function f i32 (): too many args", "in function f i32 (): too many args"),
        ("<built-in>:3:1: error: macro name missing", "macro name missing"),
    ],
)
def test_what_has_no_place_goes_to_the_main_file(line: str, message: str) -> None:
    (found,) = parsed(line)
    assert (found.range, found.message) == (SourceRange(MAIN, 1, 0, 1, 0), message)


@pytest.mark.parametrize(
    "line",
    ["", "warning", "note: nothing before it", "PLEASE submit a bug report to https://example.org: error: no",
     "Stack dump:", "0.\tProgram arguments: clang: error", "2 warnings and 1 error generated."],
)  # fmt: skip
def test_other_lines_are_left_out(line: str) -> None:
    assert parsed(line) == ()


def test_a_name_that_looks_like_a_diagnostic_is_a_name() -> None:
    main = "/x:3:4: error: y.c"
    (found,) = parse_diagnostics(f"{main}:1:2: warning: odd".encode(), main)
    assert (found.range.path, found.severity, found.message) == (main, "warning", "odd")


def test_bytes_that_are_not_utf_8_are_replaced() -> None:
    (found,) = parse_diagnostics(b"/src/\xff.h:1:2: error: unknown type name '\xe9'", MAIN)
    assert (found.range.path, found.message) == ("/src/\udcff.h", "unknown type name '\ufffd'")


@given(st.binary())
def test_any_output_is_read(output: bytes) -> None:
    for diagnostic in parse_diagnostics(output, MAIN):
        diagnostic.message.encode()


def test_back_end_errors_have_a_place(toolchain: Toolchain, tmp_path: Path) -> None:
    source = str(tmp_path / "a.c")
    contents = b"void use(char *);\nint f(void)\n{\n\tchar big[600];\n\n\tuse(big);\n\treturn big[1];\n}\n"
    result = compile_source(toolchain, CompileRequest(source, contents))
    assert result.object is None
    assert result.failure is None
    assert "stack limit" in result.errors[0].message
    assert result.errors[0].range.path == source
    assert result.errors[0].range.line in (2, 6, 7)  # as the version has it


def test_ranges_come_from_every_clang(toolchain: Toolchain, tmp_path: Path) -> None:
    contents = b"int *f(int a) { return a + 6; }\n"
    result = compile_source(toolchain, CompileRequest(str(tmp_path / "a.c"), contents))
    (found,) = result.diagnostics
    assert (found.option, found.range[1:]) == ("-Wint-conversion", (1, 24, 1, 29))


@pytest.mark.parametrize(
    ("rule", "names"),
    [
        ("out: /a.c /b.h \\\n  /c.h\n", ("/a.c", "/b.h", "/c.h")),
        (r"out: /with\ space.c /ha\#sh.h /dol$$lar.h", ("/with space.c", "/ha#sh.h", "/dol$lar.h")),
        ("out: a.c sub/../b.h /x/../y.h a.c", ("/folder/a.c", "/folder/b.h", "/y.h")),
        ("out: /a.c \\\r\n  /b.h\r\n", ("/a.c", "/b.h")),
        ("out:", ()),
        ("", ()),
    ],
)
def test_dependencies_are_read(rule: str, names: tuple[str, ...]) -> None:
    assert parse_dependencies(rule, "/folder") == names
