from pathlib import Path

import pytest

import xdp_lsp.checks
from xdp_lsp.checks import CHECKS, CODES, HEADINGS, nearest_code
from xdp_lsp.checks.manual import parse
from xdp_lsp.checks.registry import manual

INFRASTRUCTURE = {"__init__", "contract", "finding", "manual", "registry", "underline", "view"}


@pytest.mark.parametrize("code", CODES)
def test_every_page_has_every_heading_and_says_something_under_each(code):
    page = manual(code)
    assert tuple(heading for heading, _ in page.sections) == HEADINGS
    assert all(body for _, body in page.sections)
    assert page.title.endswith(".")
    assert page.markdown().startswith(f"# {code}\n\n{page.title}\n\n## What it finds\n\n")


def test_every_module_is_registered():
    folder = Path(xdp_lsp.checks.__file__).parent
    modules = {path.stem for path in folder.glob("*.py")} - INFRASTRUCTURE
    assert modules == {code.replace("-", "_") for code in CODES}
    assert {check.CODE for check in CHECKS} == set(CODES) - {
        "unused-suppression",
        "compile-error",
        "kernel-refused",
        "folder-not-trusted",
    }


def test_the_page_for_a_terminal_shows_code_without_fences():
    page = manual("result-unchecked").text()
    assert "```" not in page
    assert "\n    bpf_xdp_adjust_head(ctx, -(int)sizeof(struct iphdr));\n" in page
    assert page.splitlines()[0] == "result-unchecked: The result of a call that can fail is not looked at."


def test_a_page_without_its_headings_is_refused():
    with pytest.raises(ValueError, match="the page of x has the headings"):
        parse("x", "Title.\n\n## What it finds\nThings.\n")


def test_finds_the_code_that_was_meant():
    assert nearest_code("headroom-exceded") == "headroom-exceeded"
    assert nearest_code("zzz") is None
