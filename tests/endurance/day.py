"""A day's work: random steps of a user, of other programs, and of bad luck, each told by its seed and number.

What step N does follows from the seed, N and what the steps before it left; so a run can be played again, and without
some of its steps (`skipped`), as far as it does not depend on who is quicker.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from collections import Counter, deque
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from tests.endurance import processes
from tests.endurance.client import Client
from tests.endurance.disk import Disk
from tests.endurance.processes import Footprint, footprint
from tests.endurance.texts import LINES, Text, text_of, write
from xdp_lsp.checks import headroom_exceeded
from xdp_lsp.server.diagnostics import EARLIER
from xdp_lsp.server.roots import Freshness

MOST_OPEN = 7
MOST_WAITING = 12  # requests without an answer
MOST_FILES = 400
LARGEST = 200_000  # bytes of a file that is opened
REMEMBERED = 25  # steps that are told of a run which failed
HOVERS = 6  # places of a document at which hovers are compared

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
TARGETS = ([], ["all"], ["ice"], ["sfc", "veth"], ["none at all"], ["140"])


class WrongError(AssertionError):
    """The server did what it must not."""


class Figures(NamedTuple):
    """Of one checkpoint. `objects` are the server's, as its garbage collector counts them."""

    step: int
    footprint: Footprint
    objects: int
    diagnostics: int
    answers: int


