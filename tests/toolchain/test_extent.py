"""The extent of calls and of their delta, marked in the source."""

from __future__ import annotations

from pathlib import Path

import pytest

from xdp_lsp.source import SourceLocation, SourceRange
from xdp_lsp.toolchain import (
    CallExtent,
    CompileRequest,
    Toolchain,
    call_extents,
    compile_source,
    extents_by_text,
)

pytest.importorskip("clang.cindex")

SOURCE = """\
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "grow.h"
#define GROW(c, n) bpf_xdp_adjust_head(c, -(n))
#define CALL(c, d) bpf_xdp_adjust_head(c, d)
#define EIGHT (-8)
static int other(struct xdp_md *x) { return bpf_xdp_adjust_head(x, 4); }
SEC("xdp") int prog(struct xdp_md *x)
{
	int n = x->data & 15;

	/* ü */ if (bpf_xdp_adjust_head(x, -n)) return 1;
	if (GROW(x, n + 1)) return other(x);
	if (CALL(x, 0 - n)) return 1;
	if (bpf_xdp_adjust_head(x, EIGHT)) return 1;
	if (bpf_xdp_adjust_head(
		x,
		-(int)(n
			+ 3)
		)) return 1;
	return bpf_xdp_adjust_meta(x, -4) + in_header(x);
}
"""
HEADER = "static inline int in_header(struct xdp_md *x)\n{\n\treturn bpf_xdp_adjust_head(x, -2);\n}\n"
HELPERS = ("bpf_xdp_adjust_head", "bpf_xdp_adjust_meta")


@pytest.fixture
def source(tmp_path: Path) -> str:
    path = tmp_path / "a.c"
    path.write_text("not this")
    (tmp_path / "grow.h").write_text(HEADER)
    return str(path)


def written(extent: SourceRange | None, text: str) -> str:
    """The text in a range."""
    assert extent is not None
    lines = text.encode().splitlines(keepends=True)
    before = sum(map(len, lines[: extent.line - 1])) + extent.column - 1
    after = sum(map(len, lines[: extent.end_line - 1])) + extent.end_column - 1
    return text.encode()[before:after].decode()


def found(toolchain: Toolchain, source: str, *places: SourceLocation) -> tuple[CallExtent, ...]:
    return call_extents(toolchain, CompileRequest(source, SOURCE.encode()), HELPERS, places)


def test_calls_and_deltas_are_found(toolchain: Toolchain, source: str) -> None:
    calls = found(toolchain, source, SourceLocation(source, 12, 15))
    assert [
        (call.call.line, written(call.call, SOURCE), written(call.arguments[1], SOURCE)) for call in calls
    ] == [
        (12, "bpf_xdp_adjust_head(x, -n)", "-n"),
        (13, "GROW(x, n + 1)", "GROW(x, n + 1)"),
        (14, "CALL(x, 0 - n)", "0 - n"),
        (15, "bpf_xdp_adjust_head(x, EIGHT)", "EIGHT"),
        (16, "bpf_xdp_adjust_head(\n\t\tx,\n\t\t-(int)(n\n\t\t\t+ 3)\n\t\t)", "-(int)(n\n\t\t\t+ 3)"),
        (21, "bpf_xdp_adjust_meta(x, -4)", "-4"),
    ]
    assert calls[-1].helper == "bpf_xdp_adjust_meta"


def test_only_functions_that_are_asked_about_are_walked(toolchain: Toolchain, source: str) -> None:
    (call,) = found(toolchain, source, SourceLocation(source, 7, 0))
    assert written(call.call, SOURCE) == "bpf_xdp_adjust_head(x, 4)"
    assert found(toolchain, source, SourceLocation(source, 3, 1)) == ()
    assert found(toolchain, source) == ()


def test_a_call_in_a_header_is_found_there(toolchain: Toolchain, source: str) -> None:
    header = str(Path(source).parent / "grow.h")
    (call,) = found(toolchain, source, SourceLocation(header, 3, 9))
    assert call.call.path == header
    assert written(call.arguments[1], HEADER) == "-2"


def test_a_header_has_one_name_however_it_is_included(toolchain: Toolchain, tmp_path: Path) -> None:
    """That of line info, which is freed of `..`."""
    (tmp_path / "inc").mkdir()
    (tmp_path / "src").mkdir()
    header = tmp_path / "inc" / "grow.h"
    header.write_text(HEADER)
    text = SOURCE.replace('"grow.h"', '"../inc/./grow.h"')
    request = CompileRequest(str(tmp_path / "src" / "a.c"), text.encode())
    (call,) = call_extents(toolchain, request, HELPERS, [SourceLocation(str(header), 3, 9)])
    assert call.call.path == str(header)
    (tmp_path / "inc" / "broken.h").write_text("int a = b;\n#error c\n")
    broken = compile_source(toolchain, request._replace(contents=b'#include "../inc//broken.h"\n'))
    assert {error.range.path for error in broken.errors} == {str(tmp_path / "inc" / "broken.h")}


