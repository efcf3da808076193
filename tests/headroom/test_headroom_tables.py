"""The tables themselves hold together, and the rows of `xdp-lsp drivers`."""

from __future__ import annotations

from itertools import combinations

import pytest

from xdp_lsp.headroom import DriverRow, TargetError, driver_rows, environments, groups, profiles, resolve
from xdp_lsp.headroom.profiles import MODES, conditions, drivers, group_members, sender_profiles


def test_every_driver_of_the_survey_is_there() -> None:
    with_profile = {profile.driver for profile in profiles()}
    assert len(with_profile - {"generic"}) == 44
    assert with_profile <= set(drivers())
    not_drivers = {environment.name for environment in environments()}
    assert not_drivers == {"cpumap", "devmap", "bonding", "netdevsim", "netkit", "test_run", "xsk_buff_pool"}
    assert not not_drivers & set(drivers())


def test_every_driver_with_a_profile_is_in_a_group_with_a_reason() -> None:
    members = {member.target.partition("[")[0] for member in group_members()}
    assert members == {profile.driver for profile in profiles()}
    assert all(member.why for member in group_members())
    assert {name for member in group_members() for name in member.groups} == set(groups()) - {"all"}


@pytest.mark.parametrize("name", list(groups()))
def test_every_member_of_a_group_resolves(name: str) -> None:
    assert len(resolve([name])) == len(groups()[name]) > 0


def test_profiles_use_the_vocabulary() -> None:
    assert {profile.mode for profile in profiles()} == set(MODES)
    used = {profile.condition for profile in (*profiles(), *sender_profiles())}
    assert used == {"", *conditions()}
    assert {profile.confidence for profile in profiles()} == {"high", "medium", "low"}
    for profile in profiles():
        assert profile.first <= profile.last, profile
        assert 0 <= profile.headroom < 1024, profile
        assert profile.source.startswith(("drivers/", "net/", "include/")), profile
        assert profile.expression, profile
        absent, present = profile.metadata_absent_to, profile.metadata_from
        assert absent is None or present is None or absent < present, profile


def test_no_two_profiles_of_one_condition_overlap() -> None:
    for one, other in combinations(profiles(), 2):
        if one[:3] == other[:3]:
            assert one.last < other.first or other.last < one.first, (one, other)


def _targets(rows: tuple[DriverRow, ...]) -> list[str]:
    return [row.target for row in rows]


def test_rows_are_the_default_configurations_by_usable_bytes() -> None:
    rows = driver_rows()
    assert [row.usable for row in rows] == sorted(row.usable for row in rows)
    assert {row.driver for row in rows} == {profile.driver for profile in profiles()}
    assert "ixgbe[legacy-rx]" not in _targets(rows)
    assert "gve[gqi]" in _targets(rows)  # a member of `all` by itself
    assert not any(row.mode == "zerocopy" for row in rows)
    assert not any(row.kernels == "4.12-4.14" for row in rows)


def test_everything_is_every_profile() -> None:
    assert len(driver_rows(everything=True)) == len(profiles())


def test_rows_by_group_kernel_mode_and_target() -> None:
    assert {row.driver for row in driver_rows(["intel"])} == {
        "ixgbe", "i40e", "ice", "igb", "igc", "idpf", "ixgbevf",
    }  # fmt: skip
    (ice,) = driver_rows(["ice"], kernel="6.1")
    assert (ice.target, ice.usable, ice.kernels, ice.groups) == (
        "ice@6.1",
        152,
        "5.5-6.18",
        ("mainstream", "intel"),
    )
    assert driver_rows(["ice@6.1"]) == (ice,)
    (old,) = driver_rows(["ixgbe"], kernel="5.4")
    assert (old.reserve, old.usable) == (32, 160)
    (legacy,) = driver_rows(["igb[legacy-rx]"])
    assert legacy.condition_text == "where the ethtool private flag legacy-rx is on"
    assert (legacy.usable, legacy.default, legacy.groups) == (0, False, ())
    (zerocopy,) = driver_rows(["ice"], mode="zc")
    assert zerocopy.target == "ice:zerocopy"
    assert _targets(driver_rows(["e1000e"])) == ["e1000e:generic", "e1000e:generic"]
    assert [row.headroom for row in driver_rows(["veth"], mode="generic")] == [242, 256]
    assert driver_rows(["gve"], kernel="6.6") == ()


def test_each_row_gives_the_number_its_target_resolves_to() -> None:
    for row in driver_rows(kernel="6.12", everything=True):
        (target,) = resolve([row.target])
        # A default that the host chooses counts with the least of its rows.
        assert target.usable <= row.usable, row


@pytest.mark.parametrize(
    ("selected", "options"),
    [(["ixbge"], {}), ([], {"kernel": "new"}), ([], {"mode": "fast"}), (["bonding"], {}), (["152"], {})],
)
def test_rows_refuse_what_does_not_exist(selected: list[str], options: dict[str, str]) -> None:
    with pytest.raises(TargetError):
        driver_rows(selected, **options)  # type: ignore[arg-type]
