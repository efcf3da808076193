"""Every annotated program beside this file, built in many ways, against what is written in it.

The first lines say what holds of the programs (`prog` where no other is named):

    // need: 64                 or `unbounded`, or `outer=64 inner=0`
    // fallback: 32             the need with fallback, where it differs from the need
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
import shutil
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest

from xdp_lsp.program import Image
from xdp_lsp.program.load import load_image
from xdp_lsp.toolchain import (
    OWN_LIBBPF,
    CompileRequest,
    Toolchain,
    ToolchainSettings,
    compile_source,
    find_toolchain,
)
from xdp_lsp.verifier import explore
from xdp_lsp.verifier.result import Bounds, CallSite, Exploration

HERE = Path(__file__).parent
CASES = sorted(path.name for path in HERE.glob("*.c"))
_CALL = re.compile(r"// call: delta (-?\d+)\.\.(-?\d+)(?: total (-?\d+)\.\.(-?\d+))?")

_REDIRECT = re.compile(r"// redirect:((?: -?\d+\.\.-?\d+)+)")


class Build(NamedTuple):
    compiler: str
    mcpu: str
    optimisation: str

    def __str__(self) -> str:
        return f"{self.compiler}-{self.mcpu}{self.optimisation}"


USUAL = Build("wheel", "v3", "-O2")


def builds() -> list[object]:
    """The wheel's compiler as users get it; every other way in which the machine can build, marked `matrix`."""
    found: list[object] = [USUAL]
    for compiler in ("wheel", "clang-19", "clang-14"):
        for mcpu in ("v1", "v2", "v3", "v4"):
            for optimisation in ("-O1", "-O2", "-Os"):
                build = Build(compiler, mcpu, optimisation)
                if build not in found and not (compiler == "clang-14" and mcpu == "v4"):
                    found.append(pytest.param(build, marks=pytest.mark.matrix))
    return found


@lru_cache
def toolchain(compiler: str, mcpu: str) -> Toolchain:
    if compiler == "wheel":
        if find_spec("ziglang") is None:
            pytest.skip("the ziglang wheel is not installed")
        import ziglang

        path = str(Path(ziglang.__file__).parent / "zig")
    elif (found := shutil.which(compiler)) is not None:
        path = found
    else:
        pytest.skip(f"{compiler} is not installed")
    return find_toolchain(ToolchainSettings(clang=path, libbpf=OWN_LIBBPF, mcpu=mcpu))


@lru_cache(maxsize=4)
def built(case: str, build: Build) -> Image:
    result = compile_source(
        toolchain(build.compiler, build.mcpu),
        CompileRequest(str(HERE / case), flags=(build.optimisation, "-Wno-everything")),
    )
    assert result.object is not None, (result.failure, result.errors)
    return load_image(result.object)


def header(case: str, key: str) -> dict[str, str]:
    """What the first lines say under `key`, by program."""
    for line in (HERE / case).read_text().splitlines():
        if not line.startswith("//"):
            break
        if line.startswith(f"// {key}: "):
            said = line.removeprefix(f"// {key}: ").split()
            return dict(word.split("=") if "=" in word else ("prog", word) for word in said)
    return {}


def explored(case: str, build: Build, *, follow_redirects: bool = False) -> dict[str, Exploration]:
    image = built(case, build)
    return {
        program.name: explore(image, program, follow_redirects=follow_redirects) for program in image.programs
    }


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
        assert not any(gap.what.startswith("the analysis budget") for gap in result.gaps)
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
