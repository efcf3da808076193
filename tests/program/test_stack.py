"""The stack that each function takes, against what the running kernel's verifier says of the same code."""

from __future__ import annotations

import re

import pytest

from tests.cases.building import CASES, USUAL, object_of
from xdp_lsp.isa import instruction as isa
from xdp_lsp.kernel import Loader, LoadError, why_unavailable
from xdp_lsp.kernel.code import functions_of
from xdp_lsp.objfile import load
from xdp_lsp.program import Function, Image, load_image
from xdp_lsp.program.stack import stack_use

_LOOP = 181  # enum bpf_func_id
_DEPTHS = re.compile(r"stack depth ([\d+]+)")


def test_stack_is_what_the_kernel_counts() -> None:
    why = why_unavailable()
    if why:
        pytest.skip(why)
    compared, deep, differing = 0, 0, []
    for case in CASES:
        data = object_of(case, USUAL)
        image = load_image(data)
        with Loader(image, load(data)) as loader:
            for program in image.programs:
                try:
                    with loader.load(program) as loaded:
                        said = _DEPTHS.findall(loaded.log)[-1]
                except LoadError:
                    continue
                uses = [stack_use(image, function) for function in functions_of(image, program)]
                counted = list(map(int, said.split("+")))
                compared += len(uses)
                deep += sum(1 for use in uses if use.depth)
                loops = [_loops(image, function) for function in functions_of(image, program)]
                # Once it is checked, the kernel spills three registers around a bpf_loop() that it unrolls to code.
                if [use.depth + 24 * loop for use, loop in zip(uses, loops, strict=True)] != counted:
                    differing.append((case, program.name, uses, counted))
    assert differing == []
    assert compared > 100
    assert deep > 40


def _loops(image: Image, function: Function) -> bool:
    """Whether `function` calls bpf_loop()."""
    slots = image.slots[function.start : function.end]
    return any(one.opcode == isa.JMP | isa.CALL and (one.src, one.imm) == (0, _LOOP) for one in slots)
