"""The words of a listing's rows: what an editor colours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from xdp_lsp.ide.bytecode.rows import Kind, Part, Row


class Word(Enum):
    """What a stretch of a row is; the value is what LSP calls the nearest to it, which every theme has a colour for."""

    COMMENT = "comment"  # what is told of the code, and where it comes from; code that no run comes to
    FUNCTION = "function"
    KEYWORD = "keyword"
    LABEL = "label"  # slots, and jumps to them
    NUMBER = "number"
    OPERATOR = "operator"  # the mark in front of a row
    SOURCE = "string"  # a line of C
    TYPE = "type"  # the width of a load or store; a map
    VARIABLE = "variable"  # a register; with `READONLY` an address


class Trait(Enum):
    """What else is known of it; the values are LSP's as far as it has some."""

    DEFINITION = "definition"
    LIBRARY = "defaultLibrary"  # the kernel's: helpers, kfuncs, atomic operations
    READONLY = "readonly"
    OF_DELTA = "delta"  # a delta is computed by the instruction (`*`)
    MOVES = "movesPacket"  # the instruction moves the packet's start or its metadata's (`>`)


class Token(NamedTuple):
    """A stretch of a row's text, from 0, `end` excluded. Those of a row follow one another."""

    start: int
    end: int
    word: Word
    traits: frozenset[Trait] = frozenset()


# As `isa.printer` and `program.listing` write instructions.
_WORDS = re.compile(
    r"""
      (?P<opcode>    ^\([0-9a-f]{2}\) )
    | (?P<callee>    (?<=call[ ]) [^\s#]+ )
    | (?P<keyword>   \b (?: if | goto[lx]? | may_goto | call | exit | lock ) \b )
    | (?P<operation> \b (?: atomic(?:64)?_\w+ | load_acquire | store_release | addr_space_cast
                          | (?:be|le|bswap)\d+ ) \b )
    | (?P<address>   (?<=map\[) [^\]]+ | (?<=&) [A-Za-z_.][\w.]* )
    | (?P<type>      \b (?: [us](?:8|16|32|64) | map (?=\[) | skb (?=\[) ) \b )
    | (?P<register>  \b [rw]\d+ \b )
    | (?P<number>    \b (?: 0x[0-9a-f]+ | \d+ ) \b )
    """,
    re.VERBOSE,
)
_LIBRARY = frozenset({Trait.LIBRARY})
_OF_GROUP: dict[str, tuple[Word, frozenset[Trait]]] = {
    "opcode": (Word.COMMENT, frozenset()),
    "callee": (Word.FUNCTION, _LIBRARY),
    "keyword": (Word.KEYWORD, frozenset()),
    "operation": (Word.FUNCTION, _LIBRARY),
    "address": (Word.VARIABLE, frozenset({Trait.READONLY})),
    "type": (Word.TYPE, frozenset()),
    "register": (Word.VARIABLE, frozenset()),
    "number": (Word.NUMBER, frozenset()),
}
_OF_KIND: dict[Kind, Word] = {
    Kind.SOURCE: Word.SOURCE,
    Kind.INLINED: Word.COMMENT,
    Kind.JUMPS: Word.COMMENT,
    Kind.MARK: Word.OPERATOR,
    Kind.SLOT: Word.LABEL,
    Kind.TARGET: Word.LABEL,
    Kind.CALLEE: Word.FUNCTION,
    Kind.VALUES: Word.COMMENT,
}
_CODE = frozenset({Kind.INSTRUCTION, Kind.TARGET, Kind.CALLEE})


def tokens(row: Row) -> Iterator[Token]:
    """The words of `row` from left to right. What is not among them is left in the colour of plain text."""
    traits = set()
    if row.instruction is not None:
        traits |= {Trait.OF_DELTA} if row.instruction.is_of_delta else set()
        traits |= {Trait.MOVES} if row.instruction.moves_packet else set()
    of_row = frozenset(traits)
    start = 0
    for part in row.parts:
        for token in _of_part(row, part):
            yield Token(start + token.start, start + token.end, token.word, token.traits | of_row)
        start += len(part.text)


def _of_part(row: Row, part: Part) -> Iterator[Token]:
    is_reached = row.instruction is None or row.instruction.is_reached
    if part.kind in _CODE and not is_reached:
        yield from _stretch(part, Word.COMMENT)
    elif part.kind is Kind.FUNCTION:
        yield from _stretch(part, Word.FUNCTION, frozenset({Trait.DEFINITION}))
    elif part.kind is Kind.NOTE:
        # Behind a function's name stands its verdict, which is no aside.
        if part is row.parts[0]:
            yield from _stretch(part, Word.COMMENT)
    elif part.kind is Kind.INSTRUCTION:
        for match in _WORDS.finditer(part.text):
            word, traits = _OF_GROUP[match.lastgroup or ""]
            yield Token(match.start(), match.end(), word, traits)
    else:
        yield from _stretch(part, _OF_KIND[part.kind])


def _stretch(part: Part, word: Word, traits: frozenset[Trait] = frozenset()) -> Iterator[Token]:
    """All of `part` but the space around it."""
    end = len(part.text.rstrip())
    start = len(part.text) - len(part.text.lstrip())
    if start < end:
        yield Token(start, end, word, traits)
