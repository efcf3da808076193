"""A table of what every variable can hold at every line that names it, to look up in at a cursor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from xdp_lsp.insight.variable_values import Behind, LineReader
from xdp_lsp.insight.variables import AtLines, Known, Mention, NamedVariable, Told, VariableTable
from xdp_lsp.objfile import Kind
from xdp_lsp.program import Image
from xdp_lsp.program.variables import Variable
from xdp_lsp.source import SourceLocation
from xdp_lsp.source.c_names import CName, CText
from xdp_lsp.verifier.value import PointValues

_FARTHEST = 10  # lines on that code is looked for


def variable_table(
    image: Image, points: Mapping[int, PointValues], read_source: Callable[[str], bytes | None]
) -> VariableTable:
    """All that is known of the variables of `image`, where `points` hold before each instruction that runs come to.

    `read_source` gives the bytes of a source file, None where it cannot be read.
    """
    variables = [one for one in image.source_map.variables if one.is_number]
    reader = LineReader(image, points)
    known: dict[AtLines, int] = {}
    mentions: dict[str, dict[int, tuple[Mention, ...]]] = {}
    for path in dict.fromkeys(variable.declared.path for variable in variables):
        contents = read_source(path)
        if contents is not None:
            file = _File(path, CText(contents), reader)
            in_file = mentions[path] = {}
            for index, uses in _uses(file.text, path, variables).items():
                for name in uses:
                    lines, told = file.told(variables[index], name, uses)
                    number = known.setdefault(told, len(known))
                    elsewhere = None if name.line in lines else (lines[0], lines[-1])
                    mention = Mention(name.column, name.end_column, index, number, elsewhere)
                    in_file[name.line] = (*in_file.get(name.line, ()), mention)
    return VariableTable(tuple(map(_named, variables)), tuple(known), mentions)


class _File:
    """Looks up what is known in the lines of one file."""

    def __init__(self, path: str, text: CText, reader: LineReader) -> None:
        self.text = text
        self._path = path
        self._reader = reader
        self._known: dict[tuple[SourceLocation, str, tuple[int, ...], bool, Behind], AtLines] = {}

    def told(self, variable: Variable, name: CName, uses: Sequence[CName]) -> tuple[tuple[int, ...], AtLines]:
        """What is known where `name`, one of `uses`, means `variable`, and at which lines."""
        lines, loses = self._lines(name, uses), self._loses(name, uses)
        told = self._at(variable, lines, uses, loses=loses)
        if name.line not in lines and told.at.known not in (Known.VALUE, Known.IN_PLACES):
            lines = (name.line,)
            told = self._at(variable, lines, uses, loses=loses)
        if told.after is None and self._is_behind_another(name, uses):
            # What holds before the line need not hold behind a statement of it that may have changed the variable.
            return lines, AtLines((), Told(Known.UNCLEAR), None)
        return lines, told

    def _is_behind_another(self, name: CName, uses: Sequence[CName]) -> bool:
        """Whether another statement of the line names the variable before `name`; its declaration does not count."""
        return any(
            use.line == name.line and use.offset < name.offset and not self.text.is_one_statement(use, name)
            for use in uses[1:]
        )

    def _at(
        self, variable: Variable, lines: tuple[int, ...], uses: Sequence[CName], *, loses: bool
    ) -> AtLines:
        behind = self._behind(lines[-1], uses)
        key = variable.declared, variable.name, lines, loses, behind
        if key not in self._known:
            tests = not self.text.tests.isdisjoint(lines)
            assigns = any(use.line in lines for use in uses if use.is_changed or use is uses[0])
            self._known[key] = self._reader.told(
                variable, self._path, lines, tests=tests, loses=loses, assigns=assigns, behind=behind
            )
        return self._known[key]

    def _behind(self, line: int, uses: Sequence[CName]) -> Behind:
        """What there is behind `line` that changes the variable; `uses` are all that name it."""
        later = [use for use in uses[1:] if use.line > line]
        change = next((use for use in later if use.is_changed), None)
        if change is not None:
            return Behind.CHANGE if self._has_code(change.line) else Behind.UNSEEN_CHANGE
        return Behind.NOTHING if all(self._has_code(use.line) for use in later) else Behind.CHANGE

    def _loses(self, name: CName, uses: Sequence[CName]) -> bool:
        """Whether an assignment to the variable left no code: of that clang may keep no record at all.

        But what a `for` counts with is unrolled with it, and in its copies all of it is constants.
        """
        return any(
            use.is_changed and not self._has_code(use.line) and not self.text.counts(use, name)
            for use in uses[1:]
        )

    def _lines(self, name: CName, uses: Sequence[CName]) -> tuple[int, ...]:
        """The line that `name` is in. Where no code is left of it: those of the statement that have some, or the next.

        `uses` are all that name the variable, its declaration first. What holds at a later line is told only where
        nothing changes the variable before it, and not where an assignment left no code: of that clang may keep no
        record at all. And not behind a test, of whose outcomes it may see but one.
        """
        if self._has_code(name.line):
            return (name.line,)
        in_statement = tuple(filter(self._has_code, self.text.statement(name)))
        changed = [use.line for use in uses[1:] if use.is_changed]
        if in_statement or name.line in self.text.tests or not all(map(self._has_code, changed)):
            return in_statement or (name.line,)
        until = min((line for line in changed if line > name.line), default=name.line + _FARTHEST)
        for line in range(name.line + 1, min(until, self.text.line_at(self.text.end_of(uses[0])))):
            if self._has_code(line):
                return (line,)
            if line in self.text.tests:
                break
        return (name.line,)

    def _has_code(self, line: int) -> bool:
        return self._reader.has_code(self._path, line)


def _named(variable: Variable) -> NamedVariable:
    signedness = {Kind.SIGNED: True, Kind.UNSIGNED: False}.get(variable.type.kind)
    return NamedVariable(
        variable.name,
        variable.type.text,
        variable.function,
        variable.declared,
        8 * variable.type.size,
        signedness,
    )


def _uses(text: CText, path: str, variables: Sequence[Variable]) -> dict[int, list[CName]]:
    """The names in `text` that mean each of the variables declared there, by its index in `variables`.

    Where two of one name begin at the same place (both made by one macro, say) nobody can tell.
    """
    extents: dict[str, list[tuple[int, int, int]]] = {}
    for index, variable in enumerate(variables):
        if variable.declared.path == path:
            start, end = text.extent(variable.name, variable.declared.line)
            extents.setdefault(variable.name, []).append((start, end, index))
    found: dict[int, list[CName]] = {}
    for name in text.names:
        around = [one for one in extents.get(name.text, ()) if one[0] <= name.offset < one[1]]
        if around:
            start, _, index = max(around)
            if sum(one[0] == start for one in around) == 1:
                found.setdefault(index, []).append(name)
    return found
