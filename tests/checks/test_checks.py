"""The other checks, each on the least that shows it and the least that does not."""

from xdp_lsp.checks import (
    Severity,
    analysis_incomplete,
    assumed_constant,
    depends_on_entry,
    metadata_unsupported,
    negative_length,
    prepend_unbounded,
    result_unchecked,
)
from xdp_lsp.program import Attach
from xdp_lsp.verifier.result import AssumedConstant, Bounds, Gap, Reason, ReasonKind

META = "bpf_xdp_adjust_meta"
INT_MIN, INT_MAX = -(2**31), 2**31 - 1


def messages(findings):
    return [finding.message for finding in findings]


class TestPrependUnbounded:
    def test_names_the_call_and_where_the_length_was_read(self, view, call):
        read = Reason(ReasonKind.READ, 4, "read from a value of map conf")
        (finding,) = prepend_unbounded.check(
            view(call((-INT_MAX, INT_MAX), worst=(read,)), targets="ixgbe sfc")
        )
        assert finding.severity is Severity.WARNING
        assert finding.message == (
            "may prepend any number of bytes here: nothing bounds the length; "
            "the portable headroom is 88 (set by sfc)"
        )
        assert [(place.range.line, place.message) for place in finding.related] == [
            (4, "read from a value of map conf")
        ]
        assert "at most 88" in finding.suggestion

    def test_takes_up_to_65535_for_bounded(self, view, call):
        assert not list(prepend_unbounded.check(view(call((-65_535, 0)))))
        assert len(list(prepend_unbounded.check(view(call((-65_536, 0)))))) == 1

    def test_does_not_blame_the_calls_that_inherit_the_total(self, view, call):
        culprit = call((-INT_MAX, 0))
        heir = call(-8, pc=20, demand=Bounds(8, 8 + INT_MAX))
        assert [f.range.line for f in prepend_unbounded.check(view(culprit, heir))] == [10]

    def test_blames_the_repeated_call_of_a_loop(self, view, call):
        (finding,) = prepend_unbounded.check(view(call(-8, demand=Bounds(8, INT_MAX)), targets="ixgbe"))
        assert finding.message == "repeated prepends add up without a bound here; ixgbe has 152"
        assert (
            finding.suggestion == "limit the number of rounds so that they prepend at most 152 bytes in all"
        )


class TestResultUnchecked:
    def test_warns_of_a_prepend_that_may_not_have_happened(self, view, call):
        (finding,) = result_unchecked.check(view(call(-20, result_checked=False)))
        assert finding.severity is Severity.WARNING
        assert finding.message.endswith("nothing has moved, and what is written next overwrites the packet")

    def test_warns_of_a_trim_too(self, view, call):
        (finding,) = result_unchecked.check(view(call(20, result_checked=False)))
        assert finding.severity is Severity.WARNING
        assert finding.message.endswith("nothing has moved")

    def test_only_mentions_metadata_whose_bounds_are_checked_anyway(self, view, call):
        (finding,) = result_unchecked.check(view(call(-8, helper=META, metadata=8, result_checked=False)))
        assert finding.severity is Severity.INFORMATION

    def test_is_silent_where_the_result_is_looked_at_or_the_call_not_reached(self, view, call):
        dead = call(-20, pc=20, result_checked=False, reachable=False)
        assert not list(result_unchecked.check(view(call(-20), dead)))


class TestNegativeLength:
    def test_tells_how_much_a_negative_length_trims(self, view, call):
        (finding,) = negative_length.check(view(call((-64, INT_MAX), delta_has_int_min=True)))
        assert finding.severity is Severity.INFORMATION
        assert finding.message == "trims up to 2147483647 bytes here where the length is negative"
        assert finding.notes == (
            "INT_MIN negates to itself; every kernel refuses it (-22), so the need leaves it out",
        )

    def test_tells_int_min_alone(self, view, call):
        (finding,) = negative_length.check(view(call((-64, 0), delta_has_int_min=True)))
        assert finding.message == "the length can be INT_MIN here, which negates to itself"

    def test_is_silent_on_one_sign_and_on_what_has_no_bound(self, view, call):
        calls = call((-64, 0)), call((0, 64), pc=20), call((INT_MIN + 1, INT_MAX), pc=30)
        assert not list(negative_length.check(view(*calls)))


