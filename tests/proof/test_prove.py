"""What is put to the kernel, and what its answers come to. The annotated cases are in tests/cases/test_proofs.py."""

from __future__ import annotations

import pytest

from tests.support.assembly import assemble
from tests.support.compile import compile_c
from xdp_lsp.kernel import why_unavailable
from xdp_lsp.objfile import load
from xdp_lsp.program import load_image
from xdp_lsp.proof import Answer, ProgramProof, Quantity, prove
from xdp_lsp.proof.ledger import find_ledger
from xdp_lsp.verifier import explore
from xdp_lsp.verifier.result import Bounds, Exploration, NeedKind

HEAD = """
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char _license[] SEC("license") = "GPL";
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, int); }
    m SEC(".maps");
static __always_inline int value(void)
{ __u32 k = 0; volatile int *v = bpf_map_lookup_elem(&m, &k); return v ? *v : 0; }
"""


def proved(source: str, change=lambda found: found) -> ProgramProof:  # type: ignore[no-untyped-def]
    """The kernel's answers for the first program of `source`, with `change` made to what we claim."""
    why = why_unavailable()
    if why is not None:
        pytest.skip(why)
    data = compile_c(HEAD + source, flags=("-Wno-unused",))
    image = load_image(data)
    program = image.programs[0]
    return prove(image, load(data), program, change(explore(image, program)))


def answers(proof: ProgramProof) -> dict[Quantity, tuple[int, Answer, int | None]]:
    return {one.claim.quantity: (one.claim.bound, one.answer, one.bound) for one in proof.proofs}


CHECKED = """SEC("xdp") int prog(struct xdp_md *x)
{
    __u32 n = value();
    if (n > 64) return XDP_DROP;
    return bpf_xdp_adjust_head(x, -(int)n) ? XDP_ABORTED : XDP_PASS;
}"""


def test_claims_that_hold_are_proved() -> None:
    assert answers(proved(CHECKED)) == {
        Quantity.LEAST_DELTA: (-64, Answer.PROVED, -64),
        Quantity.LARGEST_DELTA: (0, Answer.PROVED, 0),
        Quantity.DEMAND: (64, Answer.PROVED, 64),
    }


def test_claims_that_do_not_hold_are_not_proved_and_what_holds_is_found() -> None:
    def too_small(found: Exploration) -> Exploration:
        (site,) = found.calls
        return found._replace(calls=(site._replace(delta=Bounds(-63, -1), demand=Bounds(1, 63)),))

    assert answers(proved(CHECKED, too_small)) == {
        Quantity.LEAST_DELTA: (-63, Answer.NOT_PROVABLE, -64),
        Quantity.LARGEST_DELTA: (-1, Answer.NOT_PROVABLE, 0),
        Quantity.DEMAND: (63, Answer.NOT_PROVABLE, 64),
    }


def test_claims_that_could_be_tighter_are_told() -> None:
    def too_large(found: Exploration) -> Exploration:
        (site,) = found.calls
        return found._replace(calls=(site._replace(delta=Bounds(-99, 7), demand=Bounds(-7, 99)),))

    assert answers(proved(CHECKED, too_large)) == {
        Quantity.LEAST_DELTA: (-99, Answer.TIGHTER, -64),
        Quantity.LARGEST_DELTA: (7, Answer.TIGHTER, 0),
        Quantity.DEMAND: (99, Answer.TIGHTER, 64),
    }


def test_call_that_is_reached_is_not_proved_unreachable() -> None:
    def unreachable(found: Exploration) -> Exploration:
        (site,) = found.calls
        return found._replace(calls=(site._replace(reachable=False, delta=None, demand=None),))

    assert answers(proved(CHECKED, unreachable)) == {Quantity.UNREACHABLE: (0, Answer.NOT_PROVABLE, None)}


@pytest.mark.parametrize(
    ("declaration", "need"),
    [("const volatile __u32 n = 28;", 28), ("const volatile __u32 n;", 64), ("volatile __u32 n = 28;", 64)],
)
def test_proof_rests_on_no_more_than_the_claim(declaration: str, need: int) -> None:
    """A setting that is zero, and a variable that may change, are anything to the verifier: nothing below 64."""
    source = (
        CHECKED.replace("__u32 n = value();", "__u32 k = n;")
        .replace("(n > 64)", "(k > 64)")
        .replace("-(int)n", "-(int)k")
    )
    assert answers(proved(declaration + source))[Quantity.DEMAND] == (need, Answer.PROVED, need)


@pytest.mark.parametrize(("lets", "answer"), [(True, Answer.PROVED), (False, Answer.NOT_PROVABLE)])
def test_int_min_that_a_negation_brings_is_let_through(lets: bool, answer: Answer) -> None:
    def claimed(found: Exploration) -> Exploration:
        (site,) = found.calls
        site = site._replace(delta_has_int_min=lets, demand=Bounds(64, 64))
        return found._replace(calls=(site,), need_kind=NeedKind.BOUNDED)

    source = 'SEC("xdp") int prog(struct xdp_md *x) { return bpf_xdp_adjust_head(x, value() ? -64 : (int)(1u << 31)); }'
    assert answers(proved(source, claimed))[Quantity.DEMAND][:2] == (64, answer)


