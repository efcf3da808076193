"""What changes around the texts: settings, and files by other programs. Each step tells what it did."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from tests.endurance.desk import CHANGED, CREATED, DELETED, Desk
from tests.endurance.texts import LINES, text_of, write

_CONFIGURATIONS = """\
[[configuration]]
name = "one"
flags = ["-DONE=1"]

[[configuration]]
name = "two"
flags = ["-DTWO=2"]
"""
SETTINGS_FILES = (
    "",
    'targets = ["mainstream", "sfc"]\n',
    'targets = ["ixgbevf"]\nflags = ["-DTYPED=1"]\n',
    _CONFIGURATIONS,
    _CONFIGURATIONS + '\n[[configuration]]\nname = "three"\nflags = ["-DTHREE=3"]\nfiles = ["**/*a*.c"]\n',
    "targets = [\n",
    'targets = ["nobody"]\nunknown = 1\n',
    'run = "on-type"\n',
)
EDITOR_SETTINGS: tuple[Mapping[str, object], ...] = (
    {},
    {"run": "on-type"},
    {"run": "on-save"},
    {"run": "on-type", "inlay-hints": "lengths"},
    {"targets": ["ice", "i40e@6.1"]},
    {"targets": ["nobody"], "code-lens": False},
    {"budget": 5000},
    {"flags": ["-DEDITOR=1"]},
)


def settings(desk: Desk) -> str:
    desk.client.settings = desk.random.choice(EDITOR_SETTINGS)
    desk.client.tell(
        "workspace/didChangeConfiguration", {"settings": {"xdp-lsp": dict(desk.client.settings)}}
    )
    return json.dumps(desk.client.settings)


def settings_file(desk: Desk) -> str:
    path = desk.repository / ".xdp-lsp.toml"
    contents = desk.random.choice(SETTINGS_FILES)
    if contents:
        write(path, contents)
    else:
        path.unlink(missing_ok=True)
    desk.tell_of({path: CHANGED if contents else DELETED})
    return json.dumps(contents)


def header(desk: Desk) -> str | None:
    path = desk.any_closed(".h")
    if path is None:
        return None
    original = desk.original[path]
    what = desk.random.random()
    if what < 0.5:
        new = original
    elif what < 0.8:
        new = desk.random.choice(LINES).format(number=desk.number) + original
    else:
        new = original + f"\n#define TYPED_{desk.number} {desk.number}\n"
    write(path, new)
    desk.tell_of({path: CHANGED})
    return path.name


def checkout(desk: Desk) -> str:
    """As `git checkout` of another commit or back: many files at once, and the editor loads open ones again."""
    most = min(len(desk.original), desk.random.randint(2, 30))
    chosen = desk.random.sample(list(desk.original), most)
    is_back = desk.random.random() < 0.6
    changes: dict[Path, int] = {}
    for path in chosen:
        text = desk.texts.get(path.as_uri())
        if text is not None and path.is_file() and text.text != text_of(path):
            continue  # edited: the editor keeps what it has
        changes[path] = CHANGED if path.is_file() else CREATED
        original = desk.original[path]
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, original if is_back else f"/* another commit */\n{original}")
    if desk.random.random() < 0.5:
        desk.tell_of(changes)
        desk.reload(changes)
    else:
        desk.reload(changes)
        desk.tell_of(changes)
    return f"{len(changes)} files"


def delete(desk: Desk) -> str | None:
    """Open ones too: their texts live on in the editor."""
    path = desk.random.choice(list(desk.original))
    if not path.is_file():
        return None
    path.unlink()
    desk.tell_of({path: DELETED})
    return path.name


def create(desk: Desk) -> str | None:
    gone = [one for one in desk.original if not one.is_file()]
    if not gone:
        return None
    path = desk.random.choice(gone)
    path.parent.mkdir(parents=True, exist_ok=True)
    write(path, desk.original[path])
    desk.tell_of({path: CREATED})
    return path.name


def rename(desk: Desk) -> str | None:
    """Onto another, whose text it has then."""
    path, other = desk.any_closed(".c"), desk.any_closed(".c")
    if path is None or other is None or path == other:
        return None
    path.rename(other)
    desk.tell_of({path: DELETED, other: CHANGED})
    return f"{path.name} to {other.name}"
