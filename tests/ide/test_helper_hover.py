"""Helpers' manuals, from the real headers of the machine: nothing of them is lost, and no markup is left over."""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.ide.annotated import HERE, hover_at, line_of, report_of, said
from xdp_lsp.ide import Cursor, hover
from xdp_lsp.ide.page import Code, Heading, Items, Paragraph
from xdp_lsp.ide.render import markdown, plain_text
from xdp_lsp.ide.rst import blocks, inline
from xdp_lsp.isa.helpers import helper_named
from xdp_lsp.source import SourceLocation
from xdp_lsp.toolchain.helper_defs import parse_prototypes
from xdp_lsp.toolchain.helper_manual import helper_manuals

_WORD = re.compile(r"\w+")


def _headers() -> list[Path]:
    """The system's, and that of the wheel."""
    found = [Path("/usr/include/linux/bpf.h")]
    spec = find_spec("ziglang")
    if spec is not None and spec.submodule_search_locations:
        root = Path(spec.submodule_search_locations[0])
        found.append(root / "lib/libc/include/any-linux-any/linux/bpf.h")
    return [path for path in found if path.is_file()]


@cache
def _manuals() -> dict[str, str]:
    return {f"{name} {path}": text for path in _headers() for name, text in helper_manuals(path).items()}


@pytest.mark.parametrize("header", _headers(), ids=str)
def test_every_helper_has_a_manual(header: Path) -> None:
    manuals = helper_manuals(header)
    named = {one.name for one in parse_prototypes(header.read_text())}
    assert len(named) > 200
    assert named <= manuals.keys()
    without = {name for name in named if not manuals[name].startswith("Description\n")}
    assert without == set()


def test_no_word_is_lost_and_no_markup_is_left() -> None:
    assert len(_manuals()) > 200
    for name, text in _manuals().items():
        page = tuple(blocks(text))
        body = re.sub(r"^(Description|Return|Attributes)$", "", text, flags=re.MULTILINE)
        body = re.sub(r"^ +__bpf_fastcall$", "", body, flags=re.MULTILINE)
        body = re.sub(r"\*+\\ ", "", body)  # `*level*\\ s` is one word
        wanted = _WORD.findall(re.sub(r"^( *)\d+\. ", r"\1", body, flags=re.MULTILINE))
        shown = plain_text(tuple(block for block in page if not isinstance(block, Heading)))
        assert _WORD.findall(shown) == wanted, name
        assert "**" not in shown and "\\" not in shown.replace("\\n", ""), name
        prose = [block.text for block in page if isinstance(block, Paragraph)]
        prose += [item for block in page if isinstance(block, Items) for item in block.items]
        assert all(one.count("`") % 2 == 0 and "``" not in one for one in prose), name


def test_markdown_shows_the_same() -> None:
    reader = MarkdownIt("commonmark").enable("table")
    for name, text in _manuals().items():
        page = tuple(blocks(text))
        tokens = reader.parse(markdown(page))
        assert _WORD.findall(_text(tokens)) == _WORD.findall(plain_text(page)), name
        kinds = {child.type for token in tokens for child in token.children or ()}
        assert kinds <= {"text", "code_inline", "strong_open", "strong_close", "softbreak"}, (name, kinds)
        fences = [token for token in tokens if token.type in ("fence", "code_block")]
        assert len(fences) == sum(1 for block in page if isinstance(block, Code)), name


def _text(tokens: list[Token]) -> str:
    return " ".join("".join(leaf.content or " " for leaf in token.children or (token,)) for token in tokens)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("the *map*\nat **NULL**, see **bpf_redirect**\\ ().", "the `map` at `NULL`, see `bpf_redirect()`."),
        ("*xdp_md*\\ **->data_meta** by\n``delta``", "`xdp_md->data_meta` by `delta`"),
        ("*params*->tbid, u64 \\*x and 2 * 3 * 4", "`params`->tbid, u64 *x and 2 * 3 * 4"),
        ("**struct xdp_md**\\ s", "`struct xdp_md`s"),
    ],
)
def test_emphasis_becomes_code(text: str, wanted: str) -> None:
    assert inline(text) == wanted


def test_structure() -> None:
    text = """\
Description
        One of:

        **A**
                First,
                of two.
        **B**
                Second.

        * a bullet
          goes on
        * another

        Like this:

        ::

                int x;
                  int y;

        Done.
Return
        0.
"""
    assert list(blocks(text)) == [
        Paragraph("One of:"),
        Items(("`A`: First, of two.", "`B`: Second.", "a bullet goes on", "another")),
        Paragraph("Like this:"),
        Code("int x;\n  int y;"),
        Paragraph("Done."),
        Heading("Returns"),
        Paragraph("0."),
    ]


def shown_at(name: str, marked: str) -> str:
    return plain_text(hover_at(name, marked).page)


def test_any_helper_that_the_source_names_has_its_manual() -> None:
    found = shown_at("calls.c", "bpf_map_lookup_elem(&lengths")
    known = helper_named("bpf_map_lookup_elem")
    assert known is not None
    assert found.split("\n\n")[:2] == [
        f"  {known.prototype}",
        "Perform a lookup in map for an entry associated to key.",
    ]
    assert found.endswith("Returns\n\nMap value associated to key, or NULL if no entry was found.\n")
    assert report_of("calls.c").insight is not None


def test_a_report_has_the_manuals_of_what_its_source_names() -> None:
    insight = report_of("calls.c").insight
    assert insight is not None
    assert set(insight.manuals) == {"bpf_map_lookup_elem", "bpf_xdp_adjust_head", "bpf_xdp_adjust_meta"}


def test_a_call_of_a_helper_has_the_rule_and_the_manual_below() -> None:
    _, rest = shown_at("calls.c", "bpf_xdp_adjust_meta(x, -8)").split("\n--\n")
    assert "Fails with -ENOTSUPP where the driver has no metadata" in " ".join(rest.split())
    assert "Adjust the address pointed by xdp_md->data_meta by delta" in " ".join(rest.split())


@pytest.mark.parametrize(("number", "wanted"), said("tails.c", "end").items())
def test_the_end_of_a_packet_is_moved_by_so_many_bytes(number: int, wanted: str) -> None:
    line = line_of("tails.c", number)
    assert line is not None
    place = SourceLocation(str(HERE / "tails.c"), number, line.index(b"bpf_xdp") + 1)
    found = hover(report_of("tails.c"), Cursor(place, {number: line}.get))
    assert found is not None
    assert found.page[0] == Heading(f"moves the packet's end by {wanted} bytes")


def test_a_struct_is_not_the_helper_of_its_name() -> None:
    line = b"struct bpf_fib_lookup at; bpf_fib_lookup(x, &at, sizeof(at), 0);"
    columns = [match.start() + 1 for match in re.finditer(rb"bpf_fib_lookup", line)]
    places = [SourceLocation(str(HERE / "calls.c"), 1, column) for column in columns]
    found = [hover(report_of("calls.c"), Cursor(place, {1: line}.get)) for place in places]
    assert [one is not None for one in found] == [False, True]
