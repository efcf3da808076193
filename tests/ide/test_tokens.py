"""The words of listings, as editors colour them."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from tests.cases.building import CASES, USUAL, object_of
from tests.support.assembly import assemble
from xdp_lsp.analysis import FileAnalysis, Status
from xdp_lsp.ide.bytecode import Kind, Listing, Part, Row, listing
from xdp_lsp.ide.bytecode.tokens import Trait, tokens
from xdp_lsp.insight import look_into
from xdp_lsp.pipeline import FileReport
from xdp_lsp.program import Image, load_image


def listed(image: Image) -> Listing:
    analysis = FileAnalysis("/src/prog.c", "default", Status.ANALYSED)
    return listing(FileReport(analysis, insight=look_into(image, lambda _: None)), ["of an earlier text"])


def marked(row: Row) -> str:
    """The words of a row, each behind what it is."""
    return " ".join(f"{one.word.value}:{row.text[one.start : one.end]}" for one in tokens(row))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(bf) r6 = r1", "comment:(bf) variable:r6 variable:r1"),
        ("(b4) w7 = -2", "comment:(b4) variable:w7 number:2"),
        ("(71) r5 = *(u8 *)(r0 +22)", "comment:(71) variable:r5 type:u8 variable:r0 number:22"),
        ("(c5) if r1 s< 0xfffe", "comment:(c5) keyword:if variable:r1 number:0xfffe"),
        ("(dc) r8 = be16 r8", "comment:(dc) variable:r8 function:be16 variable:r8"),
        ("(18) r1 = map[v4.flows][0]+8", "comment:(18) variable:r1 type:map variable:v4.flows number:0 number:8"),
        ("(18) r1 = &grow.____fmt.1+4", "comment:(18) variable:r1 variable:grow.____fmt.1 number:4"),
        ("(85) call bpf_redirect#23", "comment:(85) keyword:call function:bpf_redirect number:23"),
        ("(db) lock *(u64 *)(r1 +8) += r2", "comment:(db) keyword:lock type:u64 variable:r1 number:8 variable:r2"),
        ("(e5) may_goto pc+3", "comment:(e5) keyword:may_goto number:3"),
        ("(95) exit", "comment:(95) keyword:exit"),
    ],
)  # fmt: skip
def test_the_words_of_an_instruction(text: str, expected: str) -> None:
    assert marked(Row((Part(Kind.INSTRUCTION, text),))) == expected


@pytest.mark.parametrize("case", CASES)
def test_nothing_of_an_instruction_is_left_out(case: str) -> None:
    for row in listed(load_image(object_of(case, USUAL))).rows:
        found = list(tokens(row))
        assert all(one.end <= two.start for one, two in pairwise(found))
        assert all(0 <= one.start < one.end <= len(row.text) for one in found)
        if row.instruction is not None:
            left = "".join(
                " " if any(one.start <= at < one.end for one in found) else char
                for at, char in enumerate(row.text)
            )
            assert re.findall(r"\w+", left.replace(" s>", " >").replace(" s<", " <")) == [], row.text


def test_rows_by_what_they_are() -> None:
    image = assemble(
        """
        fn main:
            r6 = r1
            r2 = *(u32 *)(r1 +12)
            if r2 > 64 goto out
            if w2 == 99 goto dead
            r2 = -r2
            call 44
            call length
            goto out
        dead:
            r9 = 1
        out:
            exit
        fn length:
            r0 = 2
            exit
        """
    )
    rows = listed(image).rows
    by_text = {row.text: row for row in rows}

    def only(words: str) -> Row:
        (found,) = (row for text, row in by_text.items() if words in text)
        return found

    def traits(row: Row) -> list[set[Trait]]:
        return [set(one.traits) for one in tokens(row)]

    assert marked(rows[0]) == "comment:; of an earlier text"
    assert marked(only("main (xdp)")) == "function:main"
    assert traits(only("main (xdp)")) == [{Trait.DEFINITION}]
    assert marked(only("; from 3")) == "comment:; comment:from label:3"
    assert all(each == {Trait.OF_DELTA} for each in traits(only("(61) ")))
    assert not any(traits(only("(bf) ")))
    call = only("bpf_xdp_adjust_head")
    assert "operator:> label:5: comment:(85) keyword:call function:bpf_xdp_adjust_head number:44" in marked(
        call
    )
    assert all(Trait.MOVES in each for each in traits(call))
    assert "keyword:call function:length" in marked(only("call length"))
    assert "keyword:goto label:pc+" in marked(only("if r2 >"))
    # What no run comes to is dimmed, whatever it says.
    assert marked(only("not reached")) == "label:8: comment:(b7) r9 = 1 comment:; not reached"
