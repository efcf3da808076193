from xdp_lsp.checks import Severity, headroom_exceeded
from xdp_lsp.checks.headroom_exceeded import check
from xdp_lsp.headroom import default_targets, outliers, resolve
from xdp_lsp.program import Attach
from xdp_lsp.source import SourceRange
from xdp_lsp.verifier.result import Bounds, NeedKind, Reason, ReasonKind

INTEL = "ixgbe i40e mlx5_core"


def test_says_what_some_run_may_ask_for(view, call):
    (finding,) = check(view(call((-168, 0)), targets=INTEL))
    assert finding.code == headroom_exceeded.CODE
    assert finding.severity is Severity.WARNING
    assert finding.message == "may prepend up to 168 bytes here; the portable headroom is 152 (set by i40e)"
    assert finding.notes == ("short by 16: i40e, ixgbe",)
    assert finding.suggestion == (
        "check before the call that it prepends at most 152 bytes, and drop the packet otherwise"
    )
    assert finding.range == SourceRange("prog.c", 10, 6, 10, 6)
    assert finding.where == "xdp+10"


def test_is_an_error_where_every_run_asks_too_much(view, call):
    (finding,) = check(view(call(-168), targets=INTEL))
    assert finding.severity is Severity.ERROR
    assert finding.message == "prepends 168 bytes here; the portable headroom is 152 (set by i40e)"
    assert finding.suggestion == "prepend at most 152 bytes here, or fall back to that where the call fails"


def test_is_silent_where_the_largest_demand_fits(view, call):
    assert not list(check(view(call((-152, 0)), targets=INTEL)))


def test_names_the_only_target(view, call):
    (finding,) = check(view(call(-168), targets="ixgbe"))
    assert finding.message == "prepends 168 bytes here; ixgbe has 152"


def test_names_a_target_in_bytes(view, call):
    (finding,) = check(view(call(-168), targets="100"))
    assert finding.message == "prepends 168 bytes here; the target is 100 bytes"
    assert finding.notes == ("short by 68: 100 bytes",)


def test_groups_the_targets_by_what_they_lack(view, call):
    (finding,) = check(view(call(-230), targets=f"{INTEL} sfc"))
    assert finding.notes == ("short by 14: mlx5_core", "short by 78: i40e, ixgbe", "short by 142: sfc")


def test_counts_what_was_prepended_before(view, call):
    (finding,) = check(view(call((-80, -8), before=-100), targets=INTEL))
    assert finding.message.startswith("may need up to 180 bytes of headroom here, earlier calls counted;")
    assert finding.suggestion.startswith("check before the call that it prepends at most 52 bytes")


def test_names_no_length_where_what_was_taken_before_varies(view, call):
    """28 to 68 bytes were stripped, and up to 260 are added: no one length fits all of it."""
    after = Bounds(-232, 68)
    site = call((-260, 0), total=after, demand=Bounds(-68, 232))
    (finding,) = check(view(site, targets=INTEL))
    assert "come to at most 152 bytes" in finding.suggestion


def test_gives_no_advice_where_nothing_is_left(view, call):
    (finding,) = check(view(call(-8, before=-152), targets=INTEL))
    assert finding.suggestion == ""


def test_counts_metadata(view, call):
    (finding,) = check(view(call(-140, metadata=16), targets=INTEL))
    assert finding.message.startswith("needs 156 bytes of headroom here, metadata included;")


def test_names_the_least_where_the_most_is_not_bounded(view, call):
    (finding,) = check(view(call((-(2**31), -160)), targets=INTEL))
    assert finding.severity is Severity.ERROR
    assert finding.message.startswith("prepends at least 160 bytes here;")


def test_leaves_a_length_without_a_bound_to_its_own_check(view, call):
    assert not list(check(view(call((-(2**31) + 1, 0)), targets=INTEL)))


def test_a_trim_fails_where_the_headroom_is_under_the_reserve(view, call):
    (finding,) = check(view(call(20), targets="gve[gqi]"))
    assert finding.severity is Severity.ERROR
    assert finding.message == (
        "asks for no headroom here; even so it fails on gve[gqi], "
        "whose headroom of 2 is under the 40 bytes that the kernel keeps"
    )
    assert finding.notes == ("no room at all: gve[gqi]",)
    assert not list(check(view(call(38), targets="gve[gqi]")))


def test_a_trim_after_too_long_a_prepend_is_not_blamed(view, call):
    (finding,) = check(view(call(-200), call(8, pc=20, before=-200), targets=INTEL))
    assert finding.range.line == 10


def test_forgives_what_a_fallback_makes_good(view, call):
    program = view(call(-168), call(-64, pc=20), need_with_fallback=64, targets=INTEL)
    (finding,) = check(program)
    assert finding.severity is Severity.INFORMATION
    assert finding.message == (
        "prepends 168 bytes here, and falls back to 64 where that fails, as it does on 2 targets"
    )
    assert finding.notes == ("short by 16: i40e, ixgbe",)


def test_does_not_forgive_where_the_fallback_fails_too(view, call):
    program = view(call(-168), call(-160, pc=20), need_with_fallback=160, targets=INTEL)
    assert [finding.severity for finding in check(program)] == [Severity.ERROR, Severity.ERROR]


def test_claims_no_certainty_about_what_does_not_start_with_the_driver(view, call):
    (finding,) = check(view(call(-168), targets=INTEL, attach=Attach.DEVMAP))
    assert finding.severity is Severity.WARNING
    (finding,) = check(view(call(-168), targets=INTEL, need_kind=NeedKind.UNKNOWN))
    assert finding.severity is Severity.WARNING


def test_points_at_the_places_the_bound_came_from(view, call):
    reasons = tuple(Reason(ReasonKind.CHECK, pc, f"reason {pc}") for pc in (2, 2, 3, 4, 5, 6, 7))
    (finding,) = check(view(call((-168, 0), worst=reasons), targets=INTEL))
    assert [place.range.line for place in finding.related] == [2, 3, 4, 5, 6]
    assert finding.related[0].message == "reason 2"


def test_tells_outliers_once_and_at_the_worst_call(view, call):
    chosen = default_targets()
    (finding,) = check(view(call(-30), call(-100, pc=20), outliers=outliers(chosen)))
    assert finding.severity is Severity.INFORMATION
    assert finding.range.line == 20
    assert finding.message == "prepends 100 bytes here; fits the chosen targets, but some others give less"
    (note,) = finding.notes
    assert note.startswith("outside the chosen targets: short by 12: sfc, sfc_siena; by 76: ixgbevf;")


def test_tells_outliers_with_the_finding_of_the_worst_call(view, call):
    (finding,) = check(view(call(-168), targets=INTEL, outliers=resolve(["sfc"])))
    assert finding.severity is Severity.ERROR
    assert finding.notes == ("short by 16: i40e, ixgbe", "outside the chosen targets: short by 80: sfc")


def test_copies_of_one_line_are_one_call(view, call):
    # The last copy of an unrolled loop exceeds whenever it is reached, but not every run that gets to the line does.
    first, last = call(-80, pc=10), call(-80, pc=20, before=-80)
    (finding,) = check(view(first, last, targets=INTEL, lines={10: 5, 20: 5}))
    assert finding.severity is Severity.WARNING
    (finding,) = check(view(first, last, targets=INTEL))
    assert finding.severity is Severity.ERROR
