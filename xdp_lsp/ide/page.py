"""What is shown to a reader, as blocks: said once, and rendered for whoever shows it (`ide.render`)."""

from __future__ import annotations

from typing import NamedTuple

from xdp_lsp.ide.picture import Picture
from xdp_lsp.source import SourceLocation


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


class Items(NamedTuple):
    """A list; each item is as a Paragraph's text."""

    items: tuple[str, ...]


class Rule(NamedTuple):
    """What follows is about something else."""


class Place(NamedTuple):
    """A place in the source, with what is to be said of it. `label` is how it is named: `line 52`, `lib.h:7`."""

    label: str
    location: SourceLocation
    text: str


class Places(NamedTuple):
    """One line for each, which leads there."""

    places: tuple[Place, ...]


Block = Heading | Paragraph | Code | Table | Items | Places | Picture | Rule
Page = tuple[Block, ...]
