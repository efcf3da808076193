"""What the documentation says to write into a configuration."""

from __future__ import annotations

from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]


def recipes(page: str, language: str, section: str = "") -> list[str]:
    """The code blocks in `language` of `docs/PAGE`, or of its section with that heading, in order."""
    tokens = MarkdownIt().parse((ROOT / "docs" / page).read_text())
    heading, found = "", []
    for before, token in zip([None, *tokens], tokens, strict=False):
        if before is not None and before.type == "heading_open" and before.tag == "h2":
            heading = token.content
        if token.type == "fence" and token.info == language and heading == section:
            found.append(token.content)
    assert found, f"docs/{page} has no {language} in its section {section!r}"
    return found
