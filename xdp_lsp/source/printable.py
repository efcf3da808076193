"""Text that no terminal takes for orders."""

from __future__ import annotations


def printable(text: str) -> str:
    """`text` with everything that would steer a terminal, or cannot be encoded, replaced."""
    if text.isprintable():
        return text
    return "".join(
        char if char == "\t" or char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text
    )
