"""What drivers want to send a redirected frame, and the arithmetic of it against the kernel's rules, step by step."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdp_lsp.headroom import (
    Sender,
    Target,
    TargetError,
    driver_rows,
    groups,
    resolve,
    resolve_senders,
    shortfall_to_send,
)
from xdp_lsp.headroom.profiles import drivers, sender_profiles


def _only(spec: str) -> Sender:
    (sender,) = resolve_senders([spec])
    return sender


def _refusal(text: str) -> str:
    with pytest.raises(TargetError) as caught:
        resolve_senders([text])
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_the_drivers_of_the_survey_that_want_something() -> None:
    wants = {_only(name).driver: _only(name).wants for name in drivers()}
    assert {driver: wanted for driver, wanted in wants.items() if wanted} == {
        "virtio_net": 12,
        "fsl_dpaa2_eth": 128,  # 64, and up to 64 of alignment
        "fsl_dpa": 16,
        "cpsw": 16,
        "cpsw-switch": 16,
        "lan966x-switch": 28,
    }


def test_senders_use_the_vocabulary() -> None:
    assert {profile.driver for profile in sender_profiles()} <= set(drivers())
    assert {profile.confidence for profile in sender_profiles()} <= {"high", "medium", "low"}
    for profile in sender_profiles():
        assert profile.first <= profile.last, profile
        assert 0 < profile.wants < 256, profile
        assert profile.source.startswith("drivers/net/"), profile
        assert profile.expression, profile


@pytest.mark.parametrize(
    ("written", "printed", "wants"),
    [
        ("virtio_net", "virtio_net", 12),
        (" Virtio-Net ", "virtio_net", 12),
        ("virtio_net@6.1", "virtio_net@6.1", 12),
        ("virtio_net[hash-report]", "virtio_net[hash-report]", 20),
        ("virtio_net[tunnel-header]@6.18", "virtio_net@6.18[tunnel-header]", 24),
        ("virtio_net[tunnel-header]@6.1", "virtio_net@6.1[tunnel-header]", 0),  # not there yet
        ("virtio_net[mergeable]", "virtio_net", 12),  # of how it receives
        ("ixgbe", "ixgbe", 0),
        ("e1000e", "e1000e", 0),
        ("lan966x-switch@6.1", "lan966x-switch@6.1", 0),  # no XDP there
        ("16", "16 bytes", 16),
        ("16 bytes", "16 bytes", 16),
    ],
)
def test_what_a_sender_is_and_wants(written: str, printed: str, wants: int) -> None:
    sender = _only(written)
    assert (sender.spec, sender.wants) == (printed, wants)


def test_a_group_is_its_drivers_each_once() -> None:
    senders = resolve_senders(["virtual", "virtio_net"])
    assert [sender.spec for sender in senders] == [name.partition("[")[0] for name in groups()["virtual"]]
    assert max(sender.wants for sender in senders) == 12


@pytest.mark.parametrize(
    ("written", "part"),
    [
        ("", "a sender is empty"),
        ("virtoi_net", "did you mean `virtio_net`?"),
        ("virtio_net:generic", "gives a mode"),
        ("ixgbe[hash-report]", "ixgbe has no condition hash-report for sending (it has: none)"),
        ("virtio_net[gqi]", "for sending (it has: hash-report, tunnel-header)"),
        ("all[gqi]", "the group all takes no condition"),
        ("devmap", "devmap is not a driver"),
        ("-1", "a number from 0 to 65535, not `-1`"),
    ],
)
def test_what_cannot_be_resolved_is_said_in_one_sentence(written: str, part: str) -> None:
    assert part in _refusal(written)


def test_the_table_of_drivers_tells_what_they_want() -> None:
    wants = {row.driver: row.wants_to_send for row in driver_rows(["virtual", "lan966x-switch"])}
    assert wants["virtio_net"] == 12
    assert wants["lan966x-switch"] == 28
    assert wants["veth"] == 0


def _lacks(headroom: int, reserve: int, taken: int, wants: int) -> int | None:
    """What a frame lacks with `taken` bytes gone; None where the packet does not get so far.

    bpf_xdp_adjust_head(), then xdp_update_frame_from_buff(), then the test in ndo_xdp_xmit.
    """
    if taken != 0 and headroom - taken < reserve:
        return None
    frame_headroom = headroom - taken - reserve
    return max(0, wants - frame_headroom)


@given(
    st.integers(0, 60),
    st.sampled_from([0, 32, 40]),
    st.integers(-60, 60),
    st.integers(0, 60),
    st.integers(0, 30),
)
def test_shortfall_is_what_the_kernel_s_steps_give(
    headroom: int, reserve: int, least: int, width: int, wants: int
) -> None:
    target = Target(spec="x", driver="x", headroom=headroom, reserve=reserve)
    outcomes = [_lacks(headroom, reserve, taken, wants) for taken in range(least, least + width + 1)]
    expected = max((lacks for lacks in outcomes if lacks is not None), default=0)
    assert shortfall_to_send(target, least, least + width, wants) == expected


def test_modes_and_drivers_that_make_a_new_buffer() -> None:
    generic, zerocopy, gqi = resolve(["generic", "ice:zerocopy", "gve[gqi]"])
    assert shortfall_to_send(generic, 0, 200, 128) == 0  # an skb: the stack makes room
    assert shortfall_to_send(zerocopy, 0, 0, 12) == 12  # a clone without headroom
    assert shortfall_to_send(zerocopy, 0, 0, 0) == 0
    assert shortfall_to_send(gqi, 0, 0, 128) == 0  # a copy with 256 bytes


def test_frames_redirected_into_a_veth_have_nothing_left_to_pass_on() -> None:
    (veth,) = resolve(["veth[redirected]"])
    assert shortfall_to_send(veth, 0, 0, 12) == 12
    assert shortfall_to_send(veth, -12, -12, 12) == 0
