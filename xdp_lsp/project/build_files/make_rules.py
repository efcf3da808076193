"""The rule of a makefile that compiles one source for BPF."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from xdp_lsp.project.build_files.bpf_command import Compile, compiles_for_bpf
from xdp_lsp.project.build_files.literal import Pieces, Reading, is_known
from xdp_lsp.project.build_files.makefiles import Makefile, Rule, stem_of
from xdp_lsp.project.build_files.recipe import EXACT, FITS, LIKELY, NAMED, OTHER, Place, Recipe, is_named
from xdp_lsp.project.build_files.shell import commands_in
from xdp_lsp.project.repository import folders_up_to

# In the order of make, then those that make others.
_NAMES = ("GNUmakefile", "makefile", "Makefile", "Makefile.am", "Makefile.in", "Kbuild")
# A makefile that says so by words that are not known: `-target $(BPF_TARGET)`, `| $(LLC) -march=bpf`.
_SAYS_BPF = re.compile(r"--?target[ =]\S*bpf|-march[= ]bpf", re.IGNORECASE)
# What programs of a host are compiled with is called otherwise.
_FOR_BPF = re.compile(
    r"(?:\w+_)?E?BPF_(?:\w+_)?(?:C|CPP|CC|CLANG_?)?(?:FLAGS|INCLUDES?|DEFINES|OPTS)|(?:KERN(?:EL)?|XDP|CLANG)_?(?:CC?|CPP)?FLAGS"
)
_NOT_FOR_CLANG = re.compile(r"LD|LLC|TOOL|SKEL|LINK|USER|HOST|_GO|GO_|PAHOLE")
_FLAG_VARIABLE = re.compile(r"\$[({]((?:\w+)?(?:FLAGS|INCLUDES?|DEFINES|OPTS|INCS?|DEFS))[)}]")
_MOST_COMMANDS = 50  # of a rule
# `make`'s own, for where a makefile sets its variables only.
_BUILT_IN = "$(CC) $(CFLAGS) $(CPPFLAGS) -c -o $@ $<"


def recipes_of_makefiles(
    path: str, folder: Path, root: Path, pieces: Pieces, reading: Reading
) -> Iterator[Recipe]:
    """What the makefiles in `folder` say of the source at `path`, which is below it."""
    read: set[str] = set()
    # Some parts of makefiles are included by names that are not known.
    parts = [name for name in reading.names_in(folder) if name.endswith((".mk", ".mak"))]
    for name in (*_NAMES, *parts):
        if str(folder / name) in read or (name == "Makefile.in" and str(folder / "Makefile.am") in read):
            continue
        makefile = Makefile(folder / name, root, pieces, reading)
        read.update(makefile.read)
        if makefile.read:
            yield from _Chooser(makefile, path, root, pieces).recipes()


class _Fit(NamedTuple):
    fit: int
    target: str
    stem: str


class _Chooser:
    def __init__(self, makefile: Makefile, path: str, root: Path, pieces: Pieces) -> None:
        self._makefile = makefile
        self._path = os.path.normpath(path)
        self._name = os.path.relpath(path, makefile.folder)
        self._pieces = pieces
        folder = Path(makefile.folder)
        self._folders = tuple(map(str, (folder, *folders_up_to(root, folder))))

    def recipes(self) -> Iterator[Recipe]:
        built_in = Rule("%.o", "", "%.c", [_BUILT_IN], self._makefile.read[0], 0)
        for rule in (*self._makefile.rules, built_in):
            if rule.recipe and not self._makefile.is_spent:
                yield from self._of_rule(rule)
        yield from self._of_variables()

    def _of_rule(self, rule: Rule) -> Iterator[Recipe]:
        fit = self._fit(rule)
        lines = self._makefile.recipe(rule, self._automatic(fit))
        commands = commands_in("\n".join(line.lstrip("@-+ ") for line in lines), self._pieces)
        compiles = tuple(compiles_for_bpf(commands, any(_SAYS_BPF.search(line) for line in rule.recipe)))
        for compile_ in compiles[:_MOST_COMMANDS]:
            sure = self._fit_of_command(compile_, fit.fit)
            folders = self._folders
            if compile_.folder and is_known(compile_.folder):
                folders = (os.path.join(self._folders[0], compile_.folder), *folders)  # noqa: PTH118
            yield Recipe(compile_.flags, folders, rule.origin, rule.line, self._reason(rule, sure), sure)

    def _fit(self, rule: Rule) -> _Fit:
        """How well the rule fits, before its recipe is read."""
        targets = self._makefile.expand(rule.targets).split()
        prerequisites = self._makefile.expand(rule.prerequisites).split("|")[0].split()
        suffixes = re.fullmatch(r"(\.\w+(?:\.\w+)?)(\.\w+(?:\.\w+)?)", rule.targets)
        if suffixes and not prerequisites and self._name.endswith(suffixes[1]):  # `.c.o:`
            stem = self._name.removesuffix(suffixes[1])
            return _Fit(FITS, f"{stem}{suffixes[2]}", stem)
        if rule.pattern:
            return self._fit_of_static(targets, self._makefile.expand(rule.pattern), prerequisites)
        if any("%" in target for target in targets):
            return self._fit_of_pattern(targets[0], prerequisites)
        target = targets[0] if targets else ""
        if any(self._is_source(word) for word in prerequisites):
            return _Fit(EXACT, target, _stem(target))
        c_files = [word for word in prerequisites if word.endswith(".c")]
        is_open = not c_files or not all(map(is_known, prerequisites))
        return _Fit(LIKELY if is_open else OTHER, target, _stem(target))

    def _fit_of_static(self, targets: Sequence[str], pattern: str, prerequisites: Sequence[str]) -> _Fit:
        fit = self._fit_of_pattern(pattern, prerequisites)
        if fit.fit < LIKELY:
            return fit
        if any(stem_of(target, fit.target) == "" for target in targets):
            return fit._replace(fit=EXACT)
        if all(map(is_known, (*targets, fit.target))):
            return fit._replace(fit=OTHER)
        return fit

    def _fit_of_pattern(self, target: str, prerequisites: Sequence[str]) -> _Fit:
        patterns = [word for word in prerequisites if "%" in word]
        for pattern in patterns[:4]:
            stem = stem_of(pattern, self._name)
            if stem is not None:
                return _Fit(FITS, target.replace("%", stem, 1), stem)
            # A source below another folder than it says, or than is known.
            stem = stem_of(os.path.basename(pattern), os.path.basename(self._name))  # noqa: PTH119
            if stem is not None:
                return _Fit(LIKELY, target.replace("%", stem, 1), stem)
        stem = os.path.basename(self._name).split(".")[0]  # noqa: PTH119
        return _Fit(OTHER if patterns else LIKELY, target.replace("%", stem, 1), stem)

    def _fit_of_command(self, compile_: Compile, fit: int) -> int:
        """How well a command fits that a rule has, which by itself fits as well as `fit`."""
        if any(self._is_source(word, compile_.folder) for word in compile_.sources):
            return EXACT if fit == LIKELY else fit
        if compile_.sources and all(map(is_known, compile_.sources)):
            return OTHER
        return fit

    def _is_source(self, word: str, folder: str = "") -> bool:
        place = os.path.join(self._makefile.folder, folder if is_known(folder) else "")  # noqa: PTH118
        return is_named(word, self._path, place)

    def _automatic(self, fit: _Fit) -> Mapping[str, str]:
        """make's automatic variables, with the source as what the target is made of."""
        plain = {"@": fit.target, "<": self._name, "^": self._name, "+": self._name, "*": fit.stem}
        parts: dict[str, str] = {}
        for name, value in plain.items():
            folder, _, file = value.rpartition("/")
            parts |= {f"{name}D": folder or ".", f"{name}F": file}
        return plain | parts

    def _reason(self, rule: Rule, fit: int) -> str:
        used = dict.fromkeys(name for line in rule.recipe for name in _FLAG_VARIABLE.findall(line))
        with_ = f" with {', '.join(used)}" if used else ""
        targets = self._pieces.show(rule.pattern or rule.targets)
        which = "a rule for other sources" if fit == OTHER else "its rule"
        return f"{which} ({targets or 'a target'}){with_}"

    def _of_variables(self) -> Iterator[Recipe]:
        for name, place in self._makefile.variables():
            if not _FOR_BPF.fullmatch(name) or _NOT_FOR_CLANG.search(name):
                continue
            words = [
                word for one in commands_in(self._makefile.expand(f"$({name})"), self._pieces) for word in one
            ]
            if words:
                yield self._named(name, tuple(words), place)

    def _named(self, name: str, words: tuple[str, ...], place: Place) -> Recipe:
        reason = f"{name}, which is named as flags for BPF are"
        return Recipe(words, self._folders, place.origin, place.line, reason, NAMED)


def _stem(target: str) -> str:
    return target.rpartition(".")[0] or target
