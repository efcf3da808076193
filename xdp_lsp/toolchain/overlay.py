"""What clang finds on the disk: some files with other contents; if need be, nothing but what is named."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from xdp_lsp.source import is_file


def write_overlay(
    folder: str, unsaved: Iterable[tuple[str, bytes]], visible: Collection[str] | None
) -> tuple[str, ...]:
    """The flags that have clang find `unsaved` under the names of files, in its messages, -MD, BTF and DWARF too.

    `visible` are the absolute folders and files beside which nothing else is there for it, by whatever name and for
    whatever purpose: `#include`, `#include_next`, `__has_include`, `#embed`. None: all that the disk holds. What is
    written goes into `folder`. clang 13 is the first that can be kept to folders.
    """
    roots = list(_files(folder, unsaved))
    if visible is not None:
        roots += map(_as_it_is, _outermost(visible))
    if not roots:
        return ()
    overlay = Path(folder, "overlay.yaml")
    content = {"version": 0, "fallthrough": visible is None, "roots": roots}
    overlay.write_bytes(json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogateescape"))
    return ("-ivfsoverlay", str(overlay))


def _files(folder: str, unsaved: Iterable[tuple[str, bytes]]) -> Iterator[dict[str, object]]:
    for number, (path, contents) in enumerate(unsaved):
        stored = Path(folder, f"source{number}")
        stored.write_bytes(contents)
        yield _entry("file", path, str(stored))


def _as_it_is(path: str) -> dict[str, object]:
    return _entry("file" if is_file(path) else "directory-remap", path, path)


def _entry(kind: str, name: str, contents: str) -> dict[str, object]:
    return {"type": kind, "name": name, "external-contents": contents, "use-external-name": False}


def _outermost(paths: Collection[str]) -> list[str]:
    """Without those that are in others: a name stands for one entry."""
    known = {os.path.normpath(path) for path in paths}
    return [path for path in dict.fromkeys(paths) if known.isdisjoint(map(str, Path(path).parents))]