def test_a_name_that_leads_past_a_link_is_left_as_it_is(toolchain: Toolchain, tmp_path: Path) -> None:
    (tmp_path / "far" / "away").mkdir(parents=True)
    (tmp_path / "far" / "broken.h").write_text("int a = b;\n")
    (tmp_path / "link").symlink_to("far/away")
    (tmp_path / "a.c").write_text('#include "link/../broken.h"\n')
    [error] = compile_source(toolchain, CompileRequest(str(tmp_path / "a.c"))).errors
    assert error.range.path == str(tmp_path / "link/../broken.h")


def test_the_flags_of_the_compile_count(toolchain: Toolchain, tmp_path: Path) -> None:
    source = str(tmp_path / "b.c")
    text = (
        "long bpf_xdp_adjust_head(void *, int);\nlong f(void *c)\n{\n\treturn bpf_xdp_adjust_head(c, N);\n}\n"
    )
    request = CompileRequest(source, text.encode(), ("-DN=-6",))
    (call,) = call_extents(toolchain, request, HELPERS, [SourceLocation(source, 4, 9)])
    assert written(call.arguments[1], text) == "N"


@pytest.mark.parametrize(
    "contents", [b"", b"\xff\xfe\x00", b"int f(void) { return bpf_xdp_adjust_head(", b"{" * 5000]
)
def test_a_source_that_does_not_parse_gives_nothing(
    toolchain: Toolchain, tmp_path: Path, contents: bytes
) -> None:
    source = str(tmp_path / "b.c")
    calls = call_extents(toolchain, CompileRequest(source, contents), HELPERS, [SourceLocation(source, 1, 1)])
    assert all(call.call.path == source for call in calls)


def test_a_file_that_is_not_there_gives_nothing(toolchain: Toolchain, tmp_path: Path) -> None:
    source = str(tmp_path / "absent.c")
    assert call_extents(toolchain, CompileRequest(source), HELPERS, [SourceLocation(source, 1, 1)]) == ()


BRACKETS = r"""
int f(void)
{
	return bpf_xdp_adjust_head(x[g(1, 2)], /* ), */ ")\"(" [0] + ')'  ,
		(struct s){ 3, 4 }.n // , )
	) + bpf_xdp_adjust_meta ( x , ) + bpf_xdp_adjust_head(x, 7;
"""


def test_calls_are_found_by_their_brackets_where_libclang_would_find_them(
    toolchain: Toolchain, source: str
) -> None:
    """But for those that a macro makes."""
    contents = {source: SOURCE.encode(), str(Path(source).with_name("grow.h")): HEADER.encode()}
    lines = [SourceLocation(path, line, 1) for path in contents for line in range(1, 30)]
    known = found(toolchain, source, *lines)
    plain = [one for one in known if written(one.call, contents[one.call.path].decode()).startswith(HELPERS)]
    assert 5 <= len(plain) < len(known)
    places = [one.call.start for one in known]
    assert sorted(extents_by_text(contents.get, HELPERS, places)) == sorted(plain)


def test_brackets_in_strings_and_comments_are_none() -> None:
    head = SourceLocation("a.c", 4, BRACKETS.split("\n")[3].index("bpf") + 1)
    line = BRACKETS.split("\n")[5]
    meta = SourceLocation("a.c", 6, line.index("bpf_xdp_adjust_meta") + 1)
    open_end = SourceLocation("a.c", 6, line.rindex("bpf") + 1)
    elsewhere = [SourceLocation("a.c", 4, 3), SourceLocation("a.c", 4, 0), SourceLocation("a.c", 99, 1)]
    read = {"a.c": BRACKETS.encode()}.get
    one, other = extents_by_text(read, HELPERS, [head, meta, open_end, *elsewhere, head._replace(path="b.c")])
    assert [written(argument, BRACKETS) for argument in one.arguments] == [
        "x[g(1, 2)]",
        """/* ), */ ")\\"(" [0] + ')'""",
        "(struct s){ 3, 4 }.n // , )",
    ]
    assert written(other.call, BRACKETS) == "bpf_xdp_adjust_meta ( x , )"
    assert other.arguments[1] is None
