"""The manual page of a check: its module's docstring, cut at the headings that every page has."""

from __future__ import annotations

from typing import NamedTuple

HEADINGS = ("What it finds", "Why it matters", "Example", "Use instead", "When it cannot know")


class Manual(NamedTuple):
    """One page. `title` is a sentence; `sections` are (heading, Markdown) in the order of HEADINGS."""

    code: str
    title: str
    sections: tuple[tuple[str, str], ...]

    def markdown(self) -> str:
        """The page as Markdown, its code as the heading."""
        parts = [f"# {self.code}", self.title]
        for heading, body in self.sections:
            parts += [f"## {heading}", body]
        return "\n\n".join(parts) + "\n"

    def text(self) -> str:
        """The page for a terminal: the headings plain, examples indented instead of fenced."""
        parts = [f"{self.code}: {self.title}"]
        for heading, body in self.sections:
            parts += [heading, _indent_fences(body)]
        return "\n\n".join(parts) + "\n"


def parse(code: str, docstring: str) -> Manual:
    """Cut `docstring` into a page; ValueError where a heading is missing, out of order or unknown."""
    title, *rest = docstring.strip().split("\n## ")
    sections = []
    for part in rest:
        heading, _, body = part.partition("\n")
        sections.append((heading.strip(), body.strip()))
    found = tuple(heading for heading, _ in sections)
    if found != HEADINGS:
        raise ValueError(f"the page of {code} has the headings {found}")
    return Manual(code, " ".join(title.split()), tuple(sections))


def _indent_fences(body: str) -> str:
    lines, fenced = [], False
    for line in body.splitlines():
        if line.startswith("```"):
            fenced = not fenced
        else:
            lines.append(f"    {line}" if fenced and line else line)
    return "\n".join(lines)
