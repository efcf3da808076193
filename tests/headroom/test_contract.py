"""The grammar of contracts: what is understood, and what is said of the rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdp_lsp.headroom import (
    Contract,
    ContractError,
    contract_comment,
    contract_text,
    is_contract,
    parse_contract,
    resolve,
    split_contracts,
)


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("prepends at most 64", 64),
        ("prepends at most 0", 0),
        ("prepends at most 65535 bytes", 65535),
        ("prepends at most 1 byte", 1),
        ("prepends at most 64 B", 64),
        ("prepends  at\tmost 64.", 64),
        ("prepends at most 0x1b", 27),
        ("prepends at most 010", 8),
        ("prepends at most 64UL", 64),
        ("prepends at most (20 + 8) * 2 - 1", 55),
        ("prepends at most ((20+8)) bytes", 28),
    ],
)
def test_a_limit_is_a_number_of_bytes(text, limit):
    assert parse_contract(text) == Contract(f"prepends at most {limit}", limit)


@pytest.mark.parametrize(
    ("text", "specs"),
    [
        ("must fit mainstream", ["mainstream"]),
        ("must fit mainstream,sfc", ["mainstream", "sfc"]),
        ("must fit ice@6.1, igb[legacy-rx], veth:generic, 128 bytes", None),
    ],
)
def test_targets_are_written_as_on_the_command_line(text, specs):
    contract = parse_contract(text)
    wanted = specs or ["ice@6.1", "igb[legacy-rx]", "veth:generic", "128 bytes"]
    assert (contract.limit, contract.targets) == (None, resolve(wanted))
    assert contract.text == f"must fit {', '.join(wanted)}"


@pytest.mark.parametrize(
    ("text", "message", "meant"),
    [
        ("prepends at most lots", "`lots` is not a number of bytes", ""),
        ("prepends at most", "`prepends at most` names no number of bytes", ""),
        ("prepends at most 64 /", "`64 /` is not a number of bytes", ""),
        ("prepends at most -8", "`-8` is not a number of bytes", ""),
        ("prepends at most (8", "`(8` is not a number of bytes", ""),
        ("prepends at most 09", "`09` is not a number of bytes", ""),
        ("prepends at most 65536", "a program prepends at most 0 to 65535 bytes, not `65536`", ""),
        ("prepends at most 8 - 9", "a program prepends at most 0 to 65535 bytes, not `8 - 9`", ""),
        (
            "prepends at most sizeof(struct iphdr)",
            "`sizeof(struct iphdr)` is not a number of bytes "
            "(a contract is text: nothing but sums of numbers is computed)",
            "",
        ),
        (
            "prepends at most 64 and must fit sfc",
            "`64 and must fit sfc` is not a number of bytes; several contracts have `;` between them",
            "",
        ),
        ("must fit", "`must fit` names no target", "must fit mainstream"),
        ("must fit scf", "unknown driver or group `scf`; did you mean `sfc`?", ""),
        (
            "must fit sfc,",
            "a target is empty; name a driver, a group or a number of usable bytes",
            "",
        ),
        (
            "prepends <= 64",
            "`prepends <= 64` is no contract: write `prepends at most N` or `must fit TARGETS`",
            "prepends at most 64",
        ),
        (
            "fits mainstream, sfc",
            "`fits mainstream, sfc` is no contract: write `prepends at most N` or `must fit TARGETS`",
            "must fit mainstream, sfc",
        ),
    ],
)
def test_what_is_wrong_is_a_clause_and_what_was_meant_is_named(text, message, meant):
    with pytest.raises(ContractError) as caught:
        parse_contract(text)
    assert (str(caught.value), caught.value.meant) == (message, meant)
    if meant:
        parse_contract(meant)


@pytest.mark.parametrize(
    "text",
    [
        "prepends at most 64",
        "must fit sfc",
        "Prepend at most 64",
        "pretends at 64",
        "needs at most 64",
        "at most 64 bytes",
        "fits sfc",
        "headroom <= 64",
    ],
)
def test_what_is_meant_as_a_contract(text):
    assert is_contract(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "allow(headroom-exceeded) must fit mlx5_core",
        "ignore headroom-exceeded",
        "disable prepend-unbounded",
        "see its manual",
    ],
)
def test_what_is_not(text):
    assert not is_contract(text)


def test_several_are_told_apart():
    assert list(split_contracts(" prepends at most 64 ;; must\n fit sfc;")) == [
        "prepends at most 64",
        "must fit sfc",
    ]


@given(st.integers(0, 65535))
def test_what_is_written_for_a_need_promises_it(need):
    assert parse_contract(contract_text(need)).limit == need
    assert is_contract(contract_text(need))
    assert contract_comment(need) == f"/* xdp-lsp: prepends at most {need} */"


_NUMBERS = st.integers(0, 99).map(str)
_SUMS = st.recursive(
    _NUMBERS,
    lambda inner: st.one_of(
        st.builds("({})".format, inner), st.builds("{} {} {}".format, inner, st.sampled_from("+-*"), inner)
    ),
    max_leaves=8,
)


@given(_SUMS)
def test_sums_are_what_they_are_in_c(text):
    value = eval(text)  # the same precedence; no number begins with 0 but 0 itself
    if 0 <= value <= 65535:
        assert parse_contract(f"prepends at most {text}").limit == value
    else:
        with pytest.raises(ContractError, match="a program prepends at most"):
            parse_contract(f"prepends at most {text}")


_PIECES = st.sampled_from(
    [
        "prepends",
        "at",
        "most",
        "must",
        "fit",
        "64",
        "0x",
        "(",
        ")",
        "+",
        "-",
        ";",
        ",",
        "sfc",
        "@6.1",
        "[",
        " ",
        "bytes",
    ]
)


@given(st.one_of(st.text(), st.lists(_PIECES).map(" ".join), st.lists(_PIECES).map("".join)))
def test_any_text_is_a_contract_or_told_why_not(text):
    is_contract(text)
    for part in (text, *split_contracts(text)):
        for put in (part, f"prepends at most {part}", f"must fit {part}"):
            try:
                contract = parse_contract(put)
            except ContractError as error:
                assert str(error) and "\n" not in str(error) and len(str(error)) < 400
            else:
                assert (contract.limit is None) == bool(contract.targets)
