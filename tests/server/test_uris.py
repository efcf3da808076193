"""URIs as editors spell them."""

from __future__ import annotations

import sys

import pytest

from xdp_lsp.server.uris import path_of, uri_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX paths")


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///a/b.c", "/a/b.c"),
        ("file://localhost/a/b.c", "/a/b.c"),
        ("file:///a%20b/%C3%A9.c", "/a b/é.c"),
        ("file:///a b/é.c", "/a b/é.c"),
        ("file:///a;b/c;d.c", "/a;b/c;d.c"),
        ("file:///a%23b%3Fc.c", "/a#b?c.c"),
        ("file:///%FF.c", "/\udcff.c"),
        ("untitled:Untitled-1", None),
        ("git:/a/b.c?x", None),
        ("file://server/share/a.c", None),
        ("file:a.c", None),
        ("http://[broken", None),
        ("", None),
    ],
)
def test_path_of(uri: str, path: str | None) -> None:
    assert path_of(uri) == path


@pytest.mark.parametrize("path", ["/a/b.c", "/a b/é;#?%.c", "/\udcff.c"])
def test_a_path_comes_back(path: str) -> None:
    assert path_of(uri_of(path)) == path
