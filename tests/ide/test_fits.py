"""Which targets a program fits, whether they were chosen or not; and the worst of that in a word or two."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ide.annotated import HERE, line_of, report_of
from xdp_lsp.headroom import groups
from xdp_lsp.ide import Cursor, State, summary
from xdp_lsp.ide.fits import Fits, TargetFit, fits
from xdp_lsp.ide.render import markdown
from xdp_lsp.pipeline import analyse_path
from xdp_lsp.settings import Settings
from xdp_lsp.source import SourceLocation

CASES = HERE.parent / "cases"


def fits_at(name: str, marked: str) -> Fits | None:
    """The answer for the line of the file `name` that has `marked` in it."""
    lines = (HERE / name).read_text().splitlines()
    [number] = [number for number, line in enumerate(lines, 1) if marked in line]
    place = SourceLocation(str(HERE / name), number, 1)
    return fits(report_of(name), Cursor(place, lambda line: line_of(name, line)))


def chosen(found: Fits | None) -> list[tuple[str, str, str, str]]:
    assert found is not None
    return [
        (one.name, one.state.value, one.text, one.detail)
        for one in found.targets
        if "not among the chosen targets" not in one.detail
    ]


def of(found: Fits | None, name: str) -> TargetFit:
    assert found is not None
    [one] = [one for one in found.targets if one.name == name]
    return one


def test_the_program_is_the_one_around_the_line() -> None:
    for marked, program in (
        ("//^  ^hover: several", "several (xdp): "),
        ("bpf_tail_call(x, &next, 2);", "several (xdp): "),
        ("old_style(struct xdp_md *x)", "old_style (xdp): "),
        ("bpf_xdp_adjust_head(x, -32)", "made (xdp.frags): "),
    ):
        found = fits_at("programs.c", marked)
        assert found is not None
        assert found.title.startswith(program), marked
    assert fits_at("programs.c", "static __noinline int inner") is None
    assert fits_at("programs.c", "#define PROGRAM(name)") is None
    assert fits_at("tails.c", "#include") is not None  # it has but one


def test_what_becomes_of_it_is_told_with_the_reasons() -> None:
    assert chosen(fits_at("calls.c", "int with_metadata(struct xdp_md *x)")) == [
        ("sfc", "exceeds", "short by 20", "88 of 128 bytes usable; has no metadata"),
        ("ixgbe", "fits", "44 left", "152 of 192 bytes usable"),
        ("tun", "fits", "172 left", "280 of 320 bytes usable; has no metadata on some kernels"),
    ]
    assert chosen(fits_at("calls.c", "int unbounded(struct xdp_md *x)"))[0][1:3] == ("exceeds", "not bounded")
    assert {one[1:3] for one in chosen(fits_at("calls.c", "int second(struct xdp_md *x)"))} == {
        ("unknown", "not known")
    }
    assert chosen(fits_at("programs.c", "int several(struct xdp_md *x)")) == [
        ("sfc", "exceeds", "short by 12", "88 of 128 bytes usable"),
        ("ixgbe", "unknown", "not known", "52 left as far as was followed; 152 of 192 bytes usable"),
    ]
    made = fits_at("programs.c", "PROGRAM(made)")
    assert chosen(made)[0] == (
        "sfc",
        "fits",
        "by its fallback",
        "short by 40 without; 88 of 128 bytes usable",
    )
    assert of(made, "gve[gqi]").text == "no room at all"
    assert of(made, "gve[gqi]").detail == (
        "0 of 2 bytes usable; on devices with the GQI-QPL queue format; not among the chosen targets"
    )


@pytest.mark.parametrize(
    ("path", "senders"),
    [
        (HERE / "calls.c", ()),
        (HERE / "programs.c", ()),
        (CASES / "redirect_with_fallback.c", ()),
        (CASES / "redirect_with_fallback.c", ("virtio_net",)),
        (CASES / "redirect_with_fallback.c", ("200",)),
    ],
)
def test_what_was_not_chosen_is_judged_as_if_it_were(path: Path, senders: tuple[str, ...]) -> None:
    few, every = (
        analyse_path(str(path), Settings(targets=targets, redirect_to=senders))
        for targets in (("sfc", "ixgbe"), ("all",))
    )
    lines = path.read_bytes().split(b"\n")
    for program in few.analysis.programs:
        assert program.location is not None
        cursor = Cursor(program.location, lambda number: lines[number - 1] if number <= len(lines) else None)
        one, other = fits(few, cursor), fits(every, cursor)
        assert one is not None and other is not None
        assert one.title.split(":")[0] == program.name + f" ({program.section})"
        assert sorted(target.name for target in one.targets) == sorted(groups()["all"])
        assert {target.name: target[1:3] for target in one.targets} == {
            target.name: target[1:3] for target in other.targets
        }
        verdicts = {verdict.target.spec: verdict.fits for verdict in _programs(every)[program.name].targets}
        states = {True: State.FITS, False: State.EXCEEDS, None: State.UNKNOWN}
        assert {target.name: target.state for target in one.targets} == {
            name: states[fitting] for name, fitting in verdicts.items()
        }
        ranks = [(target.detail.endswith("chosen targets"), -target.state.rank) for target in one.targets]
        assert ranks == sorted(ranks)


def _programs(report):
    return {program.name: program for program in report.analysis.programs}


def test_a_sender_that_is_short_of_room(tmp_path: Path) -> None:
    report = analyse_path(
        str(CASES / "redirect_with_fallback.c"), Settings(targets=("ixgbe",), redirect_to=("virtio_net",))
    )
    found = fits(report, None)
    assert found is not None
    assert found.targets[0][:3] == ("ixgbe", State.FITS, "24 left")
    report = analyse_path(
        str(CASES / "redirect_with_fallback.c"), Settings(targets=("ixgbe",), redirect_to=("100",))
    )
    found = fits(report, None)
    assert found is not None
    assert found.targets[0][:3] == ("ixgbe", State.EXCEEDS, "short by 68 to be sent on")
    assert summary(report)[:2] == (State.EXCEEDS, "short by 68 to be sent on")


HEAD = "#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n"


def told(folder: Path, *programs: str, targets: tuple[str, ...] = ("sfc", "ixgbe")) -> tuple[str, str, str]:
    """State, text and detail of a file of `programs`."""
    path = folder / "prog.c"
    path.write_text(HEAD + "".join(programs))
    found = summary(analyse_path(str(path), Settings(targets=targets)))
    return found.state.value, found.text, markdown(found.page) if found.page else ""


def program(name: str, amount: int, promise: str = "") -> str:
    comment = f"/* xdp-lsp: {promise} */\n" if promise else ""
    return (
        f'{comment}SEC("xdp") int {name}(struct xdp_md *x) {{ return bpf_xdp_adjust_head(x, -{amount}); }}\n'
    )


def test_a_file_is_as_good_as_the_worst_of_it(tmp_path: Path) -> None:
    plain = 'SEC("xdp") int plain(struct xdp_md *x) { return XDP_PASS; }\n'
    assert told(tmp_path, plain)[:2] == ("fits", "prepends nothing")
    assert told(tmp_path, plain, program("a", 16))[:2] == ("fits", "fits 2 targets")
    assert told(tmp_path, program("a", 16), targets=("sfc",))[:2] == ("fits", "fits sfc")
    state, text, detail = told(tmp_path, program("a", 100), program("b", 16), program("c", 160))
    assert (state, text) == ("exceeds", "short by 72")
    assert detail.splitlines() == [
        "- c (xdp): needs 160 bytes; exceeds all 2 targets (portable 88, sfc)",
        "- a (xdp): needs 100 bytes; exceeds 1 of 2 targets (portable 88, sfc)",
        "- b (xdp): needs 16 bytes; fits all 2 targets (portable 88, sfc)",
    ]
    relative = program("d", 16).replace('"xdp"', '"xdp/devmap"')
    assert told(tmp_path, relative, program("b", 16))[:2] == ("unknown", "unknown")
    assert told(tmp_path, relative, program("b", 100))[:2] == ("exceeds", "short by 12")
    many = [program(f"p{number}", 16) for number in range(12)]
    assert told(tmp_path, *many)[2].splitlines()[-1] == "- 4 more programs"


def test_a_promise_that_is_not_kept(tmp_path: Path) -> None:
    state, text, detail = told(tmp_path, program("a", 16, "prepends at most 8"))
    assert (state, text) == ("exceeds", "contract broken")
    assert "contract: prepends at most 8 (broken)" in detail
    assert told(tmp_path, program("a", 16, "prepends at most 16"))[:2] == ("fits", "fits 2 targets")


def test_what_cannot_be_analysed(tmp_path: Path) -> None:
    assert told(tmp_path, "int x;\n") == ("none", "", "")
    state, text, detail = told(tmp_path, program("a", 16).replace("bpf_xdp_adjust_head", "missing"))
    assert (state, text) == ("failed", "does not compile")
    assert detail.startswith("- prog.c:3: ")
    assert str(tmp_path) not in detail
    path = tmp_path / "prog.c"
    found = summary(analyse_path(str(path), Settings(clang=str(tmp_path / "none"))))
    assert (found.state, found.text) == (State.FAILED, "not analysed")
    assert "The compiler of the setting" in markdown(found.page)
