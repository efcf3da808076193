"""Pages as they are shown; that Markdown is read as it is meant is tested with the hovers."""

from __future__ import annotations

from markdown_it import MarkdownIt

from xdp_lsp.ide.page import Table
from xdp_lsp.ide.render import markdown

TABLE = Table(
    ("usable", "after the call", "targets"),
    (("152", "short by 24", "ixgbe, i40e"), ("216", "gve[dqo] has 40", "`tun`, a | b"), ("8192", "", "")),
)


def test_tables_stand_in_columns_where_they_are_shown_as_written() -> None:
    """As in Neovim, which hides the marks of code spans."""
    lines = [line.replace("`", "") for line in markdown((TABLE,)).splitlines()]
    bars = [[at for at, sign in enumerate(line) if sign == "|"][:3] for line in lines]
    assert bars == [bars[0]] * len(lines)


def test_tables_are_read_as_tables() -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown((TABLE,)))
    cells = [token.content for token in tokens if token.type == "inline"]
    assert cells == [
        "usable", "after the call", "targets",
        "152", "short by 24", "ixgbe, i40e",
        "216", "`gve[dqo]` has 40", "`tun`, a | b",
        "8192", "", "",
    ]  # fmt: skip
