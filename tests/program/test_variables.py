"""Where DWARF says that a variable is, against what the program itself writes down of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.support.compile import COMPILERS, compile_c
from tests.support.machine import Input
from tests.support.variables import number, read
from xdp_lsp.isa import instruction as isa
from xdp_lsp.machine import Machine
from xdp_lsp.program import Image, load_image
from xdp_lsp.program.variables import Variable

# SEE writes a variable down; its place is read then.
SOURCE = """\
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#define SEE(variable) (seen = (__u64)(variable)) /* see */
volatile __u64 seen;
struct value { __u8 small; __s8 small_signed; __u16 middle; __s16 middle_signed;
               __u32 word; __s32 word_signed; __u64 large; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, __u32);
         __type(value, struct value); } values SEC(".maps");
enum colour { RED, GREEN = 5, BLUE };
static __attribute__((noinline)) int own_frame(struct value *v, __u16 by)
{
	__u64 pair[2] = { v->large, by };
	__u32 key = by & 1;
	struct value *other = bpf_map_lookup_elem(&values, &key);
	if (other)
		SEE(by);
	SEE(key);
	bpf_trace_printk("%d", 3, pair[0], pair[1], key);
	return key + 1;
}
static __always_inline int inlined(struct value *v, __s32 n)
{
	__s16 less = n - 7;
	SEE(n);
	bpf_ktime_get_ns();
	SEE(less);
	return less + v->small;
}
SEC("xdp") int prog(struct xdp_md *ctx)
{
	__u32 key = 0, total = 0;
	struct value *v = bpf_map_lookup_elem(&values, &key);
	if (!v)
		return XDP_PASS;
	SEE(key);
	__u8 small = v->small;
	SEE(small);
	__s8 small_signed = v->small_signed;
	SEE(small_signed);
	__u16 middle = v->middle;
	SEE(middle);
	__s16 middle_signed = v->middle_signed;
	SEE(middle_signed);
	__u32 word = v->word;
	SEE(word);
	__s32 word_signed = v->word_signed;
	SEE(word_signed);
	__u64 large = v->large;
	SEE(large);
	_Bool flag = v->word > 9;
	SEE(flag);
	enum colour colour = flag ? BLUE : GREEN;
	SEE(colour);
	bpf_ktime_get_ns();
	SEE(small);
	SEE(word_signed);
#pragma clang loop unroll(disable)
	for (int i = 0; i < 4; i++) {
		total += v->middle;
		SEE(i);
		SEE(total);
	}
	for (__u32 i = 0; i < (small & 15); i++) {
		bpf_ktime_get_ns();
		SEE(i);
		total += i;
		SEE(total);
	}
	total += inlined(v, small + 1);
	SEE(total);
	total += inlined(v, middle_signed);
	SEE(total);
	total += own_frame(v, middle);
	SEE(total);
	return total + small_signed + large;
}
"""
LINES = {
    line: text.split("SEE(")[1].split(")")[0]
    for line, text in enumerate(SOURCE.splitlines(), 1)
    if "SEE(" in text and "#define" not in text
}
_NOBODY = b"\xa5" * 8
VALUES = [
    bytes(range(200, 224)),
    bytes(24),
    b"\xff" * 24,
    bytes([3, 0x80, 1, 0, 0xFE, 0xFF, 12, 0, 0, 0, 0, 0, 0x9C, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4, 5, 6, 7, 8]),
]


def variable_at(image: Image, line: int) -> Variable:
    """The variable that SEE names at `line`: of those of its name in its function, the last declared before."""
    name = LINES[line]
    before = [
        one for one in image.source_map.variables
        if one.name == name and one.declared.line < line and one.function_declared.line < line
    ]  # fmt: skip
    return max(before, key=lambda one: (one.function_declared.line, one.declared.line))


def stored(
    image: Image, map_value: bytes, before: Callable[[Machine], None] = lambda _: None
) -> Iterator[tuple[int, int, int]]:
    """The pc and the line of each SEE of a run, and what it stores; `before` is called before each instruction."""
    machine = Machine(image, image.programs[0], Input(bytes(64), map_value))
    seen = machine.section(".bss")
    result = None
    while result is None:
        before(machine)
        pc, place, it = machine.pc, image.source_map.location(machine.pc), image.slots[machine.pc]
        is_store = it.klass == isa.STX and it.size == 8 and place is not None and place.line in LINES
        if is_store:
            seen.data[:] = _NOBODY
        result = machine.step()
        if is_store and place is not None and seen.data != _NOBODY:
            yield pc, place.line, int.from_bytes(seen.data, machine.memory.order)


def told(image: Image, map_value: bytes) -> Iterator[tuple[int, int, int]]:
    """Line, the number read from the variable's place as SEE stores it, the number that is stored."""
    values: list[int | None] = []

    def look(machine: Machine) -> None:
        place = image.source_map.location(machine.pc)
        values.append(None)
        if place is not None and place.line in LINES:
            variable, chain = variable_at(image, place.line), image.source_map.inlined_at(machine.pc)
            copies = [one for one in variable.copies if one.chain == chain]
            values[-1] = next((x for one in copies if (x := read(machine, variable, one)) is not None), None)

    for _, line, written in stored(image, map_value, look):
        if (value := values[-1]) is not None:
            yield line, value, number(written, variable_at(image, line).type)


BUILDS = [
    (compiler, optimisation, dwarf, target)
    for compiler in COMPILERS
    for optimisation, dwarf, target in (
        ("-O2", "-gdwarf-5", "bpf"),
        ("-O1", "-gdwarf-4", "bpf"),
        ("-Os", "-gdwarf-5", "bpfeb"),
        ("-O2", "-gdwarf-4", "bpfeb"),
    )
]


@pytest.mark.parametrize(("compiler", "optimisation", "dwarf", "target"), BUILDS)
def test_a_variable_is_where_it_is_said_to_be(
    compiler: str, optimisation: str, dwarf: str, target: str
) -> None:
    image = load_image(compile_c(SOURCE, compiler, flags=(optimisation, dwarf), target=target))
    assert image.source_map.variables
    found: set[int] = set()
    for map_value in VALUES:
        for line, value, written in told(image, map_value):
            assert value == written, f"line {line}: {LINES[line]} is {value}, the program writes {written}"
            found.add(line)
    assert len(found) >= 14, sorted(set(LINES) - found)
