"""What is typed: documents as an editor holds them, and random edits of them."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random
from typing import Any

_END = re.compile(r"\r\n|\n|\r")

LINES = (
    "\tif (bpf_xdp_adjust_head(ctx, -{number}))\n\t\treturn XDP_ABORTED;\n",
    "/* {number} */\n",
    "\n",
    "\n\n\n",
    "#define TYPED_{number} {number}\n",
    "static int typed_{number}(int a) {{ return a + {number}; }}\n",
    "/* naïve 漢字 😀 {number} */\n",
    "// ends as DOS does\r\n",
    "/* \u2028 \x0c */\n",
    "int broken_{number}(;\n",
    "}}\n",
    "#include <never/there_{number}.h>\n",
    "#include <stdint.h>\n",
    "#if {number}\n",
    "x",
    "é",
    '"',
    "/*",
    ";",
)


class Text:
    """An open document."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.uri = path.as_uri()
        self.text = text
        self.opened = text
        self.version = 1

    @property
    def item(self) -> dict[str, Any]:
        return {"uri": self.uri, "languageId": "c", "version": self.version, "text": self.text}

    def line_starts(self) -> list[int]:
        return [0, *(match.end() for match in _END.finditer(self.text))]

    def line(self, starts: list[int], number: int) -> str:
        """Without its end."""
        end = starts[number + 1] if number + 1 < len(starts) else len(self.text)
        return self.text[starts[number] : end].rstrip("\r\n")

    def position(self, starts: list[int], line: int, character: int) -> dict[str, int]:
        """In UTF-16; `character` in code points."""
        before = self.line(starts, line)[:character]
        return {"line": line, "character": len(before.encode("utf-16-le", "surrogatepass")) // 2}

    def whole_range(self) -> dict[str, Any]:
        end = {"line": len(self.line_starts()), "character": 0}
        return {"start": {"line": 0, "character": 0}, "end": end}

    def replace(self, first: tuple[int, int], last: tuple[int, int], new: str) -> dict[str, Any]:
        """The change that puts `new` in place of what is between two places (line, code points)."""
        starts = self.line_starts()
        change = {
            "range": {"start": self.position(starts, *first), "end": self.position(starts, *last)},
            "text": new,
        }
        begin, end = starts[first[0]] + first[1], starts[last[0]] + last[1]
        self.text = self.text[:begin] + new + self.text[end:]
        return change

    def whole(self, new: str) -> dict[str, Any]:
        self.text = new
        return {"text": new}

    def random_change(self, random: Random) -> dict[str, Any]:
        starts = self.line_starts()
        number = random.randrange(len(starts))
        line = self.line(starts, number)
        what = random.random()
        if what < 0.55 or len(starts) < 5:
            new = random.choice(LINES).format(number=random.randrange(400))
            character = 0 if new.endswith("\n") and random.random() < 0.9 else random.randint(0, len(line))
            return self.replace((number, character), (number, character), new)
        if what < 0.8:
            last = min(number + random.randint(0, 3), len(starts) - 1)
            return self.replace((number, 0), (last, 0), "")
        first, last = sorted(random.randint(0, len(line)) for _ in range(2))
        return self.replace((number, first), (number, last), random.choice(("", "x", "漢", "\r\n")))

    def calls(self) -> list[dict[str, int]]:
        """Positions within the names of calls of helpers."""
        starts, found = self.line_starts(), []
        for number in range(len(starts)):
            for match in re.finditer(r"\bbpf_\w+(?=\s*\()", self.line(starts, number)):
                found.append(self.position(starts, number, match.start() + 1))
        return found


def text_of(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace", newline="") as stream:
        return stream.read()


def write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.write(text)
