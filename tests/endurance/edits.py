"""What the user does in texts. Each step tells what it did, for the record of a run that fails."""

from __future__ import annotations

from tests.endurance.desk import Desk
from tests.endurance.texts import Text, text_of

MOST_OPEN = 7


def type_(desk: Desk) -> str | None:
    text = desk.any_open()
    if text is None:
        return open_(desk)
    changes = [text.random_change(desk.random) for _ in range(desk.random.choice((1, 1, 1, 2, 3)))]
    return desk.change(text, changes)


def retype(desk: Desk) -> str | None:
    """Undo all, or replace all."""
    text = desk.any_open()
    if text is None:
        return None
    new = desk.original.get(text.path, text.opened)
    ends = desk.random.random()
    if ends < 0.1:
        new = new.replace("\r\n", "\n").replace("\n", "\r\n")
    elif ends < 0.15:
        new = ""
    return desk.change(text, [text.whole(new)])


def save(desk: Desk) -> str | None:
    text = desk.any_open()
    if text is None:
        return None
    desk.save(text, includes_text=desk.random.random() < 0.5)
    return text.path.name


def open_(desk: Desk) -> str | None:
    if len(desk.texts) >= MOST_OPEN:
        close(desk)
    names = desk.likely if desk.random.random() < 0.85 else list(desk.original)
    path = desk.random.choice(names)
    if not path.is_file() or path.as_uri() in desk.texts:
        return None
    text = desk.texts[path.as_uri()] = Text(path, text_of(path))
    desk.client.tell("textDocument/didOpen", {"textDocument": text.item})
    return path.name


def close(desk: Desk) -> str | None:
    text = desk.any_open()
    if text is None:
        return None
    desk.close(text)
    return text.path.name
