"""Contracts in sources and objects, and which program each belongs to."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from xdp_lsp.analysis.directives import MARK, AnnotatedSource, Directive, annotated_sources
from xdp_lsp.checks import Finding, HeldContract, Severity
from xdp_lsp.checks.contract_broken import CODE, SEVERITY
from xdp_lsp.headroom import ContractError, is_contract, parse_contract, split_contracts
from xdp_lsp.objfile.btf import FUNC
from xdp_lsp.program import Image, Program
from xdp_lsp.source import SourceRange

# The macros of xdp_contract.h, by the word that what they leave in the object begins with.
_MACROS = {"prepends": "XDP_PREPENDS_AT_MOST", "must": "XDP_MUST_FIT"}
_PREPROCESSOR = re.compile(r"(?m)^[ \t]*#(?:\\\r?\n|[^\r\n])*")
_ARGUMENTS = r"\s*\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"
# Characters; what goes on longer without a brace or a semicolon declares no program.
_LONGEST_DECLARATION = 4096


class Contracts(NamedTuple):
    """The contracts of an object's programs, by entry, not judged yet; and what is wrong with others.

    `words` are undecided functions of which something is promised, as only XDP programs promise: a word that they are.
    """

    of: Mapping[int, tuple[HeldContract, ...]]
    findings: tuple[Finding, ...]
    words: frozenset[str] = frozenset()


def find_contracts(image: Image, main: str, read_source: Callable[[str], str | None]) -> Contracts:
    """Every contract in the tags of `image` and in the comments of its sources; `main` is the file the user named."""
    collector = _Collector(image, main)
    sources = annotated_sources([main, *image.source_map.files()], read_source)
    for source in sources:
        meant = [directive for directive in source.directives if is_contract(directive.text)]
        declared = {directive: _declaration(source, directive.standing) for directive in meant}
        others = [one for one in declared.values() if one.is_definition]
        for directive, declaration in declared.items():
            collector.comment(source, directive, declaration, others)
    for target, text in image.types.declaration_tags() if image.types else ():
        if text.startswith(MARK):
            collector.tag(target.name if target.kind == FUNC else "", text.removeprefix(MARK), sources)
    return Contracts(
        {entry: tuple(some) for entry, some in collector.found.items()},
        tuple(collector.findings),
        frozenset(collector.words),
    )


class _Declaration(NamedTuple):
    """`names` is what it may declare: what stands before a parenthesis, then what a macro is given by itself."""

    names: tuple[str, ...]
    line: int  # of its beginning
    is_definition: bool


class _Collector:
    def __init__(self, image: Image, main: str) -> None:
        self._image = image
        self._main = main
        self._programs: dict[str, list[Program]] = {}
        for program in image.programs:
            self._programs.setdefault(program.name, []).append(program)
        self.found: dict[int, list[HeldContract]] = {}
        self.findings: list[Finding] = []
        self._undecided = {one.name for one in image.undecided}
        self.words: set[str] = set()

    def comment(
        self,
        source: AnnotatedSource,
        directive: Directive,
        declaration: _Declaration,
        definitions: Sequence[_Declaration],
    ) -> None:
        """`definitions` are those that some comment of `source` stands at."""
        programs = self._of_names(declaration.names)
        if programs:
            defined = [one for one in definitions if self._of_names(one.names) == programs]
            if declaration.is_definition and declaration != self._compiled(programs[0], source.path, defined):
                return  # the preprocessor left it out, and took another one for it
            self._add(programs, directive.text, directive.place, in_object=False)
        elif named := self._undecided.intersection(declaration.names):
            self.words |= named
        elif source.path == self._main:  # a header may be meant for another file
            self._misplaced(directive.text, "no XDP program is declared here", directive.place)

    def tag(self, function: str, text: str, sources: Sequence[AnnotatedSource]) -> None:
        place = _macro_place(sources, function, text)
        programs = self._of_names([function])
        if programs:
            self._add(programs, text, place, in_object=True)
        elif function in self._undecided:
            self.words.add(function)
        else:
            of = f"{function} is no XDP program" if function else "it is not on a function"
            self._misplaced(text, of, place)

    def _compiled(self, program: Program, path: str, defined: Sequence[_Declaration]) -> _Declaration:
        """The one of several definitions of `program` in `path` behind whose beginning most of its lines stand."""
        begins = sorted(set(defined), key=lambda one: one.line)
        if len(begins) == 1:
            return begins[0]
        function = self._image.function_at(program.entry)
        pcs = range(function.start, function.end) if function else ()
        places = (self._image.source_map.location(pc) for pc in pcs)
        behind = Counter(
            bisect_right(begins, place.line, key=lambda one: one.line)
            for place in places
            if place is not None and place.path == path and place.line >= begins[0].line
        )
        ((number, _),) = behind.most_common(1) or [(len(begins), 0)]
        return begins[number - 1]

    def _of_names(self, names: Sequence[str]) -> Sequence[Program]:
        """The programs that have the first of `names` that is one of a program."""
        return next((self._programs[name] for name in names if name in self._programs), ())

    def _add(
        self, programs: Sequence[Program], text: str, place: SourceRange | None, *, in_object: bool
    ) -> None:
        for part in list(split_contracts(text)) or [""]:
            try:
                contract = parse_contract(part)
            except ContractError as error:
                self._wrong(programs[0], error, place or self._first_line(programs[0]))
                continue
            for program in programs:
                held = HeldContract(contract, place or self._first_line(program), in_object)
                self.found.setdefault(program.entry, []).append(held)

    def _first_line(self, program: Program) -> SourceRange | None:
        location = self._image.source_map.location(program.entry)
        return None if location is None else SourceRange.at(location)

    def _wrong(self, program: Program, error: ContractError, place: SourceRange | None) -> None:
        suggestion = f"write `{error.meant}`" if error.meant else ""
        self._tell(f"this contract is checked nowhere: {error}", SEVERITY, place, program.name, suggestion)

    def _misplaced(self, text: str, why: str, place: SourceRange | None) -> None:
        shown = "; ".join(split_contracts(text))
        message = f"`{shown}` is checked nowhere: {why}"
        self._tell(message, Severity.WARNING, place, only_if_everywhere=True)

    def _tell(
        self,
        message: str,
        severity: Severity,
        place: SourceRange | None,
        program: str = "",
        suggestion: str = "",
        *,
        only_if_everywhere: bool = False,
    ) -> None:
        self.findings.append(
            Finding(
                CODE,
                severity,
                message,
                place,
                program,
                self._main,
                suggestion=suggestion,
                subject=message,
                only_if_everywhere=only_if_everywhere,
            )
        )


def _declaration(source: AnnotatedSource, position: int) -> _Declaration:
    """What goes on at `position`, or begins there: from the end of what comes before to a body or its own end."""
    begin = max(position - _LONGEST_DECLARATION, 0)
    before = re.split(r"[{;}]", _without_preprocessor(source.code[begin:position]))[-1]
    after = _without_preprocessor(source.code[position : position + _LONGEST_DECLARATION])
    rest = re.split(r"[{;]", after, maxsplit=1)[0]
    text = before + rest
    called = re.findall(r"\b([A-Za-z_]\w*)\s*\(", text)
    given = re.findall(r"(?<=[(,])\s*([A-Za-z_]\w*)\s*(?=[,)])", text)
    first = position - len(before.lstrip())
    end = position + len(rest)
    return _Declaration((*called, *given), source.range(first, end).line, source.code[end : end + 1] == "{")


def _without_preprocessor(code: str) -> str:
    return _PREPROCESSOR.sub(lambda match: re.sub(r"[^\r\n]", " ", match[0]), code)


def _macro_place(sources: Sequence[AnnotatedSource], function: str, text: str) -> SourceRange | None:
    """Where the macro stands in the declaration of `function` that left the tag `text`."""
    words = text.split()
    macro = _MACROS.get(words[0] if words else "")
    if macro is None or not function:
        return None
    for source in sources:
        if macro not in source.text:
            continue
        code = _without_preprocessor(source.code)
        for match in re.finditer(rf"\b{macro}{_ARGUMENTS}", code):
            if function in _declaration(source, match.start()).names:
                return source.range(match.start(), match.end())
    return None
