import pytest

from xdp_lsp.analysis.directives import AnnotatedSource
from xdp_lsp.analysis.suppression import apply_suppressions, find_suppressions
from xdp_lsp.checks import Finding, Severity
from xdp_lsp.source import SourceRange

UNBOUNDED = "prepend-unbounded"


def finding(line, code=UNBOUNDED, path="a.c"):
    return Finding(code, Severity.WARNING, "message", SourceRange(path, line, 5, line, 5), "prog", "xdp+1")


def silenced(text, line, code=UNBOUNDED):
    """The reason that silences a finding at `line` of `text`, and the messages about its comments."""
    marked = apply_suppressions([finding(line, code)], "a.c", {"a.c": text}.get)
    return marked[0].suppressed, [other.message for other in marked[1:]]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("/* xdp-lsp: allow(prepend-unbounded) at most 60 */\ncall();\n", 2),
        ("// xdp-lsp: allow(prepend-unbounded) at most 60\ncall();\n", 2),
        ("// xdp-lsp: allow(prepend-unbounded) at most 60\r\ncall();\r\n", 2),
        ("call(); /* xdp-lsp: allow(prepend-unbounded) at most 60 */\n", 1),
        ("call(); // xdp-lsp: allow(prepend-unbounded) at most 60", 1),
        ("/*\n * xdp-lsp: allow(prepend-unbounded) at\n * most 60\n */\ncall();\n", 5),
        ("/* xdp-lsp: allow(prepend-unbounded) at most 60 */\n/* more */\n\n#if 1\ncall();\n", 4),
        ("// xdp-lsp: allow(prepend-unbounded) at \\\n most 60\ncall();\n", 3),
        ('s = "/* no comment"; // xdp-lsp: allow(prepend-unbounded) at most 60\n', 1),
        ("c = '\"'; // xdp-lsp: allow(prepend-unbounded) at most 60\n", 1),
        ("/* xdp-lsp: allow(headroom-exceeded, prepend-unbounded) at most 60 */ call();\n", 1),
    ],
)
def test_a_comment_silences_its_line_or_the_next_line_of_code(text, line):
    reason, complaints = silenced(text, line)
    assert reason == "at most 60"
    assert [message for message in complaints if "headroom-exceeded" not in message] == []


@pytest.mark.parametrize(
    "text",
    [
        's = "/* xdp-lsp: allow(prepend-unbounded) reason */";\n',
        's = "\\"// xdp-lsp: allow(prepend-unbounded) reason";\n',
        "/* says // xdp-lsp: allow(prepend-unbounded) reason */ call();\n",
        "int xdp; // see xdp-lsp: it bounds this\n",
    ],
)
def test_what_is_no_comment_of_ours_is_left_alone(text):
    assert silenced(text, 1) == (None, [])


def test_a_comment_after_code_is_not_for_the_next_line():
    text = "other(); // xdp-lsp: allow(prepend-unbounded) at most 60\ncall();\n"
    assert silenced(text, 2) == (None, ["this comment silences nothing: there is no prepend-unbounded here"])


def test_a_comment_without_a_reason_silences_nothing_and_says_so():
    text = "/* xdp-lsp: allow(prepend-unbounded) */\ncall();\n"
    assert silenced(text, 2) == (
        None,
        ["this comment does not silence prepend-unbounded: it gives no reason"],
    )


def test_an_unknown_code_is_told_with_the_nearest_one():
    text = "/* xdp-lsp: allow(prepend-unbound) at most 60 */\ncall();\n"
    assert silenced(text, 2) == (
        None,
        ["this comment silences nothing: no check has the code prepend-unbound; is prepend-unbounded meant?"],
    )


def test_a_comment_that_is_not_understood_is_told():
    text = "/* xdp-lsp: ignore prepend-unbounded */\ncall();\n"
    assert silenced(text, 2) == (
        None,
        ["this comment silences nothing: it is not `xdp-lsp: allow(CODE) reason`"],
    )


def test_a_complaint_stands_at_the_comment_in_bytes():
    text = "ä(); // xdp-lsp: allow(prepend-unbounded)\n"
    (_, complaint) = apply_suppressions([finding(1)], "a.c", {"a.c": text}.get)
    assert complaint.range == SourceRange("a.c", 1, 10, 1, 43)
    assert complaint.code == "unused-suppression"


def test_another_code_is_not_silenced():
    text = "/* xdp-lsp: allow(headroom-exceeded) at most 60 */\ncall();\n"
    reason, complaints = silenced(text, 2)
    assert reason is None
    assert complaints == ["this comment silences nothing: there is no headroom-exceeded here"]


def test_a_header_silences_its_own_lines_and_is_not_blamed_for_unused_ones():
    header = (
        "/* xdp-lsp: allow(prepend-unbounded) r */\nf();\n/* xdp-lsp: allow(headroom-exceeded) r */\ng();\n"
    )
    marked = apply_suppressions([finding(2, path="a.h")], "a.c", {"a.c": "", "a.h": header}.get)
    assert [one.suppressed for one in marked] == ["r"]


def test_a_file_that_cannot_be_read_silences_nothing():
    assert apply_suppressions([finding(2)], "a.c", lambda path: None) == (finding(2),)


def test_a_place_over_several_lines_is_met_on_any_of_them():
    text = "call(a,\n     b); // xdp-lsp: allow(prepend-unbounded) at most 60\n"
    wide = finding(1)._replace(range=SourceRange("a.c", 1, 1, 2, 7))
    assert apply_suppressions([wide], "a.c", {"a.c": text}.get)[0].suppressed == "at most 60"


def test_an_unfinished_comment_runs_to_the_end():
    source = AnnotatedSource("a.c", "call(); /* xdp-lsp: allow(prepend-unbounded) r")
    assert [one.reason for one in find_suppressions(source.directives)] == ["r"]