class TestAssumedConstant:
    limit = AssumedConstant(5, ".rodata", "limit", 64)

    def test_tells_the_value_and_the_need_without_it_once(self, view, call):
        program = view(call((-64, 0)), assumed=(self.limit, self.limit._replace(pc=7)))
        (finding,) = assumed_constant.check(program)
        assert finding.range.line == 5
        assert finding.message == (
            "limit is taken to be 64, its initial value in .rodata, which the loader may change; "
            "for any value, the need is unbounded"
        )

    def test_tells_a_need_that_stays_or_grows(self, view, call):
        for need, end in ((64, "the need stays 64 bytes"), (255, "the need is 255 bytes")):
            program = view(call((-64, 0)), assumed=(self.limit,), need_for_any_constant=need)
            assert messages(assumed_constant.check(program))[0].endswith(end)


class TestDependsOnEntry:
    def test_tells_who_ran_before(self, view, call):
        (finding,) = depends_on_entry.check(view(call(-20), attach=Attach.DEVMAP))
        assert finding.range.line == 1
        assert finding.message == (
            "20 bytes on top of what was taken before: prog runs on a packet that another program has "
            "redirected to a device (xdp/devmap)"
        )

    def test_has_a_sentence_for_every_entry(self, view, call):
        for attach in Attach:
            assert len(list(depends_on_entry.check(view(call(-20), attach=attach)))) == (
                not attach.starts_fresh
            )

    def test_is_silent_where_nothing_moves(self, view):
        assert not list(depends_on_entry.check(view(attach=Attach.DEVMAP)))


class TestAnalysisIncomplete:
    def test_tells_what_was_assumed_and_whether_the_bounds_hold(self, view):
        gaps = (
            Gap(5, "the budget of 1000 steps is spent", "joined states", is_sound=True),
            Gap(5, "a tail call into a program that is not in the object", "nothing", is_sound=False),
        )
        widened, ended = analysis_incomplete.check(view(gaps=gaps))
        assert widened.message == "the budget of 1000 steps is spent; assumed: joined states"
        assert widened.notes == ("with that the bounds hold; they may be wider than what happens",)
        assert ended.notes == ("what happens from here on is not part of the need",)
        assert widened.subject != ended.subject


class TestMetadataUnsupported:
    def test_lists_the_targets_that_refuse(self, view, call):
        program = view(call(-8, helper=META, metadata=8), targets="ixgbe sfc funeth")
        (finding,) = metadata_unsupported.check(program)
        assert finding.severity is Severity.INFORMATION
        assert finding.message.startswith("this call fails on 2 of 3 targets")
        assert finding.notes == ("no metadata on any kernel: funeth, sfc",)

    def test_warns_where_nobody_looks_at_the_result(self, view, call):
        program = view(call(-8, helper=META, metadata=8, result_checked=False), targets="sfc")
        (finding,) = metadata_unsupported.check(program)
        assert finding.severity is Severity.WARNING

    def test_tells_since_when_a_driver_supports_it(self, view, call):
        program = view(call(-8, helper=META, metadata=8), targets="mlx5_core ixgbe")
        (finding,) = metadata_unsupported.check(program)
        assert finding.notes == ("no metadata up to 5.17, yes from 5.18: mlx5_core",)

    def test_knows_the_kernels_limit(self, view, call):
        program = view(call(-64, helper=META, metadata=64), targets="ixgbe@6.1 ixgbe@6.12")
        (finding,) = metadata_unsupported.check(program)
        assert finding.message == "has 64 bytes of metadata here; kernels before 6.8 allow 32"
        assert finding.notes == ("refused on: ixgbe@6.1",)

    def test_knows_that_metadata_comes_in_fours(self, view, call):
        (finding,) = metadata_unsupported.check(view(call(-6, helper=META, metadata=6), targets="ixgbe"))
        assert finding.suggestion == "round up to 8 bytes"

    def test_is_silent_where_metadata_is_supported_or_given_back(self, view, call):
        given_back = call(8, pc=20, helper=META, metadata=0)
        assert not list(metadata_unsupported.check(view(call(-8, helper=META, metadata=8), targets="ixgbe")))
        assert not list(metadata_unsupported.check(view(given_back, targets="sfc")))
