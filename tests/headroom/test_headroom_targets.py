"""The spelling of targets, groups, and the choice of the portable headroom."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdp_lsp.headroom import (
    MetadataSupport,
    Target,
    TargetError,
    default_targets,
    groups,
    outliers,
    portable,
    profiles,
    resolve,
)
from xdp_lsp.headroom.spec import canonical


def _specs(*texts: str) -> list[str]:
    return [target.spec for target in resolve(texts)]


def _refusal(text: str) -> str:
    with pytest.raises(TargetError) as caught:
        resolve([text])
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("ixgbe", "ixgbe"),
        (" IXGBE ", "ixgbe"),
        ("virtio-net", "virtio_net"),
        ("Hv-NetVsc", "hv_netvsc"),
        ("am65_cpsw_nuss", "am65-cpsw-nuss"),
        ("ice@6.1", "ice@6.1"),
        ("ice@v6.1.176", "ice@6.1"),
        ("ice@6.1.0-18-amd64", "ice@6.1"),
        ("ice@6.1-rc3", "ice@6.1"),
        ("veth:generic", "veth:generic"),
        ("veth:skb", "veth:generic"),
        ("veth:native", "veth"),
        ("ice:zc", "ice:zerocopy"),
        ("igb[legacy-rx]", "igb[legacy-rx]"),
        ("igb[Legacy_RX]", "igb[legacy-rx]"),
        ("virtio_net@6.1[mergeable]", "virtio_net@6.1[mergeable]"),
        ("virtio_net[mergeable]@6.1:native", "virtio_net@6.1[mergeable]"),
        ("veth:generic@6.12", "veth@6.12:generic"),
        ("gve", "gve[dqo]"),  # the one default has a name
        ("virtio_net@6.6", "virtio_net@6.6"),  # two defaults: the host chooses
        ("generic", "generic"),
        ("generic:generic@6.9", "generic@6.9"),
        ("stmmac", "st_gmac"),  # the module's name
        ("xen-netfront", "vif"),
        ("e1000e", "e1000e:generic"),  # has no native mode
        ("152", "152 bytes"),
        ("152 bytes", "152 bytes"),
        ("152B", "152 bytes"),
        ("0", "0 bytes"),
    ],
)
def test_spelling(written: str, printed: str) -> None:
    assert _specs(written) == [printed]
    assert _specs(printed) == [printed]


@pytest.mark.parametrize(
    ("written", "part"),
    [
        ("", "is empty"),
        ("   ", "is empty"),
        ("ixbge", "did you mean `ixgbe`?"),
        ("mlx5", "did you mean `mlx5_core`?"),
        ("mainstraem", "did you mean `mainstream`?"),
        ("tg3", "unknown driver or group `tg3`; for a driver without a native mode write `generic`"),
        ("igb[legacy]", "unknown condition `legacy`; did you mean `legacy-rx`?"),
        ("igb[mergeable]", "igb has no condition mergeable in native mode (it has: hw-timestamp, "),
        ("ixgbe@", "is not a target"),
        ("ixgbe:", "is not a target"),
        ("ixgbe[", "is not a target"),
        ("[legacy-rx]", "is not a target"),
        ("ixgbe@six", "`six` is not a kernel release"),
        ("ixgbe@6", "`6` is not a kernel release"),
        ("ice@6.1@6.2", "gives two kernels"),
        ("ice:native:generic", "gives two modes"),
        ("ixgbe:fast", "`fast` is not a mode: modes are native, generic, zerocopy"),
        ("generic:native", "generic is a mode"),
        ("e1000e:native", "e1000e has no native mode"),
        (
            "mlx4_en:zerocopy",
            "mlx4_en has no zerocopy mode in the kernels read, 4.15 to 7.3 (it has: native, generic)",
        ),
        ("ixgbe@4.11", "no headroom is known of ixgbe on Linux 4.11 (known: 4.12-4.14, 4.15+)"),
        ("gve@6.6", "(known: 6.15+); there is gve@6.6[gqi]"),
        ("gve:zerocopy", "in a default configuration; there is gve:zerocopy[gqi]"),
        ("ice[legacy-rx]@7.0", "there is ice@7.0"),
        ("intel:generic", "the group intel takes no mode"),
        ("all[dqo]", "the group all takes no mode and no condition"),
        ("mainstream@4.9", "no driver of the group mainstream"),
        ("bonding", "bonding is not a driver: a bond runs the program in its slaves' drivers"),
        ("test-run", "test_run is not a driver"),
        ("-1", "a number from 0 to 65535, not `-1`"),
        ("65536", "a number from 0 to 65535, not `65536`"),
        ("9" * 5000, "a number from 0 to 65535, not `999"),
        ("two\nlines", "unknown driver or group `two?lines`"),
    ],
)
def test_what_cannot_be_resolved_is_said_in_one_sentence(written: str, part: str) -> None:
    assert part in _refusal(written)


@given(st.text(max_size=40) | st.text("@:[]-_. 0156abcegilvx", max_size=20))
def test_any_text_resolves_or_is_refused(text: str) -> None:
    try:
        targets = resolve([text])
    except TargetError as error:
        assert "\n" not in str(error)
    else:
        assert targets


def test_every_profile_can_be_named_and_prints_as_it_is_named() -> None:
    for profile in profiles():
        name = canonical(profile.driver, profile.first, profile.mode, profile.condition)
        (target,) = resolve([name])
        assert target.spec == name or (profile.default and target.spec == name.partition("[")[0])
        assert target.headroom <= profile.headroom


def test_targets_are_kept_in_order_and_once() -> None:
    assert _specs("veth", "ixgbe", "VETH", "gve", "gve[dqo]") == ["veth", "ixgbe", "gve[dqo]"]
    assert _specs("ice", "mainstream")[:2] == ["ice", "ixgbe"]
    assert len(_specs("ice", "mainstream")) == len(default_targets())


def test_a_number_is_usable_bytes_not_headroom() -> None:
    (target,) = resolve(["152"])
    assert target.usable == 152
    assert target.fits(152)
    assert not target.fits(153)
    assert target.metadata is MetadataSupport.UNKNOWN


def test_a_target_without_kernel_is_the_least_from_5_15_on() -> None:
    # generic: 242 up to 6.8 and 256 from 6.9; ice: 192 up to 6.18 and 256 from 6.19.
    by_spec = {
        target.spec: target
        for target in resolve(["generic", "ice", "igc", "fbnic", "virtio_net", "rvu-nicpf"])
    }
    assert (by_spec["generic"].headroom, by_spec["generic"].kernels) == (242, "4.15-6.8")
    assert (by_spec["ice"].headroom, by_spec["ice"].kernels) == (192, "5.5-6.18")
    assert (by_spec["rvu-nicpf"].headroom, by_spec["rvu-nicpf"].confidence) == (0, "low")
    # igc takes metadata from 6.1 on, so not on all of them; fbnic came when the limit was 252 already.
    assert by_spec["igc"].metadata is MetadataSupport.NO
    assert by_spec["igc"].metadata_kernels == "no up to 5.15, yes from 6.1"
    assert (by_spec["igc"].metadata_limit, by_spec["fbnic"].metadata_limit) == (32, 252)
    # Both ways of buffering are a default: the least of them, whatever the release.
    assert by_spec["virtio_net"].headroom == 256
    assert resolve(["virtio_net@6.6"])[0].headroom == 256
    assert all(target.reserve == 40 for target in by_spec.values())


def test_generic_mode_has_the_same_numbers_for_every_driver() -> None:
    for kernel in ("", "@6.8", "@6.9"):
        generic, of_veth, of_e1000e = resolve(
            [f"generic{kernel}", f"veth{kernel}:generic", f"e1000e{kernel}"]
        )
        assert of_veth.headroom == of_e1000e.headroom == generic.headroom
        assert of_veth.driver == "veth"


def test_the_portable_headroom_is_152_and_intel_sets_it() -> None:
    binding = portable(default_targets())
    assert binding.usable == 152
    assert binding.driver == "i40e"
    level = {target.driver for target in default_targets() if target.usable == 152}
    assert level == {"ixgbe", "i40e", "igb", "ice"}
    # From 6.19 on ice gives 256; the other three still set the number.
    assert portable(resolve(["mainstream@7.3"])).usable == 152
    assert resolve(["ice@6.19"])[0].usable == 216


def test_portable_orders_by_what_is_missing_where_nothing_is_usable() -> None:
    gve, legacy = resolve(["gve[gqi]", "igb[legacy-rx]"])
    assert gve.usable == legacy.usable == 0
    assert portable([gve, legacy]) is legacy  # gve's 2 bytes let a trim of 38 pass, where legacy-rx needs 40


def test_mainstream_names_the_drivers_of_the_2017_discussion_and_the_clouds() -> None:
    named = {target.driver for target in default_targets()}
    assert {"mlx4_en", "mlx5_core", "bnxt_en", "qede", "nfp", "ixgbe", "i40e"} <= named
    assert {"ena", "gve", "hv_netvsc", "mana", "virtio_net", "vif", "vmxnet3"} <= named
    assert {"veth", "tun", "generic"} <= named
    assert not {"sfc", "sfc_siena", "ixgbevf", "rvu-nicpf"} & named
    assert "gve[gqi]" not in groups()["mainstream"]


def test_a_group_on_a_kernel_leaves_out_what_was_not_there() -> None:
    on_6_1 = {target.driver for target in resolve(["mainstream@6.1"])}
    assert {"ixgbe", "ice", "mana"} <= on_6_1
    assert not {"idpf", "vmxnet3", "gve", "ionic"} & on_6_1
    assert all(target.kernel == "6.1" for target in resolve(["mainstream@6.1"]))


def test_outliers_are_what_would_lower_the_portable_headroom() -> None:
    found = {target.spec: target.usable for target in outliers(default_targets())}
    assert found == {
        "gve[gqi]": 0,
        "ixgbevf[82599-vf]": 0,
        "rvu-nicpf": 0,
        "ixgbevf": 24,
        "sfc": 88,
        "sfc_siena": 88,
    }
    assert set(found) == set(groups()["outliers"])


def test_outliers_follow_the_kernel_and_leave_out_what_was_chosen() -> None:
    chosen = resolve(["mainstream@6.12", "sfc@6.12"])
    assert portable(chosen).usable == 88
    assert [target.spec for target in outliers(chosen)] == [
        "gve@6.12[gqi]",
        "ixgbevf@6.12[82599-vf]",
        "ixgbevf@6.12",
    ]
    assert outliers(resolve(["all"])) == ()
    assert "ice" in {target.driver for target in outliers(resolve(["200"]))}


def test_what_each_longer_prepend_loses() -> None:
    # The portable limits of the survey: on some release from 5.15 on, in the default configuration.
    lost_from = {
        1: {"gve[gqi]", "ixgbevf[82599-vf]", "rvu-nicpf"},
        25: {"ixgbevf"},
        89: {"sfc", "sfc_siena"},
        153: {"ixgbe", "i40e", "igb", "ice", "funeth", "fbnic"},
        187: {"mvpp2"},
        203: {"generic"},
    }
    everything = resolve(["all"])
    lost: set[str] = set()
    for prepend, more in lost_from.items():
        assert {target.spec for target in everything if not target.fits(prepend - 1)} - lost == (
            set() if prepend > 1 else more
        )
        lost |= more
        assert {target.spec for target in everything if not target.fits(prepend)} == lost
    assert {target.spec for target in everything if target.fits(217)} == {
        "mvneta",
        "tsnep",
        "lan966x-switch",
        "tun",
    }


def test_fits_is_unclamped_on_both_sides() -> None:
    (gve,) = resolve(["gve[gqi]"])
    assert gve.usable == 0
    assert not gve.fits(0)
    assert not gve.fits(-37)  # 2 bytes: a trim of s passes only where 2 + s >= 40
    assert gve.fits(-38)
    assert (gve.shortfall(0), gve.shortfall(-38), gve.shortfall(-50)) == (38, 0, 0)


def test_a_target_survives_the_pickle() -> None:
    import pickle

    targets: tuple[Target, ...] = default_targets()
    assert pickle.loads(pickle.dumps(targets)) == targets
