import pytest

from xdp_lsp.analysis.result import Verdict
from xdp_lsp.analysis.verdict import judge
from xdp_lsp.headroom import resolve
from xdp_lsp.program import Attach
from xdp_lsp.verifier.result import Bounds, CallSite, Exploration, Gap, NeedKind, Redirect

# usable: 152, 216
TARGETS = resolve(["ixgbe", "mlx5_core"])
ENOUGH = Bounds(0, 0)
WIDENED = Gap(1, "budget", "joined", is_sound=True)
ENDED = Gap(1, "tail call", "nothing", is_sound=False)


def site(least, most, reachable=True):
    demand = Bounds(least, most) if reachable else None
    return CallSite(1, "bpf_xdp_adjust_head", reachable, demand, demand, demand, demand, True)


def exploration(*sites, kind=NeedKind.BOUNDED, fallback=None, gaps=()):
    need = max((s.demand.max for s in sites if s.demand), default=0)
    return Exploration(sites, kind, need, need if fallback is None else fallback, need, gaps)


@pytest.mark.parametrize(
    ("found", "attach", "verdict", "fits"),
    [
        (exploration(site(0, 152)), Attach.XDP, Verdict.FITS, (True, True)),
        (exploration(site(0, 153)), Attach.XDP, Verdict.MAY_EXCEED, (False, True)),
        (exploration(site(153, 153)), Attach.XDP, Verdict.EXCEEDS, (False, True)),
        (exploration(site(153, 217)), Attach.XDP, Verdict.EXCEEDS, (False, False)),
        (exploration(), Attach.XDP, Verdict.FITS, (True, True)),
        (exploration(site(0, 0, reachable=False)), Attach.XDP, Verdict.FITS, (True, True)),
        # a fallback that fits counts as fitting
        (exploration(site(168, 168), site(64, 64), fallback=64), Attach.XDP, Verdict.FITS, (True, True)),
        (exploration(site(168, 168), fallback=160), Attach.XDP, Verdict.EXCEEDS, (False, True)),
        # nothing is fit for what is not bounded
        (
            exploration(site(0, 2**31), kind=NeedKind.UNBOUNDED),
            Attach.XDP,
            Verdict.MAY_EXCEED,
            (False, False),
        ),
        # what is missing can only make it worse
        (exploration(site(0, 20), gaps=(WIDENED,)), Attach.XDP, Verdict.FITS, (True, True)),
        (exploration(site(0, 20), gaps=(ENDED,)), Attach.XDP, Verdict.UNKNOWN, (None, None)),
        (exploration(site(0, 160), gaps=(ENDED,)), Attach.XDP, Verdict.MAY_EXCEED, (False, None)),
        (exploration(site(160, 160), gaps=(ENDED,)), Attach.XDP, Verdict.EXCEEDS, (False, None)),
        (exploration(kind=NeedKind.UNKNOWN), Attach.XDP, Verdict.UNKNOWN, (None, None)),
        (exploration(site(160, 160), kind=NeedKind.UNKNOWN), Attach.XDP, Verdict.MAY_EXCEED, (False, None)),
        # what another program left is not known
        (exploration(site(20, 20)), Attach.DEVMAP, Verdict.UNKNOWN, (None, None)),
        (exploration(site(200, 200)), Attach.TAIL_CALL, Verdict.UNKNOWN, (None, None)),
        (exploration(), Attach.CPUMAP, Verdict.FITS, (True, True)),
        (exploration(gaps=(ENDED,)), Attach.CPUMAP, Verdict.UNKNOWN, (None, None)),
    ],
)
def test_verdict(found, attach, verdict, fits):
    got, by_target = judge(
        found, attach.starts_fresh, TARGETS, lambda site: site.demand.min, short_to_send=lambda target: ENOUGH
    )
    assert got is verdict
    assert tuple(target.fits for target in by_target) == fits


@pytest.mark.parametrize(
    ("found", "short", "verdict", "fits"),
    [
        # what redirected frames lack on ixgbe, at least and at most
        (exploration(site(148, 148)), (0, 0), Verdict.FITS, (True, True)),
        (exploration(site(148, 148)), (0, 8), Verdict.MAY_EXCEED, (False, True)),
        (exploration(site(148, 148)), (8, 8), Verdict.EXCEEDS, (False, True)),
        (exploration(site(148, 148), gaps=(ENDED,)), (0, 8), Verdict.MAY_EXCEED, (False, None)),
    ],
)
def test_frames_that_cannot_be_sent_do_not_fit(found, short, verdict, fits):
    got, by_target = judge(
        found,
        Attach.XDP.starts_fresh,
        TARGETS,
        lambda site: site.demand.min,
        short_to_send=lambda target: Bounds(*short) if target.driver == "ixgbe" else ENOUGH,
    )
    assert got is verdict
    assert [target.fits for target in by_target] == list(fits)
    assert [target.short_to_send for target in by_target] == [short[1], 0]


def test_what_redirects_and_starts_with_what_is_left_is_unknown():
    found = exploration()._replace(redirects=(Redirect(1, (ENOUGH,)),))
    for counts_all, verdict in ((True, Verdict.FITS), (False, Verdict.UNKNOWN)):
        got, _ = judge(
            found, counts_all, TARGETS, lambda site: site.demand.min, short_to_send=lambda target: ENOUGH
        )
        assert got is verdict