class Day:
    """`client` is the server that lives through it. `fresh` starts another on the same files, to compare with."""

    def __init__(
        self,
        seed: int,
        repository: Path,
        client: Client,
        disk: Disk,
        fresh: Callable[[], Any],
    ) -> None:
        self.seed = seed
        self.repository = repository
        self.client = client
        self.disk = disk
        self._fresh = fresh
        self.done: Counter[str] = Counter()
        self.last: deque[str] = deque(maxlen=REMEMBERED)
        self.figures: list[Figures] = []
        self._texts: dict[str, Text] = {}
        self._requests: deque[tuple[int, asyncio.Future[Any]]] = deque()
        self._unnoticed: dict[Path, int] = {}  # changes of files of which the server was not told, by kind
        self._slow_until = 0
        self._full_until = 0
        self._random = Random()
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
        self._original = {one: text_of(one) for one in names}
        # What a user of this server opens is what has to do with XDP, mostly.
        self._likely = [one for one in names if "xdp" in self._original[one].lower()] or names

    # Steps

    async def play(self, numbers: Collection[int], checkpoints: Mapping[int, bool]) -> None:
        """Play the steps `numbers`; after those in `checkpoints` all has to be in order, and where that says so what
        the server says is compared. Raises WrongError."""
        kinds = {kind: weight for kind, weight in self._kinds().items() if weight}
        for number in numbers:
            self._random = Random(f"{self.seed}/{number}")
            [kind] = self._random.choices(list(kinds), list(kinds.values()))
            self._recover(number)
            told = getattr(self, f"_{kind}")(number)
            self.done[kind] += 1
            self.last.append(f"{number} {kind} {told or ''}".rstrip())
            await self._breathe()
            if number in checkpoints:
                await self._check(number, is_compared=checkpoints[number])

    def _kinds(self) -> dict[str, int]:
        return {
            "type": 300,
            "retype": 40,
            "save": 110,
            "open": 70,
            "close": 35,
            "ask": 200,
            "ask_ours": 50,
            "act": 15,
            "cancel": 40,
            "settings": 12,
            "settings_file": 14,
            "header": 30,
            "checkout": 8,
            "delete": 8,
            "create": 8,
            "rename": 5,
            "choose_targets": 8,
            "choose_configuration": 14,
            "choose_root": 10,
            "kill_compiler": 20,
            "kill_worker": 6,
            "slow": 4,
            "fill": 5 if self.disk.is_small else 0,
            "sweep": 3,
            "lose_cache": 5,
        }

    async def _breathe(self) -> None:
        """Let the server be heard; not so many requests that it never comes to an end."""
        while self._requests and self._requests[0][1].done():
            self._requests.popleft()
        if not self.client.is_paused:
            await self.client.drain()
            if len(self._requests) > MOST_WAITING:
                await asyncio.wait([self._requests[0][1]], timeout=120)
        else:
            await asyncio.sleep(0)
        if self.client.process.returncode is not None:
            raise WrongError(f"the server has ended, with {self.client.process.returncode}")
        if self.client.wrong:
            raise WrongError("\n".join(self.client.wrong))

    def _recover(self, number: int) -> None:
        if number >= self._slow_until:
            self.client.resume()
        if number >= self._full_until:
            self.disk.restore()

    # What the user does in texts

    def _any_open(self) -> Text | None:
        return self._random.choice(list(self._texts.values())) if self._texts else None

    def _type(self, number: int) -> str | None:
        text = self._any_open()
        if text is None:
            return self._open(number)
        changes = [text.random_change(self._random) for _ in range(self._random.choice((1, 1, 1, 2, 3)))]
        return self._change(text, changes)

    def _retype(self, number: int) -> str | None:
        """Undo all, or replace all."""
        text = self._any_open()
        if text is None:
            return None
        new = self._original.get(text.path, text.opened)
        ends = self._random.random()
        if ends < 0.1:
            new = new.replace("\r\n", "\n").replace("\n", "\r\n")
        elif ends < 0.15:
            new = ""
        return self._change(text, [text.whole(new)])

    def _change(self, text: Text, changes: list[dict[str, Any]]) -> str:
        text.version += 1
        self.client.tell(
            "textDocument/didChange",
            {"textDocument": {"uri": text.uri, "version": text.version}, "contentChanges": changes},
        )
        return f"{text.path.name} {json.dumps(changes)[:200]}"

    def _save(self, number: int) -> str | None:
        text = self._any_open()
        if text is None:
            return None
        self._save_it(text, includes_text=self._random.random() < 0.5)
        return text.path.name

    def _save_it(self, text: Text, *, includes_text: bool) -> None:
        was_there = text.path.is_file()
        text.path.parent.mkdir(parents=True, exist_ok=True)
        write(text.path, text.text)
        params: dict[str, Any] = {"textDocument": {"uri": text.uri}}
        if includes_text:
            params["text"] = text.text
        self.client.tell("textDocument/didSave", params)
        self._notice({text.path: 2 if was_there else 1})

    def _open(self, number: int) -> str | None:
        if len(self._texts) >= MOST_OPEN:
            self._closing(self._any_open())
        names = self._likely if self._random.random() < 0.85 else list(self._original)
        path = self._random.choice(names)
        if not path.is_file() or path.as_uri() in self._texts:
            return None
        text = self._texts[path.as_uri()] = Text(path, text_of(path))
        self.client.tell("textDocument/didOpen", {"textDocument": text.item})
        return path.name

    def _closing(self, text: Text | None) -> str | None:
        if text is None:
            return None
        del self._texts[text.uri]
        self.client.tell("textDocument/didClose", {"textDocument": {"uri": text.uri}})
        return text.path.name

    def _close(self, number: int) -> str | None:
        return self._closing(self._any_open())

    # What the user asks

    def _begin(self, method: str, params: Any) -> int:
        number, answer = self.client.begin(method, params)
        self._requests.append((number, answer))
        return number

    def _question(self) -> tuple[str, Any] | None:
        text = self._any_open()
        if text is None:
            return None
        document = {"uri": text.uri}
        starts = text.line_starts()
        line = self._random.randrange(len(starts))
        places = text.calls()
        place = self._random.choice(places) if places and self._random.random() < 0.7 else None
        place = place or text.position(starts, line, self._random.randint(0, 30))
        whole = {"start": {"line": 0, "character": 0}, "end": {"line": len(starts), "character": 0}}
        method = self._random.choice(("hover", "hover", "inlayHint", "codeLens"))
        params: dict[str, Any] = {"textDocument": document}
        if method == "hover":
            params["position"] = place
        elif method == "inlayHint":
            params["range"] = whole
        return f"textDocument/{method}", params

    def _ask(self, number: int) -> str | None:
        question = self._question()
        if question is not None:
            self._begin(*question)
        return question[0] if question else None

    def _cancel(self, number: int) -> str | None:
        """Ask, and think better of it."""
        question = self._question()
        if question is not None:
            self.client.cancel(self._begin(*question))
        if self._requests and self._random.random() < 0.3:
            self.client.cancel(self._requests[0][0])
        return question[0] if question else None

    def _ask_ours(self, number: int) -> str | None:
        text = self._any_open()
        if text is None:
            return None
        method = self._random.choice(("bytecode", "targets", "configurations", "fits"))
        params: dict[str, Any] = {"textDocument": {"uri": text.uri}}
        if method == "fits":
            params["position"] = {"line": 1, "character": 0}
        self._begin(f"xdp-lsp/{method}", params)
        return method

    def _act(self, number: int) -> str | None:
        text = self._any_open()
        calls = text.calls() if text is not None else []
        if text is None or not calls:
            return None
        place = self._random.choice(calls)
        params = {
            "textDocument": {"uri": text.uri},
            "range": {"start": place, "end": place},
            "context": {"diagnostics": []},
        }
        request = self._begin("textDocument/codeAction", params)
        if self._random.random() < 0.4:
            self.client.cancel(request)
        return text.path.name

    def _command(self, name: str, *arguments: Any) -> None:
        self._begin("workspace/executeCommand", {"command": f"xdp-lsp.{name}", "arguments": list(arguments)})

    def _choose_targets(self, number: int) -> str:
        targets = self._random.choice(TARGETS)
        self._command("chooseTargets", targets)
        return str(targets)

    def _choose_configuration(self, number: int) -> str | None:
        text, name = self._any_open(), self._random.choice(("one", "two", "three", "default"))
        if text is not None:
            self._command("chooseConfiguration", text.uri, name)
        return name

    def _choose_root(self, number: int) -> str | None:
        headers = [one for one in self._texts.values() if one.path.suffix == ".h"]
        if not headers:
            return None
        header = self._random.choice(headers)
        root = self._random.choice((None, self._random.choice(self._likely).as_uri()))
        self._command("chooseRoot", header.uri, root)
        return header.path.name

    # Settings

    def _settings(self, number: int) -> str:
        self.client.settings = self._random.choice(EDITOR_SETTINGS)
        self.client.tell(
            "workspace/didChangeConfiguration", {"settings": {"xdp-lsp": dict(self.client.settings)}}
        )
        return json.dumps(self.client.settings)

    def _settings_file(self, number: int) -> str:
        path = self.repository / ".xdp-lsp.toml"
        contents = self._random.choice(SETTINGS_FILES)
        if contents:
            write(path, contents)
        else:
            path.unlink(missing_ok=True)
        self._tell_of({path: 2 if contents else 3})
        return json.dumps(contents)

    # What other programs do on the disk

    def _notice(self, changes: Mapping[Path, int]) -> None:
        """The server is told, with all of which it was not told before."""
        told = {**self._unnoticed, **changes}
        self._unnoticed.clear()
        events = [{"uri": path.as_uri(), "type": kind} for path, kind in told.items()]
        self.client.tell("workspace/didChangeWatchedFiles", {"changes": events})

    def _tell_of(self, changes: Mapping[Path, int]) -> None:
        """Soon or late."""
        if self._random.random() < 0.8:
            self._notice(changes)
        else:
            self._unnoticed.update(changes)

    def _closed_file(self, suffix: str = "") -> Path | None:
        found = [
            one
            for one in self._original
            if one.as_uri() not in self._texts and one.name.endswith(suffix) and one.is_file()
        ]
        return self._random.choice(found) if found else None

    def _header(self, number: int) -> str | None:
        path = self._closed_file(".h")
        if path is None:
            return None
        original = self._original[path]
        what = self._random.random()
        if what < 0.5:
            new = original
        elif what < 0.8:
            new = self._random.choice(LINES).format(number=number) + original
        else:
            new = original + f"\n#define TYPED_{number} {number}\n"
        write(path, new)
        self._tell_of({path: 2})
        return path.name

    def _checkout(self, number: int) -> str:
        """As `git checkout` of another commit or back: many files at once, and the editor loads open ones again."""
        chosen = self._random.sample(
            list(self._original), min(len(self._original), self._random.randint(2, 30))
        )
        is_back = self._random.random() < 0.6
        changes: dict[Path, int] = {}
        for path in chosen:
            text = self._texts.get(path.as_uri())
            if text is not None and path.is_file() and text.text != text_of(path):
                continue  # edited: the editor keeps what it has
            changes[path] = 2 if path.is_file() else 1
            original = self._original[path]
            new = original if is_back else f"/* another commit */\n{original}"
            path.parent.mkdir(parents=True, exist_ok=True)
            write(path, new)
        if self._random.random() < 0.5:
            self._tell_of(changes)
            self._reload(changes)
        else:
            self._reload(changes)
            self._tell_of(changes)
        return f"{len(changes)} files"

    def _reload(self, paths: Collection[Path]) -> None:
        for path in paths:
            text = self._texts.get(path.as_uri())
            if text is not None:
                self._change(text, [text.whole(text_of(path))])

    def _delete(self, number: int) -> str | None:
        """Open ones too: their texts live on in the editor."""
        path = self._random.choice(list(self._original))
        if not path.is_file():
            return None
        path.unlink()
        self._tell_of({path: 3})
        return path.name

    def _create(self, number: int) -> str | None:
        gone = [one for one in self._original if not one.is_file()]
        if not gone:
            return None
        path = self._random.choice(gone)
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, self._original[path])
        self._tell_of({path: 1})
        return path.name

    def _rename(self, number: int) -> str | None:
        """Onto another, whose text it has then."""
        path, other = self._closed_file(".c"), self._closed_file(".c")
        if path is None or other is None or path == other:
            return None
        path.rename(other)
        self._tell_of({path: 3, other: 2})
        return f"{path.name} to {other.name}"

    # Bad luck

    def _kill_compiler(self, number: int) -> str:
        found = processes.compilers(self.client.process.pid)
        killed = [one for one in found if processes.kill(one, group=True)]
        return f"{len(killed)}"

    def _kill_worker(self, number: int) -> str | None:
        found = processes.workers(self.client.process.pid)
        if found:
            processes.kill(self._random.choice(found))
        return f"1 of {len(found)}"

    def _slow(self, number: int) -> str:
        """The client does not read for a while."""
        self._slow_until = number + self._random.randint(5, 25)
        self.client.pause()
        return f"until {self._slow_until}"

    def _fill(self, number: int) -> str:
        names = self._random.random() < 0.5
        self._full_until = number + self._random.randint(5, 20)
        self.disk.fill(names=names)
        return f"until {self._full_until}, {'names' if names else 'bytes'}"

    def _sweep(self, number: int) -> None:
        self.disk.sweep()

    def _lose_cache(self, number: int) -> str:
        is_file = self._random.random() < 0.5
        self._full_until = max(self._full_until, number + 5)
        self.disk.lose_cache(is_file=is_file)
        return "a file is there" if is_file else "deleted"

    # What has to hold

    async def _check(self, number: int, *, is_compared: bool) -> None:
        """All is in order again: then the server must say what one says that was just started. Raises WrongError."""
        await self._put_in_order()
        client = self.client
        state = await client.ask("endurance/idle", None)
        if state["busy"]:
            raise WrongError(f"the server does not come to an end: {state['busy']}")
        for text in self._texts.values():
            if state["texts"].get(text.uri) != text.text:
                raise WrongError(f"the server holds another text of {text.path}")
        said = await self._answers(client)
        marks = footprint(client.process.pid)
        if is_compared:
            await self._compare(said)
        answers = sum(1 for answer in said["answers"].values() if answer)
        found = sum(map(len, said["diagnostics"].values()))
        self.figures.append(Figures(number, marks, state["objects"], found, answers))

    async def _compare(self, said: dict[str, dict[str, Any]]) -> None:
        """Raises WrongError where `said` is not what a fresh server says; what may differ is taken out of it."""
        async with self._fresh() as other:
            for text in self._texts.values():
                other.tell("textDocument/didOpen", {"textDocument": text.item})
            state = await other.ask("endurance/idle", None)
            if state["busy"]:
                raise WrongError(f"a fresh server does not come to an end: {state['busy']}")
            expected = await self._answers(other)
        _compare("diagnostics", said["diagnostics"], expected["diagnostics"])
        broken = [one.uri for one in self._texts.values() if _does_not_compile(one.uri, said, expected)]
        for answers in (said["answers"], expected["answers"]):
            for key in [one for one in answers if any(uri in one for uri in broken)]:
                del answers[key]
        _compare("answers", said["answers"], expected["answers"])

    async def _put_in_order(self) -> None:
        """Nothing is full, lost or slow; all texts are saved, every second time as they were at first."""
        self.client.resume()
        self.disk.restore()
        self._slow_until = self._full_until = 0
        self._command("chooseTargets", [])
        for text in self._texts.values():
            share = 1.0 if len(self.figures) % 2 else 0.5
            if self._random.random() < share and text.path in self._original:
                self._change(text, [text.whole(self._original[text.path])])  # it compiles
            self._save_it(text, includes_text=False)
        if self._unnoticed:
            self._notice({})
        await self.client.answered()
        for text in self._texts.values():
            if text.path.suffix == ".h":
                await self.client.ask(
                    "workspace/executeCommand",
                    {"command": "xdp-lsp.chooseRoot", "arguments": [text.uri, None]},
                )
        await self.client.ask("endurance/idle", None)
        for text in self._texts.values():
            known = await self.client.ask("xdp-lsp/configurations", {"textDocument": {"uri": text.uri}})
            if known is not None:
                first = known["configurations"][0]["name"]
                await self.client.ask(
                    "workspace/executeCommand",
                    {"command": "xdp-lsp.chooseConfiguration", "arguments": [text.uri, first]},
                )
        if self.client.wrong:
            raise WrongError("\n".join(self.client.wrong))

    async def _answers(self, client: Client) -> dict[str, dict[str, Any]]:
        answers: dict[str, Any] = {}
        for text in self._texts.values():
            document = {"uri": text.uri}
            for place in text.calls()[:HOVERS]:
                params = {"textDocument": document, "position": place}
                answers[f"hover {text.uri} {place}"] = await client.ask("textDocument/hover", params)
            end = {"line": len(text.line_starts()), "character": 0}
            whole = {"start": {"line": 0, "character": 0}, "end": end}
            for method, params in (
                ("inlayHint", {"textDocument": document, "range": whole}),
                ("codeLens", {"textDocument": document}),
            ):
                answers[f"{method} {text.uri}"] = await client.ask(f"textDocument/{method}", params)
        normal = {uri: _normal(found) for uri, found in client.published.items()}
        shown = {uri: found for uri, found in normal.items() if found}
        return {"diagnostics": shown, "answers": answers}


