from xdp_lsp.checks import Severity, redirect_headroom
from xdp_lsp.checks.redirect_headroom import check
from xdp_lsp.program import Attach
from xdp_lsp.verifier.result import Bounds, NeedKind, Redirect


def redirect(*taken, pc=30):
    return Redirect(pc, tuple(Bounds(*one) if isinstance(one, tuple) else Bounds(one, one) for one in taken))


def findings(view, *redirects, calls=(), targets="ixgbe i40e mlx5_core", senders="virtio_net", **rest):
    return list(check(view(*calls, redirects=redirects, targets=targets, senders=senders, **rest)))


def test_says_what_is_left_for_whom(view):
    (finding,) = findings(view, redirect((0, 148)))
    assert finding.code == redirect_headroom.CODE
    assert finding.severity is Severity.WARNING
    assert finding.range.line == 30
    assert finding.message == (
        "may leave 4 bytes for virtio_net, which wants 12 to send (short by 8 on ixgbe)"
    )
    assert finding.notes == ("short by 8: i40e, ixgbe",)
    assert finding.suggestion == "prepend at most 140 bytes in all to a frame that is redirected"


def test_is_silent_where_enough_is_left(view):
    assert findings(view, redirect((0, 140))) == []
    assert len(findings(view, redirect((0, 141)))) == 1


def test_is_silent_where_no_sender_was_named_or_none_wants_anything(view):
    assert findings(view, redirect(148), senders="") == []
    assert findings(view, redirect(148), senders="ixgbe") == []


def test_is_an_error_where_every_frame_lacks(view):
    (finding,) = findings(view, redirect(148))
    assert finding.severity is Severity.ERROR
    assert finding.message.startswith("leaves 4 bytes for virtio_net")


def test_claims_no_certainty_about_what_does_not_start_with_the_driver(view):
    for rest in ({"attach": Attach.CPUMAP}, {"need_kind": NeedKind.UNKNOWN}):
        (finding,) = findings(view, redirect(148), **rest)
        assert finding.severity is Severity.WARNING


def test_copies_of_one_line_are_one_redirect(view):
    one, other = redirect(148, pc=30), redirect(8, pc=40)
    (finding,) = findings(view, one, other, lines={30: 5, 40: 5})
    assert finding.severity is Severity.WARNING
    (finding,) = findings(view, one, other)
    assert finding.severity is Severity.ERROR


def test_holds_against_the_sender_that_wants_most(view):
    (finding,) = findings(view, redirect((0, 130)), senders="virtio_net 16 lan966x-switch")
    assert finding.message.startswith("may leave 22 bytes for lan966x-switch, which wants 28")
    (finding,) = findings(view, redirect((0, 150)), senders="16")
    assert finding.message.startswith("may leave 2 bytes for the driver that sends it, which wants 16")


def test_where_the_long_prepend_fails_the_fallback_is_what_leaves(view):
    # 128 succeed with 133 usable bytes, and leave 5; with 120 they fail, and 32 leave 88.
    (finding,) = findings(view, redirect(32, 128), targets="133 120")
    assert finding.message.endswith("(short by 7 with 133 bytes)")
    assert finding.notes == ("short by 7: 133 bytes",)


def test_below_the_reserve_nothing_is_redirected(view):
    (finding,) = findings(view, redirect(0), targets="igb[legacy-rx] mlx5_core", senders="ixgbe")
    assert finding.message == (
        "no frame can be redirected here on igb[legacy-rx], whose headroom of 0 is under the 40 bytes that "
        "the kernel keeps"
    )
    assert finding.suggestion == ""


def test_names_the_prepends_before_it(view, call):
    calls = (call((-148, 0)), call(20, pc=20), call(-8, pc=25))
    (finding,) = findings(view, redirect((0, 148)), calls=calls)
    assert [(place.range.line, place.message) for place in finding.related] == [
        (10, "prepends up to 148 bytes"),
        (25, "prepends 8 bytes"),
    ]
