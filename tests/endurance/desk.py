"""What lies before the user: a server, a repository and the texts that are open; and what every step does to them."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Collection, Mapping
from pathlib import Path
from random import Random
from typing import Any

from tests.endurance.client import Client
from tests.endurance.disk import Disk
from tests.endurance.texts import Text, text_of, write

MOST_FILES = 400
LARGEST = 200_000  # bytes of a file that is opened

# Of didChangeWatchedFiles.
CREATED, CHANGED, DELETED = 1, 2, 3


class WrongError(AssertionError):
    """The server did what it must not."""


class Desk:
    """`texts` are the open ones, by URI, `original` all that may be opened, as they were at first, `likely` those of
    them that a user of this server opens; `requests` may have no answer yet.

    `number` is that of the step, whose chances come from `random`. The client does not read until step `slow_until`,
    the disk is full until step `full_until`.
    """

    def __init__(self, seed: int, repository: Path, client: Client, disk: Disk) -> None:
        self.repository = repository
        self.client = client
        self.disk = disk
        self.random = Random()
        self.number = 0
        self.texts: dict[str, Text] = {}
        self.requests: deque[tuple[int, asyncio.Future[Any]]] = deque()
        self.unnoticed: dict[Path, int] = {}  # changes of files of which the server was not told, by kind
        self.slow_until = 0
        self.full_until = 0
        names = sorted(
            one
            for one in repository.rglob("*.[ch]")
            if ".git" not in one.parts
            and one.is_file()
            and one.resolve() == one
            and one.stat().st_size < LARGEST
        )
        if len(names) > MOST_FILES:
            names = sorted(Random(seed).sample(names, MOST_FILES))
        self.original = {one: text_of(one) for one in names}
        self.likely = [one for one in names if "xdp" in self.original[one].lower()] or names

    def any_open(self) -> Text | None:
        return self.random.choice(list(self.texts.values())) if self.texts else None

    def any_closed(self, suffix: str) -> Path | None:
        found = [
            one
            for one in self.original
            if one.as_uri() not in self.texts and one.suffix == suffix and one.is_file()
        ]
        return self.random.choice(found) if found else None

    def change(self, text: Text, changes: list[dict[str, Any]]) -> str:
        text.version += 1
        self.client.tell(
            "textDocument/didChange",
            {"textDocument": {"uri": text.uri, "version": text.version}, "contentChanges": changes},
        )
        return f"{text.path.name} {json.dumps(changes)[:200]}"

    def save(self, text: Text, *, includes_text: bool) -> None:
        was_there = text.path.is_file()
        text.path.parent.mkdir(parents=True, exist_ok=True)
        write(text.path, text.text)
        params: dict[str, Any] = {"textDocument": {"uri": text.uri}}
        if includes_text:
            params["text"] = text.text
        self.client.tell("textDocument/didSave", params)
        self.notice({text.path: CHANGED if was_there else CREATED})

    def close(self, text: Text) -> None:
        del self.texts[text.uri]
        self.client.tell("textDocument/didClose", {"textDocument": {"uri": text.uri}})

    def reload(self, paths: Collection[Path]) -> None:
        """The editor loads those of `paths` that are open again."""
        for path in paths:
            text = self.texts.get(path.as_uri())
            if text is not None:
                self.change(text, [text.whole(text_of(path))])

    def begin(self, method: str, params: Any) -> int:
        """The number of the request."""
        number, answer = self.client.begin(method, params)
        self.requests.append((number, answer))
        return number

    def command(self, name: str, *arguments: Any) -> None:
        self.begin("workspace/executeCommand", {"command": f"xdp-lsp.{name}", "arguments": list(arguments)})

    def notice(self, changes: Mapping[Path, int]) -> None:
        """The server is told, with all of which it was not told before."""
        told = {**self.unnoticed, **changes}
        self.unnoticed.clear()
        events = [{"uri": path.as_uri(), "type": kind} for path, kind in told.items()]
        self.client.tell("workspace/didChangeWatchedFiles", {"changes": events})

    def tell_of(self, changes: Mapping[Path, int]) -> None:
        """Soon or late."""
        if self.random.random() < 0.8:
            self.notice(changes)
        else:
            self.unnoticed.update(changes)
