"""What may mend errors of clang's in a file whose flags nobody has told us.

Each remedy is a guess for one kind of error, told by its words; `pipeline.build` tries them and keeps what helps. None
of them runs for a file that compiles. Invariant: a remedy adds or moves include folders and macros, names the standard
of C, or has a warning be no error; nothing optimises otherwise than before.
"""

from __future__ import annotations

from collections.abc import Callable

from xdp_lsp.project.guesses.remedies import conditional, folders, names
from xdp_lsp.project.guesses.remedies.situation import Situation, Tries


def remedies(situation: Situation) -> Tries:
    """The layers to try instead, the likeliest first."""
    found = folders.for_missing if situation.missing is not None else _for_others
    for layers in found(situation):
        if layers != situation.layers:
            yield layers


def _for_others(situation: Situation) -> Tries:
    for remedy in _OTHERS:
        yield from remedy(situation)


def _warnings(situation: Situation) -> Tries:
    """Newer clangs take for errors what was a warning, and -Werror does with all."""
    options = {error.option for error in situation.errors} - {"", "-Wimplicit-function-declaration"}
    if options and all(error.option for error in situation.errors):
        flags = [f"-Wno-error={option.removeprefix('-W')}" for option in sorted(options)]
        yield situation.with_guess("", "these warnings are errors for this clang", *flags)


_OTHERS: tuple[Callable[[Situation], Tries], ...] = (
    names.dropped_structures,
    names.truth_values,
    names.older_standard,
    names.macros_of_commands,
    names.kernel_constants,
    folders.own_copies,
    conditional.macros_that_exclude,
    conditional.macros_that_admit,
    folders.other_of_the_name,
    folders.newer,
    names.declarations,
    names.integers,
    names.twice_in_vmlinux,
    folders.shadowing,
    _warnings,
)
