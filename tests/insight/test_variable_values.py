"""What is said of variables at a line, against what runs show there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cases.building import CASES, USUAL, Build, builds, built
from tests.oracle.inputs import inputs
from tests.program.test_variables import LINES, SOURCE, VALUES, stored
from tests.support.compile import COMPILERS, compile_c
from tests.support.variables import read
from xdp_lsp.domains.scalar import WORD
from xdp_lsp.insight import NamedVariable, VariableTable, points_of, variable_table
from xdp_lsp.insight.variables import CopyAtLine, Known, Told
from xdp_lsp.machine import Fault, Machine
from xdp_lsp.program import Image, load_image
from xdp_lsp.program.variables import Variable, VariableCopy
from xdp_lsp.source import SourceLocation
from xdp_lsp.verifier.value import Kind, Value


def holds(told: Told, value: int) -> bool:
    """Whether `value`, as the variable's type reads it, is among what is told."""
    if told.known is Known.UNREACHED:
        return False
    if told.known is not Known.VALUE or told.value is None or told.value.kind is not Kind.SCALAR:
        return True
    return WORD.contains(told.value.number, value)


def copy_for(copies: tuple[CopyAtLine, ...], chain: tuple[SourceLocation, ...]) -> list[CopyAtLine]:
    return [one for one in copies if chain in one.chains]


def table_of(text: str, image: Image) -> VariableTable:
    path = next(one.declared.path for one in image.source_map.variables)
    return variable_table(image, points_of(image), {path: text.encode()}.get)


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("optimisation", ["-O1", "-O2", "-Os"])
@pytest.mark.parametrize("unrolls", [True, False])
def test_what_a_line_writes_down_is_among_the_values_told(
    compiler: str, optimisation: str, unrolls: bool
) -> None:
    text = SOURCE.replace(
        "#pragma clang loop unroll(disable)", "" if unrolls else "#pragma clang loop unroll(disable)"
    )
    image = load_image(compile_c(text, compiler, flags=(optimisation,)))
    table = table_of(text, image)
    (path,) = table.mentions
    found = set()
    for map_value in VALUES:
        for pc, line, written in stored(image, map_value):
            (mention,) = (one for one in table.mentions[path][line] if one.column > 5)
            known = table.known[mention.known]
            variable = table.variables[mention.variable]
            value = typed(written, variable)
            assert holds(known.at, value), (line, LINES[line], value, known)
            (copy,) = copy_for(known.copies, image.source_map.inlined_at(pc))
            assert holds(copy.at, value), (line, LINES[line], value, copy)
            if copy.at.known is Known.VALUE:
                found.add(line)
    assert len(found) >= 14, sorted(set(LINES) - found)


def typed(raw: int, variable: NamedVariable) -> int:
    raw &= (1 << variable.bits) - 1
    return raw - (1 << variable.bits) if variable.is_signed and raw >> variable.bits - 1 else raw


Checks = dict[int, list[tuple[Variable, VariableCopy, CopyAtLine]]]


def checks(image: Image, table: VariableTable) -> Checks:
    """For each pc the variables that its line names, with what is told of them in that copy of the line."""
    by_declaration = {(one.name, one.declared): one for one in image.source_map.variables}
    found: Checks = {}
    for pc, place in image.source_map.own_lines.items():
        chain = image.source_map.inlined_at(pc)
        for mention in table.mentions.get(place.path, {}).get(place.line, ()):
            known = table.known[mention.known]
            named = table.variables[mention.variable]
            variable = by_declaration[named.name, named.declared]
            found.setdefault(pc, []).extend(
                (variable, copy, told)
                for copy in variable.copies
                if copy.chain == chain
                for told in known.copies
                if chain in told.chains
            )
    return found


@pytest.mark.parametrize("build", builds(), ids=str)
@pytest.mark.parametrize("case", CASES)
def test_every_value_of_a_run_is_among_those_told(case: str, build: Build) -> None:
    image = built(case, build)
    table = variable_table(image, points_of(image), lambda path: Path(path).read_bytes())
    to_check = checks(image, table)
    seen = 0
    for program in image.programs:
        for given in inputs(1, 8, image):
            machine = Machine(image, program, given, limit=4000)
            result = None
            while result is None:
                for variable, copy, told in to_check.get(machine.pc, ()):
                    value = read(machine, variable, copy)
                    if value is not None:
                        assert holds(told.at, value), (machine.pc, variable.name, value, told)
                        seen += told.at.known is Known.VALUE and told.at.value is not None
                try:
                    result = machine.step()
                except Fault:
                    break
    assert seen or case == "no_prepend.c" or build != USUAL


OTHER_RUNS = """
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
static __attribute__((noinline)) int shared(__u32 given)
{
	return given * given;
}
SEC("tc") int other(struct __sk_buff *skb)
{
	__u32 length = skb->len & 63;
	if (length > 3)
		return shared(length);
	return 0;
}
SEC("xdp") int prog(struct xdp_md *ctx)
{
	return shared(ctx->rx_queue_index & 7);
}
"""


def test_what_other_programs_run_is_told_for_these_too() -> None:
    """Those that are no XDP programs are given anything, and so are the functions that they call."""
    table = table_of(OTHER_RUNS, load_image(compile_c(OTHER_RUNS)))
    (lines,) = table.mentions.values()
    found = {}
    for number, name in ((6, "given"), (12, "length")):
        (mention, *_) = (one for one in lines[number] if table.variables[one.variable].name == name)
        found[name] = table.known[mention.known].at
    assert found["given"] == Told(Known.VALUE, Value(Kind.SCALAR, WORD.of_width(32)))
    assert found["length"] == Told(Known.VALUE, Value(Kind.SCALAR, WORD.between(4, 63)))
