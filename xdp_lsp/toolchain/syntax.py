"""The functions of a source as plain trees, by libclang: its statements, and what each name and constant stands for.

As with `libclang`, this belongs into a worker process.
"""

from __future__ import annotations

import ctypes
from collections.abc import Collection, Iterator
from enum import IntEnum
from typing import Any, NamedTuple

from xdp_lsp.toolchain.libclang import UnparsedError, cindex, parse, place
from xdp_lsp.toolchain.request import CompileRequest
from xdp_lsp.toolchain.toolchain import Toolchain


class Kind(IntEnum):
    """What a node is: of enum CXCursorKind (clang-c/Index.h) those that somebody asks for."""

    OTHER = 0
    FUNCTION = 8
    VARIABLE = 9
    PARAMETER = 10
    UNEXPOSED = 100
    REFERENCE = 101
    MEMBER = 102
    CALL = 103
    INTEGER = 106
    CHARACTER = 110
    PARENTHESES = 111
    UNARY = 112
    SUBSCRIPT = 113
    BINARY = 114
    COMPOUND_ASSIGNMENT = 115
    CONDITIONAL = 116
    CAST = 117
    STATEMENT_EXPRESSION = 121
    SIZEOF = 136
    LABEL = 201
    BLOCK = 202
    CASE = 203
    DEFAULT = 204
    IF = 205
    SWITCH = 206
    WHILE = 207
    DO = 208
    FOR = 209
    GOTO = 210
    CONTINUE = 212
    BREAK = 213
    RETURN = 214
    DECLARATION = 231


_KINDS = {kind.value: kind for kind in Kind}
_ENUM_CONSTANT_DECL = 7
_TYPE_REFERENCE, _FIRST_ATTRIBUTE = 43, 400
_VALUED = frozenset({Kind.INTEGER, Kind.CHARACTER, Kind.SIZEOF})
_EXPRESSIONS = range(100, 200)
# enum CXEvalResultKind
_EVALUATED_INTEGER = 1


class Declared(NamedTuple):
    """Where something is declared in the same file, specifiers included: bytes from 0, `end` exclusive."""

    begin: int
    end: int


class Node(NamedTuple):
    """One declaration, statement or expression of the compiled file; casts that are not written are left out.

    `begin` and `end` are its text, in bytes from 0, without a statement's semicolon. `name` is what it declares, calls
    or refers to. `type` is that of a variable, an expression or what a function returns, as it is written. `declared`
    is where what it refers to is declared, None where that is in another file. `value` is that of a literal, a `sizeof`
    and an enumerator. A FUNCTION's children are its parameters and its body, the last; an IF's are its condition
    and its branches.
    """

    kind: Kind
    name: str
    type: str
    begin: int
    end: int
    declared: Declared | None
    value: int | None
    children: tuple[Node, ...]

    def walk(self) -> Iterator[Node]:
        """This node and all below it, in the order of the source."""
        yield self
        for child in self.children:
            yield from child.walk()


def functions_at(
    toolchain: Toolchain, request: CompileRequest, lines: Collection[int] | None
) -> tuple[Node, ...]:
    """The functions that `request.path` itself defines and that hold one of `lines` (from 1), or all of them.

    None of them where libclang is missing or cannot parse the source.
    """
    try:
        unit = parse(toolchain, request)
        maker = _Maker(request.path)
        return tuple(
            made
            for cursor in unit.cursor.get_children()
            if cursor._kind_id == Kind.FUNCTION
            and cursor.is_definition()
            and _holds(cursor, request.path, lines)
            if (made := maker.node(cursor)) is not None
        )
    except (UnparsedError, RecursionError):
        return ()


def _holds(cursor: Any, path: str, lines: Collection[int] | None) -> bool:
    extent = cursor.extent
    first, last = place(extent.start), place(extent.end)
    if first is None or last is None or first.location.path != path:
        return False
    return lines is None or any(first.location.line <= line <= last.location.line for line in lines)


class _Maker:
    def __init__(self, path: str) -> None:
        self._path = path
        self._functions = _functions_of(cindex().conf.lib)

    def node(self, cursor: Any) -> Node | None:
        """None for what has no text in the file, and for what is no code (types, attributes)."""
        kind_id = cursor._kind_id
        if kind_id == _TYPE_REFERENCE or kind_id >= _FIRST_ATTRIBUTE:
            return None
        extent = self._extent(cursor)
        children = tuple(made for child in cursor.get_children() if (made := self.node(child)) is not None)
        kind = _KINDS.get(kind_id, Kind.OTHER)
        if kind is Kind.UNEXPOSED and len(children) == 1:
            return children[0]  # a cast that is not written
        if extent is None:
            return None
        referred = cursor.referenced if kind in (Kind.REFERENCE, Kind.MEMBER) else None
        declared = self._extent(referred) if referred is not None else None
        return Node(
            kind,
            cursor.spelling,
            self._type(cursor, kind),
            *extent,
            declared,
            self._value(cursor, kind, referred),
            children,
        )

    def _extent(self, cursor: Any) -> Declared | None:
        extent = cursor.extent
        start, end = place(extent.start), place(extent.end)
        if start is None or end is None or start.offset > end.offset:
            return None
        if start.location.path != self._path or end.location.path != self._path:
            return None
        return Declared(start.offset, end.offset)

    def _type(self, cursor: Any, kind: Kind) -> str:
        if kind is Kind.FUNCTION:
            return str(cursor.result_type.spelling)
        has_type = kind in (Kind.VARIABLE, Kind.PARAMETER) or cursor._kind_id in _EXPRESSIONS
        return str(cursor.type.spelling) if has_type else ""

    def _value(self, cursor: Any, kind: Kind, referred: Any) -> int | None:
        if referred is not None and referred._kind_id == _ENUM_CONSTANT_DECL:
            return int(referred.enum_value)
        if kind not in _VALUED:
            return None
        result = self._functions.clang_Cursor_Evaluate(cursor)
        if not result:
            return None
        try:
            if self._functions.clang_EvalResult_getKind(result) != _EVALUATED_INTEGER:
                return None
            return int(self._functions.clang_EvalResult_getAsLongLong(result))
        finally:
            self._functions.clang_EvalResult_dispose(result)


def _functions_of(library: Any) -> Any:
    """libclang with the prototypes that cindex does not declare."""
    library.clang_Cursor_Evaluate.argtypes = [cindex().Cursor]
    library.clang_Cursor_Evaluate.restype = ctypes.c_void_p
    library.clang_EvalResult_getKind.argtypes = [ctypes.c_void_p]
    library.clang_EvalResult_getAsLongLong.argtypes = [ctypes.c_void_p]
    library.clang_EvalResult_getAsLongLong.restype = ctypes.c_longlong
    library.clang_EvalResult_dispose.argtypes = [ctypes.c_void_p]
    library.clang_EvalResult_dispose.restype = None
    return library
