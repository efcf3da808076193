"""Whole pages, as a terminal and as an editor shows them."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from tests.ide.annotated import HERE, hover_at
from xdp_lsp.ide.page import Heading, Page, Paragraph, Rule, Table
from xdp_lsp.ide.render import markdown, plain_text

NAME = "calls.c"


def page_at(marked: str) -> Page:
    """What stands before the manual in the hover at `marked`."""
    page = hover_at(NAME, marked).page
    return page[: page.index(Rule())]


def test_metadata_and_calls_before_count() -> None:
    assert (
        plain_text(page_at("bpf_xdp_adjust_head(x, // hover"))
        == """\
prepends 8..80 bytes; short by 20 on sfc

Taken from the headroom: 28 before the call, 36..108 with it, 8 of that metadata.

  sfc: 128 bytes in front of the packet
  |▒▒▒▒▒▒▒▒▒▒××××××××××██████████████████████████████████▓▓▓▓▓▓▓▓▓▓| packet
   ▒ 40 kept by the kernel  × 20 too many  ░ 8 metadata  █ 80 this call  ▓ 20 before it

  usable  left         targets
  88      short by 20  sfc
  152     44 left      ixgbe
  280     172 left     tun

For example, with lengths[1] = 80 it asks for 108.

  line 15: read from a value of map lengths (32 bits)
  line 38: checked here: 8 to 80 is left
  line 40: takes 8 bytes of metadata before
  line 42: prepends 20 bytes before
"""
    )


def test_copies_are_told_apart_by_the_calls_that_led_there() -> None:
    assert (
        "\n".join(
            plain_text(page_at("bpf_xdp_adjust_head(x, -n); // hint: prepends 8..40")).splitlines()[-5:]
        )
        == """\
  copy                               taken before  with it
  called at line 81:9   prepends 8   0             8
  called at line 81:24  prepends 40  8             48

  line 75: prepends 8 bytes before"""
    )


def test_what_nothing_bounds_has_no_picture_and_no_table() -> None:
    assert plain_text(page_at("bpf_xdp_adjust_head(x, -4)")).split("\n\n")[:2] == [
        "prepends 4 bytes, which adds up without a bound",
        "Taken from the headroom: 0 or more before the call, 4 or more with it.",
    ]


@pytest.mark.parametrize("images", [False, True])
def test_markdown_is_markdown(images: bool) -> None:
    page = page_at("bpf_xdp_adjust_head(x, // hover")
    reader = MarkdownIt("commonmark").enable("table")
    reader.validateLink = lambda url: True  # its own idea is that of web sites: no `file:`, no SVG
    tokens = reader.parse(markdown(page, images=images))
    kinds = [token.type for token in tokens]
    assert kinds.count("tr_open") == 1 + 3
    assert kinds.count("list_item_open") == 4
    children = [child for token in tokens for child in token.children or ()]
    links = [child.attrs["href"] for child in children if child.type == "link_open"]
    assert links[1] == f"{(HERE / NAME).as_uri()}#L38"
    pictures = [child for child in children if child.type == "image"]
    assert len(pictures) == images
    assert kinds.count("fence") == (not images)
    if images:
        assert pictures[0].content == "sfc: 128 bytes in front of the packet"


@pytest.mark.parametrize(
    "text",
    [
        "with reals[0].opt_len = 124 it asks for 176",
        "a * b * c, __x__ and `__y__`, <b>bold</b>, 1 < 2, a\\*b, snake_case_name, x[1](y), [a][b]",
    ],
)
def test_prose_shows_as_it_is_written(text: str) -> None:
    tokens = MarkdownIt("commonmark").parse(markdown((Paragraph(text),)))
    children = [child for token in tokens for child in token.children or ()]
    assert {child.type for child in children} <= {"text", "text_special", "code_inline"}
    assert "".join(child.content for child in children) == text.replace("`", "")


def test_what_needs_no_backslash_has_none() -> None:
    text = "snake_case, 1 < 2, [0]"
    assert markdown((Paragraph(text),)) == f"{text}\n"


def test_brackets_of_names_are_code() -> None:
    page = (
        Heading("1 left on igb[legacy-rx]"),
        Paragraph("with reals[0].opt_len = 1 and `a[1]`, rings[1].x[0x2]."),
        Table(("what", "where"), (("`a|b`", "tun, gve[dqo], ixgbevf[82599-vf]:generic"),)),
    )
    heading, prose, *_, row = markdown(page).rstrip("\n").split("\n")[::2]
    assert heading == "**1 left on `igb[legacy-rx]`**"
    assert prose == "with `reals[0].opt_len` = 1 and `a[1]`, `rings[1].x[0x2]`."
    assert row == "| `a\\|b` | tun, `gve[dqo]`, `ixgbevf[82599-vf]:generic` |"
    assert "`" not in plain_text(page)
