"""Between the URIs of the protocol and paths."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname


def path_of(uri: str) -> str | None:
    """The path that a `file:` URI names; None for other schemes, for other hosts' files, and for what can be no path.

    `pygls.uris.to_fs_path` is not used: it cuts a name at its first `;`.
    """
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    if parts.scheme != "file":
        return None
    if os.name == "nt":
        return as_path(url2pathname(f"//{parts.netloc}{parts.path}" if parts.netloc else parts.path))
    if parts.netloc not in ("", "localhost") or not parts.path.startswith("/"):
        return None
    return as_path(unquote(parts.path, errors="surrogateescape"))


def is_untitled(uri: str) -> bool:
    """Whether `uri` is that of a document which is no file yet, as VS Code has them."""
    return uri.startswith("untitled:") and as_path(uri) is not None


def as_path(name: str) -> str | None:
    """`name`, where a file can be called that; None where the system knows no such bytes."""
    try:
        os.fsencode(name)
    except UnicodeEncodeError:
        return None
    return None if "\0" in name else name


def uri_of(path: str) -> str:
    """The `file:` URI of an absolute path."""
    return Path(path).as_uri()
