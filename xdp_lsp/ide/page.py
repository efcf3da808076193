"""What is shown to a reader, as blocks: said once, and rendered for whoever shows it (`ide.render`)."""

from __future__ import annotations

from typing import NamedTuple


class Heading(NamedTuple):
    """A line that stands out."""

    text: str


class Paragraph(NamedTuple):
    """Prose; `code spans` stand between backquotes, as in Markdown."""

    text: str


class Code(NamedTuple):
    """Lines as they are; `language` is a Markdown info string."""

    text: str
    language: str = ""


class Table(NamedTuple):
    """Rows of cells under a header."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Rule(NamedTuple):
    """What follows is about something else."""


Block = Heading | Paragraph | Code | Table | Rule
Page = tuple[Block, ...]
