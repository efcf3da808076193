"""Which names a C text has, where what they mean ends, and what becomes of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdp_lsp.source.c_names import CName, CText

TEXT = """\
struct point { int len; };
static int f(struct point *p, int len) // len is a parameter
{
	int i = 4;
	char *text = "len } \\" i", quote = '}'; /* len { */
	for (int i = 0; i < len; i++)
		g(i, p->len);
	for (int i = 0; i < len; i++) {
		int len = i;
		len += h(&i) == len;
	}
#ifdef SMALL
	if (len) {
#else
	if (len > 3) {
#endif
		return (struct point){ .len = len,
			}.len;
	}
	goto len;
len:
	return i +
		len;
}
int g(int i) { return i ? 1 : 2; }
"""


def names(text: str = TEXT) -> list[CName]:
    return CText(text.encode()).names


def of(name: str, line: int) -> list[CName]:
    return [one for one in names() if (one.text, one.line) == (name, line)]


def test_members_tags_and_jumps_are_no_names_and_neither_is_text() -> None:
    assert of("len", 1) == [] and of("point", 1) == [] and of("point", 2) == []
    assert of("len", 5) == [] and of("i", 5) == []
    assert [one.column for one in of("len", 2)] == [35]
    assert of("len", 7) == [] and len(of("p", 7)) == 1
    assert [one.column for one in of("len", 17)] == [33]  # and not the members beside it
    assert of("len", 20) == []


@pytest.mark.parametrize(
    ("name", "line", "first", "last"),
    [
        ("p", 2, 2, 24),
        ("len", 2, 2, 24),
        ("i", 4, 4, 24),
        ("i", 6, 6, 7),
        ("i", 8, 8, 11),
        ("len", 9, 9, 11),
        ("i", 25, 25, 25),
    ],
)
def test_what_a_name_means_ends_with_its_block(name: str, line: int, first: int, last: int) -> None:
    text = CText(TEXT.encode())
    start, end = text.extent(name, line)
    assert (text.line_at(start), text.line_at(end - 1)) == (first, last)


def test_a_name_that_a_macro_makes_has_the_block_of_its_line() -> None:
    text = CText(b"int f(void)\n{\n\t{\n\t\tDECLARE(x);\n\t\tx = 1;\n\t}\n\tx = 2;\n}\n")
    start, end = text.extent("hidden", 4)
    assert (text.line_at(start), text.line_at(end - 1)) == (4, 6)


def test_what_changes_a_variable() -> None:
    changed = "x = 1; x += 1; x <<= 2; x++; --x; g(&x); int x = 3;"
    kept = "x == 1; x <= 2; x >= 3; x != 4; y = x; x < 1; x->y = 1; x[1] = 2; a - x; f(x);"
    assert [one.is_changed for one in names(changed) if one.text == "x"] == [True] * 7
    assert not any(one.is_changed for one in names(kept) if one.text == "x")


def test_statements_and_tests() -> None:
    text = CText(TEXT.encode())
    (last,) = of("len", 23)
    assert list(text.statement(last)) == [21, 22, 23]
    assert text.tests == {6, 8, 13, 15, 25}


@given(st.text(alphabet="{}();#\n'\"/*.?&ab for if else struct -> = \\", max_size=80))
def test_no_text_is_too_odd(source: str) -> None:
    text = CText(source.encode())
    for name in text.names:
        assert source.encode()[name.offset : name.offset + len(name.text)] == name.text.encode()
        start, end = text.extent(name.text, name.line)
        assert 0 <= start <= end <= len(source)
        assert name.line in text.statement(name)