def _normal(diagnostics: list[dict[str, Any]]) -> list[str]:
    """Without what is told to be of an earlier text, which a fresh server has not seen."""
    kept = [one for one in diagnostics if not one["message"].endswith(EARLIER)]
    for one in kept:
        one.pop("codeDescription", None)  # a file of each server's own cache
    return sorted(json.dumps(one, sort_keys=True) for one in kept)


def _does_not_compile(uri: str, said: Mapping[str, Any], expected: Mapping[str, Any]) -> bool:
    """Whether `said` answers questions about a document from an earlier text, and says so, or may do so."""
    told = json.dumps([answer for key, answer in said["answers"].items() if uri in key])
    shown = map(json.loads, expected["diagnostics"].get(uri, ()))
    is_error = any(one["severity"] == 1 and one.get("code") != headroom_exceeded.CODE for one in shown)
    return Freshness.BROKEN.words in told or is_error


def _compare(what: str, said: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    wrong = []
    for key in sorted(said.keys() | expected.keys()):
        if said.get(key) != expected.get(key):
            wrong.append(f"{key}\n  said:     {said.get(key)}\n  expected: {expected.get(key)}")
    if wrong:
        raise WrongError(f"other {what} than a fresh server's:\n" + "\n".join(wrong))


def copied(repository: Path, folder: Path) -> Path:
    """A copy of it to work in."""
    return Path(shutil.copytree(repository, folder, symlinks=True))
