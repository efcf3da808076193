"""What tells one compiler from another of the same name: for answers that are kept longer than a compiler is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from xdp_lsp.toolchain.clang import wheel_folder
from xdp_lsp.toolchain.process import sanitised_environment
from xdp_lsp.toolchain.toolchain import Toolchain

# By which the loader of programs, or a script around clang, finds others.
_STEERING = ("LD_", "DYLD_", "NIX_", "CCACHE_", "SDKROOT")


def identity_of(toolchain: Toolchain) -> str:
    """Another text where a compile may come out otherwise, the sources and headers being the same.

    The compiler has been asked for its version and its folders by then. Besides that its files count, for a build of
    the same version may differ: the one that is run, the folder of its resources, which leads past scripts and links
    to the compiler proper, and the libraries beside that.
    """
    compiler = toolchain.compiler
    resources, wheel = Path(compiler.builtin_headers).parent, wheel_folder()
    files = [
        *compiler.command[:1],
        compiler.builtin_headers,
        str(resources),
        *_libraries(resources.parents[1]),
        # Its headers are taken where others do not do.
        *((str(wheel), str(wheel / "lib")) if wheel is not None else ()),
    ]
    environment = {
        name: value for name, value in sanitised_environment("").items() if name.startswith(_STEERING)
    }
    return repr((toolchain, [(path, state_of(path)) for path in files], sorted(environment.items())))


def state_of(path: str) -> tuple[int, ...]:
    """What is another tuple once the file at `path`, links followed, is another or has been written to.

    The time of the last change (`ctime`) cannot be set back.
    """
    try:
        status = os.stat(path)  # noqa: PTH116 - hundreds of them
    except (OSError, ValueError):
        return ()
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _libraries(folder: Path) -> Iterator[str]:
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208 - names alone
    except OSError:
        return
    for name in names:
        if name.startswith(("libLLVM", "libclang")):
            yield str(folder / name)