def test_run_that_passes_int_min_goes_on_as_one_that_failed() -> None:
    def claimed(found: Exploration) -> Exploration:
        first, second = found.calls
        first = first._replace(delta_has_int_min=True, demand=Bounds(64, 64))
        return found._replace(
            calls=(first, second._replace(demand=Bounds(8, 72))), need_kind=NeedKind.BOUNDED
        )

    source = """SEC("xdp") int prog(struct xdp_md *x)
    {
        if (bpf_xdp_adjust_head(x, value() ? -64 : (int)(1u << 31))) return 1;
        return bpf_xdp_adjust_head(x, -8);
    }"""
    assert answers(proved(source, claimed))[Quantity.DEMAND] == (72, Answer.PROVED, 72)


@pytest.mark.parametrize(
    ("body", "need"),
    [
        # A success adds up, a failure does not; the program takes any number that is not 0 for a failure.
        ("if (bpf_xdp_adjust_head(x, -20)) return 1; return bpf_xdp_adjust_head(x, -30);", 50),
        ("if (bpf_xdp_adjust_head(x, 20)) return 1; return bpf_xdp_adjust_head(x, -30);", 10),
        ("if (bpf_xdp_adjust_head(x, 20) >= 0) return bpf_xdp_adjust_head(x, -30); return 1;", 10),
        ("if (!bpf_xdp_adjust_head(x, -20)) return 1; return bpf_xdp_adjust_head(x, -30);", 30),
        ("bpf_xdp_adjust_head(x, 20); return bpf_xdp_adjust_head(x, -30);", 30),
        # Metadata comes out of the same headroom, and is given back.
        ("if (bpf_xdp_adjust_meta(x, -32)) return 1; return bpf_xdp_adjust_head(x, -30);", 62),
        (
            "if (bpf_xdp_adjust_meta(x, -32) || bpf_xdp_adjust_meta(x, 32)) return 1; "
            "return bpf_xdp_adjust_head(x, -40);",
            40,
        ),
        ("for (int i = 0; i < 9; i++) if (bpf_xdp_adjust_head(x, -6)) return 1; return 0;", 54),
    ],
)
def test_total_of_several_calls_is_proved(body: str, need: int) -> None:
    proof = proved(f'SEC("xdp") int prog(struct xdp_md *x) {{ {body} }}')
    assert answers(proof)[Quantity.DEMAND] == (need, Answer.PROVED, need)


def test_global_function_is_asked_what_it_is_really_given() -> None:
    source = """
    __attribute__((noinline)) int push(struct xdp_md *x, __u32 n)
    { asm volatile("" : "+r"(n)); return x ? bpf_xdp_adjust_head(x, -(int)n) : -1; }
    SEC("xdp") int prog(struct xdp_md *x) { return push(x, 48); }
    """
    proof = proved(source)
    assert answers(proof) == {
        Quantity.LEAST_DELTA: (-48, Answer.PROVED, -48),
        Quantity.LARGEST_DELTA: (-48, Answer.PROVED, -48),
    }
    assert proof.no_need == "some of its calls are in functions of their own"


def test_program_behind_a_tail_call_is_looked_at_alone() -> None:
    source = """
    int prog(struct xdp_md *x);
    struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 1); __uint(key_size, 4);
             __array(values, int (struct xdp_md *)); } next SEC(".maps") = { .values = { [0] = &prog } };
    SEC("xdp") int prog(struct xdp_md *x)
    {
        if (bpf_xdp_adjust_head(x, -4)) return XDP_ABORTED;
        bpf_tail_call(x, &next, 0);
        return XDP_PASS;
    }
    """
    proof = proved(source)
    assert proof.no_need.startswith("a tail call may enter it again")
    assert all(one.answer is Answer.PROVED for one in proof.proofs)


def test_program_that_the_verifier_refuses_has_a_problem_and_no_proofs() -> None:
    proof = proved('SEC("xdp") int prog(struct xdp_md *x) { return *(volatile int *)(long)x->data; }')
    assert proof.proofs == ()
    assert "invalid access to packet" in proof.problem


@pytest.mark.parametrize(
    ("code", "lowest"),
    [
        ("*(u64 *)(r10 -24) = 1", -24),
        ("r2 = r10\nr2 += -40\n*(u8 *)(r2 +0) = 1", -40),
        ("r2 = *(u32 *)(r10 -4)", -8),
        ("r2 = 0", 0),
    ],
)
def test_ledger_lies_below_the_frame(code: str, lowest: int) -> None:
    image = assemble(f"fn main:\n{code}\nr0 = 2\nexit")
    ledger = find_ledger(image, image.functions[0], ())
    assert not isinstance(ledger, str)
    assert (ledger.total, ledger.tried) == (lowest - 8, lowest - 16)


def test_full_frame_has_no_room_for_a_ledger() -> None:
    image = assemble("fn main:\n*(u64 *)(r10 -504) = 1\nr0 = 2\nexit")
    assert find_ledger(image, image.functions[0], ()) == "its frame has no room left for a running total"
