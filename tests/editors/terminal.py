"""A program on a real terminal: what is typed into it, and what its screen shows."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess  # noqa: TID251 - the program that is driven
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

import pytest

LIMIT = 20.0  # seconds; what takes longer has failed
_AFTER_END = 0.5  # seconds that tmux gets to show what a program that ended has written
_CONFIG = """\
set -g default-terminal tmux-256color
set -g escape-time 0
set -g status off
set -g remain-on-exit on
set -g destroy-unattached on
"""


class Terminal:
    """`command` in a tmux server of its own, on a screen of `columns` by `rows`, inside `with`.

    `environment` is what differs from ours. Where we die, tmux and the program die as well: the session lives as
    long as its one client, which also tells us whenever the program has written, so that nothing is polled for.
    """

    def __init__(
        self,
        command: Sequence[str | os.PathLike[str]],
        folder: Path,
        environment: Mapping[str, str] | None = None,
        *,
        columns: int = 120,
        rows: int = 40,
    ) -> None:
        tmux = shutil.which("tmux")
        if tmux is None:
            pytest.skip("tmux is not installed")
        # Not in pytest's folders: the name of a socket is short.
        self._own = Path(tempfile.mkdtemp(prefix="xdp-lsp-terminal-"))
        config, gate = self._own / "tmux.conf", self._own / "gate"
        config.write_text(_CONFIG)
        os.mkfifo(gate)
        self._tmux = [tmux, "-u", "-S", self._own / "socket"]
        session = ["new-session", "-f", "ignore-size", "-x", str(columns), "-y", str(rows), "-c", folder]
        # The program starts when the gate is opened, so that its end is not missed however early it comes.
        gated = ["sh", "-c", 'read -r _ < "$0"; exec "$@"', gate, *command]
        variables = {**os.environ, **(environment or {})}
        variables.pop("TMUX", None)
        self._client = subprocess.Popen(
            [*self._tmux, "-f", config, "-C", *session, *gated],
            env=variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert select.select([self._client.stdout], [], [], LIMIT)[0], "tmux does not start"
        self._process = os.pidfd_open(int(self._run("display-message", "-p", "#{pane_pid}")))
        self._ended = False
        gate.write_text("\n")

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        subprocess.run([*self._tmux, "kill-server"], capture_output=True, timeout=LIMIT, check=False)
        self._client.communicate(timeout=LIMIT)
        if not select.select([self._process], [], [], LIMIT)[0]:
            signal.pidfd_send_signal(self._process, signal.SIGKILL)
        os.close(self._process)
        shutil.rmtree(self._own)

    def press(self, *keys: str) -> None:
        """Keys by the names that tmux has for them: `Space`, `Escape`, `C-x`, `M-.`, `K`."""
        self._run("send-keys", "--", *keys)

    def type(self, text: str) -> None:
        """`text` as it is, a newline being Enter."""
        for number, line in enumerate(text.split("\n")):
            if number:
                self.press("Enter")
            if line:
                self._run("send-keys", "-l", "--", line)

    def text(self) -> str:
        """What the screen shows."""
        return self._run("capture-pane", "-p")

    def colours(self) -> str:
        """What the screen shows, with the escape sequences of its colours."""
        return self._run("capture-pane", "-p", "-e")

    def wait(self, *shown: str, limit: float = LIMIT) -> str:
        """The text of the screen, once it shows all of `shown`."""
        return self.wait_until(
            lambda text: all(part in text for part in shown), f"shows {', '.join(map(repr, shown))}", limit
        )

    def wait_until(self, condition: Callable[[str], bool], what: str = "is so", limit: float = LIMIT) -> str:
        """The text of the screen, once `condition` holds for it; `what` tells of it where it never does."""
        until = time.monotonic() + limit
        while not condition(text := self.text()):
            left = until - time.monotonic()
            if left <= 0 or not self._changes(left):
                all_of_it = self._run("capture-pane", "-p", "-S", "-").rstrip()  # also what scrolled away
                raise AssertionError(f"within {limit:g} s the screen never {what}:\n{all_of_it}")
        return text

    def _changes(self, limit: float) -> bool:
        """Whether the program writes or ends within `limit` seconds; returns as soon as it does."""
        output = self._client.stdout
        assert output is not None
        if self._ended:
            readable = select.select([output], [], [], min(limit, _AFTER_END))[0]
        else:
            readable = select.select([output, self._process], [], [], limit)[0]
            self._ended = self._process in readable
        if output in readable:
            os.read(output.fileno(), 1 << 20)
        return bool(readable)

    def _run(self, *command: str) -> str:
        return subprocess.run(
            [*self._tmux, *command], capture_output=True, text=True, check=True, timeout=LIMIT
        ).stdout
