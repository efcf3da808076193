"""The profiles against the survey of kernel trees they were made from, copied here as it was written down.

The survey read the drivers of 4.15 to 7.3 in source (each row of profiles.csv names the place); R is 0 before
4.18, 32 up to 5.14 and 40 from 5.15 on.
"""

from __future__ import annotations

import pytest

from xdp_lsp.headroom import (
    Kernel,
    MetadataSupport,
    Target,
    TargetError,
    environments,
    metadata_limit_of,
    reserve_of,
    resolve,
)

# Every release between 4.10 and 7.3.
RELEASES = [
    Kernel(major, minor)
    for major, minors in ((4, range(10, 21)), (5, range(20)), (6, range(20)), (7, range(4)))
    for minor in minors
]

# usable with R=40, with R=32 (-: no such kernel), headroom, target, first release, last (-: open), metadata:
# yes, no, ? or the last release without it -> the first with it.
NATIVE = """
0   0   0   ixgbe[legacy-rx]         4.15 -    yes
0   0   0   i40e[legacy-rx]          4.15 -    4.15->4.18
0   0   0   igb[legacy-rx]           5.10 -    yes
0   0   0   ixgbevf[legacy-rx]       4.17 -    yes
0   -   0   ice[legacy-rx]           6.3  6.18 no
216 224 256 ice[legacy-rx]           5.5  6.0  ?
0   -   0   ixgbevf[82599-vf]        5.17 -    yes
0   -   0   rvu-nicpf                5.16 6.7  no
0   -   2   gve[gqi]                 6.4  -    no
24  32  64  ixgbevf                  4.17 -    yes
24  32  64  ixgbe[page-size-8k]      4.15 -    yes
24  32  64  i40e[page-size-8k]       4.15 -    4.15->4.18
24  32  64  igb[page-size-8k]        5.10 -    yes
24  32  64  ice[page-size-8k]        5.5  6.18 yes
88  96  128 sfc                      5.7  -    no
88  -   128 sfc_siena                5.19 -    no
88  -   128 rvu-nicpf                6.8  -    6.14->6.17
152 160 192 ixgbe                    4.15 -    yes
152 160 192 i40e                     4.15 -    4.15->4.18
152 160 192 igb                      5.10 -    yes
168 176 208 igb[hw-timestamp]        5.13 -    yes
152 160 192 ice                      5.5  6.18 yes
152 -   192 funeth                   5.18 -    no
152 -   192 fbnic                    6.18 -    yes
186 194 226 mvpp2                    5.9  -    6.14->6.17
202 210 242 generic                  4.15 6.8  yes
216 -   256 generic                  6.9  -    yes
216 -   256 ice                      6.19 -    yes
216 -   256 idpf                     6.18 -    yes
216 224 256 igc                      5.13 -    5.15->6.1
232 240 272 igc[hw-timestamp]        5.13 -    5.15->6.1
216 224 256 mlx4_en                  4.15 -    6.1->6.5
216 224 256 mlx5_core                4.15 -    5.17->5.18
216 224 256 bnxt_en                  4.15 -    6.8->6.12
216 224 256 qede                     4.15 -    no
216 224 256 nfp                      4.15 -    yes
216 224 256 nicvf                    4.15 -    no
216 224 256 ena                      5.6  -    no
216 224 256 hv_netvsc                5.6  -    no
216 224 256 vif                      5.9  -    no
216 224 256 fsl_dpaa2_eth            5.0  -    no
216 224 256 fsl_dpa                  5.11 -    yes
216 224 256 fsl_enetc                5.13 -    no
216 224 256 netsec                   5.3  -    6.14->6.17
216 224 256 cpsw                     5.3  -    6.14->6.17
216 224 256 cpsw-switch              5.5  -    6.14->6.17
216 224 256 st_gmac                  5.13 -    6.1->6.5
216 -   256 mana                     5.17 -    6.14->6.17
216 -   256 atlantic                 5.19 -    no
216 -   256 mtk_soc_eth              6.0  -    6.14->6.17
216 -   256 fec                      6.2  -    no
216 -   256 gve[dqo]                 6.15 -    7.0->7.3
216 -   256 vmxnet3                  6.6  -    no
216 -   256 ionic                    6.9  -    no
216 -   256 am65-cpsw-nuss           6.10 -    no
216 -   256 icssg-prueth             6.15 -    no
216 224 256 virtio_net               4.15 -    5.3->5.4
216 224 256 virtio_net[small-buffers] 4.15 -   5.3->5.4
216 224 256 virtio_net[mergeable]    4.15 6.2  5.3->5.4
228 -   268 virtio_net[mergeable]    6.3  -    yes
216 224 256 veth                     4.19 -    yes
218 226 258 mvneta                   5.5  -    6.14->6.17
232 -   272 tsnep                    6.3  -    no
244 -   284 lan966x-switch           6.2  -    no
280 288 320 tun                      4.15 -    6.14->6.17
344 352 384 tun[vhost-net]           5.0  -    ?->5.15
552 -   592 mana[max-skb-frags-45]   7.0  -    yes
"""

