"""CMakeLists.txt and *.cmake files as far as they are plain: `set`, `list(APPEND)`, custom commands, BPF targets.

What is set under an `if`, generator expressions, and what functions are given are marks (`Pieces`): the body of a
function is read once, where it is defined. Nothing of CMake is run.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from xdp_lsp.project.build_files.bpf_command import compiles_for_bpf, targets_bpf
from xdp_lsp.project.build_files.literal import SPENT, UNSET, Pieces, Reading, is_known
from xdp_lsp.project.build_files.recipe import EXACT, LIKELY, NAMED, OTHER, Place, Recipe, is_named
from xdp_lsp.project.build_files.shell import commands_of
from xdp_lsp.project.repository import folders_up_to

_NAME = "CMakeLists.txt"
_DEEPEST = 20  # files in files
_MOST_ARGUMENTS = 20_000
_MODULES = ("cmake", "cmake/modules", "CMake", "cmake/Modules", "tools/cmake", "")

_SKIPPED = re.compile(r"[ \t\r\n]+|#\[(=*)\[.*?(?:\]\1\]|\Z)|#[^\n]*", re.DOTALL)
_COMMAND = re.compile(r"([A-Za-z_]\w*)[ \t\r\n]*\(")
_ARGUMENT = re.compile(
    r"""\[(?P<equals>=*)\[(?P<bracket>.*?)\](?P=equals)\]
    | "(?P<quoted>(?:\\.|[^"\\])*)"
    | (?P<opening>\() | (?P<closing>\))
    | (?P<plain>(?:\\.|[^\s()"\#\\])+(?:"(?:\\.|[^"\\])*"(?:\\.|[^\s()"\#\\])*)*)
    | .""",
    re.DOTALL | re.VERBOSE,
)
_REFERENCE = re.compile(r"\$\{([\w./+-]+)\}|(\$<[^<>]*>|\$ENV\{[^{}]*\}|\$\{[^{}]*\}|@\w+@)|\\(.)", re.DOTALL)
# What ends the words of a COMMAND.
_KEYWORDS = frozenset({
    "COMMAND", "DEPENDS", "OUTPUT", "WORKING_DIRECTORY", "COMMENT", "VERBATIM", "MAIN_DEPENDENCY",
    "BYPRODUCTS", "IMPLICIT_DEPENDS", "DEPFILE", "COMMAND_EXPAND_LISTS", "USES_TERMINAL", "SOURCES",
    "JOB_POOL", "APPEND", "RESULT_VARIABLE", "OUTPUT_VARIABLE", "ERROR_VARIABLE", "OUTPUT_QUIET",
    "ERROR_QUIET", "TARGET", "PRE_BUILD", "PRE_LINK", "POST_BUILD", "COMMAND_ECHO", "TIMEOUT", "INPUT_FILE",
    "OUTPUT_FILE",
})  # fmt: skip
_SCOPES = frozenset({"PUBLIC", "PRIVATE", "INTERFACE", "BEFORE", "AFTER", "SYSTEM"})
_FOR_BPF = re.compile(
    r"(?:\w+_)?E?BPF_(?:\w+_)?(?:C_?)?(?:C?FLAGS|OPTIONS|INCLUDES?|INCLUDE_DIRS|DEFINES)|(?:XDP|KERN|CLANG)_(?:C_?)?C?FLAGS"
)
_UNDER_CONDITION = "is set under a condition"
_NOT_EVALUATED = "is for cmake to work out"


_NOWHERE = Place("", 0)


@dataclass
class _Target:
    """A target that CMake compiles by itself, or (without a name) what holds for those of a folder."""

    sources: tuple[str, ...] = ()
    options: list[str] = field(default_factory=list)
    folder: str = ""
    place: Place = _NOWHERE


def recipes_of_cmake(
    path: str, folder: Path, root: Path, pieces: Pieces, reading: Reading
) -> Iterator[Recipe]:
    """What the CMake project says of the source at `path`, asked once, at its root: the outermost `folder` that has a
    `CMakeLists.txt`."""
    if not reading.exists(str(folder / _NAME)):
        return
    if any(reading.exists(str(above / _NAME)) for above in folders_up_to(root, folder)):
        return
    project = _Project(path, folder, root, pieces, reading)
    project.read_folder(folder, {}, 0)
    for between in reversed(folders_up_to(folder, Path(path))[:-1]):
        project.read_folder(between, project.variables, 0)
    yield from project.recipes()


class _Project:
    def __init__(self, path: str, folder: Path, root: Path, pieces: Pieces, reading: Reading) -> None:
        self.folder = folder
        self.root = root
        self.pieces = pieces
        self.reading = reading
        self.variables: dict[str, str] = {}  # those of the root, once it is read
        self.places: dict[str, tuple[str, Place]] = {}  # the values of those that are named as flags are
        self.targets: dict[str, _Target] = {}
        self.found: list[Recipe] = []
        self.path = path
        self._read: set[str] = set()

    def read_folder(self, folder: Path, variables: dict[str, str], depth: int) -> None:
        known = dict(variables)
        known["CMAKE_CURRENT_SOURCE_DIR"] = str(folder)
        if not variables:
            self.variables = known
            known |= {"CMAKE_SOURCE_DIR": str(folder), "PROJECT_SOURCE_DIR": str(folder)}
        self.read(folder / _NAME, known, _Target(folder=str(folder)), depth)

    def read(self, path: Path, variables: dict[str, str], inherited: _Target, depth: int) -> None:
        if depth > _DEEPEST or str(path) in self._read or self.reading.is_spent:
            return
        self._read.add(str(path))
        text = self.reading.read(path, self.root)
        if text is not None and self.reading.spend(len(text)):
            _File(self, path, variables, inherited, depth).run(text)

    def recipes(self) -> Iterator[Recipe]:
        yield from self.found
        for name, target in self.targets.items():
            if not targets_bpf(target.options):
                continue
            mine = any(is_named(word, self.path, target.folder) for word in target.sources)
            fit = EXACT if mine else OTHER if all(map(is_known, target.sources)) else LIKELY
            yield Recipe(tuple(target.options), (target.folder,), *target.place, f"the target {name}", fit)
        for name, (value, place) in self.places.items():
            words = tuple(word for one in value.split(";") for word in _split(one))
            if any(word.startswith("-") for word in words):
                reason = f"{name}, which is named as flags for BPF are"
                yield Recipe(words, (os.path.dirname(place.origin), str(self.folder)), *place, reason, NAMED)  # noqa: PTH120


class _File:
    """One file, from its first command to its last."""

    def __init__(
        self, project: _Project, path: Path, variables: dict[str, str], inherited: _Target, depth: int
    ) -> None:
        self._project = project
        self._path = path
        self._variables = variables
        self._folder = variables["CMAKE_CURRENT_SOURCE_DIR"]
        self._all = inherited
        self._depth = depth
        self._conditions: list[Sequence[str]] = []

    def run(self, text: str) -> None:
        outer = self._variables.get("CMAKE_CURRENT_LIST_DIR", "")
        self._variables["CMAKE_CURRENT_LIST_DIR"] = str(self._path.parent)
        at, line = 0, 1
        while at < len(text) and not self._project.reading.is_spent:
            skipped = _SKIPPED.match(text, at)
            command = None if skipped else _COMMAND.match(text, at)
            if command is not None:
                arguments, end = _arguments(text, command.end())
                self._project.reading.spend(end - at)
                self._command(command[1].lower(), arguments, Place(str(self._path), line))
            else:
                end = skipped.end() if skipped else at + 1
            line += text.count("\n", at, end)
            at = end
        self._variables["CMAKE_CURRENT_LIST_DIR"] = outer

    def _command(self, name: str, written: list[tuple[str, bool]], place: Place) -> None:
        if name in ("if", "while"):
            self._conditions.append([text for text, _ in written])
        elif name in ("elseif", "else"):
            self._conditions[-1:] = [[name]]
        elif name in ("endif", "endwhile"):
            del self._conditions[-1:]
        elif name in ("add_custom_command", "add_custom_target", "execute_process"):
            self._custom(self._expanded(written), place)
        else:
            handle = getattr(self, f"_do_{name}", None)
            if handle is not None and written:
                handle(self._expanded(written), place)

    def _do_set(self, words: list[str], place: Place) -> None:
        for keyword in ("CACHE", "PARENT_SCOPE"):
            if keyword in words[1:]:
                words = words[: words.index(keyword, 1)]
        self._set(words[0], ";".join(words[1:]), place)

    def _do_list(self, words: list[str], place: Place) -> None:
        if words[0] in ("APPEND", "PREPEND") and len(words) > 2:
            before = self._variables.get(words[1], "")
            self._add(words[1], before, ";".join(words[2:]), ";", place)

    def _do_string(self, words: list[str], place: Place) -> None:
        if words[0] == "APPEND" and len(words) > 2:
            self._add(words[1], self._variables.get(words[1], ""), "".join(words[2:]), "", place)

    def _do_separate_arguments(self, words: list[str], place: Place) -> None:
        text = words[-1] if len(words) > 1 else self._variables.get(words[0], "")
        self._set(words[0], ";".join(_split(text)), place)

    def _do_foreach(self, words: list[str], place: Place) -> None:
        self._variables[words[0]] = self._mark(f"${{{words[0]}}}", "is another one each time")

    def _do_project(self, words: list[str], place: Place) -> None:
        self._variables |= {"PROJECT_SOURCE_DIR": self._folder, f"{words[0]}_SOURCE_DIR": self._folder}

    def _do_include(self, words: list[str], place: Place) -> None:
        for name in self._modules(words[0]):
            self._project.read(name, self._variables, self._all, self._depth + 1)

    def _do_find_package(self, words: list[str], place: Place) -> None:
        for name in self._modules(f"Find{words[0]}"):
            self._project.read(name, self._variables, self._all, self._depth + 1)

    def _do_add_subdirectory(self, words: list[str], place: Place) -> None:
        folder = Path(os.path.normpath(os.path.join(self._folder, words[0])))  # noqa: PTH118
        if is_known(words[0]):
            inherited = _Target(options=list(self._all.options), folder=str(folder))
            known = {**self._variables, "CMAKE_CURRENT_SOURCE_DIR": str(folder)}
            self._project.read(folder / _NAME, known, inherited, self._depth + 1)

    def _do_include_directories(self, words: list[str], place: Place) -> None:
        self._all.options += self._includes(words)

    def _do_add_compile_options(self, words: list[str], place: Place) -> None:
        self._all.options += words

    _do_add_definitions = _do_add_compile_options

    def _do_add_compile_definitions(self, words: list[str], place: Place) -> None:
        self._all.options += _definitions(words)

    def _do_add_library(self, words: list[str], place: Place) -> None:
        flags = [word for one in self._variables.get("CMAKE_C_FLAGS", "").split(";") for word in _split(one)]
        sources = tuple(word for word in words[1:] if not word.isupper())
        options = [*flags, *self._all.options]
        self._project.targets[words[0]] = _Target(sources, options, self._folder, place)

    _do_add_executable = _do_add_library

    def _do_target_compile_options(self, words: list[str], place: Place) -> None:
        self._add_to(words[0], [word for word in words[1:] if word not in _SCOPES], place)

    def _do_target_compile_definitions(self, words: list[str], place: Place) -> None:
        self._add_to(words[0], _definitions(words[1:]), place)

    def _do_target_include_directories(self, words: list[str], place: Place) -> None:
        self._add_to(words[0], self._includes(words[1:]), place)

    def _add_to(self, name: str, options: Sequence[str], place: Place) -> None:
        target = self._project.targets.get(name)
        if target is not None and self._project.reading.spend(sum(map(len, options))):
            target.options += (
                [self._mark(one, _UNDER_CONDITION) for one in options] if self._conditions else options
            )

    def _includes(self, words: Sequence[str]) -> list[str]:
        folders = (word for word in words if word not in _SCOPES)
        return [f"-I{os.path.join(self._folder, one) if is_known(one) else one}" for one in folders]  # noqa: PTH118

    def _custom(self, words: list[str], place: Place) -> None:
        """The commands of a custom command or target that compile for BPF."""
        folders = [self._folder, str(self._project.folder)]
        if "WORKING_DIRECTORY" in words[:-1]:
            folders.insert(0, os.path.join(self._folder, words[words.index("WORKING_DIRECTORY") + 1]))  # noqa: PTH118
        pieces = self._project.pieces
        for command in _commands(words):
            for compile_ in compiles_for_bpf(commands_of(command, pieces)):
                sources = compile_.sources
                if any(is_named(word, self._project.path, folder) for word in sources for folder in folders):
                    fit = EXACT
                else:
                    fit = OTHER if sources and all(map(is_known, sources)) else LIKELY
                which = "a custom command for other sources" if fit == OTHER else "its custom command"
                known = tuple(filter(is_known, folders))
                self._project.found.append(Recipe(compile_.flags, known, *place, which, fit))

    def _modules(self, name: str) -> Iterator[Path]:
        """The files of the project that `name` may mean in `include()`."""
        if not is_known(name):
            return
        named = Path(os.path.normpath(os.path.join(self._folder, name)))  # noqa: PTH118
        if named.suffix == ".cmake":
            yield named
            return
        places = self._variables.get("CMAKE_MODULE_PATH", "").split(";")
        for place in (*filter(is_known, places), *_MODULES):
            module = self._project.folder / place / f"{name}.cmake"
            if self._project.reading.exists(str(module)):
                yield module
                return

    def _set(self, name: str, value: str, place: Place) -> None:
        if self._is_default_of(name):
            if name in self._variables:
                return
        elif self._conditions:
            value = self._mark(value or f"${{{name}}}", _UNDER_CONDITION)
        self._store(name, value, place)

    def _add(self, name: str, before: str, value: str, joint: str, place: Place) -> None:
        if self._conditions:
            value = self._mark(value, _UNDER_CONDITION)
        self._store(name, f"{before}{joint}{value}" if before else value, place)

    def _store(self, name: str, value: str, place: Place) -> None:
        if not self._project.reading.spend(len(value)):
            value = self._mark(name, SPENT)
        self._variables[name] = value
        if _FOR_BPF.fullmatch(name):
            self._project.places[name] = value, place

    def _is_default_of(self, name: str) -> bool:
        """Whether the one condition is that the variable is not set."""
        return len(self._conditions) == 1 and list(self._conditions[0]) in (
            ["NOT", name],
            ["NOT", "DEFINED", name],
        )

    def _expanded(self, written: list[tuple[str, bool]]) -> list[str]:
        """The words that arguments come to: what is not quoted is a list of them."""
        words: list[str] = []
        for text, is_quoted in written:
            value = _REFERENCE.sub(self._replaced, text)
            if not self._project.reading.spend(len(value)):
                value = self._mark(text, SPENT)
            words += [value] if is_quoted else [word for word in value.split(";") if word]
        return words or [""]

    def _replaced(self, match: re.Match[str]) -> str:
        if match[3] is not None:
            return {"n": "\n", "t": "\t"}.get(match[3], match[3])
        if match[1] is None:
            return self._mark(match[0], _NOT_EVALUATED)
        value = self._variables.get(match[1])
        return self._mark(match[0], UNSET) if value is None else value

    def _mark(self, text: str, why: str) -> str:
        return self._project.pieces.mark(text, why)


def _arguments(text: str, at: int) -> tuple[list[tuple[str, bool]], int]:
    """The arguments up to the bracket that closes, whether each is quoted, and where the text goes on behind it."""
    found: list[tuple[str, bool]] = []
    depth = 1
    while at < len(text) and len(found) + depth < _MOST_ARGUMENTS:
        skipped = _SKIPPED.match(text, at)
        if skipped:
            at = skipped.end()
            continue
        match = _ARGUMENT.match(text, at)
        assert match is not None
        at = match.end()
        depth += (match["opening"] is not None) - (match["closing"] is not None)
        if depth == 0:
            return found, at
        if match["quoted"] is not None:
            found.append((match["quoted"].replace("\\\n", ""), True))
        elif match["bracket"] is not None:
            found.append((match["bracket"].replace("\\", "\\\\").replace("$", "\\$"), True))
        elif match["plain"] is not None:
            found.append((match["plain"], False))
    return found, at


def _commands(words: Sequence[str]) -> Iterator[list[str]]:
    """The words behind each COMMAND."""
    command: list[str] | None = None
    for word in words:
        if word == "COMMAND":
            if command:
                yield command
            command = []
        elif command is not None and word == "ARGS":
            continue
        elif word in _KEYWORDS:
            if command:
                yield command
            command = None
        elif command is not None:
            command += _split(word) if word.startswith("-") else [word]
    if command:
        yield command


def _split(text: str) -> list[str]:
    """The flags of a text that holds several."""
    if " " not in text.strip():
        return [text] if text.strip() else []
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _definitions(words: Sequence[str]) -> list[str]:
    return [f"-D{word.removeprefix('-D')}" for word in words if word not in _SCOPES]
