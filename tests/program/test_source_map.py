"""From instructions to source, against what the source says and one reader against the other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.compile import COMPILERS, compile_c
from xdp_lsp.objfile import load
from xdp_lsp.program import Image, load_image
from xdp_lsp.program.layout import find_functions, lay_out
from xdp_lsp.program.source_map import ObjectSourceMap

SOURCE = """\
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
static __always_inline int inner(struct xdp_md *ctx, int by)
{
	return bpf_xdp_adjust_head(ctx, -by); // innermost
}
static __always_inline int outer(struct xdp_md *ctx, int by)
{
	by += 4;
	return inner(ctx, by); // outer calls inner
}
SEC("xdp/one") int one(struct xdp_md *ctx)
{
	if (ctx->rx_queue_index)
		return outer(ctx, 8); // one calls outer
	return bpf_xdp_adjust_tail(ctx, 4); // direct
}
SEC("xdp/two") int two(struct xdp_md *ctx) // two
{
	bpf_ktime_get_ns();
	return inner(ctx, 20); // two calls inner
}
"""


def line_of(marker: str) -> int:
    return next(number for number, line in enumerate(SOURCE.splitlines(), 1) if line.endswith(f"// {marker}"))


def calls(image: Image, helper: int) -> list[int]:
    return [pc for pc, slot in enumerate(image.slots) if slot.opcode == 0x85 and slot.imm == helper]


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("dwarf", ["-gdwarf-4", "-gdwarf-5"])
@pytest.mark.parametrize("target", ["bpf", "bpfeb"])
def test_calls_have_their_line_and_the_chain_of_calls_they_were_inlined_through(
    compiler: str, dwarf: str, target: str
) -> None:
    image = load_image(compile_c(SOURCE, compiler, flags=(dwarf,), target=target))
    first, second = calls(image, 44)
    (direct,) = calls(image, 65)
    places = [image.source_map.location(pc) for pc in (first, second, direct)]
    assert [place and place.line for place in places] == [
        line_of("innermost"),
        line_of("innermost"),
        line_of("direct"),
    ]
    assert all(place is not None and place.column == 9 for place in places)
    assert [place.line for place in image.source_map.inlined_at(first)] == [
        line_of("outer calls inner"),
        line_of("one calls outer"),
    ]
    assert [place.line for place in image.source_map.inlined_at(second)] == [line_of("two calls inner")]
    assert image.source_map.inlined_at(direct) == ()
    functions = [image.source_map.inlined_functions(pc) for pc in (first, second, direct)]
    assert functions == [("inner", "outer"), ("inner",), ()]
    texts = [image.source_map.line_text(pc) for pc in (first, second, direct)]
    assert texts == [SOURCE.splitlines()[place.line - 1] for place in places if place]
    paths = {place.path for place in places if place} | {
        place.path for pc in (first, second) for place in image.source_map.inlined_at(pc)
    }
    assert len(paths) == 1 and next(iter(paths)).endswith("case.c")


def test_a_programs_first_record_is_its_declaration() -> None:
    image = load_image(compile_c(SOURCE))
    two = next(one for one in image.programs if one.name == "two")
    place = image.source_map.location(two.entry)
    assert place is not None and place.line == line_of("two")


@pytest.mark.parametrize("compiler", COMPILERS)
def test_btf_and_dwarf_agree(compiler: str) -> None:
    data = compile_c(SOURCE, compiler)
    stripped = data.replace(b".BTF.ext\0", b".BTF.not\0")
    assert stripped != data
    with_btf, without = load_image(data), load_image(stripped)
    compared = 0
    for one in with_btf.functions:
        # BTF puts the first instruction at the function's name, DWARF at its opening brace.
        declaration = with_btf.source_map.location(one.start)
        for pc in range(one.start, one.end):
            if with_btf.source_map.location(pc) != declaration:
                assert with_btf.source_map.location(pc) == without.source_map.location(pc)
                compared += 1
    assert compared > 10


def test_the_folder_makes_relative_paths_absolute_and_paths_are_normal() -> None:
    flags = ("-fdebug-compilation-dir=.",)
    relative = re.sub(r"#include", '# 1 "src/./sub/../case.c"\n#include', SOURCE, count=1)
    data = compile_c(relative, flags=flags)
    call = calls(load_image(data), 65)[0]
    bare, placed = (load_image(data, folder).source_map.location(call) for folder in (None, "/project"))
    assert bare is not None and bare.path == str(Path("src/case.c"))
    assert placed is not None and placed.path == str(Path("/project/src/case.c"))


def test_without_any_line_info_nothing_is_said() -> None:
    image = load_image(compile_c(SOURCE, flags=("-g0",)))
    for pc in range(len(image.slots)):
        assert image.source_map.location(pc) is None
        assert image.source_map.inlined_at(pc) == image.source_map.inlined_functions(pc) == ()
        assert image.source_map.line_text(pc) is None


def test_records_of_one_function_do_not_leak_into_the_next() -> None:
    obj = load(compile_c(SOURCE))
    assert obj.ext is not None
    del obj.ext.lines["xdp/two"]
    layout = lay_out(obj)
    functions = find_functions(obj, layout, ())
    source_map = ObjectSourceMap(obj, layout, functions)
    one, two = functions
    assert source_map.location(one.start) is not None
    assert source_map.location(two.start) is None


def test_corrupt_dwarf_is_told_in_a_sentence() -> None:
    obj = load(compile_c(SOURCE))
    section = next(one for one in obj.sections if one.name == ".debug_abbrev")
    raw = bytearray(obj.raw)
    raw[section.offset : section.offset + section.size] = b"\xff" * section.size
    image = load_image(bytes(raw))
    assert image.source_map.inlined_at(0) == ()
    assert isinstance(image.source_map, ObjectSourceMap)
    assert image.source_map.problems[0].startswith("The debugging information (DWARF) is corrupt: ")
    assert image.source_map.location(0) is not None
