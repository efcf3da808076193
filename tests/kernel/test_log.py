"""The running kernel's own logs, read, and laid over the object that they are of."""

from __future__ import annotations

import random
import subprocess  # noqa: TID251 - the tool is what is looked at
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.compile import compile_c, tool
from xdp_lsp.kernel import LOG_PATH, LOG_STATES, LOG_STATS, Loader, Refused, kernel_numbering, why_unavailable
from xdp_lsp.objfile import ObjectFile, load
from xdp_lsp.program import Image, load_image
from xdp_lsp.vlog import Outcome, last_point, parse, parse_one, points

CASES = Path(__file__).parents[1] / "cases"
REFUSED = """
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char _license[] SEC("license") = "GPL";
static __attribute__((noinline)) int inner(struct xdp_md *x, int n) { return n * x->rx_queue_index; }
static __attribute__((noinline)) int outer(struct xdp_md *x, int n) { return inner(x, n) + x->ingress_ifindex; }
static __attribute__((noinline)) int last(struct xdp_md *x, int n) { return n + x->rx_queue_index; }
SEC("xdp") int prog(struct xdp_md *x)
{
	unsigned char *p = (void *)(long)x->data, *e = (void *)(long)x->data_end;
	if (p + 14 > e)
		return XDP_DROP;
	unsigned n = p[3] & 63;
	if (bpf_xdp_adjust_head(x, -(int)n))
		return XDP_DROP;
	int sum = outer(x, n) + last(x, n);
	p = (void *)(long)x->data;
	return sum + p[n]; /* refused */
}
"""


@pytest.fixture(autouse=True)
def kernel() -> None:
    why = why_unavailable()
    if why is not None:
        pytest.skip(why)


def text_of(image: Image, obj: ObjectFile, verbosity: int) -> str:
    with Loader(image, obj) as loader:
        try:
            with loader.load(image.programs[0], verbosity=verbosity) as program:
                return program.log
        except Refused as error:
            return error.log


@pytest.mark.parametrize(
    "name", ["room_left", "prepends_in_functions", "callback_loop", "strip_and_readd", "ihl", "byte_loop"]
)
def test_log_meets_the_object(name):
    data = compile_c(CASES / f"{name}.c", flags=(f"-I{CASES}",))
    image = load_image(data)
    text = text_of(image, load(data), LOG_STATES)
    log = parse_one(text)
    assert log.outcome is Outcome.ACCEPTED
    assert log.figures is not None
    assert log.figures.processed == len(log.visits) + text.count(": safe\n")
    numbering = kernel_numbering(image, image.programs[0])
    assert all(image.slots[numbering[visit.pc]].opcode == visit.opcode for visit in log.visits)
    assert {numbering[start] for start in log.functions} <= {one.start for one in image.functions}
    first = next(points(log))
    assert {name: register.kind for name, register in first.registers.items()} == {"R1": "ctx", "R10": "fp"}
    assert all("R10" in point.registers for point in points(log))


@pytest.mark.parametrize("verbosity", [LOG_PATH, LOG_STATES])
@pytest.mark.parametrize("compiler", ["clang-19", "clang-14"])
def test_refusal_is_at_its_line(verbosity, compiler):
    """Behind functions that call functions: libbpf's order of them is the one by which the kernel counts."""
    data = compile_c(REFUSED, compiler)
    image = load_image(data)
    log = parse_one(text_of(image, load(data), verbosity))
    assert log.outcome is Outcome.REFUSED
    assert log.pc is not None
    assert log.message[0].startswith("invalid access to packet, off=0 size=1, R")
    numbering = kernel_numbering(image, image.programs[0])
    assert all(image.slots[numbering[visit.pc]].opcode == visit.opcode for visit in log.visits)
    location = image.source_map.location(numbering[log.pc])
    assert location is not None
    assert "/* refused */" in REFUSED.splitlines()[location.line - 1]
    point = last_point(log, log.pc)
    assert point is not None
    read = image.slots[numbering[log.pc]]
    register = point.registers[f"R{read.src}"]
    assert (register.kind, register.value.umax, register.attributes["r"]) == ("pkt", 63, "0")


def test_what_bpftool_prints(tmp_path):
    source = tmp_path / "push.c"
    source.write_text(REFUSED)
    built = tmp_path / "push.o"
    built.write_bytes(compile_c(source))
    pin = Path("/sys/fs/bpf", f"xdp_lsp_{tmp_path.name}")
    command = [tool("bpftool"), "-d", "prog", "load", str(built), str(pin)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    pin.unlink(missing_ok=True)  # should a kernel take it after all
    assert run.returncode != 0
    (log,) = (one for one in parse(run.stderr).programs if one.visits)
    assert (log.name, log.outcome, log.reason) == ("prog", Outcome.REFUSED, "Permission denied")
    assert log.source is not None
    line = next(number for number, text in enumerate(REFUSED.splitlines(), 1) if "/* refused */" in text)
    assert log.source.text == REFUSED.splitlines()[line - 1].strip()
    assert (log.source.file, log.source.line) in (("push.c", line), ("", 0))
    numbering = kernel_numbering(image := load_image(built.read_bytes()), image.programs[0])
    assert all(image.slots[numbering[visit.pc]].opcode == visit.opcode for visit in log.visits)


@pytest.mark.parametrize("name", ["prepends_in_functions", "byte_loop", "flow_hash", "table"])
def test_every_level_says_the_same_of_a_corrupted_program(name):
    """Whatever is wrong with it, also where the verifier has not begun to look at instructions."""
    data = compile_c(CASES / f"{name}.c", flags=(f"-I{CASES}",))
    image, obj = load_image(data), load(data)
    chance = random.Random(name)
    for _ in range(25):
        pc = chance.randrange(len(image.slots))
        if pc in image.addresses or pc in image.calls or not image.slots[pc].opcode:
            continue
        field = chance.choice(["dst", "src", "imm"])
        slots = list(image.slots)
        slots[pc] = slots[pc]._replace(**{field: chance.randrange(11)})
        corrupted = replace(image, slots=tuple(slots))
        texts = [text_of(corrupted, obj, verbosity) for verbosity in (LOG_STATS, LOG_PATH, LOG_STATES)]
        short, path, states = map(parse_one, texts)
        assert path.message == states.message == short.message[-len(path.message) or len(short.message) :]
        assert path.outcome is states.outcome is short.outcome
        assert path.pc == states.pc
        for text, expected in zip(texts[1:], (path, states), strict=True):
            (found,) = parse(text).programs
            assert (found.outcome, found.message, found.pc) == (
                expected.outcome,
                expected.message,
                expected.pc,
            )
