"""Pages as Markdown, for editors, and as text, for terminals."""

from __future__ import annotations

import re
import textwrap
from pathlib import PurePath

from xdp_lsp.ide.page import Block, Code, Heading, Items, Page, Paragraph, Places, Rule, Table
from xdp_lsp.ide.picture import Picture, drawn, image
from xdp_lsp.source import SourceLocation

_WIDTH = 100  # characters of a terminal's line
_NO_BREAK = "\N{NO-BREAK SPACE}"


def markdown(page: Page, *, images: bool = False) -> str:
    """CommonMark with tables (GitHub's), which is what editors render in hovers; with `images` pictures are SVG."""
    return "\n\n".join(_markdown(block, images) for block in page) + "\n"


def plain_text(page: Page) -> str:
    """For a terminal, or for a client that shows no Markdown."""
    return "\n\n".join(map(_plain, page)) + "\n"


def _markdown(block: Block, images: bool) -> str:
    match block:
        case Heading(text):
            return f"**{_spanned(text)}**"
        case Paragraph(text):
            return _escaped(text)
        case Items(items):
            return "\n".join(f"- {_escaped(item)}" for item in items)
        case Code(text, language):
            fence = "```" if "```" not in text else "````"
            return f"{fence}{language}\n{text}\n{fence}"
        case Table(header, rows):
            return _table([header, *rows], holding=images)
        case Places(places):
            return "\n".join(f"- [{label}]({_link(location)}): {text}" for label, location, text in places)
        case Picture():
            return f"![{block.title}]({image(block)})" if images else f"```text\n{drawn(block)}\n```"
        case Rule():
            return "---"


def _table(lines: list[tuple[str, ...]], *, holding: bool) -> str:
    """Columns of one width, all but the last: terminals show a table as it is written.

    With `holding` the cells of these columns are not broken where the last one wants room, and keep away from the
    next.
    """
    columns = range(len(lines[0]))
    cells = [[_spanned(cell).replace("|", "\\|") for cell in line] for line in lines]
    if holding:
        cells = [
            [*(f"{cell.replace(' ', _NO_BREAK)}&ensp;" for cell in line[:-1]), line[-1]] for line in cells
        ]
    widths = [max(3, *(_seen(line[column]) for line in cells)) for column in columns[:-1]]
    cells.insert(1, ["-" * width for width in (*widths, 3)])
    for line in cells:
        for column, width in enumerate(widths):
            line[column] += " " * (width - _seen(line[column]))
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


def _seen(cell: str) -> int:
    """How many characters a terminal shows, where it hides the marks of code spans."""
    return len(cell.replace("`", ""))


def _spanned(text: str) -> str:
    """`text` with code spans around names with brackets.

    Markdown shows the brackets of `igb[legacy-rx]` and `reals[0]` as they are, but Neovim takes them for a link's and
    shows none.
    """
    parts = text.split("`")
    return "`".join(
        part if index % 2 else _BRACKETED.sub(r"`\g<0>`", part) for index, part in enumerate(parts)
    )


_BRACKETED = re.compile(r"\w[\w.@:-]*(?:\[[^\[\]\s]*\](?:[\w.@:-]*\w)?)+")


def _escaped(text: str) -> str:
    """Prose whose signs stand for themselves; code spans stay."""
    parts = _spanned(text).split("`")
    return "`".join(part if index % 2 else _SIGNS.sub(r"\\\g<0>", part) for index, part in enumerate(parts))


# What begins or ends markup: emphasis, HTML, links. An underscore within a word does not.
_SIGNS = re.compile(r"[*\\]|\[(?=[^\]]*\][(\[:])|(?<![^\W_])_|_(?![^\W_])|<(?=[A-Za-z/!?])")


def _link(location: SourceLocation) -> str:
    """A file: URI with the line as editors take it (VS Code: `#L52`)."""
    path = PurePath(location.path)
    return f"{path.as_uri()}#L{location.line}" if path.is_absolute() else ""


def _plain(block: Block) -> str:
    match block:
        case Heading(text):
            return text.replace("`", "")
        case Paragraph(text):
            return _wrapped(text)
        case Code(text, _):
            return "\n".join(f"  {line}" for line in text.split("\n"))
        case Table(header, rows):
            lines = [[cell.replace("`", "") for cell in line] for line in (header, *rows)]
            widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
            return "\n".join(
                "  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
                for line in lines
            )
        case Items(items):
            return "\n".join(_wrapped(item, "  - ") for item in items)
        case Places(places):
            return "\n".join(f"  {label}: {text}".replace("`", "") for label, _, text in places)
        case Picture():
            return "\n".join(f"  {line}" for line in drawn(block).split("\n"))
        case Rule():
            return "--"


def _wrapped(text: str, head: str = "") -> str:
    """Prose for a terminal, further lines below the text of the first."""
    return textwrap.fill(
        text.replace("`", ""),
        _WIDTH,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_long_words=False,
        break_on_hyphens=False,
    )
