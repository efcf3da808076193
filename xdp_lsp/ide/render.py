"""Pages as Markdown, for editors, and as text, for terminals."""

from __future__ import annotations

from xdp_lsp.ide.page import Block, Code, Heading, Page, Paragraph, Rule, Table


def markdown(page: Page) -> str:
    """CommonMark with tables (GitHub's), which is what editors render in hovers."""
    return "\n\n".join(map(_markdown, page)) + "\n"


def plain_text(page: Page) -> str:
    """For a terminal, or for a client that shows no Markdown."""
    return "\n\n".join(map(_plain, page)) + "\n"


def _markdown(block: Block) -> str:
    match block:
        case Heading(text):
            return f"**{text}**"
        case Paragraph(text):
            return text
        case Code(text, language):
            fence = "```" if "```" not in text else "````"
            return f"{fence}{language}\n{text}\n{fence}"
        case Table(header, rows):
            lines = [header, tuple("---" for _ in header), *rows]
            return "\n".join(
                f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines
            )
        case Rule():
            return "---"


def _plain(block: Block) -> str:
    match block:
        case Heading(text) | Paragraph(text):
            return text.replace("`", "")
        case Code(text, _):
            return "\n".join(f"  {line}" for line in text.split("\n"))
        case Table(header, rows):
            lines = [header, *rows]
            widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
            return "\n".join(
                "  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
                for line in lines
            )
        case Rule():
            return "--"
