"""HTML as a tree, written once: what is in it as text can only come out as text.

The text of sources, names of files and words of compilers go in as they are; the serialiser escapes them. What would
steer a terminal or turn the direction of the text round is replaced here, as in every other format.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from xml.etree.ElementTree import Element, tostring

from xdp_lsp.source import printable

Child = Element | str


def element(tag: str, *children: Child, **attributes: str) -> Element:
    """`<tag name="value">children</tag>`; `class_` is the attribute of that name, `a_b` is `a-b`."""
    made = Element(
        tag, {name.rstrip("_").replace("_", "-"): _shown(value) for name, value in attributes.items()}
    )
    return extended(made, children)


def extended(made: Element, children: Iterable[Child]) -> Element:
    """`made` with `children` at its end."""
    for child in children:
        if not isinstance(child, str):
            made.append(child)
        elif len(made):
            made[-1].tail = (made[-1].tail or "") + _shown(child)
        else:
            made.text = (made.text or "") + _shown(child)
    return made


def document(title: str, style: str, body: Iterable[Child]) -> str:
    """A whole page, ASCII only, so that it passes through any terminal and pipe.

    Its policy lets it load nothing and run nothing: all that counts is the `style` in it, by its hash (Content
    Security Policy Level 3, 2.3.1).
    """
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    sheet = Element("style")
    sheet.text = style
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        sheet,
    )
    page = element("html", head, extended(element("body"), body), lang="en")
    return f"<!DOCTYPE html>\n{tostring(page, encoding='us-ascii', method='html').decode()}\n"


def _shown(text: str) -> str:
    return "\n".join(map(printable, text.split("\n")))