# AF_XDP zero copy: 256 from the shared buffer pool (5.8 on) unless the driver adds to it. Headroom, target,
# first release; all are still so.
ZEROCOPY = """
256 ixgbe:zerocopy          4.20
256 i40e:zerocopy           4.20
256 ice:zerocopy            5.5
256 idpf:zerocopy           6.18
256 igb:zerocopy            6.14
256 igc:zerocopy            5.14
256 mlx5_core:zerocopy      5.3
256 nfp:zerocopy            5.18
256 virtio_net:zerocopy     6.11
256 rvu-nicpf:zerocopy      6.14
256 fec:zerocopy            7.0
256 st_gmac:zerocopy        5.13
256 icssg-prueth:zerocopy   7.0
272 tsnep:zerocopy          6.4
448 fsl_dpaa2_eth:zerocopy  6.2
2   gve:zerocopy[gqi]       6.4
"""

# Headroom by CONFIG_MAX_SKB_FRAGS, an option from 6.4 on (17 is the default).
FRAGS = """
             ixgbe i40e ice igb fbnic
18-21        128   128  128 128 128
22-25        64    64   64  576 192
26-29        512   512  512 512 128
45           256   256  256 256 128
"""

# Headroom, then what is usable of it with R = 0, 32 and 40.
USABLE = """
384 384 352 344
320 320 288 280
268 268 236 228
258 258 226 218
256 256 224 216
242 242 210 202
226 226 194 186
192 192 160 152
128 128 96  88
64  64  32  24
2   2   0   0
0   0   0   0
"""


def _table(text: str) -> list[list[str]]:
    return [line.split() for line in text.strip().splitlines()]


def _only(spec: str) -> Target:
    (target,) = resolve([spec])
    return target


def _at(spec: str, kernel: Kernel | str) -> Target:
    return _only(f"{spec}@{kernel}")


def _releases(first: str, last: str) -> list[Kernel]:
    """The releases of a range."""
    end = RELEASES[-1] if last == "-" else Kernel.parse(last)
    return RELEASES[RELEASES.index(Kernel.parse(first)) : RELEASES.index(end) + 1]


def _expected_metadata(cell: str, kernel: Kernel) -> MetadataSupport:
    if cell in ("yes", "no"):
        return MetadataSupport(cell)
    absent, _, present = cell.partition("->")
    if absent != "?" and kernel <= Kernel.parse(absent):
        return MetadataSupport.NO
    if present and kernel >= Kernel.parse(present):
        return MetadataSupport.YES
    return MetadataSupport.UNKNOWN


@pytest.mark.parametrize("row", _table(NATIVE), ids=lambda row: f"{row[3]}-{row[4]}")
def test_native_profiles(row: list[str]) -> None:
    usable_40, usable_32, headroom, spec, first, last, metadata = row
    for kernel in _releases(first, last):
        target = _at(spec, kernel)
        assert target.headroom == int(headroom), kernel
        assert target.metadata is _expected_metadata(metadata, kernel), kernel
        if target.reserve == 40:
            assert target.usable == int(usable_40), kernel
        if target.reserve == 32:
            assert usable_32 != "-", f"{spec} was expected to be younger than {kernel}"
            assert target.usable == int(usable_32), kernel


