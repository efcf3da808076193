"""Finding a value's line in TOML text, where tomllib gives the value alone."""

from __future__ import annotations

import pytest

from xdp_lsp.settings.places import KeyPath, find_place

TEXT = """\
# fake = 1 [fake]
one = "a # not a comment" # two = 2
"two" = '''
three = 3
[four]
'''
three = \"\"\"
  quotes \\\"\"\" one = 1
\"\"\"
list = [ "é", # "b"
  ["b", "c"], { inner = 1, 'other' = [2] },
]
dotted.key = 1
[ table ]
  four = 4
[table."sub.table"]
five = 5
[[several]]
six = 6
[[several]]
seven = [ 7, 8 ]
"""


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("one",), (2, 1)),
        (("two",), (3, 1)),
        (("three",), (7, 1)),
        (("list",), (10, 1)),
        (("list", 0), (10, 10)),
        (("list", 1), (11, 3)),
        (("list", 2), (11, 15)),
        (("dotted",), (13, 1)),
        (("dotted", "key"), (13, 1)),
        (("table",), (14, 1)),
        (("table", "four"), (15, 3)),
        (("table", "sub.table", "five"), (17, 1)),
        (("table", "unknown"), (14, 1)),  # what holds it
        (("several",), (18, 1)),
        (("several", 0, "six"), (19, 1)),
        (("several", 1), (20, 1)),
        (("several", 1, "seven", 1), (21, 14)),
        (("list", 2, "inner"), (11, 17)),
        (("four",), (1, 1)),  # stands in a string only
        (("list", 9), (10, 1)),
    ],
)
def test_places(path: KeyPath, place: tuple[int, int]) -> None:
    assert find_place(TEXT, path) == place


def test_columns_count_bytes() -> None:
    assert find_place("list = ['é', 'b']", ("list", 1)) == (1, 15)


def test_the_text_of_the_table_is_toml() -> None:
    tomllib = pytest.importorskip("tomllib")
    assert set(tomllib.loads(TEXT)) == {"one", "two", "three", "list", "dotted", "table", "several"}
