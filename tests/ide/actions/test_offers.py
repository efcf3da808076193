"""Everything that is offered for the annotated programs, here and of the cases: as text, and tried.

`NAME.diff` beside a program is what `xdp-lsp actions NAME.c` prints for it, with the targets that its first line names
(`// targets: ice`). What is offered for the cases is in `cases.diff`, a section for each, with a line of context.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from tests.cases.building import CASES
from tests.cases.building import HERE as CASES_FOLDER
from tests.ide.actions.offers import checked, is_mended, offered
from xdp_lsp.ide.actions import Action, Text, applied, diff

HERE = Path(__file__).parent
PROGRAMS = [*sorted((HERE / "cases").glob("*.c")), *(CASES_FOLDER / case for case in CASES)]


def targets_of(path: Path) -> list[str]:
    match = re.match(r"// targets: (.*)", path.read_text())
    return match[1].split() if match else []


@cache
def actions_for(path: Path) -> list[Action]:
    return offered(str(path), path.read_bytes(), *targets_of(path))


def printed(path: Path) -> str:
    text = Text(str(path), path.read_bytes())
    context = 1 if path.parent == CASES_FOLDER else 3
    return "\n".join(
        f"{number}. {action.title}\n{' '.join(action.targets) or diff(action, text, path.name, context)}"
        for number, action in enumerate(actions_for(path), 1)
    )


@cache
def of_the_cases() -> dict[str, str]:
    sections = re.split(r"(?m)^==== (.*)\n", (HERE / "cases.diff").read_text())
    return {name: body.rstrip("\n") for name, body in zip(sections[1::2], sections[2::2], strict=True)}


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_text(path: Path) -> None:
    if path.parent == CASES_FOLDER:
        wanted = of_the_cases().get(path.name, "")
    else:
        wanted = path.with_suffix(".diff").read_text().rstrip("\n")
    assert printed(path).rstrip("\n") == wanted


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_each_mends_what_it_says(path: Path) -> None:
    actions = actions_for(path)
    if not actions:
        return
    targets, text = targets_of(path), Text(str(path), path.read_bytes())
    before = checked(str(path), text.contents, *targets)
    for action in actions:
        after = checked(str(path), applied(action.edits, text), *(action.targets or targets))
        assert is_mended(before, after, action.code), action.title


if __name__ == "__main__":  # writes what is offered now, to be read before it is taken for right
    for program in PROGRAMS:
        if program.parent != CASES_FOLDER:
            program.with_suffix(".diff").write_text(printed(program))
    of_cases = {program.name: printed(program) for program in PROGRAMS if program.parent == CASES_FOLDER}
    sections = (f"==== {name}\n{said}" for name, said in of_cases.items() if said)
    (HERE / "cases.diff").write_text("\n".join(sections))
