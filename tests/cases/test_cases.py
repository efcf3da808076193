"""Every annotated program beside this file, built in many ways, against what is written in it.

The first lines say what holds of the programs (`prog` where no other is named):

    // need: 64                 or `unbounded`, or `outer=64 inner=0`
    // fallback: 32             the need with fallback, where it differs from the need
    // unknown: sub=tail-call   the programs that go on where nothing is known, and how
    // need wheel v4: 94        what is known to come out with one compiler and instruction set, with a FIXME

and beside a call stands what it asks for, for all compilers alike; where one call is annotated, all are:

    if (bpf_xdp_adjust_head(x, -n))   // call: delta -64..0 total -84..-20

Where it is told why the largest demand is what it is, the lines that explain it say so, each with a part of the phrase:

    if (n > 64) return XDP_DROP;      // why: checked here: 0 to 64


and beside a redirect the ranges of bytes that may be gone when the frame leaves; where one is annotated, all are that
lead to a device:

    return bpf_redirect(2, 0);        // redirect: 0..0 20..84
"""

from __future__ import annotations

import re

import pytest

from tests.cases.building import CASES, HERE, USUAL, Build, builds, built, explored
from xdp_lsp.verifier.result import Bounds, CallSite

_CALL = re.compile(r"// call: delta (-?\d+)\.\.(-?\d+)(?: total (-?\d+)\.\.(-?\d+))?")

_REDIRECT = re.compile(r"// redirect:((?: -?\d+\.\.-?\d+)+)")


def header(case: str, key: str) -> dict[str, str]:
    """What the first lines say under `key`, by program."""
    for line in (HERE / case).read_text().splitlines():
        if not line.startswith("//"):
            break
        if line.startswith(f"// {key}: "):
            said = line.removeprefix(f"// {key}: ").split()
            return dict(word.split("=") if "=" in word else ("prog", word) for word in said)
    return {}


@pytest.mark.parametrize("build", builds(), ids=str)
@pytest.mark.parametrize("case", CASES)
def test_need(case: str, build: Build) -> None:
    wanted = header(case, f"need {build.compiler} {build.mcpu}") or header(case, "need")
    found = explored(case, build)
    assert wanted.keys() == found.keys()
    needs = {
        name: result.need_kind.value if result.need is None else str(result.need)
        for name, result in found.items()
    }
    assert needs == wanted
    for name, result in found.items():
        fallback = header(case, "fallback").get(name, wanted[name])
        assert str(result.need_with_fallback) == fallback or result.need is None
        assert not any(gap.what.startswith("the budget") for gap in result.gaps)
    unknown = {name for name, result in found.items() if not all(gap.is_sound for gap in result.gaps)}
    assert unknown == header(case, "unknown").keys()
    if build == USUAL:  # what is walked on for, redirects, changes nothing before
        followed = explored(case, build, follow_redirects=True)
        assert [one.calls for one in followed.values()] == [one.calls for one in found.values()]


@pytest.mark.parametrize("build", builds(), ids=str)
@pytest.mark.parametrize("case", [case for case in CASES if _CALL.search((HERE / case).read_text())])
def test_calls(case: str, build: Build) -> None:
    image = built(case, build)
    found: dict[int, list[CallSite]] = {}
    for result in explored(case, build).values():
        for site in result.calls:
            location = image.source_map.location(site.pc)
            assert location is not None
            found.setdefault(location.line, []).append(site)
    claims = {
        number: tuple(int(group) for group in match.groups() if group is not None)
        for number, line in enumerate((HERE / case).read_text().splitlines(), 1)
        if (match := _CALL.search(line))
    }
    assert claims.keys() == found.keys()
    for number, claim in claims.items():
        delta = _hull([site.delta for site in found[number]])
        total = _hull([site.total for site in found[number]])
        assert (*delta, *total)[: len(claim)] == claim, f"line {number}"


@pytest.mark.parametrize("case", [case for case in CASES if "// why: " in (HERE / case).read_text()])
def test_why(case: str) -> None:
    build = Build("wheel", "v3", "-O2")
    image = built(case, build)
    sites = [site for result in explored(case, build).values() for site in result.calls if site.demand]
    worst = max(sites, key=lambda site: site.demand.max if site.demand else 0)
    told: dict[int, str] = {}
    for reason in worst.worst:
        location = image.source_map.location(reason.pc)
        assert location is not None
        told[location.line] = f"{told.get(location.line, '')} {reason.text}"
    wanted = {
        number: line.split("// why: ")[1].strip()
        for number, line in enumerate((HERE / case).read_text().splitlines(), 1)
        if "// why: " in line
    }
    for number, phrase in wanted.items():
        assert phrase in told.get(number, ""), (number, told)


@pytest.mark.parametrize("build", builds(), ids=str)
@pytest.mark.parametrize("case", [case for case in CASES if _REDIRECT.search((HERE / case).read_text())])
def test_redirects(case: str, build: Build) -> None:
    image = built(case, build)
    found: dict[int, set[Bounds]] = {}
    for result in explored(case, build, follow_redirects=True).values():
        for redirect in result.redirects:
            location = image.source_map.location(redirect.pc)
            assert location is not None
            found.setdefault(location.line, set()).update(redirect.taken)
    claims = {
        number: {Bounds(*map(int, word.split(".."))) for word in match[1].split()}
        for number, line in enumerate((HERE / case).read_text().splitlines(), 1)
        if (match := _REDIRECT.search(line))
    }
    assert found == claims


def _hull(bounds: list[Bounds | None]) -> Bounds:
    known = [bound for bound in bounds if bound is not None]
    return Bounds(min(bound.min for bound in known), max(bound.max for bound in known))