@pytest.mark.parametrize("row", _table(ZEROCOPY), ids=lambda row: row[1])
def test_zero_copy_profiles(row: list[str]) -> None:
    headroom, spec, first = row
    for kernel in _releases(first, "-"):
        assert _at(spec, kernel).headroom == int(headroom), kernel
    with pytest.raises(TargetError):
        _at(spec, RELEASES[RELEASES.index(Kernel.parse(first)) - 1])


def test_frag_counts() -> None:
    names, *rows = _table(FRAGS)
    for count, *headrooms in rows:
        for name, headroom in zip(names, headrooms, strict=True):
            kernel = "6.18"  # the one release where all of them have the profile
            assert _at(f"{name}[max-skb-frags-{count}]", kernel).headroom == int(headroom), (name, count)


@pytest.mark.parametrize("row", _table(USABLE), ids=lambda row: row[0])
def test_usable_prepend_by_reserve(row: list[str]) -> None:
    headroom = int(row[0])
    for kernel, usable in zip(("4.17", "4.18", "5.15"), row[1:], strict=True):
        target = Target(spec="x", driver="x", headroom=headroom, reserve=reserve_of(Kernel.parse(kernel)))
        assert target.usable == int(usable)
        assert target.fits(int(usable)) == (headroom >= target.reserve)
        assert not target.fits(int(usable) + 1)
        assert target.shortfall(int(usable) + 1) >= 1


@pytest.mark.parametrize(
    ("kernel", "reserve", "metadata_limit"),
    [
        ("4.14", 0, 0),  # bpf_xdp_adjust_meta() comes in 4.15
        ("4.15", 0, 32),
        ("4.17", 0, 32),
        ("4.18", 32, 32),  # struct xdp_frame comes in 4.18
        ("5.9", 32, 32),
        ("5.14", 32, 32),
        ("5.15", 40, 32),  # late 5.15.y has the larger structure of 5.18
        ("6.7", 40, 32),
        ("6.8", 40, 252),
        ("6.10", 40, 252),
        ("7.3", 40, 252),
    ],
)
def test_what_the_helpers_take(kernel: str, reserve: int, metadata_limit: int) -> None:
    assert reserve_of(Kernel.parse(kernel)) == reserve
    assert metadata_limit_of(Kernel.parse(kernel)) == metadata_limit
    target = _at("ixgbe" if kernel != "4.14" else "tun", kernel)
    assert (target.reserve, target.metadata_limit) == (reserve, metadata_limit)


def test_a_stable_line_counts_with_its_worst_build() -> None:
    # commit fe68195daf34 came to 5.15.y in February 2022, and not to 5.16.
    assert [_at("ixgbevf[82599-vf]", kernel).headroom for kernel in ("5.14", "5.15", "5.16")] == [64, 0, 64]
    # commit 86e85bf6981c came to late 5.6.y.
    assert [_at("sfc", kernel).headroom for kernel in ("5.5", "5.6", "5.7")] == [256, 128, 128]
    # Late 6.1.y behaves like 6.3.
    assert [_at("ice[legacy-rx]", kernel).headroom for kernel in ("6.0", "6.1", "6.2", "6.3")] == [
        256,
        0,
        256,
        0,
    ]


def test_frames_redirected_into_a_veth_may_leave_just_the_reserve() -> None:
    for kernel in ("4.19", "5.14", "5.15", "7.3"):
        target = _at("veth[redirected]", kernel)
        assert target.fits(0)
        assert not target.fits(1)


def test_measured_on_linux_6_18() -> None:
    # A program that prepends byte by byte until the helper refuses.
    assert _at("veth", "6.18").usable == 216
    assert _at("veth:generic", "6.18").usable <= 218
    assert _at("tun", "6.18").usable == 280


def test_the_test_run_is_an_environment_of_256_bytes() -> None:
    runs = [environment for environment in environments() if environment.name == "test_run"]
    assert [(str(run.first), run.headroom) for run in runs] == [("4.12", 256), ("5.10", 256)]
