"""Functions as trees: what stands where, and what it stands for."""

from __future__ import annotations

from pathlib import Path

import pytest

from xdp_lsp.toolchain import CompileRequest, Kind, Node, Toolchain, functions_at

pytest.importorskip("clang.cindex")

SOURCE = """\
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "other.h"
#define LIMIT 64
#define TWICE(n) ((n) * 2)
enum { LEAST = 14 };
struct pair { __u32 one; short two; };
int declared(void);
static int first(struct pair *p, int \u00e4)
{
	volatile __u32 n = p->one + TWICE(p->two);

	/* \u00e9 */ if (n > LIMIT)
		return -1;
	else if (n < LEAST)
		goto out;
	for (int i = 0; i < sizeof(*p); i++)
		declared();
out:
	return \u00e4 + n;
}
SEC("xdp") int second(struct xdp_md *x) { return first(0, 1); }
"""


@pytest.fixture
def source(tmp_path: Path) -> str:
    (tmp_path / "other.h").write_text("static inline int in_header(void) { return 1; }\n")
    return str(tmp_path / "a.c")


def functions(toolchain: Toolchain, source: str, *lines: int) -> tuple[Node, ...]:
    return functions_at(toolchain, CompileRequest(source, SOURCE.encode()), lines or None)


def written(node: Node) -> str:
    return SOURCE.encode()[node.begin : node.end].decode()


def one(nodes: list[Node], text: str, kind: Kind) -> Node:
    (found,) = [node for node in nodes if node.kind is kind and written(node) == text]
    return found


def test_functions_of_the_file_that_hold_a_line(toolchain: Toolchain, source: str) -> None:
    assert [one.name for one in functions(toolchain, source)] == ["first", "second"]
    assert [one.name for one in functions(toolchain, source, 13)] == ["first"]
    assert [one.name for one in functions(toolchain, source, 8)] == []
    assert functions(toolchain, source, 22)[0].type == "int"


def test_statements_and_what_they_are_made_of(toolchain: Toolchain, source: str) -> None:
    (function,) = functions(toolchain, source, 10)
    nodes = list(function.walk())
    assert [child.kind for child in function.children] == [Kind.PARAMETER, Kind.PARAMETER, Kind.BLOCK]
    assert [child.kind for child in function.children[-1].children] == [
        Kind.DECLARATION,
        Kind.IF,
        Kind.FOR,
        Kind.LABEL,
    ]
    condition, then, otherwise = function.children[-1].children[1].children
    assert [written(condition), written(then), otherwise.kind] == ["n > LIMIT", "return -1", Kind.IF]
    variable = one(nodes, "volatile __u32 n = p->one + TWICE(p->two)", Kind.VARIABLE)
    assert (variable.name, variable.type) == ("n", "volatile __u32")
    used = one(list(condition.walk()), "n", Kind.REFERENCE)
    assert used.declared == (variable.begin, variable.end)
    member = one(nodes, "p->two", Kind.MEMBER)
    assert (member.name, member.type) == ("two", "short")
    assert member.declared is not None
    assert SOURCE.encode()[member.declared.begin : member.declared.end] == b"short two"
    assert one(nodes, "declared()", Kind.CALL).name == "declared"


def test_constants_have_values(toolchain: Toolchain, source: str) -> None:
    (function,) = functions(toolchain, source, 10)
    values = {written(node): node.value for node in function.walk() if node.value is not None}
    assert {"LIMIT": 64, "LEAST": 14, "sizeof(*p)": 8, "0": 0}.items() <= values.items()


def test_what_cannot_be_parsed_has_none(
    toolchain: Toolchain, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(_: str) -> None:
        raise ImportError

    monkeypatch.setattr("xdp_lsp.toolchain.libclang.importlib.import_module", missing)
    assert functions(toolchain, source) == ()
