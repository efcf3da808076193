"""Pages as they are shown; that Markdown is read as it is meant is tested with the hovers."""

from __future__ import annotations

from markdown_it import MarkdownIt

from xdp_lsp.ide.page import Table
from xdp_lsp.ide.render import markdown

TABLE = Table(
    ("usable", "left", "targets"),
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
        "usable", "left", "targets",
        "152", "short by 24", "ixgbe, i40e",
        "216", "`gve[dqo]` has 40", "`tun`, a | b",
        "8192", "", "",
    ]  # fmt: skip


def test_cells_are_not_broken_where_the_last_column_wants_room() -> None:
    """As in VS Code, which gives the columns as little as their words allow."""
    html = MarkdownIt("commonmark").enable("table").render(markdown((TABLE,), images=True))
    assert "<td>short\N{NO-BREAK SPACE}by\N{NO-BREAK SPACE}24\N{EN SPACE}</td>\n<td>ixgbe, i40e</td>" in html
